"""The list of certificate authorities: read once per process, not at each new connection.

botocore gives each client a TLS context of its own, and urllib3 reads the whole list into it for every new connection:
18 to 40 ms of a processor, where the handshake takes 1.5. A function that wakes each minute makes a connection each
time, at a seventh of a processor. Whom to trust stays botocore's matter (`AWS_CA_BUNDLE`, or the list that it brings).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from ssl import SSLContext

from botocore import httpsession


@contextmanager
def read_once() -> Iterator[None]:
    """Let clients that are made inside share one context, which reads each list once.

    Only these: a context's settings are those of its last connection, and ours all verify.
    """
    context, usual = _context(), httpsession.create_urllib3_context
    # Should a later botocore not ask this function, nothing is lost but time.
    httpsession.create_urllib3_context = lambda *_, **__: context
    try:
        yield
    finally:
        httpsession.create_urllib3_context = usual


def forget() -> None:
    """Read the lists again for clients that are made from now on."""
    _context.cache_clear()


@cache
def _context() -> SSLContext:
    context: SSLContext = httpsession.create_urllib3_context()
    # urllib3 asks for it at each connection, by the name of the file.
    context.load_verify_locations = cache(context.load_verify_locations)  # type: ignore[assignment, method-assign]
    return context
