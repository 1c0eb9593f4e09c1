import pytest

from yardmaster.spec.digest import data_digest
from yardmaster.spec.parse import parse_spec


def digest(data: str, rest: str = "") -> str:
    return data_digest(parse_spec(f"algorithm: xgboost\ndata: {{label: y{data}}}\n{rest}".encode()))


@pytest.mark.parametrize(
    ("data", "rest"),
    [
        (", positive: a", ""),
        (", id: a", ""),
        (", drop: a", ""),
        (", categorical: [a]", ""),
        (", categorical: []", ""),
        (", missing: refuse", ""),
        (", header: true", ""),
        (", dates: {a: [month]}", ""),
        ("", "evaluate: {problem: regression}"),
        ("", "train: {hyperparameters: {objective: binary:logistic}}"),
    ],
)
def test_what_changes_the_columns_changes_the_digest(data: str, rest: str) -> None:
    assert digest(data, rest) != digest("")


@pytest.mark.parametrize(
    ("data", "rest"),
    [
        (", split: {train: 0.8, validation: 0.1, test: 0.1}", ""),
        (", delimiter: ';'", ""),
        ("", "train: {max_run: 2h, hyperparameters: {eta: 0.1}}"),
        ("", "deploy: none"),
    ],
)
def test_what_does_not_change_the_columns_leaves_the_digest(data: str, rest: str) -> None:
    assert digest(data, rest) == digest("")


def test_the_order_of_listed_columns_does_not_matter() -> None:
    assert digest(", drop: [a, b, 3]") == digest(", drop: [3, b, a]")


def test_the_order_of_a_dates_parts_matters_and_that_of_the_dates_does_not() -> None:
    assert digest(", dates: {a: [month, week], b: [day]}") == digest(", dates: {b: [day], a: [month, week]}")
    assert digest(", dates: {a: [month, week]}") != digest(", dates: {a: [week, month]}")


def test_a_column_is_not_the_position_of_the_same_digits() -> None:
    assert digest(", drop: ['3']") != digest(", drop: [3]")


def test_the_digest_is_the_same_on_every_machine() -> None:
    assert digest("") == "09c7246c6ba17dc96cf501dec1115ae9f50934552606b600aac67597ab014050"
