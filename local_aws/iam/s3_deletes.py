"""DeleteObjects names its objects in the body: each is judged, and those that are denied are errors of their own.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
"""

import io
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from local_aws.wsgi import App, Environ, StartResponse, answer, peeked

Named = dict[str, str]
"""One object of a request: `Key`, and `VersionId` if it names one."""

_EMPTY = b'<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult></DeleteResult>'
_END = re.compile(rb"</DeleteResult>\s*$|<DeleteResult[^>]*/>\s*$")


def objects_of(body: bytes) -> list[Named]:
    """Return the objects that a request's body names; none of a body that can't be read, which S3 itself will say."""
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - who sends it runs local AWS
    except ElementTree.ParseError:
        return []
    return [_named(one) for one in root if _name(one) == "Object"]


def answer_each(
    app: App, objects: Sequence[Named], may: Callable[[Named], bool], environ: Environ, start_response: StartResponse
) -> Iterable[bytes]:
    """Answer a request by the application as far as its caller may, and the rest with an error for each.

    Args:
        app: Who answers.
        objects: What the request names.
        may: Tells whether the caller may delete one.
        environ: The request.
        start_response: WSGI's.
    """
    denied = [one for one in objects if not may(one)]
    if not denied:
        return app(environ, start_response)
    allowed = [one for one in objects if one not in denied]
    if not allowed:
        return answer(start_response, 200, _with_errors(_EMPTY, denied), "application/xml")
    body = _request(allowed, quiet=b"<Quiet>true</Quiet>" in peeked(environ))
    started: list[Any] = []
    whole = b"".join(app(_another(environ, body), lambda *arguments: started.extend(arguments)))
    if not started[0].startswith("200"):
        start_response(*started)
        return [whole]
    return answer(start_response, 200, _with_errors(whole, denied), "application/xml")


def _another(environ: Environ, body: bytes) -> Environ:
    """Return the same request with another body, which the sums of the first don't fit."""
    sums = [name for name in environ if name.startswith(("HTTP_CONTENT_MD5", "HTTP_X_AMZ_CHECKSUM"))]
    kept = {name: value for name, value in environ.items() if name not in sums}
    return {**kept, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _request(objects: Iterable[Named], *, quiet: bool) -> bytes:
    said = "<Quiet>true</Quiet>" if quiet else ""
    return f"<Delete>{''.join(_element('Object', one) for one in objects)}{said}</Delete>".encode()


def _with_errors(result: bytes, denied: Iterable[Named]) -> bytes:
    told = "".join(
        _element("Error", {**one, "Code": "AccessDenied", "Message": "Access Denied"}) for one in denied
    ).encode()
    if result.rstrip().endswith(b"/>"):  # an element without content
        return _END.sub(b"<DeleteResult>" + told.replace(b"\\", rb"\\") + b"</DeleteResult>", result)
    return _END.sub(told.replace(b"\\", rb"\\") + b"</DeleteResult>", result)


def _element(name: str, parts: Named) -> str:
    return f"<{name}>{''.join(f'<{part}>{escape(text)}</{part}>' for part, text in parts.items())}</{name}>"


def _named(element: ElementTree.Element) -> Named:
    return {_name(part): part.text or "" for part in element if _name(part) in {"Key", "VersionId"}}


def _name(element: ElementTree.Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]
