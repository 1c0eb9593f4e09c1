"""After training: what the job's end means, and on which rows candidate and baseline are compared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from yardmaster.records import Release, Stage
from yardmaster.rules.quota_names import lacks_instances

OUT_OF_TIME = {
    "MaxRuntimeExceeded": "raise train.max_run",
    "MaxWaitTimeExceeded": "spot capacity was not enough: raise train.max_wait, or write use_spot_instances: false",
}
"""What to do about a training job that SageMaker stopped, by its finer status."""


@dataclass(frozen=True)
class JobFacts:
    """A job as SageMaker describes it; `secondary` only for training jobs."""

    name: str
    status: str
    secondary: str
    failure_reason: str
    has_artifact: bool


@dataclass(frozen=True)
class Running:
    """The job goes on."""


@dataclass(frozen=True)
class Usable:
    """There is a model to test."""

    reason: str


@dataclass(frozen=True)
class Broken:
    """The release ends in this stage."""

    stage: Stage
    reason: str


@dataclass(frozen=True)
class NoCapacity:
    """The region had no instances for the job: another attempt, later."""

    reason: str


def after_training(job: JobFacts | None, name: str) -> Running | Usable | NoCapacity | Broken:
    """Decide what the state of a training job means; None if SageMaker knows no such job.

    A job that ran out of its time is `Stopped`, and may have left a model: the gate decides what that is worth. One
    whose spot capacity was taken back goes on: SageMaker starts it again.
    """
    if job is None:
        return Broken(Stage.FAILED, f"training job {name} is gone: somebody deleted it")
    match job.status:
        case "Completed":
            return Usable(f"training job {name} completed")
        case "Failed" if lacks_instances(job.failure_reason):
            return NoCapacity(f"training job {name}: {job.failure_reason}")
        case "Failed":
            return Broken(Stage.FAILED, f"training job {name} failed: {job.failure_reason or 'no reason given'}")
        case "Stopped" if job.secondary == "MaxRuntimeExceeded" and job.has_artifact:
            return Usable(f"training job {name} was stopped at train.max_run, with a usable model")
        case "Stopped" if job.secondary == "MaxWaitTimeExceeded" and job.has_artifact:
            return Usable(f"training job {name} was stopped at train.max_wait, with a usable model")
        case "Stopped" if job.secondary in OUT_OF_TIME:
            advice = OUT_OF_TIME[job.secondary]
            return Broken(Stage.FAILED, f"training job {name} ran out of time ({job.secondary}): {advice}")
        case "Stopped":
            return Broken(Stage.CANCELLED, f"training job {name} was stopped")
        case _:
            return Running()


def rows_of_model(baseline: Release, others: Sequence[Release]) -> Release:
    """Return the release in service as one whose rows can be looked for: with the encoding of the rows.

    A model from elsewhere may have columns of its own; the rows before it have the model's frozen ones.
    """
    if not baseline.source.is_model:
        return baseline
    data = [other for other in others if "test" in other.channels and other.number < baseline.number]
    newest = max(data, key=lambda other: other.number, default=baseline)
    return replace(baseline, columns_digest=newest.columns_digest)


def compared_releases(release: Release, others: Sequence[Release], last: int) -> tuple[Release, ...]:
    """Return the releases whose test channels candidate and baseline are scored on, the oldest first.

    This drop's (a model trained elsewhere has none) and those of the drops before it, `last` in all. A drop with
    another encoding can't be compared. One whose model was rejected is left out, unless a person overruled that: its
    labels may be what is wrong. The same bytes, of a drop that was trained again, count once, as the newest.
    """
    own = (release,) if "test" in release.channels else ()
    seen = {one.data_digest for one in own}
    earlier: list[Release] = []
    for other in sorted(others, key=lambda one: one.number, reverse=True):
        if len(own) + len(earlier) == last:
            break
        if _vouches(other, release) and (other.data_digest is None or other.data_digest not in seen):
            seen.add(other.data_digest)
            earlier.append(other)
    return (*reversed(earlier), *own)


def _vouches(other: Release, release: Release) -> bool:
    return (
        other.number < release.number
        and other.columns_digest == release.columns_digest
        and "test" in other.channels
        and other.stage not in {Stage.REJECTED, Stage.REFUSED}
    )
