"""EventBridge's envelope, and the entries of PutEvents."""

import json
import uuid
from typing import Any

from local_aws.clock import iso

ACCOUNT = "123456789012"
"""The account of local AWS (moto's default)."""
REGION = "us-east-1"
"""The region of local AWS."""

Event = dict[str, Any]
"""An event with its envelope: source, detail-type, detail and so on."""

_REQUIRED = ("Source", "DetailType", "Detail")


class EntryError(ValueError):
    """An entry of PutEvents that EventBridge refuses; the others of the call are accepted."""

    def __init__(self, code: str, message: str) -> None:
        """Keep the code and the message of the entry's answer."""
        super().__init__(message)
        self.code = code


def envelope(source: str, detail_type: str, detail: Any, at: float, resources: list[str] | None = None) -> Event:
    """Return a whole event with an id of its own; `at` is its time in epoch seconds."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": detail_type,
        "source": source,
        "account": ACCOUNT,
        "time": iso(at),
        "region": REGION,
        "resources": resources or [],
        "detail": detail,
    }


def event_of_entry(entry: dict[str, Any], now: float) -> Event:
    """Return the event that an entry of PutEvents asks for.

    Raises:
        EntryError: What AWS answers for this entry.
    """
    for name in _REQUIRED:
        if not entry.get(name):
            reason = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            raise EntryError("InvalidArgument", reason)
    if entry["Source"].startswith("aws."):
        message = f"Source from '{entry['Source']}' is not authorized for this account."
        raise EntryError("NotAuthorizedForSourceException", message)
    try:
        detail = json.loads(entry["Detail"])
    except ValueError as error:
        raise EntryError("MalformedDetail", "Detail is malformed.") from error
    if not isinstance(detail, dict):
        raise EntryError("MalformedDetail", "Detail is malformed.")
    at = float(entry["Time"]) if isinstance(entry.get("Time"), int | float) else now
    return envelope(entry["Source"], entry["DetailType"], detail, at, entry.get("Resources"))
