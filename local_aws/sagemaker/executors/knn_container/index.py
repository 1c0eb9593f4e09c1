"""The index of k-NN: sampled points, which may be projected, and the search for those nearest to a row."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import NearestNeighbors

from local_aws.sagemaker.executors.knn_container.hyperparameter_rules import CLASSIFIER

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Index:
    """Points, (points, dimensions), with their labels; `projection`, (features, dimensions), is empty without one."""

    points: Array
    labels: Array
    projection: Array
    metric: str
    kind: str
    k: int
    _search: Any = field(init=False, repr=False, compare=False, default=None)

    def __post_init__(self) -> None:
        if self.metric != "INNER_PRODUCT":  # which is no distance: all points are compared
            search = NearestNeighbors(n_neighbors=self.k, metric={"L2": "euclidean", "COSINE": "cosine"}[self.metric])
            object.__setattr__(self, "_search", search.fit(self.points))

    @property
    def features(self) -> int:
        """How many features rows have."""
        return len(self.projection) if self.projection.size else self.points.shape[1]

    def nearest(self, rows: Array) -> tuple[Array, Array]:
        """Return the labels of the k nearest points and the distances to them, (rows, k), the nearest first."""
        projected = rows @ self.projection if self.projection.size else rows
        if self.metric == "INNER_PRODUCT":
            distances = -projected @ self.points.T
            chosen = np.argsort(distances, axis=1, kind="stable")[:, : self.k]
            return self.labels[chosen], np.take_along_axis(distances, chosen, axis=1)
        distances, chosen = self._search.kneighbors(projected)
        return self.labels[chosen], np.asarray(distances)

    def predict(self, neighbours: Array) -> Array:
        """Return predictions, (rows,), from the neighbours' labels: the most frequent one, or the mean."""
        if self.kind != CLASSIFIER:
            return np.asarray(neighbours.mean(axis=1))
        known = np.unique(self.labels)
        votes = np.stack([(neighbours == label).sum(axis=1) for label in known], axis=1)
        return np.asarray(known[votes.argmax(axis=1)])  # of equally many the smallest label
