"""Lists: filters, sorting and pages, alike for every List operation."""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.sagemaker.errors import validation_error

PAGE_SIZE = 10
"""How many items a List operation returns without MaxResults."""


@dataclass(frozen=True)
class Listed:
    """What a list needs to know of one resource, and what it prints."""

    summary: dict[str, Any]
    name: str
    created: float
    modified: float = 0.0
    status: str = ""
    objective: float = 0.0


def list_page(
    items: Iterable[Listed], params: dict[str, Any], member: str, order: str = "Descending"
) -> dict[str, Any]:
    """Filter, sort and cut a list as the request says.

    Args:
        items: All resources.
        params: The request, with the filters and sort keys that List operations share.
        member: The name of the answer's list.
        order: The operation's SortOrder where the request has none.
    """
    found = [item for item in items if _passes(item, params)]
    found.sort(key=lambda item: (_sort_value(item, params.get("SortBy", "CreationTime")), item.name))
    if params.get("SortOrder", order) == "Descending":
        found.reverse()
    return page_of([item.summary for item in found], params, member)


def page_of(items: Sequence[Any], params: dict[str, Any], member: str, default_size: int = PAGE_SIZE) -> dict[str, Any]:
    """Return one page of a list, and the NextToken if there is more."""
    start = _offset(params)
    end = start + params.get("MaxResults", default_size)
    page: dict[str, Any] = {member: list(items[start:end])}
    if end < len(items):
        page["NextToken"] = _token(end, params)
    return page


def _passes(item: Listed, params: dict[str, Any]) -> bool:
    bounds = (
        ("CreationTimeAfter", lambda limit: item.created > limit),
        ("CreationTimeBefore", lambda limit: item.created < limit),
        ("LastModifiedTimeAfter", lambda limit: item.modified > limit),
        ("LastModifiedTimeBefore", lambda limit: item.modified < limit),
        ("NameContains", lambda part: part.lower() in item.name.lower()),
        ("StatusEquals", lambda status: item.status == status),
    )
    return all(name not in params or holds(params[name]) for name, holds in bounds)


def _sort_value(item: Listed, key: str) -> Any:
    values = {
        "Name": item.name,
        "Status": item.status,
        "LastModifiedTime": item.modified,
        "FinalObjectiveMetricValue": item.objective,
    }
    return values.get(key, item.created)


def _query(params: dict[str, Any]) -> str:
    asked = {name: value for name, value in params.items() if name not in {"NextToken", "MaxResults"}}
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:16]


def _token(offset: int, params: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(f"{offset}:{_query(params)}".encode()).decode()


def _offset(params: dict[str, Any]) -> int:
    token = params.get("NextToken")
    if token is None:
        return 0
    try:
        offset, query = base64.urlsafe_b64decode(token).decode().split(":")
        start = int(offset)
    except ValueError:
        raise validation_error("Invalid NextToken.") from None
    if query != _query(params):
        raise validation_error("Invalid NextToken: it belongs to another query.")
    return start
