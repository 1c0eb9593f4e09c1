"""What a stand-in for a container answers to a request, and what it must be able to do to be served."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Response:
    """Status, body and content type of an answer."""

    status: int
    body: bytes
    content_type: str = "text/html; charset=utf-8"


class Responder(Protocol):
    """A loaded model. Safe from many threads."""

    def respond(self, body: bytes, content_type: str | None, accept: str | None) -> Response:
        """Answer one /invocations request; what is wrong with it becomes a status, never an exception."""
