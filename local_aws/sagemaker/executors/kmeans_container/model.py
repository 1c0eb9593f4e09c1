"""The answers of trained k-means.

Source: docs.aws.amazon.com/sagemaker/latest/dg/km-in-formats.html.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from local_aws.sagemaker.executors.csv_text import Matrix
from local_aws.sagemaker.executors.first_party import arrays
from local_aws.sagemaker.executors.first_party.serving import Model
from local_aws.sagemaker.executors.kmeans_container.train import nearest


class KMeansModel:
    """A loaded model."""

    collection = "predictions"
    csv = True

    def __init__(self, model_dir: Path) -> None:
        """Load it.

        Raises:
            FileNotFoundError: There is none.
            ValueError: It is something else.
            KeyError: It is another algorithm's.
        """
        self._centers = arrays.load(model_dir)["centers"]
        self.features = self._centers.shape[1]

    def predict(self, rows: Matrix, *, verbose: bool) -> Sequence[dict[str, Any]]:
        """Give closest_cluster, and distance_to_cluster, which is Euclidean."""
        del verbose
        chosen, distances = nearest(rows.astype(np.float64), self._centers)
        return [
            {"closest_cluster": float(cluster), "distance_to_cluster": distance}
            for cluster, distance in zip(chosen.tolist(), distances.tolist(), strict=True)
        ]


def load(model_dir: Path, *, batch: bool) -> Model:
    """Load a model to be served; batches are answered as others are.

    Raises:
        Exception: It can't be loaded.
    """
    del batch
    return Model(KMeansModel(model_dir))
