"""The paired comparison: one-sided bounds of the difference of two models on the same rows."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from yardmaster.rules.columns import Column

_POWER = 0.8
"""How surely the number of rows that we name would settle the question."""


@dataclass(frozen=True)
class Comparison:
    """The candidate's advantage over the baseline (above 0: better), with a one-sided bound to each side."""

    advantage: float
    lower: float
    upper: float
    error: float
    rows: int


def compare(advantage: float, candidate: Column, baseline: Column, confidence: float) -> Comparison:
    """Bound the true advantage, each side with this confidence, from the rows' influences on the two metrics.

    The quantile is Student's: its degrees of freedom are the number of rows that carry the difference,
    (Σd²)² / Σd⁴ less one. If the models disagree on five rows of a million, that is five rows of evidence.
    """
    rows = len(candidate)
    squares = candidate - baseline
    squares = squares * squares
    total = squares.sum()
    if not total:
        return Comparison(advantage, advantage, advantage, 0.0, rows)
    carriers = total**2 / (squares * squares).sum()
    error = math.sqrt(total / rows / max(rows - 1, 1))
    reach = error * student_quantile(confidence, max(carriers - 1, 1.0))
    return Comparison(advantage, advantage - reach, advantage + reach, error, rows)


def rows_to_settle(comparison: Comparison, margin: float, confidence: float) -> float:
    """Return how many rows would settle it four times of five, if the advantage stays what it is."""
    distance = abs(comparison.advantage + margin)
    normal = NormalDist()
    needed = (normal.inv_cdf(confidence) + normal.inv_cdf(_POWER)) * comparison.error
    return comparison.rows * (needed / distance) ** 2 if distance else math.inf


def student_quantile(confidence: float, freedom: float) -> float:
    """Return the quantile of Student's t by its expansion around the normal (Abramowitz and Stegun, 26.7.5)."""
    z = NormalDist().inv_cdf(confidence)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))
