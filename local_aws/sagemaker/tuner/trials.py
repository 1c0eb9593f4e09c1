"""What strategies know: the trials so far; and what they are asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from local_aws.sagemaker.tuner.space import Point


@dataclass(frozen=True)
class Trial:
    """One training job of a tuning job.

    Attributes:
        number: Its place in the tuning job, from 0.
        point: Its hyperparameters.
        score: Its final objective, larger is better (what is minimized has its sign changed); None without one.
        running: Whether it still runs.
        curve: The objective after each epoch, as far as it got; larger is better.
        completed: Whether it ran to its own end.
    """

    number: int
    point: Point
    score: float | None = None
    running: bool = False
    curve: tuple[float, ...] = ()
    completed: bool = False


class Strategy(Protocol):
    """Chooses points; it remembers nothing, so the same seed and trials give the same answer."""

    def propose(self, trials: Sequence[Trial]) -> dict[str, str] | None:
        """Return the next point, None if there is none left.

        Args:
            trials: All of this tuning job so far, those that still run too, in the order of their beginning.
        """


class Stopper(Protocol):
    """Says which training jobs are not worth going on."""

    def stops(self, trial: Trial, others: Sequence[Trial]) -> bool:
        """Say whether a running trial is to be stopped, right after an epoch."""


class NeverStop:
    """A `Stopper` that lets everything run."""

    def stops(self, trial: Trial, others: Sequence[Trial]) -> bool:
        """Say no."""
        del trial, others
        return False
