"""How a batch's row is made, moved and published: as a release's is (`advance`), by compare-and-set."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from yardmaster.errors import ConflictError, RefusedError
from yardmaster.flows.forward import PERMANENT, Kind, forward
from yardmaster.flows.publish import waiting_detail
from yardmaster.flows.yard import Yard
from yardmaster.records import Batch, BatchStage
from yardmaster.rules import batches

log = logging.getLogger(__name__)

Step = Callable[[Batch, float], Batch]
"""Takes a batch as far as one decision goes, and returns the row as it was written."""


def ensure(yard: Yard, batch: Batch, reason: str, now: float) -> str:
    """Make a batch's row unless it is there: who asks twice is asked for one. Return its id."""
    try:
        yard.table.save_batch(batches.new_batch(batch, reason, now), now)
    except ConflictError:
        log.info("%s was asked for before", batch.title)
    return batch.id


def advance(yard: Yard, batch_id: str, steps: Mapping[BatchStage, Step], clock: Callable[[], float]) -> str:
    """Take a batch through its stages until it has to wait or ends; return the reason of where it is then.

    Raises:
        Exception: What a step raised, after the failure was noted and the next try planned.
    """
    kind = Kind[Batch](
        "batch", yard.table.get_batch, partial(publish, yard), batches.backs_off, partial(_note_failure, yard)
    )
    return forward(kind, batch_id, {stage: partial(_refusable, yard, step) for stage, step in steps.items()}, clock)


def _refusable(yard: Yard, step: Step, batch: Batch, now: float) -> Batch:
    try:
        return step(batch, now)
    except RefusedError as refusal:
        newest = yard.table.get_batch(batch.id) or batch  # A step may have claimed it.
        return commit(yard, newest, batches.move(newest, BatchStage.REFUSED, str(refusal), now), now)


def commit(yard: Yard, before: Batch, after: Batch, now: float) -> Batch:
    """Write a batch and publish the change, if others can see one.

    Raises:
        ConflictError: Somebody else changed the row first.
    """
    if before == after:
        return before
    silent = _visible(before) == _visible(after)
    saved = yard.table.save_batch(after, now, silent=silent)
    if saved.published == saved.revision:
        return saved
    log.info("%s: %s -> %s: %s", after.title, before.stage.value, after.stage.value, after.reason)
    return publish(yard, saved)


def publish(yard: Yard, batch: Batch) -> Batch:
    """Send a batch's change, then note that it is out: a crash in between sends it again, never not at all."""
    yard.bus.publish("Batch State Change", change_detail(batch))
    return yard.table.mark_batch_published(batch)


def change_detail(batch: Batch) -> dict[str, Any]:
    """Return the detail of a `Batch State Change` event."""
    waiting = batch.waiting_for
    return {
        "model": batch.model,
        "batch": batch.id,
        "name": batch.name,
        "stage": batch.stage.value,
        "moved": batch.moved > batch.published,
        "reason": batch.reason,
        "waiting_for": waiting_detail(waiting) if waiting else None,
        "uri": batch.uri,
        "at": batch.updated_at,
        "revision": batch.revision,
    }


def _visible(batch: Batch) -> tuple[object, ...]:
    waiting = batch.waiting_for
    told = waiting and (waiting.kind, waiting.subject, waiting.long)
    return (batch.revision == 0, batch.stage, batch.reason, told)


def _note_failure(yard: Yard, seen: Batch, error: Exception, now: float) -> None:
    """Plan the next try, or end the batch after too many."""
    batch = yard.table.get_batch(seen.id)
    if batch is None or batch.stage in batches.ENDED:
        return
    failures = batch.failures + 1
    reason = f"{type(error).__name__}: {error}"
    try:
        if failures >= batches.MOST_FAILURES or isinstance(error, PERMANENT):
            failed = batches.move(batch, BatchStage.FAILED, f"try {failures}: {reason}", now)
            commit(yard, batch, failed, now)
        else:
            due = now + batches.again_after(failures)
            noted = replace(batch, failures=failures, due=due, claimed_by=None, tries=0)
            yard.table.save_batch(replace(noted, reason=f"try {failures} failed: {reason}"[:1000]), now, silent=True)
    except ConflictError:
        log.info("%s: moved by somebody else after it failed here", batch.title)
