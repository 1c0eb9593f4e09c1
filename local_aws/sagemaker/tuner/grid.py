"""Grid search: all combinations of categories, in the order in which they were written."""

from collections.abc import Sequence
from itertools import islice, product

from local_aws.sagemaker.tuner.space import Categorical
from local_aws.sagemaker.tuner.trials import Trial


class Grid:
    """A `Strategy` that tries each combination once."""

    def __init__(self, ranges: Sequence[Categorical]) -> None:
        """Try all combinations of these."""
        self._ranges = ranges

    def propose(self, trials: Sequence[Trial]) -> dict[str, str] | None:
        """Return the next combination, None after the last."""
        combinations = product(*(each.values for each in self._ranges))
        found = next(islice(combinations, len(trials), None), None)
        return None if found is None else dict(zip((each.name for each in self._ranges), found, strict=True))
