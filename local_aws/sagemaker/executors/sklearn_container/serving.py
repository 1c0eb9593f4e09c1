"""Script mode in service, as AWS's scikit-learn image has it: Flask makes the answer of what the code returns.

Sources: serving.py of aws/sagemaker-scikit-learn-container, and _transformer.py, _worker.py and _content_types.py of
aws/sagemaker-containers, which it serves with: text is decoded only if the content type is exactly one of UTF8; a pair
is a body and its content type; anything else goes through Flask (a WSGI app is called); what the code raises is a 500
without a word, and its traceback is in the log.
"""

import importlib
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import flask

from local_aws.sagemaker.executors.answering import Response

logger = logging.getLogger(__name__)
PROGRAM = "SAGEMAKER_PROGRAM"
DEFAULT_ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
JSON = "application/json"
UTF8 = (JSON, "text/csv")
_PARTS = ("input_fn", "predict_fn", "output_fn")
_DEFAULTS_ARE_NUMPYS = "{} is not available on local AWS without the script's own: write one"


class UserModel:
    """A model that its own code loads and asks; one instance serves all threads."""

    def __init__(self, model_dir: Path, program: str, default_accept: str) -> None:
        """Import the code from `code/` and let it load the model.

        Raises:
            NotImplementedError: It has no `model_fn`, or lacks a part that numpy would stand for.
            ValueError: It has `transform_fn` and one of the parts that this replaces.
            Exception: Whatever the code raises.
        """
        self._app = flask.Flask("container")
        self._default_accept = default_accept
        sys.path.insert(0, str(model_dir / "code"))
        module = importlib.import_module(program.removesuffix(".py"))
        if not hasattr(module, "model_fn"):
            raise NotImplementedError("Please provide a model_fn implementation.")
        self._transform = _transform_of(module)
        self._model = module.model_fn(str(model_dir))

    def respond(self, body: bytes, content_type: str | None, accept: str | None) -> Response:
        """Answer one /invocations request."""
        given = content_type or JSON
        wanted = self._default_accept if accept in (None, "", "*/*") else accept
        with self._app.test_request_context("/invocations", method="POST"):
            try:
                answer = self._transform(self._model, body.decode() if given in UTF8 else body, given, wanted)
                made = flask.Response(answer[0], mimetype=answer[1]) if isinstance(answer, tuple) else answer
                response = self._app.make_response(made)
            except Exception:  # whatever the code raises: Flask logs it
                logger.exception("Exception on /invocations [POST]")
                return Response(500, b"Internal Server Error")
            return Response(response.status_code, response.get_data(), response.headers["Content-Type"])


def load(model_dir: Path, environment: Mapping[str, str] = os.environ, *, batch: bool) -> UserModel:
    """Load what serves an artifact.

    Raises:
        Exception: It can't be loaded; whatever the artifact's code raises.
    """
    del batch  # It answers alike.
    if not (program := environment.get(PROGRAM)):
        raise NotImplementedError(f"{PROGRAM} names no script: AWS's scikit-learn image serves nothing else")
    return UserModel(model_dir, program, environment.get(DEFAULT_ACCEPT, JSON))


def _transform_of(module: ModuleType) -> Callable[..., Any]:
    """Return the code's `transform_fn`, or its parts as one."""
    parts = [getattr(module, name, None) for name in _PARTS]
    if hasattr(module, "transform_fn"):
        if any(parts):
            raise ValueError("Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn")
        return module.transform_fn  # type: ignore[no-any-return]
    for name, part in zip(_PARTS, parts, strict=True):
        if part is None:
            raise NotImplementedError(_DEFAULTS_ARE_NUMPYS.format(name))

    def transform(model: Any, body: str | bytes, content_type: str, accept: str) -> Any:
        return module.output_fn(module.predict_fn(module.input_fn(body, content_type), model), accept)

    return transform
