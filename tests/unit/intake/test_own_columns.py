import json
from dataclasses import replace
from typing import Any

import pytest

from yardmaster.errors import RefusedError
from yardmaster.intake.columns import Column, Columns, Role
from yardmaster.intake.own_columns import MAX_BYTES, difference, fit, read
from yardmaster.records import Problem

LABEL = Column("churned", Role.LABEL)
AGE, INCOME = Column("age", Role.NUMERIC), Column("income", Role.NUMERIC)
COLOUR = Column("colour", Role.CATEGORICAL, ("blue", "green", "red"))
ROWS = Columns((LABEL, AGE, INCOME, COLOUR), Problem.BINARY, ("no", "yes"), header=True)


def of(*columns: Column) -> Columns:
    return replace(ROWS, columns=(LABEL, *columns))


@pytest.mark.parametrize(
    ("columns", "positions", "said"),
    [
        ((AGE, INCOME, COLOUR), (0, 1, 2, 3, 4), ""),
        ((INCOME, AGE, COLOUR), (1, 0, 2, 3, 4), "moved: 'income', 'age'"),
        ((AGE, COLOUR), (0, 2, 3, 4), "missing: 'income'"),
        ((COLOUR, AGE), (2, 3, 4, 0), "missing: 'income'; moved: 'colour', 'age'"),
        ((AGE, INCOME, replace(COLOUR, levels=("red", "blue"))), (0, 1, 4, 2), None),
    ],
)
def test_features_are_found_by_name_wherever_they_stand(
    columns: tuple[Column, ...], positions: tuple[int, ...], said: str | None
) -> None:
    found = fit(of(*columns), ROWS)

    assert found.positions == positions
    if said is not None:
        assert found.difference == said


def test_columns_that_are_no_features_do_not_matter() -> None:
    with_more = of(Column("customer", Role.ID), AGE, Column("note", Role.DROP), INCOME, COLOUR)

    assert fit(with_more, ROWS).difference == ""
    assert fit(ROWS, with_more).positions == (0, 1, 2, 3, 4)


def test_levels_are_counted_and_never_told() -> None:
    purple = of(AGE, INCOME, replace(COLOUR, levels=("blue", "purple", "red")))

    with pytest.raises(RefusedError) as refused:
        fit(purple, ROWS)

    assert "added: 'colour' (1 of 3 levels); missing: 'colour' (1 of 3 levels)" in str(refused.value)
    assert "purple" not in str(refused.value)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (of(AGE, Column("height", Role.NUMERIC)), "added: 'height'; missing: 'income', 'colour'"),
        (of(AGE, INCOME, Column("colour", Role.NUMERIC)), "added: 'colour'"),
        (replace(ROWS, problem=Problem.REGRESSION, classes=()), "its problem is regression"),
        (replace(ROWS, classes=("yes", "no")), "its classes are in another order: 2 here"),
        (replace(ROWS, classes=("no", "maybe", "yes")), "its classes are not the same: 3 here, 2 of the live release"),
        (replace(ROWS, columns=(replace(LABEL, name="left"), AGE, INCOME, COLOUR)), "its label is 'left'"),
    ],
)
def test_what_the_rows_can_t_give_is_refused_with_the_difference(model: Columns, words: str) -> None:
    with pytest.raises(RefusedError) as refused:
        fit(model, ROWS)

    assert words in str(refused.value)


def test_a_difference_names_what_was_added_what_is_missing_and_what_moved() -> None:
    model = of(INCOME, AGE, Column("height", Role.NUMERIC))

    said = difference(model, ROWS)

    assert said.startswith("added: 'height'; missing: 'colour'; moved: ")
    assert "'age'" in said
    assert "'income'" in said


def test_a_columns_json_of_a_release_is_read() -> None:
    assert read(ROWS.to_json().encode(), "columns.json") == ROWS


def record(**changes: Any) -> bytes:
    return json.dumps({**json.loads(ROWS.to_json()), **changes}).encode()


COLUMNS = json.loads(ROWS.to_json())["columns"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "is no columns.json"),
        (b"\xff\xfe", "is no columns.json"),
        (b"[1, 2]", "is no columns.json"),
        (b"{}", "lacks the key 'schema'"),
        (record(columns=None), "is no columns.json"),
        (record(columns=["age"]), "is no columns.json"),
        (record(columns=[{"name": "age"}]), "lacks the key 'role'"),
        (record(columns=[{"name": "age", "role": "target"}]), "is no columns.json"),
        (record(problem="ranking"), "is no columns.json"),
        (record(schema=99), "schema 99"),
        (record(columns=COLUMNS[1:]), "one column has the role label, and here 0 have"),
        (record(columns=[*COLUMNS, COLUMNS[1]]), "a column is there twice"),
        (record(columns=COLUMNS[:1]), "there is no feature"),
        (record(columns=[*COLUMNS, {"name": 7, "role": "numeric"}]), "names, classes and levels are texts"),
        (b" " * (MAX_BYTES + 1), "more than 4 MiB"),
    ],
)
def test_what_is_no_columns_json_is_refused_in_words(raw: bytes, words: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read(raw, "churn/artifacts/columns.json")

    assert str(refused.value).startswith("churn/artifacts/columns.json")
    assert words in str(refused.value)
