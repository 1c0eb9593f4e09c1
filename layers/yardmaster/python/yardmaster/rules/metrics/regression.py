"""Metrics of a model that predicts a number."""

import math

from yardmaster.rules.columns import pieces
from yardmaster.rules.metrics.figures import Figures, Metrics, Problem
from yardmaster.rules.metrics.scores import Scores


def measure_regression(scores: Scores) -> Metrics:
    """Measure numbers against predictions: mse, rmse and mae in the label's unit (squared for mse), r2."""
    rows = scores.rows
    center = center_of(scores)
    squares, distances, spreads, ends = [], [], [], []
    for labels, predicted in pieces(rows, scores.labels, scores.columns[0]):
        errors, offsets = labels - predicted, labels - center
        squares.append((errors * errors).sum())
        distances.append(abs(errors).sum())
        spreads.append((offsets * offsets).sum())
        ends += [labels.min(), labels.max()]
    mse = math.fsum(squares) / rows
    found = Figures()
    found.put("mse", mse)
    found.put("rmse", math.sqrt(mse))
    found.put("mae", math.fsum(distances) / rows)
    if min(ends) < max(ends):
        found.put("r2", 1 - math.fsum(squares) / math.fsum(spreads))
    else:
        found.undefined("r2", "all labels are equal")
    return Metrics(Problem.REGRESSION, rows, found.values, found.notes)


def center_of(scores: Scores) -> float:
    """Return the mean label."""
    return math.fsum(labels.sum() for (labels,) in pieces(scores.rows, scores.labels)) / scores.rows
