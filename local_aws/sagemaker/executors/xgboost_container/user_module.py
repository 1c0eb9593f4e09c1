"""Script mode: the artifact's own inference code answers, as AWS's XGBoost container lets it.

Sources: serving.py and handler_service.py of aws/sagemaker-xgboost-container, transformer.py of
aws/sagemaker-inference-toolkit: `SAGEMAKER_PROGRAM` names the module, `model_fn` is required, and `transform_fn`
stands for `input_fn`, `predict_fn` and `output_fn` together; what the code raises is a status 500.
"""

import importlib
import io
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import xgboost as xgb

from local_aws.sagemaker.executors import csv_text
from local_aws.sagemaker.executors.answering import Response
from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.xgboost_container import data
from local_aws.sagemaker.executors.xgboost_container.model import Model

logger = logging.getLogger(__name__)
PROGRAM = "SAGEMAKER_PROGRAM"
DEFAULT_ACCEPT = "application/json"
TEXT = ("application/json", "text/csv")
_PARTS = ("input_fn", "predict_fn", "output_fn")


class UserModel:
    """A model that its own code loads and asks; one instance serves all threads, as the code's author must expect."""

    def __init__(self, model_dir: Path, program: str) -> None:
        """Import the code from `code/` and let it load the model.

        Raises:
            NotImplementedError: It has no `model_fn`.
            ValueError: It has `transform_fn` and one of the parts that this replaces.
            Exception: Whatever the code raises.
        """
        module = _imported(model_dir / "code", program)
        if not hasattr(module, "model_fn"):
            raise NotImplementedError("Please provide a model_fn implementation.")
        if hasattr(module, "transform_fn") and any(hasattr(module, name) for name in _PARTS):
            raise ValueError(
                "Cannot use transform_fn implementation in conjunction with input_fn, predict_fn, output_fn"
            )
        self._transform: Callable[..., Any] = getattr(module, "transform_fn", self._by_parts)
        self._input: Callable[..., Any] = getattr(module, "input_fn", _decode)
        self._predict: Callable[..., Any] = getattr(module, "predict_fn", _predict)
        self._output: Callable[..., Any] = getattr(module, "output_fn", _encode)
        self._model = module.model_fn(str(model_dir))

    def respond(self, body: bytes, content_type: str | None, accept: str | None) -> Response:
        """Answer one /invocations request."""
        wanted = accept if accept and accept != "*/*" else DEFAULT_ACCEPT
        given = (content_type or "").partition(";")[0].strip().lower()
        try:
            answer = self._transform(self._model, body.decode() if given in TEXT else body, given, wanted)
        except Exception as error:  # whatever the code raises: the toolkit tells all of it to the caller
            return Response(500, f"{error}\n{traceback.format_exc()}".encode())
        content, kind = answer if isinstance(answer, tuple) else (answer, wanted)
        return Response(200, content.encode() if isinstance(content, str) else bytes(content), kind)

    def _by_parts(self, model: Any, body: str | bytes, content_type: str, accept: str) -> Any:
        return self._output(self._predict(self._input(body, content_type), model), accept)


def load(model_dir: Path, environment: Mapping[str, str] = os.environ, *, batch: bool) -> Model | UserModel:
    """Load what serves an artifact: its own code if the environment names a program, else the container's.

    Raises:
        Exception: It can't be loaded; whatever the artifact's code raises.
    """
    if program := environment.get(PROGRAM):
        return UserModel(model_dir, program)
    return Model(model_dir, batch=batch)


def _imported(code: Path, program: str) -> ModuleType:
    sys.path.insert(0, str(code))
    return importlib.import_module(program.removesuffix(".py"))


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
