"""A container's HTTP server: /ping, /invocations and /execution-parameters on a socket that is already listening."""

import json
import logging
import os
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from local_aws.sagemaker.executors.answering import Responder, Response
from local_aws.sagemaker.executors.standins import StandIn

logger = logging.getLogger(__name__)
MEBIBYTE = 1024 * 1024
MAX_CONTENT_LENGTH = 20 * MEBIBYTE
DEFAULT_ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
"""The variable by which AWS's containers know the content type of answers for which no Accept asks."""


class Server(ThreadingHTTPServer):
    """Serves one model; each connection has a thread, and is kept alive."""

    daemon_threads = True

    def __init__(self, listener: socket.socket, model: Responder) -> None:
        """Take over a listening socket."""
        super().__init__(listener.getsockname(), Handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listener
        self.model = model
        self.limit = min(int(os.environ.get("MAX_CONTENT_LENGTH", 6 * MEBIBYTE)), MAX_CONTENT_LENGTH)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each keep-alive answer waits 40 ms for an acknowledgement
    wbufsize = -1  # headers and body leave in one packet

    def do_GET(self) -> None:
        """Answer /ping and /execution-parameters."""
        match self.path:
            case "/ping":
                self._send(Response(200, b""))
            case "/execution-parameters":
                parameters = {
                    "MaxConcurrentTransforms": os.cpu_count() or 1,
                    "BatchStrategy": "MULTI_RECORD",
                    "MaxPayloadInMB": self.server.limit // MEBIBYTE,
                }
                self._send(Response(200, json.dumps(parameters).encode(), "application/json"))
            case _:
                self._send(Response(404, b"not found"))

    def do_POST(self) -> None:
        """Answer /invocations."""
        length = int(self.headers.get("Content-Length", "0"))
        if length > self.server.limit:
            self.close_connection = True
            self._send(Response(413, b"The data value transmitted exceeds the capacity limit."))
            return
        body = self.rfile.read(length)
        if self.path != "/invocations":
            self._send(Response(404, b"not found"))
            return
        response = self.server.model.respond(body, self.headers.get("Content-Type"), self._accept())
        if response.status >= 400:
            logger.error("%d %s", response.status, response.body.decode())
        self._send(response)

    def _accept(self) -> str | None:
        """Return what the answer is to be: whoever doesn't care gets the default, which a pipeline's author sets."""
        asked = self.headers.get("Accept")
        return os.environ.get(DEFAULT_ACCEPT, asked) if asked in (None, "", "*/*") else asked

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # http.server's name
        """Keep the access log out of CloudWatch: thousands of lines that nobody reads."""

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        if response.status != 204:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()


def main(stand_in: StandIn, base_dir: Path, listener: socket.socket) -> int:
    """Load the model of a directory laid out like /opt/ml, and serve it until the process is ended.

    Returns:
        The exit code 1, if the model can't be loaded.
    """
    try:
        model = stand_in.load(base_dir / "model", batch=bool(os.environ.get("SAGEMAKER_BATCH")))
    except Exception:  # whatever an artifact holds: the container logs it, ends, and never answers the ping
        logger.exception("Unable to load model")
        return 1
    logger.info("Model loaded successfully for worker : %d", os.getpid())
    Server(listener, model).serve_forever()
    return 0
