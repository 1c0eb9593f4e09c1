"""Lambda's API for the functions of the function host: Invoke, and the descriptions that clients ask for first."""

import json
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote

from local_aws.functions import FunctionHost, FunctionSpec, ThrottledError
from local_aws.targets import function_name
from local_aws.wsgi import Environ, StartResponse, answer, answer_json, read_body

_PREFIX = "/2015-03-31/functions/"


class LambdaApi:
    """A WSGI application; `handles` says which requests are for it and not for moto."""

    def __init__(self, host: FunctionHost) -> None:
        """Take the host of the functions."""
        self._host = host

    def handles(self, environ: Environ) -> bool:
        """Say whether the request invokes a function, or describes one that the host knows."""
        name, action = _parse(environ)
        known = any(spec.name == name for spec in self._host.specs())
        return action == "invocations" or (known and environ["REQUEST_METHOD"] == "GET" and action != "policy")

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        name, action = _parse(environ)
        try:
            spec = self._host.spec(name)
        except KeyError:
            return _error(start_response, 404, "ResourceNotFoundException", f"Function not found: {name}")
        if action != "invocations":
            configuration = _configuration(spec)
            return answer_json(start_response, 200, configuration if action else {"Configuration": configuration})
        return self._invoke(spec, environ, start_response)

    def _invoke(self, spec: FunctionSpec, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        kind = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
        try:
            event = json.loads(read_body(environ) or b"{}")
        except ValueError as error:
            message = f"Could not parse request body into json: {error}"
            return _error(start_response, 400, "InvalidRequestContentException", message)
        if kind == "DryRun":
            return answer(start_response, 204, b"", "application/json")
        if kind == "Event":
            request_id = self._host.invoke_async(spec.name, event)
            return answer(start_response, 202, b"", "application/json", {"x-amzn-RequestId": request_id})
        try:
            outcome = self._host.invoke(spec.name, event)
        except ThrottledError:
            return _error(start_response, 429, "TooManyRequestsException", "Rate Exceeded.")
        headers = {"X-Amz-Executed-Version": "$LATEST", "x-amzn-RequestId": str(uuid.uuid4())}
        if outcome.error:
            headers["X-Amz-Function-Error"] = "Unhandled"
        return answer_json(start_response, 200, outcome.payload, headers)


def _parse(environ: Environ) -> tuple[str, str]:
    """Return the function's name and what follows it in the path: `invocations`, `configuration` or nothing."""
    path = environ["PATH_INFO"]
    if not path.startswith(_PREFIX):
        return "", ""
    named, _, action = path[len(_PREFIX) :].rstrip("/").partition("/")
    return function_name(unquote(named)), action


def _error(start_response: StartResponse, status: int, code: str, message: str) -> list[bytes]:
    body = {"Type": "User", "Message": message}
    return answer_json(start_response, status, body, {"x-amzn-ErrorType": code})


def _configuration(spec: FunctionSpec) -> dict[str, Any]:
    return {
        "FunctionName": spec.name,
        "FunctionArn": spec.arn,
        "Runtime": "python3.13",
        "Role": spec.role_arn,
        "Handler": spec.handler,
        "Timeout": spec.timeout,
        "MemorySize": spec.memory,
        "Version": "$LATEST",
        "Environment": {"Variables": spec.environment},
        "State": "Active",
        "LastUpdateStatus": "Successful",
    }
