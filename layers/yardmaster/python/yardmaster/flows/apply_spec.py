"""A spec was uploaded or deleted: check it at once, answer in words, wake what waits for it, keep schedules in step."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from yardmaster.errors import ConflictError
from yardmaster.flows.advance import commit
from yardmaster.flows.publish import wake, wake_batches, write_status
from yardmaster.flows.schedules import keep_in_step
from yardmaster.flows.spec_in_force import refresh
from yardmaster.flows.yard import Yard
from yardmaster.intake.keys import SpecFile, classify
from yardmaster.records import Batch, Model, Release, Stage, Waiting, WaitKind

BATCHES = 20
"""How many of a model's newest batches are looked at: one of these may wait for the spec."""


@dataclass(frozen=True)
class Answer:
    """What is said about a spec: the event's type, and the reason in words."""

    event: str
    reason: str


def run(yard: Yard, key: str, now: float) -> str:
    """Apply what S3 holds at `<model>/spec.yaml` now; return what was answered.

    Keys that are no specs get an answer too, and nothing else.
    """
    found = classify(key)
    if not isinstance(found, SpecFile):
        return f"{key} is not a spec"
    model, refused = keep_in_step(yard, refresh(yard, found.model, now))
    answer = decide(model, refused)
    yard.bus.publish(answer.event, {"model": model.name, "reason": answer.reason})
    if model.notify:
        # Most specs name nobody.
        from yardmaster.flows import mail

        model = mail.subscribe(yard, model)
    write_status(yard, model.name)
    if model.spec is not None or model.spec_deleted:
        for release in yard.table.releases_of(model.name, stages={Stage.RECEIVED}):
            _wake(yard, release, now)
        wake_batches(yard, [one for one in _newest_batches(yard, model) if _waits_for_spec(one.waiting_for)])
    return answer.reason


def due(yard: Yard, model_name: str) -> str:
    """Bring a model's schedules in step with its spec, where a try before this one ended early."""
    if (model := yard.table.get_model(model_name)) is None:
        return "no such model"
    _, refused = keep_in_step(yard, model)
    return refused or "the schedules are in step"


def _newest_batches(yard: Yard, model: Model) -> Iterator[Batch]:
    """Yield the batches that may wait; older ones are woken by the tick."""
    has_batches = bool(model.schedules) or model.spec_deleted
    return islice(yard.table.batches_of(model.name), BATCHES) if has_batches else iter(())


def decide(model: Model, refused: str = "") -> Answer:
    """Say what the model's row means for the person who uploaded the spec.

    Args:
        model: The row.
        refused: What EventBridge Scheduler did not take.
    """
    if model.spec_error is not None:
        return Answer("Spec Refused", model.spec_error)
    if model.spec is None:
        return Answer("Spec Deleted", "there is no spec.yaml: drops are refused, the endpoint stays")
    accepted = f"version {model.spec.version_id or 'unversioned'} is in force"
    return Answer("Spec Accepted", f"{accepted}; but {refused}" if refused else accepted)


def _wake(yard: Yard, release: Release, now: float) -> None:
    """Make a drop that came before its spec due, and say so; others are left alone."""
    if not _waits_for_spec(release.waiting_for):
        return
    try:
        saved = commit(yard, release, replace(release, due=now), now)
    except ConflictError:
        return  # It moves already.
    wake(yard, [saved])


def _waits_for_spec(waiting: Waiting | None) -> bool:
    return waiting is not None and waiting.kind is WaitKind.SPEC
