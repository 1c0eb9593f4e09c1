"""Batches of predictions: the one transition table, what asks for one, what it scores, and what its job's end means."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from yardmaster.errors import RefusedError, YardmasterError
from yardmaster.records import Batch, BatchStage, BatchStep, Model, Release, SpecPin, Waiting, WaitKind
from yardmaster.rules.retry import HOUR, MINUTE, next_look
from yardmaster.rules.stages import LONG_WAIT, is_long
from yardmaster.spec.batch import BatchTransformSpec
from yardmaster.spec.schema import Spec

if TYPE_CHECKING:
    from yardmaster.rules.spend import Wait

UPLOADS: Final = "files"
"""What a batch of files is called that no entry of the spec covers."""
PAUSE: Final = 5 * MINUTE
"""Seconds until what a quota, a lack of instances or a spec keeps is tried again."""
CLAIM: Final = 16 * MINUTE
"""How long a batch is left to the invocation that works on its rows: a function's 15 minutes, and one more."""
MOST_TRIES: Final = 8
"""How many invocations may end without a word at the same work: out of memory, or of time."""
MOST_FAILURES: Final = 8
VISIBLE_WITHIN: Final = 5 * MINUTE
"""SageMaker reads what was just made eventually: a younger job that can't be found is not gone."""

MEANING: Final = {
    BatchStage.RECEIVED: "somebody asked for it: a schedule, or an upload",
    BatchStage.WAITING: "its rows are checked and staged; the job starts when it may",
    BatchStage.RUNNING: "a transform job runs, or its answers are put together",
    BatchStage.COMPLETED: "the predictions are there, whole, with their manifest",
    BatchStage.UNCHANGED: "the same files and the same model as this schedule's last: no job",
    BatchStage.REFUSED: "it can't be scored; the reason says why",
    BatchStage.FAILED: "the job failed; the reason says where",
    BatchStage.CANCELLED: "a person stopped it",
}
ENDED: Final = frozenset(BatchStage) - {BatchStage.RECEIVED, BatchStage.WAITING, BatchStage.RUNNING}
"""The stages in which nothing more happens."""
_LOST = frozenset({BatchStage.FAILED, BatchStage.CANCELLED})
TRANSITIONS: Final = {
    # Completed at once: there is nothing to score.
    BatchStage.RECEIVED: _LOST | {BatchStage.WAITING, BatchStage.REFUSED, BatchStage.UNCHANGED, BatchStage.COMPLETED},
    BatchStage.WAITING: _LOST | {BatchStage.RUNNING, BatchStage.REFUSED},
    # Waiting again: the region had no instances for the job.
    BatchStage.RUNNING: _LOST | {BatchStage.COMPLETED, BatchStage.WAITING},
    **{stage: frozenset[BatchStage]() for stage in ENDED},
}


def new_batch(batch: Batch, reason: str, now: float) -> Batch:
    """Return the first row of a batch, due at once."""
    step = BatchStep(batch.stage, now, reason)
    return replace(batch, reason=reason, due=now, created_at=now, updated_at=now, history=(step,))


def move(batch: Batch, stage: BatchStage, reason: str, now: float, due: float | None = None) -> Batch:
    """Return a batch in its new stage; waiting ends, failures and claims are forgotten.

    Raises:
        YardmasterError: The table does not know this move.
    """
    if stage not in TRANSITIONS[batch.stage]:
        raise YardmasterError(f"{batch.title}: {batch.stage} -> {stage} is not a transition")
    return replace(
        batch,
        stage=stage,
        reason=reason[:1000],
        due=due,
        waiting_for=None,
        failures=0,
        tries=0,
        claimed_by=None,
        moved=batch.revision + 1,
        updated_at=now,
        history=(*batch.history, BatchStep(stage, now, reason[:1000])),
    )


def wait(batch: Batch, kind: WaitKind, subject: str, reason: str, now: float, since: float | None = None) -> Batch:
    """Return a batch, still in its stage, to be looked at again in five minutes; the same wait keeps its beginning."""
    before = batch.waiting_for
    if since is None:
        since = before.since if before is not None and before.kind is kind else now
    waiting = Waiting(kind, subject[:300], since=since, next_try=now + PAUSE, long=is_long(since, now))
    return replace(batch, waiting_for=waiting, reason=reason[:1000], due=now + PAUSE, claimed_by=None, tries=0)


def wait_for_room(batch: Batch, room: "Wait", now: float) -> Batch:
    """Return a batch, still in its stage, until there is room: under the stack's caps, or of what AWS refused.

    It is looked at once an hour at least: who waits longer for a cap of the day is told so before midnight.
    """
    waiting = Waiting(
        room.kind, room.subject[:300], room.since, room.position, room.next_try, long=is_long(room.since, now)
    )
    return replace(batch, waiting_for=waiting, due=min(room.next_try, now + LONG_WAIT), claimed_by=None, tries=0)


def wait_for_instances(batch: Batch, reason: str, now: float) -> Batch:
    """Return a batch whose job found no instances in the region: it waits since that was so first."""
    again = move(replace(batch, attempt=batch.attempt + 1), BatchStage.WAITING, reason, now)
    since = next(
        step.at
        for before, step in pairwise(again.history)
        if (before.stage, step.stage) == (BatchStage.RUNNING, BatchStage.WAITING)
    )
    return wait(again, WaitKind.CAPACITY, reason, again.reason, now, since)


def claim(batch: Batch, invocation: str, now: float) -> Batch:
    """Return a batch as it is while one invocation works on its rows."""
    return replace(batch, claimed_by=invocation, tries=batch.tries + 1, due=now + CLAIM, waiting_for=None)


def is_claimed(batch: Batch, invocation: str, now: float) -> bool:
    """Tell whether another invocation is at work on this batch."""
    others = batch.claimed_by is not None and batch.claimed_by != invocation
    return others and batch.due is not None and batch.due > now


def is_worn_out(batch: Batch) -> bool:
    """Tell whether invocations ended without a word often enough to give up."""
    return batch.tries >= MOST_TRIES


def backs_off(batch: Batch, now: float) -> bool:
    """Tell whether a batch waits after a failure: the platform's own retries would only use up the tries."""
    return batch.failures > 0 and batch.claimed_by is None and batch.due is not None and batch.due > now


# --- What is scored, and how


@dataclass(frozen=True)
class WaitForSpec:
    """There is no spec to follow now."""

    reason: str


def spec_for(batch: Batch, model: Model) -> SpecPin | WaitForSpec:
    """Decide which spec a batch follows; one that was pinned before stays with its pin.

    Raises:
        RefusedError: It was deleted.
    """
    if batch.spec is not None:
        return batch.spec
    if model.spec_deleted:
        raise RefusedError(
            f"{model.name}/spec.yaml was deleted, and with it what is to be done: upload one, then ask again"
        )
    if model.spec_error is not None:
        return WaitForSpec(f"{model.name}/spec.yaml was refused: mend it and upload it again, and this batch goes on")
    if model.spec is None:
        return WaitForSpec(f"there is no {model.name}/spec.yaml yet: upload one, and this batch goes on")
    return model.spec


def covering(spec: Spec, model: str, key: str) -> BatchTransformSpec | None:
    """Return the entry of a spec whose input folder an object lies in."""
    return next((one for one in spec.batch_transform if key.startswith(f"{model}/{one.input}")), None)


def entry_for(batch: Batch, spec: Spec) -> BatchTransformSpec:
    """Return what is to be done with a batch: its entry in the spec, or what holds for uploads that none covers.

    Raises:
        RefusedError: The spec has no such entry any more, or a schedule of its own scores this upload.
    """
    if batch.schedule:
        found = next((one for one in spec.batch_transform if one.label == batch.name), None)
        if found is None or found.schedule is None:
            raise RefusedError(f"the spec has no batch_transform called {batch.name} with a schedule any more")
        return found
    found = covering(spec, batch.model, batch.key)
    if found is not None and found.schedule is not None:
        raise RefusedError(f"the schedule {found.label} scores what lies in {found.input}, and this with it")
    return found or BatchTransformSpec(name=UPLOADS, input="predict/")


def require_release(batch: Batch, entry: BatchTransformSpec, model: Model, found: Release | None) -> Release:
    """Return the release whose model predicts.

    Args:
        batch: The batch.
        entry: What the spec says.
        model: The model's row.
        found: The release that the entry means; None if there is none.

    Raises:
        RefusedError: There is none, or it has no model.
    """
    if found is None and entry.release == "in_service":
        raise RefusedError(
            f"no release of {model.name} is in service, so nothing can predict: drop data, and ask again once one "
            "is live; or name a release in batch_transform.release"
        )
    if found is None:
        raise RefusedError(f"batch_transform.release: there is no {batch.model} #{entry.release}")
    if found.model_name is None:
        raise RefusedError(
            f"{found.title} never had a model: it is {found.stage.value} ({found.reason}); name another release"
        )
    return found


class Pinned(Protocol):
    """One object of a batch."""

    @property
    def key(self) -> str:
        """Where it is."""

    @property
    def version_id(self) -> str:
        """Which version of it."""


def is_input(key: str, folder: str) -> bool:
    """Tell whether an object below a folder is to be scored: no folder's mark, and nothing hidden."""
    names = key.removeprefix(folder).split("/")
    return names[-1] != "" and not any(name.startswith((".", "_")) for name in names)


def inputs_digest(files: Iterable[Pinned], release: Release, entry: BatchTransformSpec) -> str:
    """Return the digest of what a batch scores, by whose model, and how: the same means the same predictions."""
    known = [
        release.id,
        str(release.attempt),
        release.model_name or "",
        entry.model_dump_json(exclude={"schedule", "timezone"}),
    ]
    known += [part for file in files for part in (file.key, file.version_id)]
    return hashlib.sha256("\0".join(known).encode()).hexdigest()


def counts(batch: Batch) -> bool:
    """Tell whether a batch has predictions, or will: what is the same as in it needs none of its own."""
    return bool(batch.inputs) and batch.stage in {BatchStage.WAITING, BatchStage.RUNNING, BatchStage.COMPLETED}


# --- The job


class Job(Protocol):
    """A transform job as SageMaker describes it."""

    @property
    def status(self) -> str:
        """Such as `Completed`."""

    @property
    def failure_reason(self) -> str:
        """Empty if it did not fail."""


@dataclass(frozen=True)
class Look:
    """The job goes on: look again then."""

    due: float


@dataclass(frozen=True)
class Done:
    """All answers are there."""


@dataclass(frozen=True)
class NoCapacity:
    """The region had no instances: another attempt."""

    reason: str


@dataclass(frozen=True)
class Broken:
    """The job failed; where is written in its log."""

    reason: str


@dataclass(frozen=True)
class End:
    """The batch ends so."""

    stage: BatchStage
    reason: str


def after_job(batch: Batch, job: Job | None, now: float) -> Look | Done | NoCapacity | Broken | End:
    """Decide what the state of a batch's job means; None if SageMaker knows no such job."""
    began = batch.history[-1].at
    if job is None:
        if now - began < VISIBLE_WITHIN:
            return Look(now + MINUTE)
        return End(BatchStage.FAILED, f"transform job {batch.job} is gone: somebody deleted it; ask again")
    match job.status:
        case "Completed" if batch.cancelled is None:
            return Done()
        case "Completed":
            return End(BatchStage.CANCELLED, f"{batch.cancelled} (the job was just over; its answers are left out)")
        case "Stopped":
            return End(BatchStage.CANCELLED, batch.cancelled or f"somebody stopped transform job {batch.job}")
        case "Failed" if batch.cancelled is not None:
            return End(BatchStage.CANCELLED, batch.cancelled)
        case "Failed" if job.failure_reason.startswith("CapacityError"):
            return NoCapacity(job.failure_reason)
        case "Failed":
            return Broken(job.failure_reason or "no reason given")
        case _:
            return Look(now + MINUTE if batch.cancelled is not None else next_look(began, now))


T = TypeVar("T")


def failed_at(lines: Sequence[str], names: dict[str, T]) -> tuple[T, str, int | None] | None:
    """Find the first file that a transform's data log blames.

    SageMaker writes `<bucket>/<key>: ClientError: 400`, and then the container's own words line by line. These may
    hold values of cells, so no more than a line's number is taken from them.

    Args:
        lines: The log, in order.
        names: What each object `<bucket>/<key>` is.

    Returns:
        What it is, the kind of error, and the number of the record if the container said one; None if nothing is
        blamed.
    """
    for at, line in enumerate(lines):
        name, kind = _blamed(line)
        if name in names and kind:
            said = " ".join(text for other, text in map(_blamed, lines[at + 1 :]) if other == name)
            return names[name], kind, _record(said)
    return None


def _blamed(line: str) -> tuple[str, str]:
    """Return the object that a line is about, and what it says of it."""
    _, _, told = line.partition("[sagemaker logs]: ")
    name, _, text = told.partition(": ")
    return name, text.strip()


def _record(said: str) -> int | None:
    words = said.lower().replace("#", " ").replace(":", " ").replace(",", " ").split()
    for word, number in pairwise(words):
        if word in {"line", "row", "record"} and number.isdecimal() and len(number) < 10:
            return int(number)
    return None


def again_after(failures: int) -> float:
    """Return the seconds until a step that failed is tried again: 1, 2, 4 … minutes, an hour at most."""
    return min(MINUTE * 2.0 ** (failures - 1), HOUR)
