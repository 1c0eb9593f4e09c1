"""How messages about batches of predictions, and about endpoints that are stopped or can't be started, read."""

from typing import assert_never

from yardmaster.records import Batch, BatchStage, Endpoint, WaitKind
from yardmaster.rules import notice
from yardmaster.rules.notice import Notice, Place
from yardmaster.rules.notice_of_release import facts_of_wait, waited_for
from yardmaster.rules.told import Wait
from yardmaster.rules.told_of_others import BatchEnding, EndpointTale
from yardmaster.rules.why import spell_time

_WENT_WRONG = frozenset({BatchStage.FAILED, BatchStage.REFUSED})


def notice_of_batch(batch: Batch, tale: BatchEnding | Wait, place: Place, now: float) -> Notice:
    """Return the message about one thing of a batch of predictions.

    Args:
        batch: The row.
        tale: What of it (`rules.told_of_others`).
        place: For commands and links.
        now: The time.
    """
    called = f"The predictions of {batch.model} ({batch.name or batch.id})"
    failed = False
    match tale:
        case BatchEnding(step):
            headline = f"{called}: {step.stage.value}."
            said = f"{batch.model}: predictions {step.stage.value}: {step.reason}"
            why, todo = [f"Why: {step.reason}"], _after(step.stage)
            needs_person, failed = False, step.stage is BatchStage.FAILED
        case Wait(waiting):
            headline = f"{called} wait for {waited_for(waiting)}."
            said = f"{batch.model}: predictions wait for {waited_for(waiting)}"
            why = facts_of_wait(waiting, batch.stage.value, batch.reason, now)
            todo, needs_person = _ending_wait(batch, waiting.kind, place), tale.needs_person
        case _:
            assert_never(tale)
    return Notice(
        about="batch",
        name=batch.id,
        key=tale.key,
        model=batch.model,
        stage=batch.stage.value,
        needs_person=needs_person,
        failed=failed,
        subject=notice.subject(said),
        body=notice.body(headline, why, todo, _links(batch, place), _sender(place, now)),
    )


def notice_of_endpoint(row: Endpoint, tale: EndpointTale, place: Place, now: float) -> Notice:
    """Return the message about an endpoint that was stopped, or could not be started."""
    said = "could not be started" if tale.failed else "is stopped"
    why = [f"Why: {tale.reason}" + (f" (by {tale.by})" if tale.by and tale.by not in tale.reason else "")]
    if tale.saves and not tale.failed:
        why.append(f"That {tale.saves}.")
    start = place.command("start", row.name)
    todo = (
        [f"Look at the reason, then try again: {start}"]
        if tale.failed
        else ["Nothing, if nobody needs it: requests are refused until it is started.", f"To start it: {start}"]
    )
    return Notice(
        about="endpoint",
        name=row.name,
        key=tale.key,
        model=row.model,
        stage=tale.state,
        needs_person=tale.failed,
        failed=tale.failed,
        subject=notice.subject(f"Endpoint {row.name} {said}: {tale.reason}"),
        body=notice.body(
            f"Endpoint {row.name} {said}.",
            why,
            todo,
            [f"endpoint {row.name}: {place.endpoint(row.name)}"],
            _sender(place, now),
        ),
    )


def _after(stage: BatchStage) -> list[str]:
    if stage not in _WENT_WRONG:
        return []
    return ["Mend what is named, and upload the input again; a schedule tries again at its next time."]


def _ending_wait(batch: Batch, kind: WaitKind, place: Place) -> list[str]:
    """Say what ends a wait."""
    if kind is WaitKind.SPEC:
        upload = place.command(f"spec {batch.model}", "spec.yaml").replace("'", "")
        return [f"Upload one: {upload}"]
    cancel = f"To give up: {place.command('cancel-batch', batch.id)}"
    return ["Nothing: it is tried again until it can go on.", cancel]


def _links(batch: Batch, place: Place) -> list[str]:
    status = f"STATUS.md: {place.object(f'{batch.model}/STATUS.md')}"
    if not batch.uri:
        return [status]
    return [f"results: {batch.uri}", f"in the console: {place.object(_key(batch.uri))}", status]


def _key(uri: str) -> str:
    return uri.split("/", 3)[3] if uri.startswith("s3://") and uri.count("/") > 2 else uri


def _sender(place: Place, now: float) -> str:
    return f"Yardmaster stack {place.stack} in {place.region}; {spell_time(now)}"
