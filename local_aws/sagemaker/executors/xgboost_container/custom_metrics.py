"""The metrics that the container adds to XGBoost's own, by numpy alone.

Source: metrics/custom_metrics.py of aws/sagemaker-xgboost-container; macro averages over the classes that occur.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import xgboost as xgb

Numbers = npt.NDArray[np.float32]
Classes = npt.NDArray[np.int64]
Score = Callable[[Classes, Classes], float]


def evaluator(names: Sequence[str]) -> Callable[[Numbers, xgb.DMatrix], list[tuple[str, float]]]:
    """Give XGBoost's custom metric function for these names, all of which are in `NAMES`."""

    def evaluate(predictions: Numbers, matrix: xgb.DMatrix) -> list[tuple[str, float]]:
        labels = matrix.get_label()
        return [(name, _score(name, labels, predictions)) for name in names]

    return evaluate


def _score(name: str, labels: Numbers, predictions: Numbers) -> float:
    if name == "mse":
        return float(np.mean((labels - predictions) ** 2))
    if name == "r2":
        spread = float(np.sum((labels - labels.mean()) ** 2))
        return 1 - float(np.sum((labels - predictions) ** 2)) / spread if spread else 0.0
    return CLASS_SCORES[name](labels.astype(np.int64), _classes(predictions))


def _classes(predictions: Numbers) -> Classes:
    """Turn probabilities (one column or one for each class) or class numbers into class numbers."""
    if predictions.ndim == 2 and predictions.shape[1] > 1:
        return np.asarray(predictions.argmax(axis=1), dtype=np.int64)
    flat = predictions.ravel()
    whole = bool(np.all(flat == np.floor(flat)))
    return flat.astype(np.int64) if whole else (flat > 0.5).astype(np.int64)


def _counts(labels: Classes, predicted: Classes, kind: int) -> tuple[float, float, float]:
    """Count true positives, predicted and actual members of one class."""
    hit, actual = predicted == kind, labels == kind
    return float(np.sum(hit & actual)), float(np.sum(hit)), float(np.sum(actual))


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _accuracy(labels: Classes, predicted: Classes) -> float:
    return float(np.mean(labels == predicted))


def _precision(labels: Classes, predicted: Classes, kind: int = 1) -> float:
    true, positive, _ = _counts(labels, predicted, kind)
    return _ratio(true, positive)


def _recall(labels: Classes, predicted: Classes, kind: int = 1) -> float:
    true, _, actual = _counts(labels, predicted, kind)
    return _ratio(true, actual)


def _f1(labels: Classes, predicted: Classes, kind: int = 1) -> float:
    true, positive, actual = _counts(labels, predicted, kind)
    return _ratio(2 * true, positive + actual)


def _macro(score: Callable[[Classes, Classes, int], float]) -> Score:
    def average(labels: Classes, predicted: Classes) -> float:
        kinds = np.union1d(labels, predicted)
        return float(np.mean([score(labels, predicted, int(kind)) for kind in kinds]))

    return average


def _balanced_accuracy(labels: Classes, predicted: Classes) -> float:
    return float(np.mean([_recall(labels, predicted, int(kind)) for kind in np.unique(labels)]))


CLASS_SCORES: dict[str, Score] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "f1": _macro(_f1),
    "f1_binary": _f1,
    "f1_macro": _macro(_f1),
    "precision": _precision,
    "precision_macro": _macro(_precision),
    "precision_micro": _accuracy,
    "recall": _recall,
    "recall_macro": _macro(_recall),
    "recall_micro": _accuracy,
}
NAMES = frozenset({*CLASS_SCORES, "mse", "r2"})
