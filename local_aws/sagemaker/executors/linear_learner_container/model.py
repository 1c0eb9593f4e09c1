"""A trained linear learner's answers.

Source: docs.aws.amazon.com/sagemaker/latest/dg/LL-in-formats.html.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from local_aws.sagemaker.executors.csv_text import Matrix
from local_aws.sagemaker.executors.first_party import arrays
from local_aws.sagemaker.executors.first_party.serving import Model
from local_aws.sagemaker.executors.linear_learner_container.hyperparameter_rules import BINARY, MULTICLASS
from local_aws.sagemaker.executors.linear_learner_container.train import scores


class LinearLearner:
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
        loaded = arrays.load(model_dir)
        self._weights, self._bias = loaded["weights"], loaded["bias"]
        self._threshold = float(loaded["threshold"])
        self._kind, self._loss = str(loaded["predictor_type"]), str(loaded["loss"])
        self.features = len(self._weights)

    def predict(self, rows: Matrix, *, verbose: bool) -> Sequence[dict[str, Any]]:
        """Give score and, for classes, predicted_label."""
        del verbose
        found = scores(rows.astype(np.float64) @ self._weights + self._bias, self._loss)
        if self._kind == MULTICLASS:
            labels = found.argmax(axis=1).tolist()
            return [{"score": row, "predicted_label": label} for row, label in zip(found.tolist(), labels, strict=True)]
        single = found[:, 0].tolist()
        if self._kind == BINARY:
            return [{"score": score, "predicted_label": int(score >= self._threshold)} for score in single]
        return [{"score": score} for score in single]


def load(model_dir: Path, *, batch: bool) -> Model:
    """Load a model to be served; batches are answered as others are.

    Raises:
        Exception: It can't be loaded.
    """
    del batch
    return Model(LinearLearner(model_dir))
