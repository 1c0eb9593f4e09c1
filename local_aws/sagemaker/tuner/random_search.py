"""Random search: each trial anywhere in the space, on the scale of each range."""

from collections.abc import Sequence
from random import Random

from local_aws.sagemaker.tuner.space import Space
from local_aws.sagemaker.tuner.trials import Trial

TRIES = 100
"""How often a point is drawn anew that was tried before, in a space with few of them."""


class RandomSearch:
    """A `Strategy` of independent draws; points are not repeated where they can be told apart."""

    def __init__(self, space: Space, seed: int) -> None:
        """Search a space."""
        self._space = space
        self._seed = seed

    def propose(self, trials: Sequence[Trial]) -> dict[str, str] | None:
        """Return the next point."""
        draws = Random(f"{self._seed} {len(trials)}")  # noqa: S311 - nothing secret
        known = {tuple(sorted(trial.point.items())) for trial in trials}
        point: dict[str, str] = {}
        for _ in range(TRIES):
            point = self._space.point([draws.random() for _ in self._space.ranges])
            if tuple(sorted(point.items())) not in known:
                break
        return point
