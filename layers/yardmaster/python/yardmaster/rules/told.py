"""What of a release somebody is told: each ending once, and each wait that needs a person or lasts long."""

import hashlib
from dataclasses import dataclass
from typing import assert_never

from yardmaster.records import Release, Stage, Step, Waiting
from yardmaster.rules.stages import ASKING, ENDED

FRESH = 24 * 3600.0
"""Seconds after which an ending is no news. EventBridge tries to deliver an event for a day."""


@dataclass(frozen=True)
class Ending:
    """A release entered an ending; `step` is the line of history that says so, `place` counts the lines from 0."""

    step: Step
    place: int

    @property
    def key(self) -> str:
        """What tells it from all other things of the same release: its history only grows."""
        return f"{self.place:04d}-{self.step.stage.value}"


@dataclass(frozen=True)
class Wait:
    """A release waits for something that somebody should know about."""

    waiting: Waiting

    @property
    def key(self) -> str:
        """What tells it from all other things of the same release; a wait that goes on stays the same."""
        question = self.waiting.subject if self.needs_person else ""
        said = hashlib.sha256(question.encode()).hexdigest()[:8]
        return f"{self.waiting.since:.0f}-{self.waiting.kind.value}-{said}"

    @property
    def needs_person(self) -> bool:
        """Whether only a person can end it."""
        return self.waiting.kind in ASKING


Tale = Ending | Wait


def tales(release: Release, now: float) -> list[Tale]:
    """Return what a release's row has to tell, the oldest first; some of it may have been told already.

    An event only says which release to look at. Endings are read from its history: the row of one whose event is late
    may be further by now, and its ending is told all the same.
    """
    found: list[Tale] = []
    before: Stage | None = None
    for place, step in enumerate(release.history):
        if step.stage is not before and is_told(step.stage) and now - step.at < FRESH:
            found.append(Ending(step, place))
        before = step.stage
    waiting = release.waiting_for
    if waiting is not None and release.stage not in ENDED and (waiting.long or waiting.kind in ASKING):
        found.append(Wait(waiting))
    return found


def is_told(stage: Stage) -> bool:
    """Tell whether entering a stage is an ending that somebody is told of."""
    match stage:
        case (
            Stage.LIVE
            | Stage.REFUSED
            | Stage.UNCHANGED
            | Stage.REJECTED
            | Stage.ROLLED_BACK
            | Stage.INCONCLUSIVE
            | Stage.SUPERSEDED
            | Stage.CANCELLED
            | Stage.FAILED
        ):
            return True
        case Stage.REPLACED:
            # The release that replaced it is told: it went live.
            return False
        case (
            Stage.RECEIVED
            | Stage.PREPARED
            | Stage.TRAINING
            | Stage.TESTING
            | Stage.EVALUATED
            | Stage.REGISTERED
            | Stage.DEPLOYING
            | Stage.CANARY
            | Stage.PROMOTING
            | Stage.ROLLING_BACK
        ):
            return False
        case _:
            assert_never(stage)
