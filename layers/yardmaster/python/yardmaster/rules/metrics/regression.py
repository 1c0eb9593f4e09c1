"""Metrics of a model that predicts a number."""

import math

from yardmaster.rules.metrics.figures import Figures, Metrics, Problem
from yardmaster.rules.metrics.scores import Scores


def measure_regression(scores: Scores) -> Metrics:
    """Measure numbers against predictions: mse, rmse and mae in the label's unit (squared for mse), r2."""
    labels, rows = scores.labels, scores.rows
    errors = [label - score for label, score in zip(labels, scores.columns[0], strict=True)]
    center = math.fsum(labels) / rows
    squares = math.fsum(error * error for error in errors)
    spread = math.fsum((label - center) ** 2 for label in labels)
    found = Figures()
    found.put("mse", squares / rows)
    found.put("rmse", math.sqrt(squares / rows))
    found.put("mae", math.fsum(map(abs, errors)) / rows)
    if spread:
        found.put("r2", 1 - squares / spread)
    else:
        found.undefined("r2", "all labels are equal")
    return Metrics(Problem.REGRESSION, rows, found.values, found.notes)
