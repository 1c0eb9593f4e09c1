"""Influence functions: how much each test row moves a metric, which gives every metric a variance.

A metric is, to first order, its true value plus the mean of its influence function over the rows. So the variance of
a metric is that of the influences' mean, and the variance of the *difference* of two models on the same rows is that
of the row-wise differences. For AUC this is DeLong's method (Biometrics 44, 1988); for ratios of counts, R² and RMSE
the delta method; for losses the rows themselves; for average precision see `influence_ranking`. Influences are in the
rows' order, and their mean is 0.
"""

import sys
from typing import assert_never

from yardmaster.rules.columns import Column, engine
from yardmaster.rules.gate.influence_ranking import of_auc, of_average_precision
from yardmaster.rules.metrics import Problem, Scored
from yardmaster.rules.metrics.multiclass import is_class, occurring, own_probabilities, predictions
from yardmaster.rules.metrics.ranking import rank
from yardmaster.rules.metrics.regression import center_of

_LEAST = sys.float_info.epsilon


def influence(metric: str, scored: Scored) -> Column:
    """Return each row's influence on a metric that is defined for these rows."""
    match scored.metrics.problem:
        case Problem.BINARY:
            return _binary(metric, scored)
        case Problem.MULTICLASS:
            return _multiclass(metric, scored)
        case Problem.REGRESSION:
            return _regression(metric, scored)
        case Problem.CLUSTERING:
            return _clustering(metric, scored)
        case Problem.NONE:
            raise ValueError(f"no influence function for the metric {metric}: nothing is measured")
        case _:
            assert_never(scored.metrics.problem)


def _binary(metric: str, scored: Scored) -> Column:
    compute = engine(scored.scores.rows)
    labels, scores = _columns(scored)
    match metric:
        case "auc":
            return of_auc(labels, scores)
        case "pr_auc":
            return of_average_precision(labels, scores)
        case "log_loss":
            # Of a positive row the score, of a negative one its distance to 1.
            own = abs((1 - labels) - scores)
            return _centered(-compute.logarithms(own.clip(_LEAST, 1 - _LEAST)))
        case _:
            predicted = compute.at_least(scores, scored.metrics.threshold or 0.0)
            found = _of_counts(metric, labels, predicted)
            return _with_threshold(metric, scored, predicted, found) if scored.metrics.asked else found


def _multiclass(metric: str, scored: Scored) -> Column:
    compute = engine(scored.scores.rows)
    figure, _, name = metric.partition(":")
    if metric == "log_loss":
        labels, *columns = _columns(scored)
        return _centered(-compute.logarithms(own_probabilities(columns, labels, compute)))
    predicted = predictions(scored.scores)
    if metric == "accuracy":
        return _centered(compute.equal(compute.column(scored.scores.labels), predicted))
    if name:
        return _of_class(figure, scored.metrics.class_names.index(name), scored, predicted)
    figure = figure.removeprefix("macro_")
    places = occurring(scored.metrics.confusion)
    if figure == "auc":
        names = scored.metrics.class_names
        places = [place for place in places if scored.metrics.values[f"auc:{names[place]}"] is not None]
    total = _of_class(figure, places[0], scored, predicted)
    for place in places[1:]:
        total = total + _of_class(figure, place, scored, predicted)
    return total / len(places)


def _of_class(figure: str, place: int, scored: Scored, predicted: Column) -> Column:
    """Return the influences on one class's figure: that class against the rest."""
    compute = engine(scored.scores.rows)
    own = is_class(scored.scores, place)
    if figure == "auc":
        return of_auc(own, compute.column(scored.scores.columns[place]))
    return _of_counts(figure, own, compute.equal(predicted, place))


def _regression(metric: str, scored: Scored) -> Column:
    labels, scores = _columns(scored)
    errors = labels - scores
    if metric == "mae":
        return _centered(abs(errors))
    squares = errors * errors
    if metric == "mse":
        return _centered(squares)
    if metric == "rmse":
        rmse = scored.metrics.values["rmse"]
        return _centered(squares) / (2 * rmse) if rmse else squares * 0
    offsets = labels - center_of(scored.scores)
    # That the centre is estimated too does not matter to first order: the spread is least there.
    return -_of_ratio(squares, offsets * offsets)


def _clustering(metric: str, scored: Scored) -> Column:
    whole, own = _columns(scored)
    if metric == "mean_distance":
        return _centered(abs(own))
    squares = own * own
    return _centered(squares) if metric == "msd" else -_of_ratio(squares, whole * whole)


def _columns(scored: Scored) -> list[Column]:
    """Return the labels and the scores as columns."""
    compute = engine(scored.scores.rows)
    return [compute.column(values) for values in (scored.scores.labels, *scored.scores.columns)]


def _centered(values: Column) -> Column:
    """Return the influences on a plain mean."""
    return values - values.sum() / len(values)


def _of_ratio(tops: Column, bottoms: Column) -> Column:
    """Return the influences on sum(tops) / sum(bottoms); zeros where that is undefined and counts as 0."""
    bottom = bottoms.sum()
    if not bottom:
        return tops * 0
    ratio, scale = tops.sum() / bottom, len(tops) / bottom
    return (tops - ratio * bottoms) * scale


def _of_counts(figure: str, labels: Column, predicted: Column) -> Column:
    """Return the influences on accuracy, precision, recall or f1 of 0/1 predictions."""
    match figure:
        case "precision":
            return _of_ratio(labels * predicted, predicted)
        case "recall":
            return _of_ratio(labels * predicted, labels)
        case "f1":
            return _of_ratio(labels * predicted, (labels + predicted) / 2)
        case "accuracy":
            return _centered(1 - abs(labels - predicted))
        case _:
            raise ValueError(f"no influence function for the metric {figure}")


def _with_threshold(metric: str, scored: Scored, predicted: Column, found: Column) -> Column:
    """Add what a threshold found on the same rows contributes: it moves with the positives around it.

    The positives' quantile moves by (1{s ≥ t} − recall) / density; the metric's derivative by the threshold needs
    only the odds of negatives to positives near it.
    """
    labels, _ = _columns(scored)
    rows = scored.scores.rows
    value, recall = scored.metrics.values[metric] or 0.0, scored.metrics.values["recall"] or 0.0
    positives, said = labels.sum(), predicted.sum()
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
    return found + slope * (labels * (predicted - recall))


def _odds_near_threshold(scored: Scored) -> float:
    """Return negatives per positive among the scores nearest to the threshold, by ranks of the positives."""
    compute = engine(scored.scores.rows)
    ranking = rank(scored.scores.labels, scored.scores.columns[0])
    count = len(ranking.positives)
    reach = max(5, round(count**0.8 / 2))
    threshold = compute.column([scored.metrics.threshold or 0.0])
    place = int(compute.places_in_order(ranking.positives, threshold)[0][0])
    ends = compute.column([ranking.positives[max(0, place - reach)], ranking.positives[min(count - 1, place + reach)]])
    near = []
    for part in (ranking.negatives, ranking.positives):
        below, up_to = compute.places_in_order(part, ends)
        near.append(up_to[1] - below[0])
    return near[0] / near[1]
