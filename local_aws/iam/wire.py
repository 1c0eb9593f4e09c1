"""Requests as calls, whichever protocol a service speaks, and refusals as that protocol writes them."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote
from xml.sax.saxutils import escape

from botocore.parsers import RpcV2CBORParser

from local_aws.iam.calls import Call
from local_aws.iam.s3_wire import s3_call
from local_aws.operations import operation_of
from local_aws.wsgi import Environ, StartResponse, answer, answer_json, peeked

_FUNCTION = re.compile(r"/[\d-]+/functions/([^/]+)(/invocations)?")
_ENDPOINT = re.compile(r"/endpoints/([^/]+)/invocations")
_SCHEDULE = re.compile(r"/schedules/([^/]+)")
_CBOR = "application/cbor"
_ONCE_QUERY = ("monitoring", "sqs")
"""Services that spoke the query protocol before, and keep its error codes."""
_REST_JSON = ("lambda", "scheduler", "xray")
_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>'
    "<Message>{message}</Message></Error><RequestId>local</RequestId></ErrorResponse>"
)
_S3_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
    "<RequestId>local</RequestId><HostId>local</HostId></Error>"
)


def call_of(environ: Environ, service: str) -> Call:
    """Return a request as a call; its body, where it is read, can be read again.

    Args:
        environ: The request.
        service: The service that it is signed for.
    """
    if service == "s3":
        return s3_call(environ)
    path = environ["PATH_INFO"]
    if service == "sagemaker" and (found := _ENDPOINT.fullmatch(path)):
        return Call(service, "InvokeEndpoint", {"EndpointName": unquote(found[1])} | _target_model(environ))
    if service == "lambda" and (found := _FUNCTION.fullmatch(path)):
        operation = "Invoke" if found[2] else "GetFunction"
        return Call(service, operation, {"FunctionName": unquote(found[1])})
    body = peeked(environ)
    params = _params(environ, body)
    if service == "scheduler" and (found := _SCHEDULE.fullmatch(path)):
        params = _of_a_schedule(environ) | params | {"Name": unquote(found[1])}
    return Call(service, operation_of(environ, service, body), params)


def refuse(
    start_response: StartResponse, call: Call, environ: Environ, code: str, message: str, *, status: int
) -> list[bytes]:
    """Answer a request that may not be made, so that boto3 shows the code and the sentence.

    Args:
        start_response: Of the request.
        call: What it asks for.
        environ: The request.
        code: As XML has it; `AccessDenied` is `AccessDeniedException` in JSON.
        message: The sentence.
        status: As XML has it; most services that speak JSON answer 400 instead of 403.
    """
    kind = environ.get("CONTENT_TYPE", "")
    if call.service == "s3" or not ("json" in kind or "cbor" in kind or call.service in _REST_JSON):
        form = _S3_XML if call.service == "s3" else _XML
        body = form.format(code=code, message=escape(message)).encode()
        silent = environ["REQUEST_METHOD"] == "HEAD"  # such an answer has no body
        return answer(start_response, status, b"" if silent else body, "application/xml")
    modern = "AccessDeniedException" if code == "AccessDenied" else code
    headers = {"x-amzn-ErrorType": modern}
    if call.service in _ONCE_QUERY:
        headers["x-amzn-query-error"] = f"{code};Sender"
    elif status == 403 and call.service not in _REST_JSON:
        status = 400
    if "cbor" in kind:
        headers["smithy-protocol"] = "rpc-v2-cbor"
        return answer(start_response, status, _as_cbor({"__type": modern, "message": message}), _CBOR, headers)
    return answer_json(start_response, status, {"__type": modern, "message": message, "Message": message}, headers)


def _target_model(environ: Environ) -> dict[str, Any]:
    model = environ.get("HTTP_X_AMZN_SAGEMAKER_TARGET_MODEL")
    return {"TargetModel": model} if model else {}


def _of_a_schedule(environ: Environ) -> dict[str, Any]:
    """Return what is in a request's query: where there is no body, the group is there."""
    group = parse_qs(environ.get("QUERY_STRING", "")).get("groupName")
    return {"GroupName": group[0]} if group else {}


def _params(environ: Environ, body: bytes) -> dict[str, Any]:
    """Return a body's parameters; none if it can't be read, which the service itself will say."""
    kind = environ.get("CONTENT_TYPE", "")
    try:
        found = _decoded(kind, body)
    except (ValueError, EOFError):
        return {}
    return found if isinstance(found, dict) else {}


def _decoded(kind: str, body: bytes) -> Any:
    if not body:
        return {}
    if "cbor" in kind:
        parser = RpcV2CBORParser()
        return parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))
    if "json" in kind:
        return json.loads(body)
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8")).items()}


def _as_cbor(content: dict[str, str]) -> bytes:
    """Return a map of short texts: RFC 8949's major types 5 and 3, all that an error needs."""
    return bytes([0xA0 | len(content)]) + b"".join(_cbor_text(text) for pair in content.items() for text in pair)


def _cbor_text(text: str) -> bytes:
    encoded = text.encode()
    return b"\x79" + len(encoded).to_bytes(2, "big") + encoded
