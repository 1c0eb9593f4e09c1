"""Regression metrics against scikit-learn."""

from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as some
from sklearn import metrics as oracle

from yardmaster.rules.metrics import Metrics, Problem, Scores, measure

pytestmark = pytest.mark.usefixtures("each_engine")

NUMBER = some.integers(-(10**6), 10**6).map(lambda value: value / 8)


def regression(labels: Sequence[float], scores: Sequence[float]) -> Metrics:
    return measure(Problem.REGRESSION, Scores(labels, (scores,))).metrics


@given(some.lists(some.tuples(NUMBER, NUMBER), min_size=2, max_size=50))
@settings(max_examples=30, deadline=None)
def test_the_figures_agree_with_scikit_learn_to_ten_digits(rows: list[tuple[float, float]]) -> None:
    labels, scores = map(list, zip(*rows, strict=True))
    assume(len(set(labels)) > 1)
    expected = {
        "rmse": oracle.root_mean_squared_error(labels, scores),
        "mse": oracle.mean_squared_error(labels, scores),
        "mae": oracle.mean_absolute_error(labels, scores),
        "r2": oracle.r2_score(labels, scores),
    }
    assert regression(labels, scores).values == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_equal_labels_have_no_r2() -> None:
    found = regression([3.0, 3.0], [2.0, 4.0])
    assert found.values["r2"] is None
    assert found.notes["r2"] == "all labels are equal"
    assert found.values["rmse"] == 1.0


def test_labels_far_from_zero_lose_no_digits() -> None:
    labels = [1e9 + row / 10 for row in range(100)]
    scores = [label + 0.01 for label in labels]
    assert regression(labels, scores).values["r2"] == pytest.approx(oracle.r2_score(labels, scores), rel=1e-6)
