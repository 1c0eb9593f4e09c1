"""Script mode of AWS's XGBoost container: what it does where the user's code has no function of its own.

Source: serving.py and handler_service.py of aws/sagemaker-xgboost-container.
"""

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

from local_aws.sagemaker.executors import csv_text
from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.script_container.user_model import PROGRAM, Defaults, UserModel
from local_aws.sagemaker.executors.xgboost_container import data
from local_aws.sagemaker.executors.xgboost_container.model import Model


def load(model_dir: Path, environment: Mapping[str, str] = os.environ, *, batch: bool) -> Model | UserModel:
    """Load what serves an artifact: its own code if the environment names a program, else the container's.

    Raises:
        Exception: It can't be loaded; whatever the artifact's code raises.
    """
    if program := environment.get(PROGRAM):
        return UserModel(model_dir, program, Defaults(_decode, _predict, _encode))
    return Model(model_dir, batch=batch)


def _decode(body: str | bytes, content_type: str) -> xgb.DMatrix:
    if data.content_type(content_type) != data.CSV:
        raise UserError(f"{content_type} is not available on local AWS without an input_fn: use text/csv")
    return xgb.DMatrix(csv_text.parse_csv(body if isinstance(body, str) else body.decode()), nthread=1)


def _predict(rows: xgb.DMatrix, model: xgb.Booster) -> Any:
    return model.predict(rows, validate_features=False)


def _encode(predictions: Any, accept: str) -> str:
    if accept == "application/json":
        return json.dumps(np.asarray(predictions).tolist())
    if accept != "text/csv":
        raise UserError(f"{accept} is not supported: text/csv or application/json")
    text = io.StringIO()
    np.savetxt(text, np.asarray(predictions), delimiter=",", fmt="%s")
    return text.getvalue()
