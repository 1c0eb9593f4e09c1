"""Counts what is asked of the services on local AWS's port, with what AWS charges for besides the call."""

import io
import json
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType

from local_aws.capacity import Index, Item, read_units, write_units
from local_aws.envelopes import ACCOUNT, REGION
from local_aws.iam.calls import Call
from local_aws.iam.wire import call_of
from local_aws.operations import operation_of
from local_aws.usage import Calls, Usage
from local_aws.wsgi import App, Environ, StartResponse

_SMALL = 1 << 20
"""Bodies above this size hold data, and say nothing of the operation."""
_STATISTICS = 5
"""How many of a metric's statistics one price brings."""
_WRITES = ("Put", "Update", "Delete", "ConditionCheck")


def metered(app: App, usage: Usage, service_of: Callable[[Environ], str], caller_of: Callable[[Environ], str]) -> App:
    """Return an application that answers like another, and counts the calls of services.

    Args:
        app: Who answers.
        usage: Where to count.
        service_of: Returns the service that a request is signed for, "" if it isn't signed.
        caller_of: Returns who makes it.
    """

    def metering(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        service = service_of(environ)
        if not service:
            return app(environ, start_response)
        body = _peek(environ)
        operation = operation_of(environ, service, body)
        if service == "dynamodb":
            answer, used = _dynamodb(operation, _json(body), lambda: app(environ, start_response))
        else:
            used = Calls(1, entries=_asked_for(environ, service, body))
            answer = app(environ, start_response)
        usage.called(caller_of(environ), service, operation, used)
        return answer

    return metering


def _peek(environ: Environ) -> bytes:
    """Return a small body, and leave it readable."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not 0 < length <= _SMALL:
        return b""
    body: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _json(body: bytes) -> dict[str, Any]:
    """Return a JSON object; an empty one for anything else, which the service itself will refuse."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _asked_for(environ: Environ, service: str, body: bytes) -> int:
    return entries(call_of(environ, service)) if service in ("events", "monitoring") and body else 0


def entries(call: Call) -> int:
    """Return what is charged for in a call: its events, or its metrics."""
    match call.operation:
        case "PutEvents":
            return len(call.params.get("Entries", []))
        case "GetMetricData":
            return _metrics(call.params.get("MetricDataQueries", []))
        case _:
            return 0


def _metrics(queries: Sequence[Mapping[str, Any]]) -> int:
    """Return the metrics that CloudWatch charges for: up to five statistics of the same one are one."""
    asked = (query["MetricStat"]["Metric"] for query in queries if "MetricStat" in query)
    statistics = Counter(json.dumps(metric, sort_keys=True) for metric in asked)
    return sum(math.ceil(count / _STATISTICS) for count in statistics.values())


def _dynamodb(
    operation: str, request: Mapping[str, Any], ask: Callable[[], Iterable[bytes]]
) -> tuple[Iterable[bytes], Calls]:
    """Ask, and look at the items before and after: a write is charged by the larger one, and by its index entries."""
    touched = _touched(operation, request)
    before = [_item(table, key) for table, key in touched]
    answer = list(ask())
    transactional = operation == "TransactWriteItems"
    written = sum(
        write_units(was, _item(table, key), _indexes(table), transactional=transactional)
        for (table, key), was in zip(touched, before, strict=True)
    )
    return answer, Calls(1, read_units(operation, request, _json(b"".join(answer))), written)


def _touched(operation: str, request: Mapping[str, Any]) -> list[tuple[Any, Mapping[str, Any]]]:
    """Return table and key (or the whole item, which holds it) of each item that a request writes."""
    if operation == "TransactWriteItems":
        entries = request.get("TransactItems", [])
        writes = [write for entry in entries for kind, write in entry.items() if kind in _WRITES]
    else:
        writes = [request] if operation in ("PutItem", "UpdateItem", "DeleteItem") else []
    tables = dynamodb_backends[ACCOUNT][REGION].tables
    found = ((tables.get(write.get("TableName")), write.get("Key") or write.get("Item") or {}) for write in writes)
    return [(table, key) for table, key in found if table is not None and set(_keys(table)) <= set(key)]


def _item(table: Any, key: Mapping[str, Any]) -> Item | None:
    found = table.get_item(*(DynamoType(key[name]) for name in _keys(table)))
    return found.to_json()["Attributes"] if found else None


def _keys(table: Any) -> list[str]:
    return [name for name in (table.hash_key_attr, table.range_key_attr) if name]


def _indexes(table: Any) -> list[Index]:
    return [_index(table, index) for index in table.global_indexes]


def _index(table: Any, index: Any) -> Index:
    keys = tuple(key["AttributeName"] for key in index.schema)
    if index.projection["ProjectionType"] == "ALL":
        return Index(keys)
    return Index(keys, frozenset((*_keys(table), *keys, *index.projection.get("NonKeyAttributes", ()))))
