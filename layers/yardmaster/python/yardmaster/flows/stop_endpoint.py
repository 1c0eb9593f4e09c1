"""In service → stopping → stopped: all is saved, then the endpoint is deleted, then that is verified.

The row comes first, under a lease, so that no release takes the endpoint meanwhile; it is due until the end is known.
What a sweep could not finish it gives up, since only the next one knows whether the endpoint is idle still; a person's
stop is tried again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from yardmaster.aws import endpoint as sagemaker_endpoint
from yardmaster.aws.sagemaker_errors import BusyError
from yardmaster.errors import ConflictError, RefusedError
from yardmaster.flows import endpoint_seen
from yardmaster.flows.endpoint_rows import is_taken, later, leased, prices, settled, tell, told
from yardmaster.flows.publish import wake_endpoints
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint
from yardmaster.rules import sleep
from yardmaster.rules.sleep import Foreign, Found, GiveUp, Gone, Remove, Saved, Wait

StillIdle = Callable[[Found], str | None]
"""Takes an endpoint as it is; returns why it isn't to be stopped after all, or None."""


@dataclass(frozen=True)
class Order:
    """Who wants an endpoint stopped, and why.

    Attributes:
        reason: In words, with numbers.
        by: A person; empty for the sweep.
        command: The id of the person's command.
        holds_until: Until when opening hours change nothing.
        still_idle: Asked right before the deletion, since a request may have come after the look.
    """

    reason: str
    by: str = ""
    command: str | None = None
    holds_until: float = 0.0
    still_idle: StillIdle | None = None


def begin(yard: Yard, row: Endpoint, order: Order, clock: Callable[[], float]) -> Endpoint:
    """Save what an endpoint is, and delete it; return its row as it then is.

    Args:
        yard: Settings and adapters.
        row: Its row as it was read; nobody holds it.
        order: Who wants it, and why.
        clock: Tells the time.

    Raises:
        RefusedError: It can't be stopped, or must not be.
        ConflictError: Somebody else changed the row first.
    """
    found, saved = endpoint_seen.everything(yard, row.name)
    if wrong := _refusal(yard, row, order, found, saved):
        raise RefusedError(wrong)
    now = clock()
    stopping = replace(
        sleep.entered(row, "stopping", order.reason, order.by, now),
        saved=saved.to_dict(),
        tries=1,
        failed="",
        holds_until=order.holds_until,
        commands=(*row.commands, *([order.command] if order.command else []))[-sleep.KEPT :],
    )
    stopping = leased(yard, stopping, now, sleep.SWEEP_LEASE)
    tell(yard, stopping)
    if order.still_idle is not None and (why := order.still_idle(found)):
        return _give_up(yard, stopping, why, clock())
    return _delete(yard, stopping, clock)


def go_on(yard: Yard, name: str, clock: Callable[[], float]) -> str:
    """Look at an endpoint that is being stopped, and take the next step; return what became of it."""
    row, now = yard.table.get_endpoint(name), clock()
    if row is None or row.state not in {"stopping", "stopped"} or row.due is None:
        return f"endpoint {name} is not being stopped"
    if row.due > now or is_taken(yard, row, now):
        return f"endpoint {name}: another look is planned, or under way"
    try:
        return _step(yard, row, clock).reason
    except ConflictError as error:
        return f"endpoint {name}: {error}"


def _step(yard: Yard, row: Endpoint, clock: Callable[[], float]) -> Endpoint:
    if row.state == "stopped":
        return told(yard, row)
    found, now = endpoint_seen.look(yard, row.name), clock()
    match sleep.next_of_stop(row, found, now):
        case Wait():
            return later(yard, row, now + sleep.LOOK_AGAIN)
        case Remove():
            return _delete(yard, leased(yard, replace(row, tries=row.tries + 1), now, sleep.SWEEP_LEASE), clock)
        case Gone(reason):
            return _gone(yard, row, reason, now)
        case GiveUp(reason) | Foreign(reason):
            return _give_up(yard, row, reason, now)


def _refusal(yard: Yard, row: Endpoint, order: Order, found: Found, saved: Saved) -> str | None:
    if wrong := sleep.unstoppable(found, saved.content):
        return wrong
    if row.stranger:
        if sleep.STOP_AFTER_TAG not in saved.tags:
            return f"it has no tag {sleep.STOP_AFTER_TAG} any more"
    elif saved.tags.get("yardmaster") != yard.settings.stack:
        return f"it is not this stack's: it has no tag yardmaster={yard.settings.stack}"
    return None if order.by else sleep.left_alone(saved.content, saved.tags)


def _delete(yard: Yard, row: Endpoint, clock: Callable[[], float]) -> Endpoint:
    """Delete the endpoint under the lease that the row has; whether it goes is seen later."""
    try:
        sagemaker_endpoint.delete(yard.sagemaker, row.name)
    except BusyError as error:
        # It is being changed, perhaps by AWS itself: that comes first.
        if not row.by:
            return _give_up(yard, row, str(error), clock())
        return later(yard, replace(row, tries=0), clock() + sleep.LOOK_AGAIN)
    except Exception:
        later(yard, row, clock() + sleep.LOOK_AGAIN)
        raise
    due = sleep.LOOK_AGAIN if row.tries < sleep.MAX_TRIES else sleep.pause(row.tries - sleep.MAX_TRIES)
    return later(yard, row, clock() + due)


def _gone(yard: Yard, row: Endpoint, reason: str, now: float) -> Endpoint:
    wanted = yard.table.get_release(row.wanted_by) if row.wanted_by else None
    if row.wanted_by and wanted is None:
        # A person said so while it was being stopped.
        starting = sleep.entered(row, "starting", f"started by {row.wanted_by}", row.wanted_by, now)
        again = later(yard, replace(starting, wanted_by=None), now)
        tell(yard, again)
        wake_endpoints(yard, [again])
        return again
    # What that saves is told by the row, as all is: nobody else knows it any more once it is started.
    saves = sleep.saves(Saved.from_dict(row.saved), prices(yard))
    return settled(yard, sleep.entered(row, "stopped", reason, row.by, now, saves=saves), now)


def _give_up(yard: Yard, row: Endpoint, reason: str, now: float) -> Endpoint:
    said = f"not stopped after all: {reason}"
    return settled(yard, replace(sleep.entered(row, "", said, row.by, now), saved={}, holds_until=0.0), now)
