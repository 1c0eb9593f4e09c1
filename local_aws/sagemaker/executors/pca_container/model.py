"""The answers of a trained PCA.

Source: docs.aws.amazon.com/sagemaker/latest/dg/PCA-in-formats.html.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from local_aws.sagemaker.executors.csv_text import Matrix
from local_aws.sagemaker.executors.first_party import arrays
from local_aws.sagemaker.executors.first_party.serving import Model
from local_aws.sagemaker.executors.pca_container.train import project


class PcaModel:
    """A loaded model."""

    collection = "projections"
    csv = False

    def __init__(self, model_dir: Path) -> None:
        """Load it.

        Raises:
            FileNotFoundError: There is none.
            ValueError: It is something else.
            KeyError: It is another algorithm's.
        """
        loaded = arrays.load(model_dir)
        self._mean, self._components = loaded["mean"], loaded["v"]
        self.features = len(self._mean)

    def predict(self, rows: Matrix, *, verbose: bool) -> Sequence[dict[str, Any]]:
        """Give each row's projection, the largest component last."""
        del verbose
        return [{"projection": row} for row in project(rows.astype(np.float64), self._mean, self._components).tolist()]


def load(model_dir: Path, *, batch: bool) -> Model:
    """Load a model to be served; batches are answered as others are.

    Raises:
        Exception: It can't be loaded.
    """
    del batch
    return Model(PcaModel(model_dir))
