"""Trains PCA: the singular vectors of the rows, less their mean.

Source: docs.aws.amazon.com/sagemaker/latest/dg/how-pca-works.html.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.utils.extmath import randomized_svd

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.first_party import log
from local_aws.sagemaker.executors.first_party.arrays import Arrays
from local_aws.sagemaker.executors.first_party.channels import Table
from local_aws.sagemaker.executors.first_party.rules import Value
from local_aws.sagemaker.executors.first_party.training import Algorithm
from local_aws.sagemaker.executors.first_party.training import train as run
from local_aws.sagemaker.executors.pca_container.hyperparameter_rules import RULES

logger = logging.getLogger(__name__)
OVERSAMPLES = 10  # of extra_components -1: "the maximum of 10 and num_components"
SEED = 0
Array = npt.NDArray[np.float64]


def train(base_dir: Path) -> int:
    """Run one training job; return its exit code."""
    return run(Algorithm(RULES, ("train", "test"), labelled=False, fit=fit), base_dir)


def fit(settings: Mapping[str, Value], tables: Mapping[str, Table]) -> Arrays:
    """Find components.

    Returns:
        `v`, (features, components), the largest last, as AWS orders them; their singular values `s`; and `mean`.

    Raises:
        UserError: There are not so many components.
    """
    rows, wanted = tables["train"].features.astype(np.float64), settings["num_components"]
    if wanted > (most := min(rows.shape)):
        raise UserError(f"The 'num_components' hyperparameter is {wanted}, but the data has {most} components at most")
    mean = rows.mean(axis=0) if settings["subtract_mean"] else np.zeros(rows.shape[1])
    with log.epoch(0, 1, len(rows)):
        values, vectors = _components(rows - mean, settings)
    components = _signed(vectors)
    if "test" in tables:
        test = tables["test"].features.astype(np.float64)
        lost = test - mean - project(test, mean, components) @ components.T
        log.scores("test", {"mse": float(np.mean(np.square(lost)))}, {})
    return {"v": components, "s": values, "mean": mean}


def project(rows: Array, mean: Array, components: Array) -> Array:
    """Return the rows' projections, (rows, components), the largest component last."""
    return np.asarray((rows - mean) @ components)


def _components(rows: Array, settings: Mapping[str, Value]) -> tuple[Array, Array]:
    """Return singular values and vectors, in rising order."""
    wanted = settings["num_components"]
    if settings["algorithm_mode"] == "regular":
        squares, vectors = np.linalg.eigh(rows.T @ rows)
        return np.sqrt(np.maximum(squares[-wanted:], 0)), vectors[:, -wanted:]
    extra = settings["extra_components"]
    oversamples = max(OVERSAMPLES, wanted) if extra < 0 else extra
    _, values, vectors = randomized_svd(rows, wanted, n_oversamples=oversamples, random_state=SEED)
    return np.asarray(values[::-1]), np.asarray(vectors[::-1].T)


def _signed(vectors: Array) -> Array:
    """Make each vector's largest part positive: its sign means nothing, and would be the library's."""
    largest = np.abs(vectors).argmax(axis=0)
    return np.asarray(vectors * np.where(vectors[largest, np.arange(vectors.shape[1])] < 0, -1.0, 1.0))
