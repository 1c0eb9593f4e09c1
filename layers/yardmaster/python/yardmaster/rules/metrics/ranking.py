"""The order of positives among negatives: ROC AUC and average precision by one merge of two sorted lists."""

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, compress
from operator import not_

from yardmaster.rules.metrics.figures import Curves

_CURVE_POINTS = 50
"""Thresholds taken from each class for a curve."""


@dataclass(frozen=True)
class Ranking:
    """The scores of the positive and of the negative rows, each ascending."""

    positives: Sequence[float]
    negatives: Sequence[float]


def rank(is_positive: Sequence[float], scores: Sequence[float]) -> Ranking:
    """Sort the scores of the rows marked 1 and of those marked 0: apart is faster than together with the marks.

    Arrays, since a sorted list's floats lie scattered in memory, which makes every later pass twice as slow.
    """
    return Ranking(
        array("d", sorted(compress(scores, is_positive))),
        array("d", sorted(compress(scores, map(not_, is_positive)))),
    )


def areas(ranking: Ranking) -> tuple[float, float]:
    """Return (ROC AUC, average precision); both classes must have rows.

    AUC is the chance that a positive scores above a negative, ties counting half. Average precision is the sum of
    (R_n − R_n−1) · P_n over the distinct thresholds, without interpolation: scikit-learn's definition.
    """
    count, others = len(ranking.positives), len(ranking.negatives)
    upward = chain(ranking.negatives, (math.inf,)).__next__
    negative = upward()
    below = ties = 0
    wins = precision = precisions = 0.0
    previous = None
    for place, score in enumerate(ranking.positives):
        if score != previous:
            previous = score
            below, ties = below + ties, 0
            while negative < score:
                below, negative = below + 1, upward()
            while negative == score:
                ties, negative = ties + 1, upward()
            hits = count - place
            precision = hits / (hits + others - below)
        wins += below + ties / 2
        precisions += precision
    return wins / (count * others), precisions / count


def counts_at(ranking: Ranking, threshold: float) -> tuple[int, int]:
    """Return (true positives, false positives): the rows of each class at or above the threshold."""
    true_positives = len(ranking.positives) - bisect_left(ranking.positives, threshold)
    return true_positives, len(ranking.negatives) - bisect_left(ranking.negatives, threshold)


def threshold_at_recall(ranking: Ranking, recall: float) -> float:
    """Return the highest threshold whose recall is at least `recall`; there must be positives."""
    count = len(ranking.positives)
    needed = next(hits for hits in range(max(1, math.floor(recall * count)), count + 1) if hits / count >= recall)
    return ranking.positives[count - needed]


def curves(ranking: Ranking) -> Curves:
    """Return at most 102 points of the ROC and precision-recall curves; both classes must have rows."""
    thresholds = sorted({*_thin(ranking.positives), *_thin(ranking.negatives)}, reverse=True)
    points = [(0, 0), *(counts_at(ranking, threshold) for threshold in thresholds)]
    return Curves(
        tuple(false / len(ranking.negatives) for _, false in points),
        tuple(true / len(ranking.positives) for true, _ in points),
        tuple(true / (true + false) if true + false else 1.0 for true, false in points),
        tuple(true / len(ranking.positives) for true, _ in points),
    )


def _thin(ascending: Sequence[float]) -> list[float]:
    """Return about fifty of them, evenly by rank, always with the lowest, so that a curve reaches its end."""
    return list(ascending[:: max(1, len(ascending) // _CURVE_POINTS)])
