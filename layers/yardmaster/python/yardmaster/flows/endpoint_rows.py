"""What stopping and starting an endpoint have in common: its row, its lease, and who is told."""

import logging
import uuid
from dataclasses import replace
from typing import Any

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.errors import ConflictError, RefusedError
from yardmaster.flows.publish import wake, write_status
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint
from yardmaster.rules import sleep
from yardmaster.rules.prices import Prices, parse_prices

log = logging.getLogger(__name__)

PRICES = "_prices.json"
"""Where a stack may have a price table."""


def leased(yard: Yard, row: Endpoint, now: float, seconds: float) -> Endpoint:
    """Write that this invocation alone may call SageMaker for an endpoint; return the row as it then is.

    The row is due when the lease ends: if this invocation dies, another goes on.

    Raises:
        ConflictError: Somebody else changed the row first.
    """
    until = now + seconds
    owner = yard.invocation or uuid.uuid4().hex
    return yard.table.save_endpoint(replace(row, lease_owner=owner, lease_until=until, due=until))


def is_taken(yard: Yard, row: Endpoint, now: float) -> bool:
    """Tell whether another invocation may call SageMaker for it now."""
    return row.lease_until > now and row.lease_owner != yard.invocation


def later(yard: Yard, row: Endpoint, due: float | None) -> Endpoint:
    """Write the row without a lease, to be looked at again at `due`.

    Raises:
        ConflictError: Somebody else changed the row first.
    """
    return yard.table.save_endpoint(replace(row, lease_owner=None, lease_until=0.0, due=due))


def settled(yard: Yard, row: Endpoint, now: float) -> Endpoint:
    """Write a row that needs no further look, and tell of it: it stays due until that is known to have been told.

    Raises:
        ConflictError: Somebody else changed the row first.
    """
    return told(yard, later(yard, row, now))


def told(yard: Yard, row: Endpoint) -> Endpoint:
    """Tell of a row that needs no further look, wake the release that waits for it, and let the row sleep."""
    tell(yard, row)
    release = yard.table.get_release(row.wanted_by) if row.wanted_by else None
    if release is not None:
        wake(yard, [release], "deploy_canary")
    wanted = row.wanted_by if row.state else None
    try:
        return yard.table.save_endpoint(replace(row, due=None, wanted_by=wanted))
    except ConflictError:
        # Somebody acts on it again already, and will tell of that.
        return row


def tell(yard: Yard, row: Endpoint) -> None:
    """Send the event of what an endpoint has become, and write it into its model's STATUS.md."""
    log.info("endpoint %s: %s: %s", row.name, row.state or "in service", row.reason)
    yard.bus.publish("Endpoint State Change", detail(yard, row))
    if row.model:
        write_status(yard, row.model)


def detail(yard: Yard, row: Endpoint) -> dict[str, Any]:
    """Return the detail of an `Endpoint State Change` event."""
    said: dict[str, Any] = {
        "model": row.model,
        "endpoint": row.name,
        "state": "failed" if row.failed and row.state == "stopped" else row.state or "in_service",
        "reason": row.reason,
        "by": row.by,
    }
    if row.state in {"stopping", "stopped"} and row.saved and not row.failed:
        found = prices(yard)
        saved = sleep.Saved.from_dict(row.saved)
        said |= {"saves": sleep.saves(saved, found), "instances": saved.instances}
        if (hourly := sleep.hourly(saved, found)) is not None and found is not None:
            said |= {"saves_per_hour": round(hourly, 4), "currency": found.currency}
    if not row.state and row.last_start_seconds is not None:
        said["start_seconds"] = row.last_start_seconds
    return said


def prices(yard: Yard) -> Prices | None:
    """Return the stack's price table; None if it has none, or none that can be read."""
    try:
        return parse_prices(yard.bucket.read(PRICES)[0], yard.settings.region)
    except MissingObjectError:
        return None
    except RefusedError as error:
        log.warning("%s: %s", PRICES, error)
        return None
