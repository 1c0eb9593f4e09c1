"""The code of a script: where a job or a model says that it is, and how it gets to its container."""

import json
from collections.abc import Mapping
from pathlib import Path

from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.store import ObjectStore

SUBMIT_DIRECTORY = "SAGEMAKER_SUBMIT_DIRECTORY"
IN_THE_ARTIFACT = "/opt/ml/model/code"
"""Where script mode finds the code that lies in an artifact's folder `code/`."""
FOLDER = "code"


def bring_for_training(store: ObjectStore, hyperparameters: Mapping[str, str], base_dir: Path) -> None:
    """Unpack the code that a training job's hyperparameters name, as its container does.

    Raises:
        ArtifactError: There is none, or it is no archive.
    """
    try:
        where = json.loads(hyperparameters.get("sagemaker_submit_directory", "null"))
    except ValueError:
        where = hyperparameters["sagemaker_submit_directory"]
    _bring(store, where, base_dir)


def bring_for_serving(store: ObjectStore, environment: Mapping[str, str], base_dir: Path) -> None:
    """Unpack the code that a model's environment names, as its container does; code in the artifact is there already.

    Raises:
        ArtifactError: There is none, or it is no archive.
    """
    _bring(store, environment.get(SUBMIT_DIRECTORY), base_dir)


def _bring(store: ObjectStore, where: object, base_dir: Path) -> None:
    if isinstance(where, str) and where.startswith("s3://"):
        artifacts.unpack(store, where, base_dir / FOLDER)
