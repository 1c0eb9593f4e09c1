"""The index of k-NN: sampled points, which may be projected, and the search for those nearest to a row."""

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import NearestNeighbors

from local_aws.sagemaker.executors.first_party.arrays import Arrays
from local_aws.sagemaker.executors.knn_container.hyperparameter_rules import CLASSIFIER

Array = npt.NDArray[np.float64]
_METRICS = {"L2": "euclidean", "COSINE": "cosine"}  # the inner product is no distance: all points are compared


class Index:
    """Points to search. Safe from many threads."""

    def __init__(self, model: Arrays) -> None:
        """Take a model.

        Args:
            model: `points`, (points, dimensions), and their `labels`; `projection`, (features, dimensions), empty
                without one; `metric`, `kind` and `k`, which are index_metric, predictor_type and k.

        Raises:
            KeyError: It is another algorithm's.
        """
        self._points, self._labels = np.asarray(model["points"]), np.asarray(model["labels"])
        self._projection = np.asarray(model["projection"])
        self._k, self.kind, self._metric = int(model["k"]), str(model["kind"]), str(model["metric"])
        self._known = np.unique(self._labels)
        self._search = NearestNeighbors(n_neighbors=self._k, metric=_METRICS.get(self._metric, "euclidean"))
        self._search.fit(self._points)

    @property
    def features(self) -> int:
        """How many features rows have."""
        return len(self._projection) if self._projection.size else self._points.shape[1]

    def nearest(self, rows: Array) -> tuple[Array, Array]:
        """Return the labels of the k nearest points and the distances to them, (rows, k), the nearest first."""
        projected = rows @ self._projection if self._projection.size else rows
        if self._metric in _METRICS:
            distances, chosen = self._search.kneighbors(projected)
        else:
            products = -projected @ self._points.T
            chosen = np.argsort(products, axis=1, kind="stable")[:, : self._k]
            distances = np.take_along_axis(products, chosen, axis=1)
        return self._labels[chosen], np.asarray(distances)

    def predict(self, neighbours: Array) -> Array:
        """Return predictions, (rows,), from the neighbours' labels: the most frequent one, or the mean."""
        if self.kind != CLASSIFIER:
            return np.asarray(neighbours.mean(axis=1))
        votes = np.stack([(neighbours == label).sum(axis=1) for label in self._known], axis=1)
        return np.asarray(self._known[votes.argmax(axis=1)])  # of equally many the smallest label
