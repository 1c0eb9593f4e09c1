"""How much each hyperparameter matters: rank correlation, and the share of the objective's ranks that it explains.

The importance is epsilon squared of Kruskal and Wallis: the trials are sorted by the hyperparameter into bins of equal
counts (a bin per word for categories), and the variance between the bins' mean ranks of the objective is compared with
that of all ranks, less what chance would give. 0: the objective does not depend on it as far as these trials tell; 1:
it alone decides the order. Unlike the correlation it also finds an optimum in the middle of a range. It looks at one
hyperparameter at a time, and tells nothing of two that matter together only.
"""

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

METHOD = "epsilon squared of the objective's ranks over bins of equal counts (Kruskal-Wallis), one at a time"
PER_BIN = 4
"""Trials in a bin, at least."""
MOST_BINS = 5


def ranks(values: Sequence[float]) -> list[float]:
    """Return the ranks from 1; equal values share the mean of theirs."""
    order = sorted(range(len(values)), key=lambda index: values[index])
    found = [0.0] * len(values)
    start = 0
    while start < len(order):
        stop = start
        while stop < len(order) and values[order[stop]] == values[order[start]]:
            stop += 1
        for index in order[start:stop]:
            found[index] = (start + 1 + stop) / 2
        start = stop
    return found


def spearman(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return the rank correlation from -1 to 1; None if one of them never varies, or there are less than three."""
    if len(first) < 3:
        return None
    one, two = ranks(first), ranks(second)
    middle = (len(one) + 1) / 2
    both = sum((a - middle) * (b - middle) for a, b in zip(one, two, strict=True))
    spread = sum((a - middle) ** 2 for a in one) * sum((b - middle) ** 2 for b in two)
    return both / spread**0.5 if spread else None


def importance(values: Sequence[str], objective: Sequence[float]) -> float | None:
    """Return the share of the objective's ranks that a hyperparameter explains, from 0 to 1; None if it can't be told.

    Args:
        values: Each trial's, as SageMaker writes them: numbers, or words.
        objective: Each trial's.
    """
    bins = _bins(values)
    count = len(values)
    if len(bins) < 2 or count <= len(bins):
        return None
    placed = ranks(objective)
    middle = (count + 1) / 2
    whole = sum((rank - middle) ** 2 for rank in placed)
    if not whole:
        return None
    between = sum(len(one) * (fmean(placed[index] for index in one) - middle) ** 2 for one in bins)
    within = (whole - between) / (count - len(bins))
    return min(max((between - (len(bins) - 1) * within) / whole, 0.0), 1.0)


def numbers(values: Sequence[str]) -> list[float] | None:
    """Return values as numbers; None if one of them is a word."""
    try:
        return [float(value) for value in values]
    except ValueError:
        return None


def _bins(values: Sequence[str]) -> list[list[int]]:
    """Return the trials' indexes in bins; equal values are in the same one."""
    order = numbers(values)
    if order is None:
        return _alike(values)
    alike = _alike(order)
    if len(alike) <= MOST_BINS:
        return alike
    wanted = max(2, min(MOST_BINS, len(values) // PER_BIN))
    bins: list[list[int]] = [[]]
    placed = 0
    for same in sorted(alike, key=lambda one: order[one[0]]):
        if bins[-1] and placed >= len(bins) * len(values) / wanted:
            bins.append([])
        bins[-1] += same
        placed += len(same)
    return bins


def _alike(values: Sequence[object]) -> list[list[int]]:
    found: dict[object, list[int]] = defaultdict(list)
    for index, value in enumerate(values):
        found[value].append(index)
    return list(found.values())
