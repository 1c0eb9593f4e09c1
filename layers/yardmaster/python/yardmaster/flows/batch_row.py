"""How a batch's row is made, moved and published: as a release's is (`advance`), by compare-and-set."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from yardmaster.aws.sagemaker_errors import NameTakenError
from yardmaster.errors import ConflictError, MeasurementError, RefusedError
from yardmaster.flows.publish import waiting_detail
from yardmaster.flows.yard import Yard
from yardmaster.records import Batch, BatchStage
from yardmaster.rules import batches

log = logging.getLogger(__name__)

Step = Callable[[Batch, float], Batch]
"""Takes a batch as far as one decision goes, and returns the row as it was written."""
TRIES = 3
_PERMANENT = (NameTakenError, MeasurementError)
"""Errors that no later try will mend."""


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
    batch = yard.table.get_batch(batch_id)
    for _ in range(TRIES):
        if batch is None:
            return "no such batch"
        try:
            return _take(yard, batch, steps, clock).reason
        except ConflictError as error:
            log.info("%s: %s", batch.title, error)
            batch = yard.table.get_batch(batch_id)
        except Exception as error:
            _note_failure(yard, batch, error, clock())
            raise
    return batch.reason if batch else "no such batch"


def _take(yard: Yard, batch: Batch, steps: Mapping[BatchStage, Step], clock: Callable[[], float]) -> Batch:
    if batch.published < batch.revision:
        batch = publish(yard, batch)
    if batches.backs_off(batch, clock()):
        return batch
    while (step := steps.get(batch.stage)) is not None:
        before, batch = batch, _refusable(yard, batch, step, clock())
        if batch.stage is before.stage or (batch.due or 0.0) > clock():
            break
    return batch


def _refusable(yard: Yard, batch: Batch, step: Step, now: float) -> Batch:
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
        if failures >= batches.MOST_FAILURES or isinstance(error, _PERMANENT):
            failed = batches.move(batch, BatchStage.FAILED, f"try {failures}: {reason}", now)
            commit(yard, batch, failed, now)
        else:
            due = now + batches.again_after(failures)
            noted = replace(batch, failures=failures, due=due, claimed_by=None, tries=0)
            yard.table.save_batch(replace(noted, reason=f"try {failures} failed: {reason}"[:1000]), now, silent=True)
    except ConflictError:
        log.info("%s: moved by somebody else after it failed here", batch.title)
