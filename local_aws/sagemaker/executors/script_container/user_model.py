"""Serves with the script's own functions: `model_fn`, and `transform_fn` or `input_fn`, `predict_fn`, `output_fn`.

Sources: transformer.py of aws/sagemaker-inference-toolkit 1.10.1, serving.py of
aws/sagemaker-scikit-learn-container and aws/sagemaker-xgboost-container: `SAGEMAKER_PROGRAM` names the module,
`model_fn` is required, `transform_fn` stands for the other three together; what the code raises is a status 500.
"""

import importlib
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import Any

import werkzeug
from werkzeug.test import EnvironBuilder

from local_aws.sagemaker.executors.answering import Response
from local_aws.sagemaker.executors.container_errors import AcceptError, MediaTypeError
from local_aws.sagemaker.executors.script_container import requirements
from local_aws.sagemaker.executors.user_code import IN_THE_ARTIFACT, SUBMIT_DIRECTORY

PROGRAM = "SAGEMAKER_PROGRAM"
ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
JSON = "application/json"
TEXT = (JSON, "text/csv")
_PARTS = ("input_fn", "predict_fn", "output_fn")


@dataclass(frozen=True)
class Defaults:
    """What a container does where the script has no function of its own.

    `input_fn` raises MediaTypeError for what it can't read, `output_fn` AcceptError for what it can't write.
    """

    input_fn: Callable[[str | bytes, str], Any]
    predict_fn: Callable[[Any, Any], Any]
    output_fn: Callable[[Any, str], Any]


class UserModel:
    """A model that its own code loads and asks; one instance serves all threads, as the code's author must expect."""

    def __init__(self, model_dir: Path, program: str, defaults: Defaults) -> None:
        """Import the code and let it load the model.

        Raises:
            NotImplementedError: It has no `model_fn`.
            ValueError: It has `transform_fn` and one of the parts that this replaces.
            Exception: Whatever the code raises.
        """
        module = _imported(code_dir(model_dir), program)
        if not hasattr(module, "model_fn"):
            raise NotImplementedError("Please provide a model_fn implementation.")
        if hasattr(module, "transform_fn") and any(hasattr(module, name) for name in _PARTS):
            raise ValueError(
                "Cannot use transform_fn implementation in conjunction with input_fn, predict_fn, output_fn"
            )
        self._transform: Callable[..., Any] = getattr(module, "transform_fn", self._by_parts)
        self._input: Callable[..., Any] = getattr(module, "input_fn", defaults.input_fn)
        self._predict: Callable[..., Any] = getattr(module, "predict_fn", defaults.predict_fn)
        self._output: Callable[..., Any] = getattr(module, "output_fn", defaults.output_fn)
        self._model = _call(module.model_fn, str(model_dir))

    def respond(self, body: bytes, content_type: str | None, accept: str | None) -> Response:
        """Answer one /invocations request."""
        wanted = accept if accept and accept != "*/*" else os.environ.get(ACCEPT, JSON)
        given = (content_type or JSON).partition(";")[0].strip().lower()
        try:
            answer = _call(self._transform, self._model, body.decode() if given in TEXT else body, given, wanted)
        except MediaTypeError as error:
            return Response(415, str(error).encode())
        except AcceptError as error:
            return Response(406, str(error).encode())
        except Exception as error:  # whatever the code raises: the toolkit tells all of it to the caller
            return Response(500, f"{error}\n{traceback.format_exc()}".encode())
        if callable(answer):
            return _of_wsgi(answer)
        content, kind = answer if isinstance(answer, tuple) else (answer, wanted)
        return Response(200, content.encode() if isinstance(content, str) else bytes(content), kind)

    def _by_parts(self, model: Any, body: str | bytes, content_type: str, accept: str) -> Any:
        data = _call(self._input, body, content_type)
        return _call(self._output, _call(self._predict, data, model), accept)


def code_dir(model_dir: Path) -> Path:
    """Return where a container's code is: in the artifact's `code/`, or unpacked beside the model."""
    where = os.environ.get(SUBMIT_DIRECTORY, IN_THE_ARTIFACT)
    return model_dir / "code" if where == IN_THE_ARTIFACT else model_dir.parent / "code"


def _of_wsgi(answer: Any) -> Response:
    """Return what a WSGI application answers: Flask, in which AWS's containers serve, takes one for a response."""
    found = werkzeug.Response.from_app(answer, EnvironBuilder(method="POST").get_environ(), buffered=True)
    return Response(found.status_code, found.get_data(), found.headers.get("Content-Type", "text/html; charset=utf-8"))


def _call(function: Callable[..., Any], *given: Any) -> Any:
    """Call a function that may take the request's context as its last argument, which is None here."""
    takes = len(signature(function).parameters)
    return function(*given, *([None] if takes == len(given) + 1 else []))


def _imported(code: Path, program: str) -> ModuleType:
    requirements.check(code)
    sys.path.insert(0, str(code))
    return importlib.import_module(program.removesuffix(".py"))
