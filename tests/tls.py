"""An HTTPS server on this machine, with a certificate of an authority that nobody else knows."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Https:
    """Where it listens, and the file of the authority to trust."""

    port: int
    authority: Path

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://localhost:{self.port}"


class _Empty(BaseHTTPRequestHandler):
    """Answers each request with an empty JSON object, and closes the connection."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing: clients that refuse its certificate are what some tests want."""


@contextmanager
def https(folder: Path) -> Iterator[Https]:
    """Serve until the end; keys and the chain are as AWS has them: RSA, an authority between root and server."""
    root = trustme.CA(key_type=trustme.KeyType.RSA)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    root.create_child_ca(key_type=trustme.KeyType.RSA).issue_cert(
        "localhost", key_type=trustme.KeyType.RSA
    ).configure_cert(context)
    authority = folder / "authority.pem"
    root.cert_pem.write_to_path(authority)
    with _Server(("127.0.0.1", 0), _Empty) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield Https(server.server_address[1], authority)
        finally:
            server.shutdown()
            thread.join()
