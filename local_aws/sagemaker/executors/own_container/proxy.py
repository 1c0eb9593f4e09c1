"""A model that a program of one's own serves: requests are passed on as they are."""

import contextlib
import signal
import subprocess
import time

import urllib3

from local_aws.sagemaker.executors.answering import Response
from local_aws.sagemaker.executors.own_container.command import Order
from local_aws.sagemaker.executors.own_container.watchdog import Watchdog

HOST = "127.0.0.1"
STARTING = 115.0
"""Seconds until the program must answer its ping: a little less than its container is given."""
LOOK_EVERY = 0.1
PING_SECONDS = 2.0
"""A ping has two seconds: the developer guide on containers for hosting."""
MODEL_SECONDS = 60.0
CONNECTIONS = 64


class ServedModel:
    """The running program; safe from many threads."""

    def __init__(self, order: Order, port: int) -> None:
        """Start the program and wait for its ping.

        Raises:
            OSError: It can't be started.
            RuntimeError: It ended, or did not answer in time.
        """
        self._pool = urllib3.HTTPConnectionPool(HOST, port, maxsize=CONNECTIONS, retries=False)
        self._watchdog = Watchdog(order.container)  # for as long as this process lives
        self._process = subprocess.Popen(order.arguments, cwd=order.folder, env=order.environment)
        deadline = time.monotonic() + STARTING
        while not self._answers():
            code = self._process.poll()
            if code is not None:
                raise RuntimeError(f"the program ended with exit code {code} before it answered /ping")
            if time.monotonic() > deadline:
                self._process.send_signal(signal.SIGKILL)
                raise RuntimeError(f"the program did not answer /ping within {STARTING:.0f} seconds")
            time.sleep(LOOK_EVERY)

    def respond(self, body: bytes, content_type: str | None, accept: str | None) -> Response:
        """Pass one request on; a program that is gone is a status 502."""
        headers = {"Content-Type": content_type or "application/octet-stream", "Accept": accept or "*/*"}
        try:
            answer = self._pool.urlopen("POST", "/invocations", body=body, headers=headers, timeout=MODEL_SECONDS)
        except urllib3.exceptions.HTTPError as error:
            return Response(502, f"the model's program does not answer: {type(error).__name__}".encode())
        return Response(answer.status, answer.data, answer.headers.get("Content-Type", ""))

    def _answers(self) -> bool:
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            return self._pool.urlopen("GET", "/ping", timeout=PING_SECONDS).status == 200
        return False
