"""A spec was uploaded or deleted: check it at once, answer in words, wake the drops that wait for it."""

from dataclasses import dataclass, replace

from yardmaster.errors import ConflictError
from yardmaster.flows.advance import commit
from yardmaster.flows.publish import wake, write_status
from yardmaster.flows.spec_in_force import refresh
from yardmaster.flows.yard import Yard
from yardmaster.intake.keys import SpecFile, classify
from yardmaster.records import Model, Release, Stage, WaitKind


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
    model = refresh(yard, found.model)
    answer = decide(model)
    yard.bus.publish(answer.event, {"model": model.name, "reason": answer.reason})
    if model.notify:
        # Most specs name nobody.
        from yardmaster.flows import mail

        model = mail.subscribe(yard, model)
    write_status(yard, model.name)
    if model.spec is not None or model.spec_deleted:
        for release in yard.table.releases_of(model.name, stages={Stage.RECEIVED}):
            _wake(yard, release, now)
    return answer.reason


def decide(model: Model) -> Answer:
    """Say what the model's row means for the person who uploaded the spec."""
    if model.spec_error is not None:
        return Answer("Spec Refused", model.spec_error)
    if model.spec is None:
        return Answer("Spec Deleted", "there is no spec.yaml: drops are refused, the endpoint stays")
    return Answer("Spec Accepted", f"version {model.spec.version_id or 'unversioned'} is in force")


def _wake(yard: Yard, release: Release, now: float) -> None:
    """Make a drop that came before its spec due, and say so; others are left alone."""
    if release.waiting_for is None or release.waiting_for.kind is not WaitKind.SPEC:
        return
    try:
        saved = commit(yard, release, replace(release, due=now), now)
    except ConflictError:
        return  # It moves already.
    wake(yard, [saved])
