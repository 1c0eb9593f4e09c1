"""The container's own metrics, against scikit-learn's."""

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics

from local_aws.sagemaker.executors.xgboost_container import custom_metrics

CHANCE = np.random.default_rng(7)
ORACLES: dict[str, Any] = {
    "accuracy": metrics.accuracy_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "f1": partial(metrics.f1_score, average="macro"),
    "f1_macro": partial(metrics.f1_score, average="macro"),
    "precision_macro": partial(metrics.precision_score, average="macro"),
    "precision_micro": partial(metrics.precision_score, average="micro"),
    "recall_macro": partial(metrics.recall_score, average="macro"),
    "recall_micro": partial(metrics.recall_score, average="micro"),
}
BINARY_ORACLES: dict[str, Any] = {
    "f1_binary": metrics.f1_score,
    "precision": metrics.precision_score,
    "recall": metrics.recall_score,
}


def evaluate(name: str, labels: Any, predictions: Any) -> float:
    matrix: Any = SimpleNamespace(get_label=lambda: labels)
    [(found, value)] = custom_metrics.evaluator([name])(predictions, matrix)
    assert found == name
    return value


@pytest.mark.parametrize("name", sorted(ORACLES | BINARY_ORACLES))
def test_class_metrics_of_probabilities_agree_with_scikit_learn(name: str) -> None:
    labels = CHANCE.integers(0, 2, 200).astype(np.float32)
    probabilities = CHANCE.random(200).astype(np.float32)
    expected = (ORACLES | BINARY_ORACLES)[name](labels, probabilities > 0.5)
    assert evaluate(name, labels, probabilities) == pytest.approx(expected)


@pytest.mark.parametrize("name", sorted(ORACLES))
def test_class_metrics_of_several_classes_agree_with_scikit_learn(name: str) -> None:
    labels = CHANCE.integers(0, 4, 200).astype(np.float32)
    shares = CHANCE.random((200, 4)).astype(np.float32)
    assert evaluate(name, labels, shares) == pytest.approx(ORACLES[name](labels, shares.argmax(axis=1)))


@pytest.mark.parametrize(("name", "oracle"), [("mse", metrics.mean_squared_error), ("r2", metrics.r2_score)])
def test_regression_metrics_agree_with_scikit_learn(name: str, oracle: Any) -> None:
    labels, predictions = CHANCE.random(50).astype(np.float32), CHANCE.random(50).astype(np.float32)
    assert evaluate(name, labels, predictions) == pytest.approx(oracle(labels, predictions), rel=1e-5)


def test_every_name_has_an_oracle_here() -> None:
    assert {*ORACLES, *BINARY_ORACLES, "mse", "r2"} == custom_metrics.NAMES
