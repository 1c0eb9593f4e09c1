"""How many test rows a gate needs, before there is a model."""

import math

import pytest

from yardmaster.rules.gate.conditions import Condition
from yardmaster.rules.gate.needed import Known, Needed, Rows, needed
from yardmaster.rules.gate.paired import Comparison, rows_to_settle

BALANCED = Rows(2000, {"no": 1000, "yes": 1000})
RARE = Rows(2000, {"no": 1960, "yes": 40})


def versus(metric: str, test: Rows | None, margin: float = 0.005, known: Known | None = None) -> Needed:
    return needed(Condition(metric, versus="baseline", margin=margin), test, known)


def test_it_is_the_gates_own_formula_on_an_earlier_comparison() -> None:
    known = Known(0.004, 3000, "churn #3")
    found = versus("auc", BALANCED, known=known)
    settles = rows_to_settle(Comparison(0.0, 0.0, 0.0, 0.004, 3000), 0.005, 0.95)
    assert found.rows == math.ceil(settles)
    assert "churn #3" in found.why
    assert found.suffices is (settles <= 2000)


@pytest.mark.parametrize("metric", ["auc", "accuracy", "recall", "precision", "f1"])
def test_a_smaller_margin_needs_more_rows_by_its_square(metric: str) -> None:
    wide, narrow = versus(metric, BALANCED, 0.01).rows, versus(metric, BALANCED, 0.005).rows
    assert wide is not None
    assert narrow is not None
    assert narrow / wide == pytest.approx(4, rel=0.01)


@pytest.mark.parametrize("metric", ["auc", "recall"])
def test_a_rare_class_needs_more_rows(metric: str) -> None:
    rare, balanced = versus(metric, RARE).rows, versus(metric, BALANCED).rows
    assert rare is not None
    assert balanced is not None
    assert rare > 5 * balanced


def test_without_a_margin_no_number_of_rows_settles_it() -> None:
    found = versus("auc", BALANCED, 0)
    assert found.rows == math.inf
    assert found.suffices is False
    assert "margin" in found.why


@pytest.mark.parametrize("metric", ["rmse", "log_loss", "r2", "mae"])
def test_what_depends_on_a_unit_is_not_guessed(metric: str) -> None:
    found = versus(metric, Rows(2000, {}))
    assert (found.rows, found.suffices) == (None, None)
    assert found.why == "known once two models were compared"


def test_without_data_it_says_what_it_lacks() -> None:
    assert "data file" in versus("auc", None).why
    assert "data file" in needed(Condition("auc", min=0.7), None, None).why
    assert versus("auc", None, known=Known(0.01, 500, "churn #1")).rows is not None


def test_a_fixed_bound_is_as_sure_as_the_rows_are_many() -> None:
    few = needed(Condition("recall", min=0.6), RARE, None).reach
    many = needed(Condition("recall", min=0.6), BALANCED, None).reach
    assert few == pytest.approx(1.96 * math.sqrt(0.24 / 40), rel=0.001)
    assert many is not None
    assert few is not None
    assert many < few / 4
    assert needed(Condition("rmse", max=3.0), BALANCED, None).reach is None
    assert needed(Condition("auc", min=0.75), BALANCED, None).reach == pytest.approx(0.021, abs=0.002)


def test_of_several_classes_the_rarest_or_the_named_one_counts() -> None:
    test = Rows(1000, {"a": 600, "b": 380, "c": 20})
    macro, named, all_rows = (versus(one, test).rows for one in ("macro_recall", "recall:a", "accuracy"))
    assert macro is not None
    assert named is not None
    assert all_rows is not None
    assert macro > named > all_rows
    assert versus("recall:d", test).rows is None
