"""What of a batch, and of an endpoint, somebody is told: read from the row, so an event only says which to look at."""

from dataclasses import dataclass

from yardmaster.records import Batch, BatchStage, BatchStep, Endpoint
from yardmaster.rules import batches
from yardmaster.rules.stages import ASKING
from yardmaster.rules.told import FRESH, Wait


@dataclass(frozen=True)
class BatchEnding:
    """A batch of predictions ended; it does so once."""

    step: BatchStep

    @property
    def key(self) -> str:
        """What tells it from all other things of the same batch."""
        return self.step.stage.value


@dataclass(frozen=True)
class EndpointTale:
    """An endpoint was stopped, or could not be started.

    Attributes:
        at: When.
        failed: Whether it could not be started.
        reason, by: Why, and who said so.
        saves: What that saves, as the end of a sentence; empty if nobody knows.
    """

    at: float
    failed: bool
    reason: str
    by: str = ""
    saves: str = ""

    @property
    def state(self) -> str:
        """As its event says it."""
        return "failed" if self.failed else "stopped"

    @property
    def key(self) -> str:
        """What tells it from all other things of the same endpoint."""
        return f"{self.state}-{self.at:.0f}"


def batch_tales(batch: Batch, now: float) -> list[BatchEnding | Wait]:
    """Return what a batch's row has to tell; some of it may have been told already."""
    if batch.stage in batches.ENDED:
        step = batch.history[-1]
        # Where nothing has changed, nobody needs to hear that.
        news = batch.stage is not BatchStage.UNCHANGED and now - step.at < FRESH
        return [BatchEnding(step)] if news else []
    waiting = batch.waiting_for
    return [Wait(waiting)] if waiting is not None and (waiting.long or waiting.kind in ASKING) else []


def endpoint_tales(row: Endpoint, now: float) -> list[EndpointTale]:
    """Return what an endpoint's row has to tell, the oldest first; some of it may have been told already."""
    return [
        EndpointTale(one["at"], one.get("failed", False), one["reason"], one.get("by", ""), one.get("saves", ""))
        for one in row.told
        if one["state"] == "stopped" and now - one["at"] < FRESH
    ]
