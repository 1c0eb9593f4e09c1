"""Influence functions of the metrics that look at the order of the rows: ROC AUC and average precision."""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby


def of_auc(labels: Sequence[float], scores: Sequence[float]) -> list[float]:
    """Return DeLong's components: a row's share of pairs won, less the AUC, by the size of its class."""
    positives = sum(labels)
    negatives = len(labels) - positives
    below_hits = below_others = won = 0.0
    found = [0.0] * len(labels)
    for rows, hits in _steps(labels, scores):
        others = len(rows) - hits
        of_positive = (below_others + others / 2) / negatives
        of_negative = (positives - below_hits - hits / 2) / positives
        for row in rows:
            found[row] = of_positive if labels[row] else of_negative
        won += hits * of_positive
        below_hits, below_others = below_hits + hits, below_others + others
    auc = won / positives
    # The square roots make the variance DeLong's unbiased one of each class.
    scale = [len(labels) / math.sqrt(size * max(size - 1, 1)) for size in (negatives, positives)]
    return [(share - auc) * scale[int(label)] for label, share in zip(labels, found, strict=True)]


def of_average_precision(labels: Sequence[float], scores: Sequence[float]) -> list[float]:
    """Return the influences on average precision, the mean over the positives of precision(s) = A(s) / B(s).

    A counts the positives at or above s, B all rows. A row (y, s) moves E[y · A/B] by y · A(s)/B(s) + y · Σ 1/B −
    Σ A/B², the sums over the positives at or below s; dividing by the prevalence is the delta method.
    """
    positives = at_or_above_hits = sum(labels)
    at_or_above = len(labels)
    first = second = total = 0.0
    found = [0.0] * len(labels)
    for rows, hits in _steps(labels, scores):
        precision = at_or_above_hits / at_or_above
        first += hits / at_or_above
        second += hits * precision / at_or_above
        total += hits * precision
        of_positive = precision + first - second
        for row in rows:
            found[row] = of_positive if labels[row] else -second
        at_or_above_hits, at_or_above = at_or_above_hits - hits, at_or_above - len(rows)
    value, prevalence = total / positives, positives / len(labels)
    # (found − value · prevalence) − value · (label − prevalence) is found − value · label.
    return [(moved - value * label) / prevalence for label, moved in zip(labels, found, strict=True)]


def _steps(labels: Sequence[float], scores: Sequence[float]) -> Iterator[tuple[list[int], float]]:
    """Yield the rows of each distinct score, ascending, and how many of them are positive."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    for _, group in groupby(order, key=scores.__getitem__):
        rows = list(group)
        yield rows, labels[rows[0]] if len(rows) == 1 else sum(map(labels.__getitem__, rows))
