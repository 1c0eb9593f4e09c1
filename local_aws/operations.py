"""The name of the operation that a request asks for, from the request alone: `GetItem`, `PutObject`."""

import re
from urllib.parse import parse_qs

from local_aws.iam.s3_wire import s3_call
from local_aws.wsgi import Environ

_CBOR = re.compile(r"/service/[^/]+/operation/(\w+)$")
_INVOCATION = re.compile(r"/endpoints/[^/]+/invocations$")
_SCHEDULE = re.compile(r"/schedules/[^/]+")
_ON_A_SCHEDULE = {"POST": "CreateSchedule", "PUT": "UpdateSchedule", "GET": "GetSchedule", "DELETE": "DeleteSchedule"}


def operation_of(environ: Environ, service: str, body: bytes) -> str:
    """Return botocore's name of the operation; the method and the path's first part where that isn't known.

    Args:
        environ: The request.
        service: The service that it is signed for.
        body: Its body, where the operation may be in it; else empty.
    """
    path = environ["PATH_INFO"]
    if target := environ.get("HTTP_X_AMZ_TARGET"):
        return str(target).rpartition(".")[2]
    if found := _CBOR.search(path):
        return str(found[1])
    if service == "sagemaker" and _INVOCATION.search(path):
        return "InvokeEndpoint"
    if service == "s3":
        return s3_call(environ).operation
    method = environ["REQUEST_METHOD"]
    if service == "scheduler" and method in _ON_A_SCHEDULE and _SCHEDULE.fullmatch(path):
        return _ON_A_SCHEDULE[method]
    if action := parse_qs(body.decode("latin-1")).get("Action"):
        return action[0]
    return f"{method} {path.split('/')[1]}"
