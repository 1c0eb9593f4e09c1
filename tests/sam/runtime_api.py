"""Lambda's Runtime API for one call: hands out one event, and takes what the function makes of it."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

VERSION = "/2018-06-01/runtime/"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing: the function's process is ended while it waits for its next event."""


class RuntimeApi:
    """Serves https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html on the loopback interface."""

    def __init__(self, event: dict[str, Any], arn: str, timeout: int) -> None:
        self.answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        """The function's answer, or the error that it or its import ended with."""
        self._events: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._events.put(event)
        self._arn, self._timeout = arn, timeout
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.address = f"127.0.0.1:{self._server.server_port}"

    @contextmanager
    def serving(self) -> Iterator[None]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()

    def headers(self) -> dict[str, str]:
        """What comes with an event."""
        return {
            "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + self._timeout) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": self._arn,
            "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0",
        }

    def _handler(api) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the request's handler has the name `self`
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"  # awslambdaric crashes on an answer in 1.0

            def do_GET(self) -> None:
                assert self.path == f"{VERSION}invocation/next", self.path
                # A second call waits here until the process is ended, as an idle function does.
                self._answer(200, json.dumps(api._events.get()).encode(), api.headers())

            def do_POST(self) -> None:
                assert self.path.startswith(VERSION), self.path
                assert self.path.endswith(("/response", "/error")), self.path
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self._answer(202, b"{}", {})
                api.answers.put(json.loads(body))

            def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in {
                    **headers,
                    "Content-Type": "application/json",
                    "Content-Length": str(len(body)),
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing: a failing test tells what went wrong."""

        return Handler
