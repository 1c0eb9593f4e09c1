"""SageMaker on the wire: the control plane's JSON 1.1 and the runtime's REST, as one WSGI app."""

import json
import random
import re
import uuid
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from local_aws.sagemaker.core import SageMaker
from local_aws.sagemaker.errors import AwsError, ResponseMismatchError, not_simulated
from local_aws.sagemaker.executors.base import Answer, Invocation, ModelDataError
from local_aws.sagemaker.runtime import Route, check_size

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_JSON = "application/x-amz-json-1.1"
_INVOCATIONS = re.compile(r"/endpoints/([^/]+)/invocations")
_TARGET = "SageMaker."


class SageMakerApp:
    """Answers both protocols. The lock is held for the core's work only, never while a model answers."""

    def __init__(
        self, core: SageMaker, lock: AbstractContextManager[Any], draw: Callable[[], float] = random.random
    ) -> None:
        """Serve a core.

        Args:
            core: The simulator.
            lock: Serialises the calls to the core.
            draw: Gives numbers in [0, 1), by which requests are shared among variants.
        """
        self._core = core
        self._lock = lock
        self._draw = draw

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        request = Request(environ)
        response = self.answer(request)
        response.headers["x-amzn-RequestId"] = str(uuid.uuid4())
        return response(environ, start_response)

    def answer(self, request: Request) -> Response:
        """Answer one request as werkzeug's objects."""
        found = _INVOCATIONS.fullmatch(request.path)
        return self._invoke(unquote(found[1]), request) if found else self._control(request)

    def _control(self, request: Request) -> Response:
        try:
            return _json(self._call(request))
        except AwsError as error:
            return _json({"__type": error.code, "message": error.message, **error.fields}, error.status)
        except ResponseMismatchError as error:
            return _json({"__type": "InternalFailure", "message": str(error)}, 500)

    def _call(self, request: Request) -> dict[str, Any]:
        target = request.headers.get("X-Amz-Target", "")
        if not target.startswith(_TARGET):
            raise not_simulated(f"{request.method} {request.path} with X-Amz-Target {target!r}")
        try:
            params = json.loads(request.get_data() or b"{}")
        except ValueError:
            raise AwsError("SerializationException", "The request's body is not JSON") from None
        if not isinstance(params, dict):
            raise AwsError("SerializationException", "The request's body is not a JSON object")
        with self._lock:
            return self._core.call(target.removeprefix(_TARGET), params)

    def _invoke(self, endpoint: str, request: Request) -> Response:
        try:
            return self._invoked(endpoint, request)
        except AwsError as error:
            response = _json({"Message": error.message or None, **error.fields}, error.status)
            response.headers["x-amzn-ErrorType"] = error.code
            return response

    def _invoked(self, endpoint: str, request: Request) -> Response:
        invocation = _invocation(request)
        with self._lock:
            variant = request.headers.get("X-Amzn-SageMaker-Target-Variant")
            size = len(invocation.body)
            route = self._core.route(endpoint, variant, self._draw(), invocation.target_model, size)
        answer = self._ask(route, invocation)
        if error := self._core.model_error(route, answer):
            raise error
        assert answer is not None  # noqa: S101 - without an answer there is a model error
        response = Response(answer.body, content_type=answer.content_type)
        response.headers["x-Amzn-Invoked-Production-Variant"] = route.variant
        return response

    def _ask(self, route: Route, invocation: Invocation) -> Answer | None:
        """Ask the containers, and record what they answer; None if they are gone."""
        answer: Answer | None = None
        reached = True
        try:
            answer = self._core.executors.invoke(route.hosting_id, invocation)
        except ConnectionError:
            return None
        except ModelDataError as error:
            reached = False
            raise AwsError("ValidationError", str(error)) from error
        finally:
            with self._lock:
                if reached:
                    self._core.record(route, answer, invocation)
                else:
                    self._core.refused(route)
        return answer


def _invocation(request: Request) -> Invocation:
    check_size(request.content_length or 0)
    body = request.get_data()
    check_size(len(body))
    content_type = request.headers.get("Content-Type", "application/json")
    target = request.headers.get("X-Amzn-SageMaker-Target-Model")
    return Invocation(body, content_type, request.headers.get("Accept", "*/*"), target)


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status=status, content_type=_JSON)
