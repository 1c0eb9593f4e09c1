"""The events that SageMaker sends: envelopes, and the times and tags as each detail-type writes them."""

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local_aws.sagemaker.world import World

_IDS = uuid.UUID("6f7c1f2e-64a5-4c56-8d6b-5b7a1a4f5b10")


def milliseconds(at: float) -> int:
    """Return epoch milliseconds as a number: how job and endpoint events write times."""
    return round(at * 1000)


def iso(at: float) -> str:
    """Return ISO 8601 with seconds and Z: the envelope, and the times of model package events."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def upper_snake(status: str) -> str:
    """Return `IN_SERVICE` for `InService`: endpoint events spell the status so, unlike the API."""
    return "".join(f"_{letter}" if letter.isupper() and at else letter for at, letter in enumerate(status)).upper()


def present(members: dict[str, Any]) -> dict[str, Any]:
    """Return the members that have a value."""
    return {name: value for name, value in members.items() if value is not None}


class Events:
    """Sends events, doubled or lost as the settings say. Details are snapshots; delivery happens in `advance`."""

    def __init__(self, world: "World") -> None:
        """Send into the world's `emit`."""
        self._world = world
        self._count = 0

    def send(self, kind: str, arn: str, detail: dict[str, Any]) -> None:
        """Send `SageMaker <kind> State Change` about one resource."""
        for _ in range(self._world.settings.event_copies):
            event = self._envelope(f"SageMaker {kind} State Change", arn, detail)
            if not self._world.settings.drop_events(event):
                self._deliver(event)

    def _deliver(self, event: dict[str, Any]) -> None:
        self._world.timeline.after(0, lambda: self._world.emit(event))

    def _envelope(self, detail_type: str, arn: str, detail: dict[str, Any]) -> dict[str, Any]:
        self._count += 1
        return {
            "version": "0",
            "id": str(uuid.uuid5(_IDS, f"{arn} {self._count} {self._world.timeline.now()}")),
            "detail-type": detail_type,
            "source": "aws.sagemaker",
            "account": self._world.arns.account,
            "time": iso(self._world.timeline.now()),
            "region": self._world.arns.region,
            "resources": [arn],
            "detail": present(detail),
        }
