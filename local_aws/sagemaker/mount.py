"""Mounts the simulator straight onto boto3 clients: botocore's `before-send`, no sockets."""

from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from local_aws.sagemaker.core import SageMaker
from local_aws.sagemaker.wire import SageMakerApp

_SERVICES = ("sagemaker", "sagemaker-runtime")


class _Body(BytesIO):
    """What botocore wants of urllib3's response."""

    def stream(self, amt: int = 65_536, decode_content: bool | None = None) -> Any:
        del decode_content
        while chunk := self.read(amt):
            yield chunk

    def release_conn(self) -> None:
        """There is no connection."""


class Mount:
    """Answers the requests of SageMaker clients, through the same front as on the wire."""

    def __init__(self, app: SageMakerApp) -> None:
        """Answer with this app."""
        self._app = app

    def attach(self, events: Any) -> None:
        """Answer all SageMaker requests of a client (`client.meta.events`) or session (`session.events`)."""
        for service in _SERVICES:
            events.register_first(f"before-send.{service}", self)

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answer one prepared request."""
        response = self._app.answer(_as_wsgi(request))
        headers = HTTPHeaders()
        for name, value in response.headers.items():
            headers[name] = value
        return AWSResponse(request.url, response.status_code, headers, _Body(response.get_data()))


def mount(core: SageMaker, *clients: Any, lock: AbstractContextManager[Any] | None = None, **options: Any) -> Mount:
    """Mount a core on boto3 clients (or botocore sessions' event emitters by `Mount.attach`).

    Args:
        core: The simulator.
        clients: boto3 clients for `sagemaker` and `sagemaker-runtime`.
        lock: Serialises calls; none by default, for a single thread.
        options: More for `SageMakerApp`, such as `draw`.
    """
    mounted = Mount(SageMakerApp(core, lock or nullcontext(), **options))
    for client in clients:
        mounted.attach(client.meta.events)
    return mounted


def _as_wsgi(request: AWSPreparedRequest) -> Request:
    body = request.body or b""
    data = body if isinstance(body, bytes | bytearray | str) else body.read()
    data = data.encode() if isinstance(data, str) else bytes(data)
    headers = [(name, _text(value)) for name, value in request.headers.items()]
    return Request(EnvironBuilder(path=request.url, method=request.method, headers=headers, data=data).get_environ())


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
