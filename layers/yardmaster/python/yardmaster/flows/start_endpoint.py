"""Stopped → starting → in service: made again with what was saved, one change at a time, until all is as it was."""

import logging
from collections.abc import Callable
from dataclasses import replace

from yardmaster.aws import endpoint as sagemaker_endpoint
from yardmaster.aws import endpoint_whole
from yardmaster.aws.autoscaling import ScalingRefusedError
from yardmaster.aws.sagemaker_errors import BusyError, NotYetError, QuotaError
from yardmaster.errors import ConflictError
from yardmaster.flows import endpoint_seen, shift
from yardmaster.flows.endpoint_command import obey
from yardmaster.flows.endpoint_rows import is_taken, later, leased, settled, tell, told
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint
from yardmaster.rules import sleep
from yardmaster.rules.commands import EndpointCommand
from yardmaster.rules.endpoint_command import started
from yardmaster.rules.shift import Create, PutPolicy, PutScheduled, Register
from yardmaster.rules.sleep import Foreign, GaveOut, Ready, Remove, Saved, Wait

log = logging.getLogger(__name__)

STEPS = 10
"""How many changes one invocation makes, where none of them takes time: scaling policies."""


def command(yard: Yard, asked: EndpointCommand, clock: Callable[[], float]) -> str:
    """Start an endpoint on a person's word, or say why not; return what became of it."""

    def change(row: Endpoint, now: float) -> None:
        after = started(row, asked, yard.table.get_model(row.model) if row.model else None, now)
        if after is None:
            return
        saved = yard.table.save_endpoint(after)
        if saved.state == "starting":
            tell(yard, saved)

    row = obey(yard, asked, change, clock)
    return row if isinstance(row, str) else go_on(yard, row.name, clock)


def go_on(yard: Yard, name: str, clock: Callable[[], float]) -> str:
    """Look at an endpoint that is being started, and take it as far as it goes; return what became of it."""
    row = yard.table.get_endpoint(name)
    if row is None or row.state not in {"starting", ""} or row.due is None:
        return f"endpoint {name} is not being started"
    try:
        for _ in range(STEPS):
            now = clock()
            if row.due is None or row.due > now or is_taken(yard, row, now):
                break
            row = _step(yard, row, clock)
    except ConflictError as error:
        return f"endpoint {name}: {error}"
    return row.reason


def _step(yard: Yard, row: Endpoint, clock: Callable[[], float]) -> Endpoint:
    if row.state == "":
        return told(yard, row)
    found, now = endpoint_seen.look(yard, row.name), clock()
    if found is not None and found.status == "InService":
        found = endpoint_seen.with_scaling(yard, row.name, found)
    match sleep.next_of_start(row, found):
        case Wait():
            return later(yard, row, now + sleep.LOOK_AGAIN)
        case Remove(reason):
            return _remove_failed(yard, row, reason, clock)
        case GaveOut(reason):
            return _give_out(yard, row, reason, now)
        case Foreign(reason):
            return settled(yard, replace(sleep.entered(row, "", reason, row.by, now), saved={}, failed=""), now)
        case Ready(reason):
            took = now - row.since
            said = f"{row.reason}: {reason}, after {took:.0f} s"
            ready = replace(sleep.entered(row, "", said, row.by, now), saved={}, failed="", last_start_seconds=took)
            return settled(yard, ready, now)
        case change:
            return _make(yard, row, change, clock)


def _make(yard: Yard, row: Endpoint, change: sleep.Change, clock: Callable[[], float]) -> Endpoint:
    """Ask for one change under a lease; whether it came about is seen at the next look."""
    row = leased(yard, row, clock(), sleep.START_LEASE)
    try:
        shift.call(yard, row.name, change, Saved.from_dict(row.saved).tags)
    except (BusyError, NotYetError) as error:
        if isinstance(change, Create) and isinstance(error, NotYetError):
            return _make_config(yard, row, clock)
        return later(yard, row, clock() + sleep.LOOK_AGAIN)
    except QuotaError as error:
        return _short(yard, row, change, str(error), clock())
    except ScalingRefusedError as error:
        return _refused(yard, row, change, str(error), clock())
    except Exception:
        later(yard, row, clock() + sleep.LOOK_AGAIN)
        raise
    at_once = isinstance(change, Register | PutPolicy | PutScheduled)
    return later(yard, row, clock() if at_once else clock() + sleep.LOOK_AGAIN)


def _make_config(yard: Yard, row: Endpoint, clock: Callable[[], float]) -> Endpoint:
    """Make the configuration again, which somebody deleted (or which isn't seen yet: then it is there already)."""
    saved = Saved.from_dict(row.saved)
    if row.stranger:
        return _give_out(yard, row, f"its configuration {saved.config} is gone, and it is not this stack's", clock())
    try:
        endpoint_whole.make_config(yard.sagemaker, saved.config, saved.content, saved.config_tags)
    except NotYetError as error:
        reason = f"its configuration {saved.config} is gone, and can't be made again: {error}"
        return _give_out(yard, row, reason, clock())
    return later(yard, row, clock() + sleep.LOOK_AGAIN)


def _short(yard: Yard, row: Endpoint, change: sleep.Change, answer: str, now: float) -> Endpoint:
    """AWS has no instances for it, or its quota none: it is asked again; one that serves goes on with those it has."""
    if not isinstance(change, Create):
        return _refused(yard, row, change, answer, now)
    waiting = f"it waits for instances: {answer}"
    fresh = row.told[-1]["reason"] != waiting
    pause = min(max((now - row.since) / 2, sleep.QUOTA_PAUSE), sleep.LONGEST_PAUSE)
    line = {"at": now, "state": "starting", "reason": waiting}
    noted = replace(row, told=(*row.told, line)[-sleep.KEPT :] if fresh else row.told)
    noted = later(yard, noted, now + pause)
    if fresh:
        tell(yard, replace(noted, reason=waiting))
    return noted


def _refused(yard: Yard, row: Endpoint, change: sleep.Change, answer: str, now: float) -> Endpoint:
    """A few tries, then it serves without, and says so: it answers requests already."""
    if row.tries + 1 >= sleep.MAX_TRIES:
        return later(yard, sleep.skipped(row, change, answer), now)
    return later(yard, replace(row, tries=row.tries + 1), now + sleep.LOOK_AGAIN)


def _remove_failed(yard: Yard, row: Endpoint, reason: str, clock: Callable[[], float]) -> Endpoint:
    """A failed endpoint can only be deleted; then it is made again, after a pause, unless it failed too often."""
    row = leased(yard, replace(row, tries=row.tries + 1, failed=reason[:500]), clock(), sleep.START_LEASE)
    try:
        sagemaker_endpoint.delete(yard.sagemaker, row.name)
    except BusyError:
        return later(yard, row, clock() + sleep.LOOK_AGAIN)
    due = sleep.LOOK_AGAIN if row.tries >= sleep.MAX_TRIES else sleep.pause(row.tries)
    return later(yard, row, clock() + due)


def _give_out(yard: Yard, row: Endpoint, reason: str, now: float) -> Endpoint:
    """It stays stopped, with all that was saved, until a person (or its next opening) tries again."""
    from yardmaster.rules.idle import holds_until, hours_of

    model = yard.table.get_model(row.model) if row.model else None
    hours = hours_of(model.idle) if model else None
    said = f"it could not be started: {reason}; mend that, then `yardmaster start {row.name}`"
    out = sleep.entered(row, "stopped", said, row.by, now, failed=True)
    until = holds_until(hours, now, running=False)
    return settled(yard, replace(out, failed=reason[:500], holds_until=until), now)
