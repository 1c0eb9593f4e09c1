"""Binary metrics against scikit-learn, and where it has no answer."""

import warnings
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn import metrics as oracle

from yardmaster.errors import MeasurementError
from yardmaster.rules.metrics import AtRecall, Metrics, Problem, Scores, Threshold, measure

pytestmark = pytest.mark.usefixtures("each_engine")

ROWS = some.lists(
    some.tuples(some.sampled_from([0.0, 1.0]), some.one_of(some.floats(0, 1), some.sampled_from([0, 0.25, 0.5, 1]))),
    min_size=2,
    max_size=60,
)


def binary(labels: Sequence[float], scores: Sequence[float], threshold: Threshold = 0.5) -> Metrics:
    return measure(Problem.BINARY, Scores(labels, (scores,)), threshold=threshold).metrics


@given(ROWS, some.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_the_figures_agree_with_scikit_learn_to_ten_digits(rows: list[tuple[float, float]], threshold: float) -> None:
    labels, scores = map(list, zip(*rows, strict=True))
    found = binary(labels, scores, threshold)
    said = [float(score >= threshold) for score in scores]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert found.confusion == tuple(map(tuple, oracle.confusion_matrix(labels, said, labels=[0, 1]).tolist()))
        expected = {
            "accuracy": oracle.accuracy_score(labels, said),
            "precision": oracle.precision_score(labels, said, zero_division=0),
            "recall": oracle.recall_score(labels, said, zero_division=0),
            "f1": oracle.f1_score(labels, said, zero_division=0),
            "log_loss": oracle.log_loss(labels, scores, labels=[0, 1]),
        }
        if len(set(labels)) == 2:
            expected["auc"] = oracle.roc_auc_score(labels, scores)
            expected["pr_auc"] = oracle.average_precision_score(labels, scores)
    assert {name: found.values[name] or 0.0 for name in expected} == pytest.approx(expected, rel=1e-10, abs=1e-12)


@given(ROWS, some.floats(0.01, 1))
@settings(max_examples=30, deadline=None)
def test_a_threshold_by_recall_is_the_highest_that_reaches_it(rows: list[tuple[float, float]], recall: float) -> None:
    labels, scores = map(list, zip(*rows, strict=True))
    if not any(labels):
        return
    threshold = binary(labels, scores, AtRecall(recall)).threshold
    assert threshold is not None
    assert recall_at(threshold, labels, scores) >= recall
    assert all(recall_at(score, labels, scores) < recall for score in scores if score > threshold)


def recall_at(threshold: float, labels: list[float], scores: list[float]) -> float:
    value = binary(labels, scores, threshold).values["recall"]
    assert value is not None
    return value


def test_a_score_at_the_threshold_is_positive() -> None:
    assert binary([1, 0], [0.5, 0.4999]).confusion == ((1, 0), (0, 1))


@pytest.mark.parametrize(
    ("labels", "scores", "name", "reason"),
    [
        ([1, 1], [0.1, 0.9], "auc", "the rows hold one class only"),
        ([0, 0], [0.1, 0.9], "pr_auc", "the rows hold one class only"),
        ([0, 0], [0.1, 0.9], "recall", "no row is positive"),
        ([1, 0], [0.1, 0.2], "precision", "no row is predicted positive"),
        ([0, 0], [0.1, 0.2], "f1", "no row is or is predicted positive"),
        ([1, 0], [3.0, -3.0], "log_loss", "the scores are not probabilities (outside 0 to 1)"),
    ],
)
def test_what_is_undefined_is_null_with_a_reason(
    labels: Sequence[float], scores: Sequence[float], name: str, reason: str
) -> None:
    found = binary(labels, scores)
    assert found.values[name] is None
    assert found.notes[name] == reason


def test_a_recall_without_positives_falls_back_and_says_so() -> None:
    found = binary([0, 0], [0.1, 0.9], AtRecall(0.8))
    assert (found.threshold, found.asked) == (0.5, None)
    assert "without positive rows" in found.notes["threshold"]


@pytest.mark.parametrize("labels", [[0, 2], [0.5, 1], [-1, 1]])
def test_other_labels_than_0_and_1_are_refused(labels: Sequence[float]) -> None:
    with pytest.raises(MeasurementError, match="labels must be 0 and 1"):
        binary(labels, [0.5, 0.5])


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (Scores([], ([],)), "no scored rows"),
        (Scores([1, 0], ([0.5],)), "2 labels do not pair with 1 scores in column 1"),
        (Scores([1], ([0.5], [0.5])), "has one score column, not 2"),
    ],
)
def test_data_of_another_shape_is_refused(scores: Scores, words: str) -> None:
    with pytest.raises(MeasurementError, match=words):
        measure(Problem.BINARY, scores)


def test_sure_and_wrong_costs_a_finite_log_loss() -> None:
    assert binary([1, 0], [0.0, 1.0]).values["log_loss"] == pytest.approx(oracle.log_loss([1, 0], [0.0, 1.0]))


def test_the_curves_begin_and_end_at_their_corners() -> None:
    curves = binary([1, 0] * 500, [row / 1000 for row in range(1000)]).curves
    assert curves
    assert curves.false_positive_rates[0] == curves.true_positive_rates[0] == 0
    assert curves.false_positive_rates[-1] == curves.true_positive_rates[-1] == 1
    assert curves.recalls[-1] == 1
    assert curves.precisions[-1] == 0.5
    assert len(curves.recalls) <= 110
