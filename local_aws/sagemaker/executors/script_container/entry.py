"""AWS's framework containers that only run scripts: what `standins` asks of them."""

import os
from pathlib import Path
from typing import Any

import numpy as np

from local_aws.sagemaker.executors.script_container import numbers
from local_aws.sagemaker.executors.script_container import train as training
from local_aws.sagemaker.executors.script_container.user_model import PROGRAM, Defaults, UserModel
from local_aws.sagemaker.executors.workspace import read_container


def train(base_dir: Path) -> int:
    """Train with the user's script."""
    return training.main(base_dir, str(read_container(base_dir)["framework"]))


def load(model_dir: Path, *, batch: bool) -> UserModel:
    """Load a model by the user's functions.

    Raises:
        Exception: It can't be loaded; whatever the code raises.
    """
    del batch  # The user's functions answer both alike.
    if not (program := os.environ.get(PROGRAM)):
        raise ValueError(f"{PROGRAM} is not set: there is no code that could load a model")
    return UserModel(model_dir, program, Defaults(_floats, _predict, numbers.encode))


def _floats(body: str | bytes, content_type: str) -> Any:
    rows = numbers.decode(body, content_type)
    return rows.astype(np.float32) if content_type in (numbers.CSV, numbers.JSON) else rows


def _predict(rows: Any, model: Any) -> Any:
    return model.predict(rows)
