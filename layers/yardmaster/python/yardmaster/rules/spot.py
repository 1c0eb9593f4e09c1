"""Training on spot capacity: AWS may take it back, and gives some again; what that did, and what it saved."""

from dataclasses import dataclass, replace
from typing import Any, Final

from yardmaster.records import Release, Waiting, WaitKind
from yardmaster.rules import stages
from yardmaster.rules.retry import MINUTE

CHECKPOINTS, INTERRUPTIONS, SECONDS, BILLABLE = "checkpoints", "interruptions", "seconds", "billable"
"""The keys of `Release.spot`."""
SUBJECT: Final = "spot capacity"
USUAL_START: Final = 10 * MINUTE
"""How long instances may be on their way before a job is said to wait for them."""
_WITHOUT_INSTANCES: Final = frozenset({"Starting", "Pending"})


@dataclass(frozen=True)
class SpotFacts:
    """A training job on spot capacity as SageMaker describes it.

    Attributes:
        secondary: Its finer status, such as `Interrupted`; `since` when.
        interruptions: How often its capacity was taken back.
        seconds, billable: What it trained and what is paid for; None before its end.
    """

    name: str
    secondary: str
    since: float
    interruptions: int
    seconds: int | None = None
    billable: int | None = None


def followed(release: Release, job: SpotFacts, due: float, now: float) -> Release:
    """Return a release whose job goes on, with what became of it since: an interruption is a line of its history."""
    known = release.spot.get(INTERRUPTIONS, 0)
    waiting, reason = _waiting(job, now), _said(job)
    if reason is not None and job.interruptions > known:
        release = stages.note(release, reason, now, due)
    return stages.wait(noted(release, job), due, waiting, release.reason if reason is None else reason)


def noted(release: Release, job: SpotFacts) -> Release:
    """Return a release with what is known of its job now."""
    figures: dict[str, Any] = {INTERRUPTIONS: job.interruptions, SECONDS: job.seconds, BILLABLE: job.billable}
    known = {name: value for name, value in figures.items() if value is not None}
    return replace(release, spot={**release.spot, **known})


def ended(release: Release) -> str:
    """Say what a job took that has ended: `; it was interrupted once; 874 s of training are billed as 262 s (…)`."""
    spot, parts = release.spot, []
    if count := spot.get(INTERRUPTIONS):
        parts.append(f"it was interrupted {times(count)}")
    if (saved := savings(spot)) is not None:
        parts.append(f"{spot[SECONDS]:,} s of training are billed as {spot[BILLABLE]:,} s ({saved:.0%} saved)")
    return "".join(f"; {part}" for part in parts)


def savings(spot: dict[str, Any]) -> float | None:
    """Return what was saved, as a share of what the usual capacity costs; None if that is not known.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html has the formula.
    """
    seconds, billable = spot.get(SECONDS), spot.get(BILLABLE)
    if not seconds or billable is None:
        return None
    return float(1 - billable / seconds)


def times(count: int) -> str:
    """Spell how often: `once`, `twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _waiting(job: SpotFacts, now: float) -> Waiting | None:
    """Return what a job waits for that has no instances; None if it has some, or they are on their way."""
    late = job.secondary in _WITHOUT_INSTANCES and now - job.since >= USUAL_START
    if job.secondary != "Interrupted" and not late:
        return None
    return Waiting(WaitKind.CAPACITY, SUBJECT, job.since, long=stages.is_long(job.since, now))


def _said(job: SpotFacts) -> str | None:
    """Say what became of a job; None before anything did."""
    if not job.interruptions:
        return None
    often = f"training job {job.name} was interrupted {times(job.interruptions)}: AWS took its instances back"
    return often if job.secondary == "Interrupted" else f"{often}, and gave it others ({job.secondary})"
