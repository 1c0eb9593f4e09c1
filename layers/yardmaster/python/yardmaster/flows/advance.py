"""How every flow moves a release, and how the change is written and published."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from yardmaster.errors import ConflictError
from yardmaster.flows.forward import PERMANENT, Kind, forward
from yardmaster.flows.publish import publish
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, Model, Release, Stage
from yardmaster.rules import retry, stages
from yardmaster.rules.queue import HOLDING

log = logging.getLogger(__name__)

Step = Callable[[Yard, Release, float], Release]
"""Takes a release as far as one decision goes, and returns the row as it was written (or as it was, if it stays)."""


def advance(yard: Yard, release_id: str, steps: Mapping[Stage, Step], clock: Callable[[], float]) -> str:
    """Take a release through the stages that `steps` knows, until it has to wait or leaves them.

    Returns:
        The reason of where it is then.

    Raises:
        Exception: What a step raised, after the failure was noted and the next try planned: the platform counts it,
            and its retries are harmless.
    """
    kind = Kind[Release](
        "release",
        yard.table.get_release,
        partial(publish, yard),
        retry.backs_off,
        partial(_note_failure, yard),
    )
    return forward(kind, release_id, {stage: partial(step, yard) for stage, step in steps.items()}, clock)


def commit(
    yard: Yard,
    before: Release,
    after: Release,
    now: float,
    *others: Model | Endpoint,
    also: tuple[Release, Release] | None = None,
    quiet: bool = False,
) -> Release:
    """Write a release and publish the change, if others can see one.

    Args:
        yard: Where to write and publish.
        before: The row as it was read.
        after: The row as it shall be.
        now: The time.
        others: Rows that are written with it, all or none.
        also: Another release, before and after, that is written with it.
        quiet: Nobody is told: only the figures in its reason went on.

    Raises:
        ConflictError: Somebody else changed one of the rows first.
    """
    if before == after and not others:
        return before
    first = (after, True) if quiet else _noted(before, after)
    changes = [first] if also is None else [first, _noted(*also)]
    if len(changes) == 1 and not others:
        saved = [yard.table.save_release(changes[0][0], now, silent=changes[0][1])]
    else:
        saved = yard.table.save_together(changes, others, now)
    told = [one if one.published == one.revision else publish(yard, one) for one in saved]
    return told[0]


def _noted(before: Release, after: Release) -> tuple[Release, bool]:
    """Return what is written, and whether nobody needs to hear of it."""
    if _visible(before) == _visible(after):
        return after, True
    log.info("%s: %s", after.title, _change(before, after))
    if (before.stage, before.attempt) != (after.stage, after.attempt):
        after = replace(after, moved=before.revision + 1)
    return after, False


def _visible(release: Release) -> tuple[object, ...]:
    waiting = release.waiting_for
    told = waiting and (waiting.kind, waiting.subject, waiting.long)
    return (release.stage, release.attempt, release.reason, told)


def _change(before: Release, after: Release) -> str:
    """Say what changed. The dashboard reads these lines: stages and their times, and what is waited for."""
    first, _ = stages.entered(before)
    if before.stage is not after.stage:
        spent = after.updated_at - (first.at if first else before.created_at)
        return f"{before.stage.value} -> {after.stage.value} after {max(spent, 0):.0f} s: {after.reason}"
    waiting = f" waits for {after.waiting_for.kind.value}" if after.waiting_for else ""
    return f"{after.stage.value}{waiting}: {after.reason}"


def _note_failure(yard: Yard, seen: Release, error: Exception, now: float) -> None:
    """Plan the next try, or end the release after too many, so that nothing fails silently or for ever."""
    release = yard.table.get_release(seen.id)
    if release is None or release.stage in stages.ENDED:
        return
    failures = release.failures + 1
    reason = f"{type(error).__name__}: {error}"
    try:
        # Traffic is never left half-way: a release that holds an endpoint goes on trying, and may be rolled back.
        if release.stage not in HOLDING and (failures >= retry.MAX_FAILURES or isinstance(error, PERMANENT)):
            failed = stages.move(release, Stage.FAILED, f"try {failures}: {reason}"[:1000], now)
            commit(yard, release, failed, now)
        else:
            due = now + retry.back_off(failures, retry.HOLDER_PAUSE if release.stage in HOLDING else retry.HOUR)
            reason = f"try {failures} failed: {reason}"[:1000]
            noted = replace(release, failures=failures, due=due, reason=reason, claimed_by=None)
            yard.table.save_release(noted, now, silent=True)
    except ConflictError:
        log.info("%s: moved by somebody else after it failed here", release.title)
