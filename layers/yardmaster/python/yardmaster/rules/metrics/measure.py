"""From scored rows to metrics, whatever the problem."""

from dataclasses import dataclass
from typing import assert_never

from yardmaster.errors import MeasurementError
from yardmaster.rules.metrics.binary import measure_binary
from yardmaster.rules.metrics.clustering import measure_clustering
from yardmaster.rules.metrics.figures import Metrics, Problem, Threshold
from yardmaster.rules.metrics.multiclass import PER_CLASS, measure_multiclass
from yardmaster.rules.metrics.regression import measure_regression
from yardmaster.rules.metrics.scores import Scores

_MACRO = ("macro_precision", "macro_recall", "macro_f1", "macro_auc")


@dataclass(frozen=True)
class Scored:
    """One model on the test rows: its scores, and what was measured from them."""

    scores: Scores
    metrics: Metrics


def measure(
    problem: Problem, scores: Scores, *, threshold: Threshold = 0.5, class_names: tuple[str, ...] = ()
) -> Scored:
    """Measure a model on its scored rows.

    Args:
        problem: What the model predicts.
        scores: Labels and scores, row by row.
        threshold: Binary only: a score at or above it counts as positive.
        class_names: The name of each class, for reports and per-class figures; the indexes if empty.

    Raises:
        MeasurementError: There are no rows, columns of other lengths, or labels that don't suit the problem.
    """
    _check(problem, scores, class_names)
    match problem:
        case Problem.BINARY:
            return Scored(scores, measure_binary(scores, threshold, class_names))
        case Problem.MULTICLASS:
            return Scored(scores, measure_multiclass(scores, class_names))
        case Problem.REGRESSION:
            return Scored(scores, measure_regression(scores))
        case Problem.CLUSTERING:
            return Scored(scores, measure_clustering(scores))
        case Problem.NONE:
            return Scored(scores, Metrics(Problem.NONE, scores.rows, {}))
        case _:
            assert_never(problem)


def metric_names(problem: Problem, class_names: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the metrics that a gate may name for this problem."""
    match problem:
        case Problem.BINARY:
            return ("auc", "pr_auc", "log_loss", "accuracy", "precision", "recall", "f1")
        case Problem.MULTICLASS:
            per_class = tuple(f"{figure}:{name}" for name in class_names for figure in PER_CLASS)
            return ("accuracy", "log_loss", *_MACRO, *per_class)
        case Problem.REGRESSION:
            return ("rmse", "mae", "r2", "mse")
        case Problem.CLUSTERING:
            return ("explained", "msd", "mean_distance")
        case Problem.NONE:
            return ()
        case _:
            assert_never(problem)


def _check(problem: Problem, scores: Scores, class_names: tuple[str, ...]) -> None:
    if not scores.rows:
        raise MeasurementError("there are no scored rows to measure")
    for place, column in enumerate(scores.columns, start=1):
        if len(column) != scores.rows:
            raise MeasurementError(f"{scores.rows} labels do not pair with {len(column)} scores in column {place}")
    if problem not in {Problem.MULTICLASS, Problem.NONE} and len(scores.columns) != 1:
        raise MeasurementError(f"a {problem} model has one score column, not {len(scores.columns)}")
    if problem is Problem.MULTICLASS and class_names and len(class_names) != len(scores.columns):
        raise MeasurementError(f"{len(class_names)} class names for {len(scores.columns)} score columns")
