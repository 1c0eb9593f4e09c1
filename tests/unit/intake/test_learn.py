from typing import Any

import pytest

from tests.unit.intake.helpers import columns_of, data, file, many
from yardmaster.errors import RefusedError, UnknownSchemaError
from yardmaster.intake.columns import Column, Columns, Role
from yardmaster.intake.learn import learn

LABELS = "0\n1\n" * 30


def with_column(values: list[str], name: str = "x") -> str:
    """Return a CSV with one column of these values, again and again, and a label."""
    rows = [f'"{values[n % len(values)]}",{n % 2}' for n in range(max(60, len(values)))]
    return "\n".join((f'"{name}",y', *rows)) + "\n"


def test_numbers_texts_ids_and_dropped_columns_get_their_roles() -> None:
    text = "id,x,colour,note,y\n" + "".join(f"k{n},{n},{('red', 'blue')[n % 2]},free {n},{n % 2}\n" for n in range(60))
    columns = columns_of(text, id="id", drop=["note"])
    assert [column.role for column in columns.columns] == [
        Role.ID,
        Role.NUMERIC,
        Role.CATEGORICAL,
        Role.DROP,
        Role.LABEL,
    ]
    assert columns.columns[2].levels == ("blue", "red")
    assert columns.features == ("x", "colour=blue", "colour=red")


def test_columns_json_comes_back_as_it_was() -> None:
    columns = columns_of(with_column(["é", "b"]), missing="drop_rows")
    again = Columns.from_json(columns.to_json())
    assert (again, again.digest) == (columns, columns.digest)


def test_columns_json_of_a_newer_yardmaster_is_left_alone() -> None:
    with pytest.raises(UnknownSchemaError):
        Columns.from_json('{"schema": 99}')


def test_numeric_codes_become_categories_if_the_spec_says_so() -> None:
    columns = columns_of(with_column(["1", "2", "10"]), categorical=["x"])
    assert columns.columns[0] == Column("x", Role.CATEGORICAL, ("1", "10", "2"))


def test_texts_beside_listed_categories_are_still_found() -> None:
    text = "a,b,y\n" + "".join(f"{n % 3},t{n % 2},{n % 2}\n" for n in range(40))
    assert [column.role for column in columns_of(text, categorical=["a"]).columns[:2]] == [Role.CATEGORICAL] * 2


def test_missing_values_make_no_level() -> None:
    assert columns_of(with_column(["a", "NA", "", "?", "b"])).columns[0].levels == ("a", "b")


def test_fifty_levels_are_a_category_and_one_more_is_not() -> None:
    assert len(columns_of(with_column([f"v{n}" for n in range(50)])).columns[0].levels) == 50
    with pytest.raises(RefusedError, match=r"more than 50 different values"):
        columns_of(with_column([f"v{n}" for n in range(51)]))


def test_all_columns_that_can_not_be_used_are_told_at_once_with_what_to_write() -> None:
    text = "a,b,c,y\n" + "".join(f"SECRET{n},1,{n}-SECRET,{n % 2}\n" for n in range(60))
    with pytest.raises(RefusedError) as found:
        columns_of(text)
    assert 'data.drop: ["a", "c"]' in str(found.value)
    assert "SECRET" not in str(found.value)


def test_a_number_column_with_text_far_down_is_told_with_its_line() -> None:
    text = "x,y\n" + "".join(f"{n},{n % 2}\n" for n in range(60_000)) + "oops,1\n"
    with pytest.raises(RefusedError, match=r"text instead of a number in jan.csv, line 60,002"):
        columns_of(text)


@pytest.mark.parametrize("value", ["1,234", "2024-01-31", "12%", "1_000"])
def test_the_kind_of_text_is_told(value: str) -> None:
    values = [value, *(str(n) for n in range(60))]
    with pytest.raises(RefusedError, match=r"column 'x' has more than 50 .* \(.*\) instead of a number"):
        columns_of(with_column(values))


@pytest.mark.parametrize("values", [["2024-01-30", "2024-01-31"], ["1,5", "2", ""], ["€5", "€10"], ["1", "inf"]])
def test_few_dates_or_numbers_in_another_notation_are_no_category_of_themselves(values: list[str]) -> None:
    with pytest.raises(RefusedError, match=r"column 'x' has an? .* \(.*\) instead of a number.*data.drop: \[\"x\"\]"):
        columns_of(with_column(values))
    assert columns_of(with_column(values), categorical=["x"]).columns[0].role is Role.CATEGORICAL


@pytest.mark.parametrize("values", [["1", "2", "3+"], ["2024-01-30", "never"], ["-", "1.5"]])
def test_a_few_texts_among_numbers_or_dates_are_a_category(values: list[str]) -> None:
    assert columns_of(with_column(values)).columns[0].role is Role.CATEGORICAL


def test_of_very_many_columns_that_can_not_be_used_a_message_tells_only_some() -> None:
    names = [f"column-{n}-{'x' * 50}" for n in range(1000)]
    rows = [",".join([*(f"t{n}{c}" for c in range(1000)), str(n % 2)]) for n in range(60)]
    with pytest.raises(RefusedError, match=r"and 970 more columns\. Mend") as found:
        columns_of("\n".join((",".join([*names, "y"]), *rows)) + "\n")
    assert len(str(found.value)) < 10_000


def test_a_column_without_a_name_must_be_dropped() -> None:
    text = ",x,y\n" + "".join(f"{n},{n},{n % 2}\n" for n in range(60))
    with pytest.raises(RefusedError, match=r"'column_0' has no name.*data.drop: \[0\]"):
        columns_of(text)
    assert columns_of(text, drop=[0]).features == ("x",)


def test_an_empty_column_without_a_name_is_left_out() -> None:
    text = "x,y,\n" + "".join(f"{n},{n % 2},\n" for n in range(60))
    assert columns_of(text).columns[2].role is Role.DROP


@pytest.mark.parametrize(
    ("header", "keys", "words"),
    [
        ("x,x,y", {}, "'x' more than once"),
        ("a,b,z", {}, r"data.label: the file has no column 'y'; the header has 'a', 'b', 'z'"),
        ("a,b,Y", {}, r"data.label: the file has no column 'y'; did you mean 'Y'\? the header has 'a', 'b', 'Y'"),
        ("amount,b,y", {"drop": ["amuont"]}, r"no column 'amuont'; did you mean 'amount'\?"),
        ("a,b,y", {"drop": ["c"]}, "data.drop: the file has no column 'c'"),
        ("a,b,y", {"id": "c"}, "data.id: the file has no column 'c'"),
        ("a,b,y", {"drop": [3]}, "data.drop: 3 is no column's position"),
        ("a,b,y", {"categorical": ["c"]}, "data.categorical: the file has no column"),
        ("a,b,y", {"drop": ["y"]}, "'y' is named for something else too"),
        ("a,b,y", {"drop": ["a"], "id": "b"}, "no column is left to learn from"),
        ("a,b,y", {"label": None}, "data.label is required"),
    ],
)
def test_a_header_that_does_not_fit_the_spec_is_refused(header: str, keys: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        columns_of(many(header, row="{n},{n},{label}"), **keys)


def test_a_label_by_name_needs_a_header_and_no_cell_of_line_1_is_told() -> None:
    with pytest.raises(RefusedError) as found:
        columns_of(many("", row="77{n},{label}"))
    assert "line 1 seems to hold data" in str(found.value)
    assert "77" not in str(found.value)


@pytest.mark.parametrize("header", ["", "x,y"])
def test_a_label_by_position_works_with_and_without_a_header(header: str) -> None:
    columns = columns_of(many(header), label=1)
    assert columns.header == bool(header)
    assert columns.label == ("y" if header else "column_1")


def test_names_that_look_like_numbers_are_a_header_if_the_spec_says_so() -> None:
    assert columns_of(many("2019,y"), header=True).features == ("2019",)


@pytest.mark.parametrize(
    ("labels", "problem", "positive", "classes"),
    [
        (["0", "1"], "binary", None, ("0", "1")),
        (["1.0", "0"], "binary", None, ("0", "1")),
        (["1", "2"], "binary", "1", ("2", "1")),
        (["-1", "1"], None, None, ("-1", "1")),
        (["no", "yes"], None, None, ("no", "yes")),
        (["False", "True"], None, None, ("False", "True")),
        (["good", "bad"], None, "bad", ("good", "bad")),
        (["b", "a", "c"], None, None, ("a", "b", "c")),
        (["a", "A", "b"], "multiclass", None, ("A", "a", "b")),
        (["2", "10", "0"], "multiclass", None, ("0", "2", "10")),
        (["0", "1", "2"], None, None, ("0", "1", "2")),
        (["1.5", "2", "3"], None, None, ()),
        (["1", "2"], "regression", None, ()),
    ],
)
def test_the_label_has_its_classes(
    labels: list[str], problem: str | None, positive: str | None, classes: tuple[str, ...]
) -> None:
    text = "x,y\n" + "".join(f"{n},{labels[n % len(labels)]}\n" for n in range(60))
    assert columns_of(text, problem, positive=positive).classes == classes


@pytest.mark.parametrize(
    ("labels", "problem", "positive", "words"),
    [
        (["a", "b"], None, None, "write into data.positive"),
        (["a", "b"], "binary", "c", "data.positive is 'c', which is none of its two"),
        (["True", "False"], "binary", "true", "none of its two classes; one differs only in upper and lower case"),
        (["a", "b", "c"], "binary", None, "3 classes, and binary needs two: is it multiclass"),
        (["yes", "Yes", "no"], "binary", "yes", "3 classes, and binary needs two: some differ only in upper and lower"),
        (["yes", "Yes", "no"], None, None, "3 classes are the same but for upper and lower case"),
        ([f"t{n}" for n in range(101)], None, None, "more than 100 classes: is it the right column"),
        (["a", "1"], "regression", None, "a regression predicts numbers"),
        (["1", "2"], "none", None, "evaluate.problem is none, which has no label"),
        (["1", "2"], "clustering", None, "evaluate.problem is clustering, which has no label"),
        (["1", "1"], "binary", None, "one value only"),
        ([str(n) for n in range(101)], "multiclass", None, "more than 100 classes"),
        (["0", ""], "binary", None, "line 3, column 'y': the label is missing"),
        (["0", "NA"], "regression", None, "line 3, column 'y': the label is missing"),
    ],
)
def test_a_label_that_can_not_be_used_is_refused(
    labels: list[str], problem: str | None, positive: str | None, words: str
) -> None:
    text = "x,y\n" + "".join(f"{n},{labels[n % len(labels)]}\n" for n in range(202))
    with pytest.raises(RefusedError, match=words):
        columns_of(text, problem, positive=positive)


def test_a_folder_is_learned_as_one_and_empty_parts_are_passed_over() -> None:
    parts = [file("", "p0"), file("x,c,y\n1,a,0\n", "p1"), file("c,y,x\nb,1,2\n", "p2")]
    columns = learn(parts, data())
    assert columns.names == ("x", "c", "y")
    assert columns.columns[1].levels == ("a", "b")


def test_parts_with_different_columns_are_refused() -> None:
    with pytest.raises(RefusedError, match=r"p2: the columns differ from p1's: added: 'z'; missing: 'x'"):
        learn([file("x,y\n1,0\n", "p1"), file("z,y\n1,0\n", "p2")], data())


@pytest.mark.parametrize("text", ["", "\n\n", "x,y\n"])
def test_a_drop_without_rows_is_refused(text: str) -> None:
    with pytest.raises(RefusedError, match="no rows"):
        columns_of(text)
