"""Metrics of a model with several classes: per class, macro averages, and one against the rest for AUC."""

import math
import sys
from collections.abc import Sequence
from operator import add

from yardmaster.errors import MeasurementError
from yardmaster.rules.columns import Column, Engine, engine, pieces
from yardmaster.rules.metrics.figures import Figures, Metrics, Problem, mean
from yardmaster.rules.metrics.ranking import areas, rank
from yardmaster.rules.metrics.scores import Scores, classes_of

PER_CLASS = ("precision", "recall", "f1", "auc")
"""Figures that each class has; `recall:gold` is that of the class named gold."""


def measure_multiclass(scores: Scores, class_names: tuple[str, ...]) -> Metrics:
    """Measure class indexes against k probabilities: accuracy, log_loss, macro_*, weighted_*, and per class.

    The macro averages go over the classes that occur as label or prediction, and an undefined precision or recall
    counts as 0 there (as in scikit-learn): otherwise never predicting a hard class would look good. macro_auc goes
    over the classes that occur as labels.

    Raises:
        MeasurementError: A label is not the index of a score column.
    """
    names = class_names or tuple(map(str, range(len(scores.columns))))
    confusion = _confusion(scores)
    found = Figures()
    found.put("accuracy", sum(row[place] for place, row in enumerate(confusion)) / scores.rows)
    _put_log_loss(found, scores)
    for place, name in enumerate(names):
        _put_class(found, confusion, place, name)
        _put_auc(found, scores, place, name)
    _put_averages(found, confusion, names)
    return Metrics(Problem.MULTICLASS, scores.rows, found.values, found.notes, confusion, class_names=names)


def predictions(scores: Scores) -> Column:
    """Return the likeliest class of each row (the first of equals)."""
    compute = engine(scores.rows)
    return compute.joined([compute.greatest(columns) for columns in pieces(scores.rows, *scores.columns)])


def _confusion(scores: Scores) -> tuple[tuple[int, ...], ...]:
    """Count the rows by actual, then predicted class.

    Raises:
        MeasurementError: A label is not the index of a score column.
    """
    size = len(scores.columns)
    if not classes_of(scores) <= set(range(size)):
        raise MeasurementError(f"a label is not a class from 0 to {size - 1}, as many as the model has scores")
    compute = engine(scores.rows)
    counts = [0] * size**2
    for labels, *columns in pieces(scores.rows, scores.labels, *scores.columns):
        found = compute.tally(labels * size + compute.greatest(columns), size**2)
        counts = list(map(add, counts, found))
    return tuple(tuple(counts[start : start + size]) for start in range(0, size**2, size))


def occurring(confusion: Sequence[Sequence[int]]) -> list[int]:
    """Return the classes that occur, as a label or as a prediction."""
    return [place for place, row in enumerate(confusion) if sum(row) or sum(other[place] for other in confusion)]


def _put_class(found: Figures, confusion: Sequence[Sequence[int]], place: int, name: str) -> None:
    hits, actual = confusion[place][place], sum(confusion[place])
    said = sum(row[place] for row in confusion)
    found.ratio(f"precision:{name}", hits, said, "no row is predicted to be of this class")
    found.ratio(f"recall:{name}", hits, actual, "no row is of this class")
    found.ratio(f"f1:{name}", 2 * hits, said + actual, "no row is or is predicted to be of this class")


def _put_auc(found: Figures, scores: Scores, place: int, name: str) -> None:
    ranking = rank(is_class(scores, place), scores.columns[place])
    if ranking.both:
        found.put(f"auc:{name}", areas(ranking)[0])
    else:
        found.undefined(f"auc:{name}", "no row, or every row, is of this class")


def is_class(scores: Scores, place: int) -> Column:
    """Return 1 for the rows of this class, 0 for the others."""
    compute = engine(scores.rows)
    return compute.equal(compute.column(scores.labels), place)


def _put_averages(found: Figures, confusion: Sequence[Sequence[int]], names: Sequence[str]) -> None:
    places = occurring(confusion)
    supports = [sum(confusion[place]) for place in places]
    for figure in ("precision", "recall", "f1"):
        values = [found.values[f"{figure}:{names[place]}"] or 0.0 for place in places]
        found.put(f"macro_{figure}", mean(values))
        found.put(f"weighted_{figure}", sum(map(float.__mul__, values, map(float, supports))) / sum(supports))
    areas_found = [value for name in names if (value := found.values[f"auc:{name}"]) is not None]
    if areas_found:
        found.put("macro_auc", mean(areas_found))
    else:
        found.undefined("macro_auc", "the rows hold one class only")


def _put_log_loss(found: Figures, scores: Scores) -> None:
    compute = engine(scores.rows)
    losses = []
    for labels, *columns in pieces(scores.rows, scores.labels, *scores.columns):
        if min(one.min() for one in columns) < 0 or max(one.max() for one in columns) > 1:
            found.undefined("log_loss", "the scores are not probabilities (outside 0 to 1)")
            return
        losses.append(compute.sum_of_logarithms(own_probabilities(columns, labels, compute)))
    found.put("log_loss", -math.fsum(losses) / scores.rows)


def own_probabilities(columns: Sequence[Column], labels: Column, compute: Engine) -> Column:
    """Return the probability that each row's own class got, kept away from 0 and 1."""
    least = sys.float_info.epsilon
    return compute.picked(columns, labels).clip(least, 1 - least)
