"""Multiclass metrics against scikit-learn, and classes that do not occur."""

import warnings
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from sklearn import metrics as oracle

from yardmaster.errors import MeasurementError
from yardmaster.rules.metrics import Metrics, Problem, Scores, measure

pytestmark = pytest.mark.usefixtures("each_engine")

NAMES = ("tin", "silver", "gold")
ROW = some.tuples(some.integers(0, 2), some.tuples(*[some.floats(0.01, 1)] * 3))


def multiclass(labels: Sequence[float], rows: Sequence[Sequence[float]], names: tuple[str, ...] = NAMES) -> Metrics:
    columns = tuple(map(list, zip(*rows, strict=True)))
    return measure(Problem.MULTICLASS, Scores(labels, columns), class_names=names).metrics


@given(some.lists(ROW, min_size=1, max_size=40))
@settings(max_examples=25, deadline=None)
def test_the_figures_agree_with_scikit_learn_to_ten_digits(data: list[tuple[int, tuple[float, ...]]]) -> None:
    labels = [label for label, _ in data]
    rows = [[weight / sum(weights) for weight in weights] for _, weights in data]
    found = multiclass(labels, rows)
    said = [row.index(max(row)) for row in rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert found.confusion == tuple(map(tuple, oracle.confusion_matrix(labels, said, labels=[0, 1, 2]).tolist()))
        expected = {
            "accuracy": oracle.accuracy_score(labels, said),
            "log_loss": oracle.log_loss(labels, rows, labels=[0, 1, 2]),
        }
        for kind in ("macro", "weighted"):
            expected[f"{kind}_precision"] = oracle.precision_score(labels, said, average=kind, zero_division=0)
            expected[f"{kind}_recall"] = oracle.recall_score(labels, said, average=kind, zero_division=0)
            expected[f"{kind}_f1"] = oracle.f1_score(labels, said, average=kind, zero_division=0)
        of_classes = oracle.precision_recall_fscore_support(labels, said, labels=[0, 1, 2], zero_division=0)
        for figure, values in zip(("precision", "recall", "f1"), of_classes, strict=False):
            expected |= {f"{figure}:{name}": value for name, value in zip(NAMES, values, strict=True)}
        if set(labels) == {0, 1, 2}:
            expected["macro_auc"] = oracle.roc_auc_score(labels, rows, multi_class="ovr")
    assert {name: found.values[name] or 0.0 for name in expected} == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_a_class_that_does_not_occur_is_undefined_and_left_out_of_the_averages() -> None:
    found = multiclass([0, 1, 0, 1], [[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.7, 0.2, 0.1], [0.6, 0.3, 0.1]])
    assert found.values["recall:gold"] is None
    assert found.notes["recall:gold"] == "no row is of this class"
    assert found.notes["precision:gold"] == "no row is predicted to be of this class"
    assert found.values["macro_recall"] == (1 + 0.5) / 2
    assert found.values["macro_auc"] == 1.0


def test_never_predicting_a_class_costs_macro_precision() -> None:
    found = multiclass([0, 1], [[0.8, 0.1, 0.1], [0.8, 0.1, 0.1]])
    assert found.values["precision:silver"] is None
    assert found.values["macro_precision"] == 0.25


def test_one_class_only_has_no_auc() -> None:
    found = multiclass([0, 0], [[0.8, 0.1, 0.1], [0.8, 0.1, 0.1]])
    assert found.values["macro_auc"] is None
    assert found.notes["macro_auc"] == "the rows hold one class only"


def test_classes_without_names_are_called_by_their_index() -> None:
    assert "recall:2" in multiclass([0, 1, 2], [[1, 0, 0], [0, 1, 0], [0, 0, 1]], ()).values


@pytest.mark.parametrize("label", [3, -1, 0.5])
def test_a_label_that_is_no_class_is_refused(label: float) -> None:
    with pytest.raises(MeasurementError, match="not a class from 0 to 2"):
        multiclass([label], [[1, 0, 0]])


def test_as_many_names_as_score_columns_are_needed() -> None:
    with pytest.raises(MeasurementError, match="2 class names for 3 score columns"):
        multiclass([0], [[1, 0, 0]], ("tin", "gold"))


def test_scores_that_are_no_probabilities_have_no_log_loss() -> None:
    assert multiclass([0], [[3, -1, 0]]).values["log_loss"] is None
