"""The event bus (EventBridge): our own events out."""

import json
from typing import TYPE_CHECKING, Any

from yardmaster.errors import YardmasterError

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

BATCH = 10
"""PutEvents takes at most ten entries."""


class PublishError(YardmasterError):
    """EventBridge refused an entry; what it was about stays due, and is published by a later tick."""


class Bus:
    """The account's default bus, with the stack's own source."""

    def __init__(self, client: "EventBridgeClient", source: str) -> None:
        self._client = client
        self._source = source

    def publish(self, detail_type: str, *details: dict[str, Any]) -> None:
        """Send one event per detail.

        Raises:
            PublishError: An entry was not taken.
        """
        entries: list[PutEventsRequestEntryTypeDef] = [
            {"Source": self._source, "DetailType": detail_type, "Detail": json.dumps(detail)} for detail in details
        ]
        for start in range(0, len(entries), BATCH):
            answer = self._client.put_events(Entries=entries[start : start + BATCH])
            if answer["FailedEntryCount"]:
                failed = [entry for entry in answer["Entries"] if "ErrorCode" in entry]
                raise PublishError(f"{len(failed)} of {len(entries)} {detail_type} events were not taken: {failed[0]}")
