"""The one port of local AWS: which application answers a request, and the HTTP server that runs them.

The service is in the scope of the signature (`Credential=…/20260304/us-east-1/sagemaker/aws4_request`), so that any
client works that is pointed at the port. Signatures themselves are not checked.
"""

import errno
import io
import re
import threading
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

from cheroot.wsgi import Server
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from local_aws.clock import Clock
from local_aws.envelopes import REGION
from local_aws.faults import Faults
from local_aws.iam.gate import Gate
from local_aws.lambda_api import LambdaApi
from local_aws.wsgi import App, Environ, StartResponse, answer_json, read_body

_SCOPE = re.compile(r"Credential=[^/,]+/\d{8}/([\w-]+)/([\w-]+)/aws4_request")
_READER = f"AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/s3/aws4_request, SignedHeaders=host, Signature=0"
LOOPBACK = "127.0.0.1"
THREADS = 40
"""Requests that are answered at once. A function that is invoked over the wire holds one, and calls back on others."""


class PortTakenError(Exception):
    """Another program listens on the port."""


def service_of_request(environ: Environ) -> str:
    """Return the service that a request is signed for, "" if it isn't signed."""
    found = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found:
        return found[2].lower()
    credential = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[0]
    parts = credential.split("/")
    return parts[-2].lower() if len(parts) == 5 else ""


class _Moto(DomainDispatcherApplication):
    """moto's application. It looks through the folders of its package at each request, unless one remembers."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._backends: dict[str | None, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """Return the name of the backend for a host such as `s3.us-east-1.amazonaws.com`."""
        if host not in self._backends:
            self._backends[host] = super().get_backend_for_host(host)
        return self._backends[host]


class Front:
    """The WSGI application that hands each request to the right one."""

    def __init__(
        self, clock: Clock, gate: Gate, sagemaker: App, functions: LambdaApi, local: App, faults: Faults
    ) -> None:
        """Take the clock that answers are dated by, what stands before all services, our own applications, and faults.

        Everything else is moto's.
        """
        self._clock = clock
        self._gate = gate
        self._sagemaker = sagemaker
        self._functions = functions
        self._local = local
        self._faults = faults
        self._moto = _Moto()
        self._dynamodb_lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""

        def dated(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            others = [header for header in headers if header[0].lower() != "date"]
            return start_response(status, [*others, ("Date", formatdate(self._clock.now(), usegmt=True))], *rest)

        return self._answer(environ, dated)

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        _normalise(environ)
        if environ["PATH_INFO"].startswith("/_local/"):
            return self._local(environ, start_response)
        service = service_of_request(environ)
        if not service and environ["REQUEST_METHOD"] in ("GET", "HEAD") and not environ.get("HTTP_AUTHORIZATION"):
            # A browser that looks at a report: S3 would refuse an unsigned request for a private object.
            environ["HTTP_AUTHORIZATION"], service = _READER, "s3"
        if not service:
            return self._to_moto(environ, start_response)
        apps: dict[str, App] = {
            "sagemaker": self._sagemaker,
            "lambda": self._to_lambda,
            "dynamodb": self._to_dynamodb,
        }
        answer = self._gate.answer(apps.get(service, self._to_moto), service, environ, start_response)
        self._faults.called(environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2])
        return answer

    def _to_lambda(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        app = self._functions if self._functions.handles(environ) else self._to_moto
        return app(environ, start_response)

    def _to_dynamodb(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        # A transaction that fails puts moto's tables back as they were when it began: what others wrote meanwhile would
        # be lost.
        with self._dynamodb_lock:
            return self._to_moto(environ, start_response)

    def _to_moto(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            return self._moto(environ, start_response)  # type: ignore[no-any-return]  # moto's app is untyped
        except NotImplementedError as error:
            return answer_json(start_response, 501, {"__type": "NotImplemented", "message": f"local AWS: {error}"})


def _normalise(environ: Environ) -> None:
    """Make the environ what moto knows from werkzeug's server: raw URI, decoded path, a length for chunked bodies."""
    uri = environ.get("REQUEST_URI") or environ["PATH_INFO"]
    environ["RAW_URI"] = uri
    path = re.sub(r"^https?://[^/]*", "", uri).partition("?")[0]
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1") or "/"
    if environ.get("wsgi.input_terminated"):
        body = read_body(environ)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ["wsgi.input_terminated"] = False
        environ.pop("HTTP_TRANSFER_ENCODING", None)


class HttpServer:
    """The HTTP server: keep-alive and TCP_NODELAY, which a client of many small requests feels."""

    def __init__(self, app: App, port: int, also_on: str | None = None) -> None:
        """Bind the port (0: any free one); nothing is answered before `start`.

        Args:
            app: Answers.
            port: On the loopback interface.
            also_on: Another address of this machine, on which the same port answers too.

        Raises:
            PortTakenError: Another program listens there.
        """
        self._listeners = [_Listener(app, LOOPBACK, port)]
        self.port = self._listeners[0].port
        if also_on:
            try:
                self._listeners.append(_Listener(app, also_on, self.port))
            except BaseException:
                self.stop()
                raise

    def start(self) -> None:
        """Answer requests."""
        for listener in self._listeners:
            listener.start()

    def stop(self) -> None:
        """Stop answering and close the port."""
        for listener in self._listeners:
            listener.stop()


class _Listener:
    """One address of the server."""

    def __init__(self, app: App, host: str, port: int) -> None:
        self._server = Server((host, port), app, numthreads=THREADS, request_queue_size=128)
        self._server.keep_alive_conn_limit = 512
        self._server.timeout = 60
        self._server.shutdown_timeout = 1
        try:
            self._server.prepare()
        except OSError as error:
            # cheroot tries each address that the host has, and tells of the errors in words only.
            if f"[Errno {errno.EADDRINUSE}]" in str(error):
                raise PortTakenError(f"port {port} is taken") from error
            raise
        self.port = int(self._server.bind_addr[1])
        self._thread = threading.Thread(target=self._server.serve, name=f"http-server-{host}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.stop()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
