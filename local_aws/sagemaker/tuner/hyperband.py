"""Hyperband: random points, of which each bracket lets only the best third go on at its rungs.

Like SageMaker's, it stops running jobs by their intermediate results and starts none anew: the asynchronous form of
L. Li et al., "A System for Massively Parallel Hyperparameter Tuning", MLSys 2020, with the brackets of L. Li et al.,
"Hyperband", JMLR 18(185), 2018.
"""

import math
from collections.abc import Sequence

from local_aws.sagemaker.tuner.random_search import RandomSearch
from local_aws.sagemaker.tuner.space import Space
from local_aws.sagemaker.tuner.trials import Trial

ETA = 3
"""One of so many goes on at each rung."""


class Hyperband:
    """A `Strategy` and `Stopper`; resources are epochs, counted by the values of the objective that a trial emitted."""

    def __init__(self, space: Space, seed: int, low: int, high: int) -> None:
        """Search a space; no trial is stopped before `low` epochs, and each is after `high`."""
        self._points = RandomSearch(space, seed)
        self.low = low
        self.high = high

    @property
    def brackets(self) -> int:
        """How many brackets there are; bracket s has its first rung at `low` × 3^s epochs."""
        steps = 0
        while self.low * ETA ** (steps + 1) <= self.high:
            steps += 1
        return steps + 1

    def propose(self, trials: Sequence[Trial]) -> dict[str, str] | None:
        """Return the next point."""
        return self._points.propose(trials)

    def bracket(self, number: int) -> int:
        """Return the bracket of a trial by its number, from 0: the shares are those of Hyperband's table."""
        top = self.brackets - 1
        plan = [
            bracket
            for bracket in range(self.brackets)
            for _ in range(math.ceil(self.brackets / (top - bracket + 1) * ETA ** (top - bracket)))
        ]
        return plan[number % len(plan)]

    def rungs(self, bracket: int) -> list[int]:
        """Return the epochs at which a bracket's trials are compared."""
        return [self.low * ETA**step for step in range(bracket, self.brackets) if self.low * ETA**step < self.high]

    def stops(self, trial: Trial, others: Sequence[Trial]) -> bool:
        """Say whether a running trial is to be stopped: after `high` epochs, or at a rung if it isn't of the best.

        Args:
            trial: With its number as `number`.
            others: All others of the tuning job.
        """
        epochs = len(trial.curve)
        if epochs > self.high:
            return True
        bracket = self.bracket(trial.number)
        if epochs not in self.rungs(bracket):
            return False
        here = [
            other.curve[epochs - 1]
            for other in others
            if self.bracket(other.number) == bracket and len(other.curve) >= epochs
        ]
        here.append(trial.curve[-1])
        better = sum(score > trial.curve[-1] for score in here)
        return len(here) >= ETA and better >= max(1, len(here) // ETA)
