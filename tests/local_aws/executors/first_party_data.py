"""Data and settings for the built-in algorithms' tests: tables in memory, and jobs for real executors."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from local_aws.sagemaker.executors.base import InputChannel, TrainingRequest
from local_aws.sagemaker.executors.built_in import BUILT_IN
from local_aws.sagemaker.executors.first_party.channels import Table

Array = npt.NDArray[Any]
REGISTRY = "382416733822.dkr.ecr.us-east-1.amazonaws.com"
LABELLED, UNLABELLED = "text/csv", "text/csv;label_size=0"
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "linear-learner": {"predictor_type": "binary_classifier"},
    "kmeans": {"k": "3", "feature_dim": "4", "eval_metrics": '["msd","ssd"]'},
    "pca": {"feature_dim": "4", "num_components": "2", "mini_batch_size": "100"},
    "knn": {"feature_dim": "4", "k": "5", "sample_size": "1000", "predictor_type": "classifier"},
}
"""The least that each algorithm asks for, and a bit more; for rows of four features."""


def settings(container: str, **changes: str) -> dict[str, Any]:
    """Read an algorithm's hyperparameters as its container does."""
    return BUILT_IN[container].validate({**SETTINGS[container], **changes})


def table(features: Array, labels: Array | None = None) -> Table:
    """Make a channel in memory."""
    return Table(features.astype(np.float32), None if labels is None else labels.astype(np.float32))


def csv(*columns: Array) -> bytes:
    """Write columns, or tables, beside each other."""
    lines = [",".join(f"{value:.6g}" for value in row) for row in np.column_stack(columns)]
    return ("\n".join(lines) + "\n").encode()


def request(name: str, container: str, channels: Sequence[str], **changes: str) -> TrainingRequest:
    """Make a training job over the channels s3://b/<container>/<channel>/."""
    content_type = UNLABELLED if container in ("kmeans", "pca") else LABELLED
    return TrainingRequest(
        name=name,
        image=f"{REGISTRY}/{container}:1",
        hyperparameters={**SETTINGS[container], **changes},
        channels=tuple(
            InputChannel(channel, f"s3://b/{container}/{channel}/", content_type=content_type) for channel in channels
        ),
        output_s3_path="s3://b/models/",
    )


def logit(probability: float) -> float:
    """Return the margin of a probability."""
    return math.log(probability / (1 - probability))
