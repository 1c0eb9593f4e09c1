"""Small helpers for the WSGI applications of local AWS."""

import io
import json
from collections.abc import Callable, Iterable
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
App = Callable[[Environ, StartResponse], Iterable[bytes]]
"""A WSGI application."""

_REASONS = {200: "OK", 202: "Accepted", 204: "No Content", 400: "Bad Request", 403: "Forbidden", 404: "Not Found"}
_REASONS |= {429: "Too Many Requests", 500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable"}


def answer(
    start_response: StartResponse, status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None
) -> list[bytes]:
    """Answer a request with a whole body."""
    lines = [("Content-Type", content_type), ("Content-Length", str(len(body))), *(headers or {}).items()]
    start_response(f"{status} {_REASONS.get(status, 'Status')}", lines)
    return [body]


def answer_json(
    start_response: StartResponse, status: int, content: Any, headers: dict[str, str] | None = None
) -> list[bytes]:
    """Answer a request with JSON."""
    return answer(start_response, status, json.dumps(content).encode(), "application/json", headers)


def read_body(environ: Environ) -> bytes:
    """Return the request's whole body, whether its length is known or it comes in chunks."""
    if environ.get("wsgi.input_terminated"):
        return bytes(environ["wsgi.input"].read())
    length = int(environ.get("CONTENT_LENGTH") or 0)
    return bytes(environ["wsgi.input"].read(length)) if length else b""


def peeked(environ: Environ) -> bytes:
    """Return the request's whole body, which can be read again after."""
    body = read_body(environ)
    environ["wsgi.input"] = io.BytesIO(body)
    return body
