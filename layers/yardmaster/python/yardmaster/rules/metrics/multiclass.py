"""Metrics of a model with several classes: per class, macro averages, and one against the rest for AUC."""

import math
import sys
from collections import Counter
from collections.abc import Sequence

from yardmaster.errors import MeasurementError
from yardmaster.rules.metrics.figures import Figures, Metrics, Problem, mean
from yardmaster.rules.metrics.ranking import areas, rank
from yardmaster.rules.metrics.scores import Scores

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
    labels, predicted = labels_and_predictions(scores)
    size = len(scores.columns)
    names = class_names or tuple(map(str, range(size)))
    counts = Counter(zip(labels, predicted, strict=True))
    confusion = tuple(tuple(counts[actual, said] for said in range(size)) for actual in range(size))
    found = Figures()
    found.put("accuracy", sum(counts[place, place] for place in range(size)) / scores.rows)
    _put_log_loss(found, labels, scores.columns)
    for place, name in enumerate(names):
        _put_class(found, confusion, place, name)
        _put_auc(found, labels, scores.columns[place], place, name)
    _put_averages(found, confusion, names)
    return Metrics(Problem.MULTICLASS, scores.rows, found.values, found.notes, confusion, class_names=names)


def labels_and_predictions(scores: Scores) -> tuple[list[int], list[int]]:
    """Return the true class and the likeliest class of each row (the first of equals).

    Raises:
        MeasurementError: A label is not the index of a score column.
    """
    size = len(scores.columns)
    if not set(scores.labels) <= set(range(size)):
        raise MeasurementError(f"a label is not a class from 0 to {size - 1}, as many as the model has scores")
    return [int(label) for label in scores.labels], [row.index(max(row)) for row in zip(*scores.columns, strict=True)]


def occurring(confusion: Sequence[Sequence[int]]) -> list[int]:
    """Return the classes that occur, as a label or as a prediction."""
    return [place for place, row in enumerate(confusion) if sum(row) or sum(other[place] for other in confusion)]


def _put_class(found: Figures, confusion: Sequence[Sequence[int]], place: int, name: str) -> None:
    hits, actual = confusion[place][place], sum(confusion[place])
    said = sum(row[place] for row in confusion)
    found.ratio(f"precision:{name}", hits, said, "no row is predicted to be of this class")
    found.ratio(f"recall:{name}", hits, actual, "no row is of this class")
    found.ratio(f"f1:{name}", 2 * hits, said + actual, "no row is or is predicted to be of this class")


def _put_auc(found: Figures, labels: Sequence[int], column: Sequence[float], place: int, name: str) -> None:
    ranking = rank([float(label == place) for label in labels], column)
    if ranking.positives and ranking.negatives:
        found.put(f"auc:{name}", areas(ranking)[0])
    else:
        found.undefined(f"auc:{name}", "no row, or every row, is of this class")


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


def _put_log_loss(found: Figures, labels: Sequence[int], columns: Sequence[Sequence[float]]) -> None:
    if min(map(min, columns)) < 0 or max(map(max, columns)) > 1:
        found.undefined("log_loss", "the scores are not probabilities (outside 0 to 1)")
        return
    found.put("log_loss", math.fsum(row_losses(labels, columns)) / len(labels))


def row_losses(labels: Sequence[int], columns: Sequence[Sequence[float]]) -> list[float]:
    """Return −log of the probability that each row's own class got, kept away from 0."""
    least = sys.float_info.epsilon
    return [
        -math.log(min(max(row[label], least), 1 - least))
        for label, row in zip(labels, zip(*columns, strict=True), strict=True)
    ]
