"""The order of positives among negatives: ROC AUC and average precision from how many rows are below each positive."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from yardmaster.rules.columns import Column, Values, engine, spans
from yardmaster.rules.metrics.figures import Curves

_CURVE_POINTS = 50
"""Thresholds taken from each class for a curve."""


@dataclass(frozen=True)
class Ranking:
    """The scores of the positive and of the negative rows, each ascending."""

    positives: Column
    negatives: Column

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.positives) + len(self.negatives)

    @property
    def both(self) -> bool:
        """Whether both classes have rows."""
        return len(self.positives) > 0 and len(self.negatives) > 0


def rank(is_positive: Values, scores: Values) -> Ranking:
    """Sort the scores of the rows marked 1 and of those marked 0: apart is faster than together with the marks."""
    ascending = engine(len(scores)).ascending
    return Ranking(ascending(scores, is_positive, marked=True), ascending(scores, is_positive, marked=False))


def areas(ranking: Ranking) -> tuple[float, float]:
    """Return (ROC AUC, average precision); both classes must have rows.

    AUC is the chance that a positive scores above a negative, ties counting half. Average precision is the sum of
    (R_n − R_n−1) · P_n over the distinct thresholds, without interpolation (scikit-learn's definition): the mean over
    the positives of the precision at their own score.
    """
    compute = engine(ranking.rows)
    count, others = len(ranking.positives), len(ranking.negatives)
    won, precisions = [], []
    for start, stop in spans(count):
        below, up_to = compute.places_in_order(ranking.negatives, ranking.positives[start:stop])
        won.append((below.sum() + up_to.sum()) / 2)
        hits = count - compute.firsts(ranking.positives, start, stop)
        precisions.append((hits / (hits + (others - below))).sum())
    return math.fsum(won) / (count * others), math.fsum(precisions) / count


def counts_at(ranking: Ranking, thresholds: Sequence[float]) -> list[tuple[int, int]]:
    """Return (true positives, false positives) at each threshold: the rows of each class at or above it."""
    compute = engine(ranking.rows)
    parts = (ranking.positives, ranking.negatives)
    found = compute.places(parts, compute.column(thresholds))
    true, false = (len(part) - below for part, (below, _) in zip(parts, found, strict=True))
    return [(int(hits), int(misses)) for hits, misses in zip(true, false, strict=True)]


def threshold_at_recall(ranking: Ranking, recall: float) -> float:
    """Return the highest threshold whose recall is at least `recall`; there must be positives."""
    count = len(ranking.positives)
    needed = next(hits for hits in range(max(1, math.floor(recall * count)), count + 1) if hits / count >= recall)
    return float(ranking.positives[count - needed])


def curves(ranking: Ranking) -> Curves:
    """Return at most 102 points of the ROC and precision-recall curves; both classes must have rows."""
    thresholds = sorted({*_thin(ranking.positives), *_thin(ranking.negatives)})
    points = [(0, 0), *reversed(counts_at(ranking, thresholds))]
    return Curves(
        tuple(false / len(ranking.negatives) for _, false in points),
        tuple(true / len(ranking.positives) for true, _ in points),
        tuple(true / (true + false) if true + false else 1.0 for true, false in points),
        tuple(true / len(ranking.positives) for true, _ in points),
    )


def _thin(ascending: Column) -> Column:
    """Return about fifty of them, evenly by rank, always with the lowest, so that a curve reaches its end."""
    return ascending[:: max(1, len(ascending) // _CURVE_POINTS)]
