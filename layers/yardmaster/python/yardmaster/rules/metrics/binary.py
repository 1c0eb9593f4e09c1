"""Metrics of a two-class model: exact counts at one threshold, and what does not depend on a threshold."""

import math
import sys

from yardmaster.errors import MeasurementError
from yardmaster.rules.columns import Column, engine, pieces
from yardmaster.rules.metrics.figures import AtRecall, Figures, Metrics, Problem, Threshold
from yardmaster.rules.metrics.ranking import Ranking, areas, counts_at, curves, rank, threshold_at_recall
from yardmaster.rules.metrics.scores import Scores, classes_of

_EPSILON = sys.float_info.epsilon
"""Probabilities nearer to 0 or 1 are moved here before the logarithm, as scikit-learn does."""
_ONE_CLASS = "the rows hold one class only"
_NO_THRESHOLD = 0.5


def measure_binary(scores: Scores, threshold: Threshold, class_names: tuple[str, ...]) -> Metrics:
    """Measure labels 0 and 1 against one score: accuracy, precision, recall, f1, auc, pr_auc, log_loss.

    Raises:
        MeasurementError: A label is neither 0 nor 1.
    """
    if not classes_of(scores) <= {0.0, 1.0}:
        raise MeasurementError("a binary model's labels must be 0 and 1 in the scored rows")
    ranking = rank(scores.labels, scores.columns[0])
    found = Figures()
    used = _threshold(ranking, threshold, found)
    confusion = _confusion(ranking, used)
    _put_counts(found, confusion)
    _put_areas(found, ranking)
    _put_log_loss(found, ranking)
    return Metrics(
        problem=Problem.BINARY,
        rows=scores.rows,
        values=found.values,
        notes=found.notes,
        confusion=confusion,
        threshold=used,
        asked=threshold if isinstance(threshold, AtRecall) and len(ranking.positives) else None,
        class_names=class_names or ("0", "1"),
        curves=curves(ranking) if ranking.both else None,
    )


def _threshold(ranking: Ranking, threshold: Threshold, found: Figures) -> float:
    if not isinstance(threshold, AtRecall):
        return threshold
    if not len(ranking.positives):
        found.notes["threshold"] = f"{_NO_THRESHOLD}: without positive rows no threshold reaches a recall"
        return _NO_THRESHOLD
    found.notes["threshold"] = f"the highest that reaches recall {threshold.recall} on these rows"
    return threshold_at_recall(ranking, threshold.recall)


def _confusion(ranking: Ranking, threshold: float) -> tuple[tuple[int, int], tuple[int, int]]:
    ((true, false),) = counts_at(ranking, [threshold])
    return ((len(ranking.negatives) - false, false), (len(ranking.positives) - true, true))


def _put_counts(found: Figures, confusion: tuple[tuple[int, int], tuple[int, int]]) -> None:
    (true_negatives, false_positives), (false_negatives, hits) = confusion
    rows = true_negatives + false_positives + false_negatives + hits
    found.put("accuracy", (true_negatives + hits) / rows)
    found.ratio("precision", hits, hits + false_positives, "no row is predicted positive")
    found.ratio("recall", hits, hits + false_negatives, "no row is positive")
    found.ratio("f1", 2 * hits, 2 * hits + false_positives + false_negatives, "no row is or is predicted positive")


def _put_areas(found: Figures, ranking: Ranking) -> None:
    if not ranking.both:
        found.undefined("auc", _ONE_CLASS)
        found.undefined("pr_auc", _ONE_CLASS)
        return
    auc, average_precision = areas(ranking)
    found.put("auc", auc)
    found.put("pr_auc", average_precision)


def _put_log_loss(found: Figures, ranking: Ranking) -> None:
    parts = [part for part in (ranking.positives, ranking.negatives) if len(part)]
    if min(part[0] for part in parts) < 0 or max(part[-1] for part in parts) > 1:
        found.undefined("log_loss", "the scores are not probabilities (outside 0 to 1)")
        return
    sum_of_logarithms = engine(ranking.rows).sum_of_logarithms
    losses = [sum_of_logarithms(_clip(scores)) for (scores,) in pieces(ranking.rows, ranking.positives)]
    losses += [sum_of_logarithms(1 - _clip(scores)) for (scores,) in pieces(ranking.rows, ranking.negatives)]
    found.put("log_loss", -math.fsum(losses) / ranking.rows)


def _clip(ascending: Column) -> Column:
    """Move the ends away from 0 and 1; sorted, so looking at the ends is enough."""
    if ascending[0] >= _EPSILON and ascending[-1] <= 1 - _EPSILON:
        return ascending
    return ascending.clip(_EPSILON, 1 - _EPSILON)
