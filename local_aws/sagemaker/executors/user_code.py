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


def of_training(hyperparameters: Mapping[str, str]) -> str | None:
    """Return where the code is that a training job's hyperparameters name; None if it isn't in S3."""
    given = hyperparameters.get("sagemaker_submit_directory", "")
    try:
        return _in_s3(json.loads(given))
    except ValueError:
        return _in_s3(given)


def of_serving(environment: Mapping[str, str]) -> str | None:
    """Return where the code is that a model's environment names; None if it isn't in S3: it is in the artifact then."""
    return _in_s3(environment.get(SUBMIT_DIRECTORY))


def bring(store: ObjectStore, where: str | None, base_dir: Path) -> None:
    """Unpack the code as its container does.

    Raises:
        ArtifactError: There is none, or it is no archive.
    """
    if where is not None:
        artifacts.unpack(store, where, base_dir / FOLDER)


def require(store: ObjectStore, where: str | None) -> None:
    """Make sure that the code is there, where no container would unpack it.

    Raises:
        ArtifactError: It isn't.
    """
    try:
        if where is not None:
            store.size(where)
    except FileNotFoundError:
        raise artifacts.ArtifactError(f'Failed to download model data: no object at "{where}"') from None


def _in_s3(where: object) -> str | None:
    return where if isinstance(where, str) and where.startswith("s3://") else None
