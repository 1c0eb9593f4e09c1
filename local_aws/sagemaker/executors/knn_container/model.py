"""The answers of trained k-NN.

Source: docs.aws.amazon.com/sagemaker/latest/dg/kNN-inference-formats.html.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from local_aws.sagemaker.executors.csv_text import Matrix
from local_aws.sagemaker.executors.first_party import arrays
from local_aws.sagemaker.executors.first_party.serving import Model
from local_aws.sagemaker.executors.knn_container.index import Index


class KnnModel:
    """A loaded model."""

    collection = "predictions"
    csv = False

    def __init__(self, model_dir: Path) -> None:
        """Load it.

        Raises:
            FileNotFoundError: There is none.
            ValueError: It is something else.
            KeyError: It is another algorithm's.
        """
        self._index = Index(arrays.load(model_dir))
        self.features = self._index.features

    def predict(self, rows: Matrix, *, verbose: bool) -> Sequence[dict[str, Any]]:
        """Give each row's predicted_label; verbose the neighbours' distances and labels too, the nearest first."""
        neighbours, distances = self._index.nearest(rows.astype(np.float64))
        predicted = self._index.predict(neighbours).tolist()
        if not verbose:
            return [{"predicted_label": label} for label in predicted]
        return [
            {"predicted_label": label, "distances": away, "labels": near}
            for label, away, near in zip(predicted, distances.tolist(), neighbours.tolist(), strict=True)
        ]


def load(model_dir: Path, *, batch: bool) -> Model:
    """Load a model to be served; batches are answered as others are.

    Raises:
        Exception: It can't be loaded.
    """
    del batch
    return Model(KnnModel(model_dir))
