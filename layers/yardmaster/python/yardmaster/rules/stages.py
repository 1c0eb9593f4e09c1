"""The one transition table of a release. A move that is not in it is a bug, and raises."""

from dataclasses import replace
from typing import TYPE_CHECKING

from yardmaster.errors import YardmasterError
from yardmaster.records import Release, Stage, Step, Waiting, WaitKind

if TYPE_CHECKING:
    from yardmaster.rules.spend import Wait

QUOTA_PAUSE = 5 * 60.0
"""Seconds until what the account's quota refused is tried again."""
LONG_WAIT = 3600.0
"""Seconds after which somebody is told that a release still waits."""
ASKING = frozenset({WaitKind.SPEC, WaitKind.APPROVAL, WaitKind.PERSON})
"""What only a person can end: each question is one wait."""

MEANING: dict[Stage, str] = {
    Stage.RECEIVED: "the drop is known; its spec is pinned when there is one",
    Stage.PREPARED: "the file was checked, encoded and split into channels",
    Stage.TRAINING: "a training job runs",
    Stage.TESTING: "candidate and baseline are scored on the same test rows",
    Stage.EVALUATED: "metrics and gate are known",
    Stage.REGISTERED: "the model package exists; it waits for its approval or its turn",
    Stage.DEPLOYING: "the endpoint is being created or gets a second variant",
    Stage.CANARY: "a small share of the traffic goes to the new model, and is judged",
    Stage.PROMOTING: "most of the traffic goes to the new model, and is judged",
    Stage.ROLLING_BACK: "the traffic goes back to the baseline",
    Stage.LIVE: "the model is in service",
    Stage.REPLACED: "it was in service; a later release is now",
    Stage.REFUSED: "the drop can't be used; the reason says why",
    Stage.UNCHANGED: "the same bytes and the same spec as the last release",
    Stage.REJECTED: "the gate, or a person, said no",
    Stage.ROLLED_BACK: "the canary failed; the baseline serves",
    Stage.INCONCLUSIVE: "the canary could not be judged in time",
    Stage.SUPERSEDED: "a later approved release went first",
    Stage.CANCELLED: "a person stopped it",
    Stage.FAILED: "a job or an endpoint failed; the reason says how",
}

_AHEAD: dict[Stage, frozenset[Stage]] = {
    # Testing at once: a model that was trained elsewhere.
    Stage.RECEIVED: frozenset({Stage.PREPARED, Stage.TESTING, Stage.REFUSED, Stage.UNCHANGED}),
    # Testing at once: a model package, which nobody trains here.
    Stage.PREPARED: frozenset({Stage.TRAINING, Stage.TESTING, Stage.REFUSED}),
    # Prepared again: the region had no instances, and the next attempt waits for them.
    Stage.TRAINING: frozenset({Stage.PREPARED, Stage.TESTING, Stage.REGISTERED}),
    Stage.TESTING: frozenset({Stage.EVALUATED}),
    Stage.EVALUATED: frozenset({Stage.REGISTERED, Stage.REJECTED}),
    Stage.REGISTERED: frozenset({Stage.DEPLOYING, Stage.TESTING, Stage.REJECTED, Stage.SUPERSEDED, Stage.LIVE}),
    Stage.DEPLOYING: frozenset({Stage.CANARY, Stage.LIVE, Stage.ROLLING_BACK}),
    Stage.CANARY: frozenset({Stage.PROMOTING, Stage.ROLLING_BACK}),
    Stage.PROMOTING: frozenset({Stage.LIVE, Stage.ROLLING_BACK}),
    # Live again: the endpoint did not take the way back from a release that was live.
    Stage.ROLLING_BACK: frozenset({Stage.ROLLED_BACK, Stage.INCONCLUSIVE, Stage.REJECTED, Stage.LIVE}),
    Stage.LIVE: frozenset({Stage.REPLACED, Stage.ROLLING_BACK}),
    # A person overrules: a later approval of the package is a new attempt. And so is a drop that is trained again.
    Stage.REJECTED: frozenset({Stage.REGISTERED, Stage.RECEIVED}),
    Stage.ROLLED_BACK: frozenset({Stage.REGISTERED, Stage.RECEIVED}),
    Stage.INCONCLUSIVE: frozenset({Stage.REGISTERED, Stage.RECEIVED}),
    Stage.SUPERSEDED: frozenset({Stage.REGISTERED, Stage.RECEIVED}),
    # The one after it was rolled back.
    Stage.REPLACED: frozenset({Stage.LIVE}),
    Stage.UNCHANGED: frozenset(),
    Stage.REFUSED: frozenset({Stage.RECEIVED}),
    Stage.CANCELLED: frozenset({Stage.RECEIVED}),
    Stage.FAILED: frozenset({Stage.RECEIVED}),
}

ENDED = frozenset(
    {
        Stage.LIVE,
        Stage.REPLACED,
        Stage.REFUSED,
        Stage.UNCHANGED,
        Stage.REJECTED,
        Stage.ROLLED_BACK,
        Stage.INCONCLUSIVE,
        Stage.SUPERSEDED,
        Stage.CANCELLED,
        Stage.FAILED,
    }
)
"""The stages in which nothing more happens by itself."""

TRANSITIONS: dict[Stage, frozenset[Stage]] = {
    stage: ahead | (frozenset() if stage in ENDED else {Stage.CANCELLED, Stage.FAILED})
    for stage, ahead in _AHEAD.items()
}


class TransitionError(YardmasterError):
    """A move that the transition table does not know."""


def move(release: Release, stage: Stage, reason: str, now: float, due: float | None = None) -> Release:
    """Return the release in its new stage: history grows, waiting ends, failures start again at none.

    Args:
        release: The row as it was read; its revision is what the write will be compared with.
        stage: The stage to enter.
        reason: Why, with numbers.
        now: The time, in seconds.
        due: When to look at it again if no event comes.

    Raises:
        TransitionError: The table does not know this move.
    """
    if stage not in TRANSITIONS[release.stage]:
        raise TransitionError(f"{release.title}: {release.stage} -> {stage} is not a transition")
    step = Step(stage, now, reason)
    return replace(
        release,
        stage=stage,
        reason=reason,
        due=due,
        waiting_for=None,
        failures=0,
        claimed_by=None,
        history=(*release.history, step),
        updated_at=now,
    )


def wait(release: Release, due: float | None, waiting_for: Waiting | None = None, reason: str | None = None) -> Release:
    """Return the release, still in its stage, to be looked at again at `due`.

    A waiting of the same kind keeps the `since` that it had, whatever its subject says now: who holds the endpoint
    changes, and so do AWS's words. What asks a person is another wait with another question. The `since` that is given
    is the time of this look, unless it says by itself whether the wait is `long`.
    """
    before = release.waiting_for
    if waiting_for and before and _goes_on(before, waiting_for):
        long = before.long or waiting_for.long or is_long(before.since, waiting_for.since)
        waiting_for = replace(waiting_for, since=before.since, long=long)
    return replace(release, due=due, waiting_for=waiting_for, reason=release.reason if reason is None else reason)


def is_long(since: float, now: float) -> bool:
    """Tell whether somebody should hear of a wait."""
    return now - since >= LONG_WAIT


def _goes_on(before: Waiting, after: Waiting) -> bool:
    return before.kind is after.kind and (before.subject == after.subject or before.kind not in ASKING)


def note(release: Release, reason: str, now: float, due: float | None) -> Release:
    """Return the release, still in its stage, with one more line of history: what happened matters, and will be read.

    Whatever it waited for is over.
    """
    told = (*release.history, Step(release.stage, now, reason))
    return replace(wait(release, due, reason=reason), history=told, updated_at=now)


def entered(release: Release) -> tuple[Step | None, Stage | None]:
    """Return the line of history with which a release entered its stage, and the stage before; notes come after."""
    at = len(release.history)
    while at and release.history[at - 1].stage is release.stage:
        at -= 1
    first = release.history[at] if at < len(release.history) else None
    return first, release.history[at - 1].stage if at else None


def wait_for_room(release: Release, room: "Wait", now: float) -> Release:
    """Return the release, still in its stage, until there is room: under the stack's caps, or of what AWS refused."""
    since, long = room.since, is_long(room.since, now)
    waiting = Waiting(room.kind, room.subject[:300], since, room.position, room.next_try, long)
    return wait(release, room.next_try, waiting)


def wait_for_quota(release: Release, answer: str, now: float, kind: WaitKind = WaitKind.QUOTA) -> Release:
    """Return the release, still in its stage, to be tried again in five minutes; `answer` is AWS's refusal."""
    next_try = now + QUOTA_PAUSE
    return wait(release, next_try, Waiting(kind, answer[:300], since=now, next_try=next_try))
