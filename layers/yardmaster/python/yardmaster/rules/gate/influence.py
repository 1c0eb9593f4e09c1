"""Influence functions: how much each test row moves a metric, which gives every metric a variance.

A metric is, to first order, its true value plus the mean of its influence function over the rows. So the variance of
a metric is that of the influences' mean, and the variance of the *difference* of two models on the same rows is that
of the row-wise differences. For AUC this is DeLong's method (Biometrics 44, 1988); for ratios of counts, R² and RMSE
the delta method; for losses the rows themselves; for average precision see `influence_ranking`. Influences are in the
rows' order, and their mean is 0.
"""

import math
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import compress
from typing import assert_never

from yardmaster.rules.gate.influence_ranking import of_auc, of_average_precision
from yardmaster.rules.metrics import Problem, Scored
from yardmaster.rules.metrics.multiclass import labels_and_predictions, occurring, row_losses

_LEAST = sys.float_info.epsilon


def influence(metric: str, scored: Scored) -> list[float]:
    """Return each row's influence on a metric that is defined for these rows."""
    match scored.metrics.problem:
        case Problem.BINARY:
            return _binary(metric, scored)
        case Problem.MULTICLASS:
            return _multiclass(metric, scored)
        case Problem.REGRESSION:
            return _regression(metric, scored)
        case _:
            assert_never(scored.metrics.problem)


def _binary(metric: str, scored: Scored) -> list[float]:
    labels, scores = scored.scores.labels, scored.scores.columns[0]
    match metric:
        case "auc":
            return of_auc(labels, scores)
        case "pr_auc":
            return of_average_precision(labels, scores)
        case "log_loss":
            return _centered(
                [_loss(score if label else 1 - score) for label, score in zip(labels, scores, strict=True)]
            )
        case _:
            threshold = scored.metrics.threshold or 0.0
            predicted = [float(score >= threshold) for score in scores]
            found = _of_counts(metric, labels, predicted)
            return _with_threshold(metric, scored, predicted, found) if scored.metrics.asked else found


def _multiclass(metric: str, scored: Scored) -> list[float]:
    labels, predicted = labels_and_predictions(scored.scores)
    figure, _, name = metric.partition(":")
    if metric == "accuracy":
        return _centered([float(label == said) for label, said in zip(labels, predicted, strict=True)])
    if metric == "log_loss":
        return _centered(row_losses(labels, scored.scores.columns))
    if name:
        return _of_class(figure, scored.metrics.class_names.index(name), scored, labels, predicted)
    figure = figure.removeprefix("macro_")
    places = occurring(scored.metrics.confusion)
    if figure == "auc":
        names = scored.metrics.class_names
        places = [place for place in places if scored.metrics.values[f"auc:{names[place]}"] is not None]
    of_classes = [_of_class(figure, place, scored, labels, predicted) for place in places]
    return [sum(row) / len(places) for row in zip(*of_classes, strict=True)]


def _of_class(figure: str, place: int, scored: Scored, labels: Sequence[int], predicted: Sequence[int]) -> list[float]:
    """Return the influences on one class's figure: that class against the rest."""
    own = [float(label == place) for label in labels]
    if figure == "auc":
        return of_auc(own, scored.scores.columns[place])
    return _of_counts(figure, own, [float(said == place) for said in predicted])


def _regression(metric: str, scored: Scored) -> list[float]:
    labels = scored.scores.labels
    errors = [label - score for label, score in zip(labels, scored.scores.columns[0], strict=True)]
    if metric == "mae":
        return _centered([abs(error) for error in errors])
    squares = [error * error for error in errors]
    if metric == "mse":
        return _centered(squares)
    if metric == "rmse":
        rmse = scored.metrics.values["rmse"]
        return [value / (2 * rmse) for value in _centered(squares)] if rmse else [0.0] * len(errors)
    center = math.fsum(labels) / len(labels)
    # That the centre is estimated too does not matter to first order: the spread is least there.
    return [-value for value in _of_ratio(squares, [(label - center) ** 2 for label in labels])]


def _centered(values: Sequence[float]) -> list[float]:
    """Return the influences on a plain mean."""
    mean = math.fsum(values) / len(values)
    return [value - mean for value in values]


def _of_ratio(tops: Sequence[float], bottoms: Sequence[float]) -> list[float]:
    """Return the influences on sum(tops) / sum(bottoms); zeros where that is undefined and counts as 0."""
    bottom = math.fsum(bottoms)
    if not bottom:
        return [0.0] * len(tops)
    ratio, scale = math.fsum(tops) / bottom, len(tops) / bottom
    return [(top - ratio * below) * scale for top, below in zip(tops, bottoms, strict=True)]


def _of_counts(figure: str, labels: Sequence[float], predicted: Sequence[float]) -> list[float]:
    """Return the influences on accuracy, precision, recall or f1 of 0/1 predictions."""
    hits = [label * said for label, said in zip(labels, predicted, strict=True)]
    match figure:
        case "precision":
            return _of_ratio(hits, predicted)
        case "recall":
            return _of_ratio(hits, labels)
        case "f1":
            return _of_ratio(hits, [(label + said) / 2 for label, said in zip(labels, predicted, strict=True)])
        case "accuracy":
            return _centered([float(label == said) for label, said in zip(labels, predicted, strict=True)])
        case _:
            raise ValueError(f"no influence function for the metric {figure}")


def _with_threshold(metric: str, scored: Scored, predicted: list[float], found: list[float]) -> list[float]:
    """Add what a threshold found on the same rows contributes: it moves with the positives around it.

    The positives' quantile moves by (1{s ≥ t} − recall) / density; the metric's derivative by the threshold needs
    only the odds of negatives to positives near it.
    """
    labels, rows = scored.scores.labels, scored.scores.rows
    value, recall = scored.metrics.values[metric] or 0.0, scored.metrics.values["recall"] or 0.0
    positives, said = sum(labels), sum(predicted)
    odds = _odds_near_threshold(scored)
    match metric:
        case "precision":
            slope = (value * (1 + odds) - 1) * rows / said
        case "f1":
            slope = (value * (1 + odds) / 2 - 1) * 2 * rows / (said + positives)
        case "recall":
            slope = -rows / positives
        case _:
            slope = odds - 1
    moved = zip(found, labels, predicted, strict=True)
    return [before + slope * label * (above - recall) for before, label, above in moved]


def _odds_near_threshold(scored: Scored) -> float:
    """Return negatives per positive among the scores nearest to the threshold, by ranks of the positives."""
    labels, scores = scored.scores.labels, scored.scores.columns[0]
    positives = sorted(compress(scores, labels))
    reach = max(5, round(len(positives) ** 0.8 / 2))
    place = positives.index(scored.metrics.threshold or 0.0)
    low, high = positives[max(0, place - reach)], positives[min(len(positives) - 1, place + reach)]
    near = Counter(label for label, score in zip(labels, scores, strict=True) if low <= score <= high)
    return near[0.0] / near[1.0]


def _loss(probability: float) -> float:
    return -math.log(min(max(probability, _LEAST), 1 - _LEAST))
