import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yardmaster.spec.parse import parse_spec
from yardmaster.spec.proposed import propose
from yardmaster.spec.schema import Spec
from yardmaster.spec.source import MAX_BYTES


def proposed(header: list[str] | None, rows: list[list[str]], delimiter: str = ",") -> Spec:
    return parse_spec(propose(header, rows, delimiter).encode())


CHURN = [
    [f"78-{i}", "MF"[i % 2], str(i / 7), f"2024-01-{i % 28 + 1:02d}", f"words {i}", "No" if i % 4 else "Yes"]
    for i in range(100)
]
HEADER = ["customerID", "gender", "Monthly charges", "signup date", "comment", "Churn"]


def test_a_churn_table_is_understood() -> None:
    spec = proposed(HEADER, CHURN)
    assert (spec.data.label, spec.data.positive, spec.evaluate.problem) == ("Churn", "Yes", "binary")
    assert (spec.data.id, spec.data.drop) == (("customerID",), ("comment",))
    assert spec.data.dates == {"signup date": ("month", "day_of_week")}


def test_the_text_says_that_it_is_a_guess_and_what_to_do() -> None:
    text = propose(HEADER, CHURN, ",")
    assert text.startswith("# A guess from the first 100 rows. Correct it, and save it as spec.yaml")


def test_no_value_of_a_cell_is_in_the_text_but_the_positive_class() -> None:
    text = propose(HEADER, CHURN, ",")
    assert not [cell for row in CHURN for cell in row[:5] if len(cell) > 3 and cell in text]
    assert '"Yes"' in text
    assert "No" not in text


def test_without_a_header_columns_are_positions() -> None:
    spec = proposed(None, CHURN, ";")
    assert (spec.data.label, spec.data.id, spec.data.drop) == (5, (0,), (4,))
    assert spec.data.dates == {"3": ("month", "day_of_week")}
    assert (spec.data.header, spec.data.delimiter) == (False, ";")


@pytest.mark.parametrize(
    ("header", "label"),
    [
        (["a", "y", "b"], "y"),
        (["a", "is_fraud", "b"], "is_fraud"),
        (["default", "poutcome", "subscribed"], "subscribed"),
        (["target", "price", "b"], "target"),
        (["a", "b", "c"], "b"),
    ],
)
def test_the_label_is_known_by_its_name_or_else_the_last_column_with_two_values(header: list[str], label: str) -> None:
    rows = [[str(i), str(i % 2), str(i * 1.5)] for i in range(30)]
    assert proposed(header, rows).data.label == label


def test_without_any_sign_the_label_is_the_last_column() -> None:
    rows = [[str(i * 1.5), str(i * 2.5)] for i in range(30)]
    spec = proposed(["a", "b"], rows)
    assert (spec.data.label, spec.evaluate.problem) == ("b", "regression")


@pytest.mark.parametrize(
    ("values", "problem", "positive"),
    [
        (["yes", "no", "no"], "binary", "yes"),
        (["0", "1", "1"], "binary", "1"),
        (["good", "good", "odd"], "binary", "odd"),
        (["red", "green", "blue"], "multiclass", None),
        (["0", "1", "2"], "multiclass", None),
        (["3", "5", "8"], "regression", None),
        (["1.5", "2.5", "9"], "regression", None),
        (["1", "1", "1"], None, None),
        (["?", "NA", ""], None, None),
    ],
)
def test_the_problem_is_seen_in_the_labels_values(values: list[str], problem: str | None, positive: str | None) -> None:
    spec = proposed(["a", "label"], [[str(i), value] for i, value in enumerate(values * 4)])
    assert (spec.evaluate.problem, spec.data.positive) == (problem, positive)


@pytest.mark.parametrize(
    ("name", "cells", "is_id"),
    [
        ("id", [str(i * 7) for i in range(30)], True),
        ("order_id", [f"A{i}" for i in range(30)], True),
        ("row", [str(i) for i in range(5, 35)], True),
        ("reference", [f"A{i}" for i in range(30)], True),
        ("paid", [str(i % 2) for i in range(30)], False),
        ("amount", [str(i * i) for i in range(30)], False),
        ("carrier_id", [str(i % 5) for i in range(30)], False),
    ],
)
def test_a_column_that_names_rows_is_an_id(name: str, cells: list[str], is_id: bool) -> None:
    rows = [[cell, str(i % 3 * 1.5), "ab"[i % 2]] for i, cell in enumerate(cells)]
    assert proposed([name, "b", "label"], rows).data.id == ((name,) if is_id else ())


@pytest.mark.parametrize(
    ("cells", "parts"),
    [
        (["2024-01-31", "2024/2/1"], ("month", "day_of_week")),
        (["2024-01-31", "2024-02-01 10:30"], ("month", "day_of_week", "hour")),
        ([f"2024-01-{day:02d}T{day % 24:02d}:00:00Z" for day in range(1, 31)], ("month", "day_of_week", "hour")),
        (["2024-01", "2024-02"], ("year", "month")),
        (["31.01.2024", "2024-01-31"], None),
        (["20240131", "20240201"], None),
    ],
)
def test_dates_that_can_be_read_are_learned_from_and_others_are_not(
    cells: list[str], parts: tuple[str, ...] | None
) -> None:
    rows = [[cell, str(i * 1.5), "ab"[i % 2]] for i, cell in enumerate(cells * 2)]
    assert proposed(["when", "b", "label"], rows).data.dates == ({"when": parts} if parts else {})


ODD_NAMES = ["yes", "no", "on", "null", "1e3", "2013", "2013-01-01", "a: b", "# a", "", " ", "&a", "ü", "a\tb"]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_column_with_an_odd_name_is_found_again(name: str) -> None:
    rows = [["a", str(i % 2)] for i in range(20)]
    assert proposed(["x", name], rows).data.label == (name.strip() or 1)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_dates_under_an_odd_name_are_found_again(name: str) -> None:
    rows = [[f"2024-01-{i + 1:02d}", str(i % 2)] for i in range(20)]
    assert list(proposed([name, "label"], rows).data.dates) == [name.strip() or "0"]


def test_columns_of_the_same_name_are_told_apart_by_position() -> None:
    assert proposed(["a", "a"], [["x", str(i % 2)] for i in range(20)]).data.label == 1


def test_very_many_columns_still_make_a_spec_that_can_be_read() -> None:
    header = [f"column_number_{i}" for i in range(5000)] + ["label"]
    text = propose(header, [["2024-01-01"] * 5000 + [str(i % 2)] for i in range(3)], ",")
    assert len(text.encode()) < MAX_BYTES
    assert parse_spec(text.encode()).data.label == "label"


CELLS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["", "NA", "0", "1", "yes", "no", "2024-01-01", "1.5", "-3", "\x85", "\u2028", "\ufeff", "\x7f"]),
)
NAMES = st.one_of(CELLS, st.sampled_from(["id", "label", "Y", "on"]), st.text(string.printable, max_size=6))


@settings(max_examples=80)
@given(
    header=st.one_of(st.none(), st.lists(NAMES, max_size=5)),
    rows=st.lists(st.lists(CELLS, max_size=6), max_size=12),
    delimiter=st.one_of(st.sampled_from([",", ";", "\t", "|", " "]), st.characters()),
)
def test_whatever_the_file_the_guess_is_a_spec(header: list[str] | None, rows: list[list[str]], delimiter: str) -> None:
    assert proposed(header, rows, delimiter).algorithm == "xgboost"
