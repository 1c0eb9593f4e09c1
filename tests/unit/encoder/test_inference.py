"""The encoder in service against the intake: the same rows for the model, and the same refusals."""

import ast
import csv
import io
import json
import random
import sys
from pathlib import Path
from typing import Any

import flask
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.intake.helpers import file
from yardmaster.encoder import inference
from yardmaster.errors import RefusedError
from yardmaster.intake import cells as intake_cells
from yardmaster.intake.columns import Column, Columns, Problem, Role
from yardmaster.intake.encode import Encoder
from yardmaster.intake.source import Meter
from yardmaster.intake.table import open_table

LEVELS = ("no", "yes", 'it\'s; a, "long" | one', "é", "two\nlines", "1", "none")
PARTS = ("month", "day_of_week", "hour", "days", "week")
COLUMNS = Columns(
    (
        Column("id", Role.ID),
        Column("age", Role.NUMERIC),
        Column("job, or none", Role.CATEGORICAL, tuple(sorted(LEVELS))),
        Column("y", Role.LABEL),
        Column("note", Role.DROP),
        Column("signup", Role.DATE, parts=PARTS),
        Column("size", Role.NUMERIC),
    ),
    Problem.BINARY,
    ("0", "1"),
    header=True,
)
NAMES = COLUMNS.names
LABEL = NAMES.index("y")
GOOD = ["1", "5", "yes", "0", "x", "2024-01-31 10:00", "2.5"]
Rows = list[list[str]]

SPACED = st.sampled_from(["", "", "", " ", "\t", "  "])
MISSING = st.sampled_from(sorted(cell.decode() for cell in intake_cells.MISSING))
NUMBERS = st.one_of(
    st.integers(-999, 999).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(["+1", ".5", "-.5", "7.", "1E-05", "2.5e+3", "-0", "007", "9" * 300, "1e308"]),
    MISSING,
)
DATES = st.one_of(
    st.datetimes().map(lambda at: f"{at:%Y-%m-%d}".rjust(10, "0")),
    st.datetimes().map(lambda at: at.isoformat().rjust(19, "0")),
    st.dates().map(lambda at: f"{at.year:04}/{at.month}/{at.day}"),
    st.sampled_from(["2024-02", "2024-02-29T23:59:60Z", "2024-12-30 00:00:00.5+02:00", "1969-12-31"]),
    MISSING,
)
TEXTS = st.one_of(st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=6), MISSING)
KINDS = {
    "age": NUMBERS,
    "size": NUMBERS,
    "job, or none": st.one_of(st.sampled_from(LEVELS), TEXTS),
    "y": st.sampled_from(["0", "1", "1.0", " 0"]),
    "signup": DATES,
    "note": TEXTS,
    "id": TEXTS,
}
WRONG = st.sampled_from(
    ["SECRET", "1,5", "1_000", "inf", "1e999", "0x1F", "2023-02-29", "31.01.2024", "2024-1-1 9:00", "١"]
)


def written(rows: Rows, delimiter: str = ",", ends: str = "\n", quoting: Any = csv.QUOTE_MINIMAL) -> str:
    """Return rows as a CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=quoting).writerows(rows)
    return text.getvalue().replace("\n", ends)


def by_intake(rows: Rows, columns: Columns = COLUMNS) -> list[str]:
    """Return the features of rows as the channels have them."""
    text = written([list(columns.names), *rows])
    table = open_table(file(text), Meter([]), delimiter=",", header=True)
    assert table is not None
    encoded = [row for part in Encoder(columns).encode(table) for row in part.rows]
    return [row.decode().partition(",")[2] for row in encoded]


def answer(body: str | bytes, content_type: str = "text/csv", columns: Columns = COLUMNS) -> str:
    """Return what the next container gets, or raise what the caller gets."""
    model = inference.Encoder(json.loads(columns.to_json()))
    found = inference.output_fn(inference.predict_fn(inference.input_fn(body, content_type), model), "application/json")
    if isinstance(found, inference.RefusedError):
        raise found
    assert found[1] == "text/csv"
    return found[0]


def without(rows: Rows, *places: int) -> Rows:
    """Return rows without some of their cells."""
    return [[cell for at, cell in enumerate(row) if at not in places] for row in rows]


@st.composite
def tables(draw: st.DrawFn, *, wrong: bool = False) -> Rows:
    """Draw rows for COLUMNS; the last may have a wrong cell."""
    row = st.tuples(*(st.tuples(SPACED, KINDS[name], SPACED).map("".join) for name in NAMES)).map(list)
    rows = draw(st.lists(row, min_size=1, max_size=3))
    if wrong:
        rows.append([*GOOD])
        rows[-1][draw(st.sampled_from([1, 5, 6]))] = draw(WRONG)
    return rows


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    tables(),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.permutations(range(len(NAMES))),
    st.booleans(),
)
def test_whatever_a_request_looks_like_its_rows_are_the_intakes(
    rows: Rows, delimiter: str, ends: str, quoting: Any, order: list[int], labelled: bool
) -> None:
    expected = "\n".join(by_intake(rows))
    kept = [at for at in order if labelled or at != LABEL]
    with_header = [[line[at] for at in kept] for line in ([*NAMES], *rows)]
    assert answer(written(with_header, delimiter, ends, quoting)) == expected
    plain = rows if labelled else without(rows, LABEL)
    set_by_spec = inference.Encoder(json.loads(COLUMNS.to_json()), delimiter)
    assert set_by_spec.encode(written(plain, delimiter, ends, quoting), "text/csv") == expected
    objects = [{NAMES[at]: row[at] for at in kept} for row in rows]
    assert answer(json.dumps({"instances": objects}), "application/json") == expected
    assert answer("\n".join(map(json.dumps, objects)), "application/jsonlines") == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(wrong=True))
def test_what_the_intake_refuses_is_refused_with_its_row_and_column_and_without_its_value(rows: Rows) -> None:
    with pytest.raises(RefusedError) as by_the_intake:
        by_intake(rows)
    column = str(by_the_intake.value).partition("column '")[2].partition("'")[0]
    for body, content_type in (
        (written(rows), "text/csv"),
        (json.dumps([dict(zip(NAMES, row, strict=True)) for row in rows]), "application/json"),
    ):
        with pytest.raises(inference.RefusedError) as refused:
            answer(body, content_type)
        assert refused.value.status == 400
        assert str(refused.value).startswith(f"row {len(rows)}, column '{column}': ")
        assert rows[-1][NAMES.index(column)] not in str(refused.value)


def test_thousands_of_rows_in_one_request_are_the_intakes() -> None:
    draw = random.Random(7)
    pools = {
        "id": [str(n) for n in range(50)],
        "age": ["33", "-1.5", "", "NA", "1e3", " 7 "],
        "job, or none": [*LEVELS, "unheard of", ""],
        "y": ["0", "1"],
        "note": ["a;b", "", "c"],
        "signup": ["2024-01-31", "2023/7/4", "2020-02-29T12:30:00Z", "", "1999-12", "2026-01-01 00:00"],
        "size": ["0", "1", "2.50"],
    }
    rows = [[draw.choice(pools[name]) for name in NAMES] for _ in range(5000)]
    assert answer(written([[*NAMES], *rows], ";", "\r\n")).split("\n") == by_intake(rows)


def test_missing_values_are_spelled_as_the_intake_spells_them() -> None:
    assert {cell.encode() for cell in inference._MISSING} == intake_cells.MISSING


@pytest.mark.parametrize("missing", ["drop_rows", "refuse"])
@pytest.mark.parametrize("column", ["age", "job, or none", "signup"])
def test_a_model_that_learned_from_whole_rows_gets_no_others(missing: Any, column: str) -> None:
    columns = Columns(COLUMNS.columns, COLUMNS.problem, COLUMNS.classes, header=True, missing=missing)
    row = [*GOOD]
    assert answer(written([row]), columns=columns) == ",".join(by_intake([row], columns))
    row[NAMES.index(column)] = "?"
    with pytest.raises(inference.RefusedError, match=r"row 1, column '.*': a value is missing"):
        answer(written([row]), columns=columns)


def test_a_date_without_an_hour_that_is_learned_is_not_whole() -> None:
    columns = Columns(COLUMNS.columns, COLUMNS.problem, COLUMNS.classes, header=True, missing="refuse")
    with pytest.raises(inference.RefusedError, match="row 1, column 'signup': a value is missing"):
        answer("1,5,yes,0,,2024-01-31,2\n", columns=columns)


SMALL = Columns(
    (Column("a", Role.NUMERIC), Column("c", Role.CATEGORICAL, ("u", "v")), Column("y", Role.LABEL)),
    Problem.REGRESSION,
    (),
    header=True,
)


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ("1,u,5", "1,1,0"),
        ("1,u", "1,1,0"),
        ("1,v\n2,u\n", "1,0,1\n2,1,0"),
        ("1,v,5\n2,u\n", "1,0,1\n2,1,0"),
        ("\ufeff1,v", "1,0,1"),
        ("\n1,v\n\n \n2,u\n", "1,0,1\n2,1,0"),
        ("1;u", "1,1,0"),
        ("1\tu\t5", "1,1,0"),
        ("1|u", "1,1,0"),
        ('1, "u"', "1,1,0"),
        ("a;c\n1;u", "1,1,0"),
        ("c,a\nu,1", "1,1,0"),
        ("y,c,a\n9,u,1", "1,1,0"),
        (" a , c \n1,u", "1,1,0"),
        (",", ",0,0"),
        (",w", ",0,0"),
        (b"1,u", "1,1,0"),
        (b"\xef\xbb\xbf1,u", "1,1,0"),
    ],
)
def test_a_row_may_be_written_in_many_ways(body: str | bytes, rows: str) -> None:
    assert answer(body, columns=SMALL) == rows


@pytest.mark.parametrize("content_type", ["text/csv", "text/csv; charset=utf-8", "TEXT/CSV"])
def test_the_content_type_may_have_parameters(content_type: str) -> None:
    assert answer(b"1,u", content_type, SMALL) == "1,1,0"


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ('{"a": 1.50, "c": "u"}', "1.50,1,0"),
        ('[{"a": null, "c": null}, {"c": "v", "a": "2", "y": 7}]', ",0,0\n2,0,1"),
        ('{"instances": [{"a": -1e3, "c": "u"}]}', "-1e3,1,0"),
        ('{"a": NaN, "c": " u "}', ",1,0"),
        ('\ufeff{"a": 1, "c": "u"}', "1,1,0"),
    ],
)
def test_rows_may_be_json_by_name_with_numbers_as_they_are_written(body: str, rows: str) -> None:
    assert answer(body, "application/json", SMALL) == rows


def test_a_column_may_be_called_instances() -> None:
    columns = Columns((Column("instances", Role.NUMERIC), Column("y", Role.LABEL)), Problem.REGRESSION, (), header=True)
    assert answer('{"instances": 3}', "application/json", columns) == "3"


def test_the_only_feature_may_be_missing_and_its_row_is_no_blank_line() -> None:
    columns = Columns((Column("a", Role.NUMERIC), Column("y", Role.LABEL)), Problem.REGRESSION, (), header=True)
    assert answer("1\nNA\n", columns=columns) == "1\nnan"


def test_files_without_a_header_have_none_in_requests_either() -> None:
    both = (Column("column_0", Role.CATEGORICAL, ("u",)), Column("column_1", Role.LABEL))
    columns = Columns(both, Problem.REGRESSION, (), header=False)
    assert answer(",\nu,1\n", columns=columns) == "0\n1"
    assert answer('{"column_0": "u"}', "application/json", columns) == "1"


def test_a_column_without_a_name_is_found_in_a_header() -> None:
    columns = Columns((Column("column_0", Role.DROP), *SMALL.columns), Problem.REGRESSION, (), header=True)
    assert answer(",a,c,y\n7,1,u,5\n", columns=columns) == "1,1,0"


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        ("", "text/csv", "there is no row"),
        ("\n \n", "text/csv", "there is no row"),
        ("a,c\n", "text/csv", "there is no row"),
        ("[]", "application/json", "there is no row"),
        ("1,u,5,6", "text/csv", "row 1: 4 cells instead of 3 or, without the label, 2"),
        ("1,u\n77\n", "text/csv", "row 2: 1 cells instead of 3 or, without the label, 2"),
        ("a,c\n1,u\n77\n", "text/csv", "row 2: 1 cells, and the header has 2"),
        ("a,y\n1,5\n", "text/csv", "the header lacks 'c'"),
        ("a,c,z\n1,u,5\n", "text/csv", "the header has 1 names that are no columns of the first release"),
        ("a,c,c\n1,u,5\n", "text/csv", "the header has a name twice"),
        ('1,"u\n', "text/csv", "record 1 can't be read for its quotes"),
        ('1,u\n1,"u"x\n', "text/csv", "record 2 can't be read for its quotes"),
        ("1,\0u\n", "text/csv", "there is a NUL byte"),
        (b"1,\xff\n", "text/csv", "this is not UTF-8"),
        ("77x,u\n", "text/csv", "row 1, column 'a': not a finite decimal number"),
        ("{", "application/json", "this is not JSON"),
        ("[" * 100_000, "application/json", "this is not JSON"),
        ('{"a": 1}', "application/json", "row 1: 'c' not there (null for what is missing)"),
        ('[{"a": 1, "c": "u", "77": 1}]', "application/json", "row 1: 1 of its names are no columns"),
        ('[{"a": 1, "a": 2, "c": "u"}]', "application/json", "an object has a name twice"),
        ('[{"a": 1, "c": true}]', "application/json", "row 1, column 'c': a text, a number or null, please"),
        ('[{"a": [77], "c": "u"}]', "application/json", "row 1, column 'a': a text, a number or null, please"),
        ('[{"a": Infinity, "c": "u"}]', "application/json", "row 1, column 'a': not a finite decimal number"),
        ("[[77, 2]]", "application/json", "row 1: not an object with the columns' names"),
        ("77", "application/json", "row 1: not an object with the columns' names"),
    ],
)
def test_a_request_that_can_not_be_used_is_refused_in_words(body: str | bytes, content_type: str, message: str) -> None:
    with pytest.raises(inference.RefusedError) as refused:
        answer(body, content_type, SMALL)
    assert str(refused.value).startswith(message)
    assert "77" not in str(refused.value)
    assert refused.value.status == 400


@pytest.mark.parametrize("content_type", ["application/x-npy", "", "text/plain"])
def test_other_content_types_are_not_supported(content_type: str) -> None:
    with pytest.raises(inference.RefusedError, match="text/csv") as refused:
        answer("1,u", content_type, SMALL)
    assert refused.value.status == 415


def test_flask_which_the_image_runs_makes_an_answer_of_a_refusal() -> None:
    app = flask.Flask("image")
    model = inference.Encoder(json.loads(SMALL.to_json()))

    @app.post("/invocations")
    def invocations() -> Any:
        request = inference.input_fn(flask.request.get_data(), flask.request.headers["Content-Type"])
        return inference.output_fn(inference.predict_fn(request, model), "application/json")

    found = app.test_client().post("/invocations", data="é,u".encode(), content_type="text/csv")
    assert (found.status_code, found.mimetype) == (400, "text/plain")
    assert found.text == "row 1, column 'a': not a finite decimal number (empty, if it is missing)"


def test_the_model_is_read_from_its_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "columns.json").write_text(SMALL.to_json(), encoding="utf-8")
    monkeypatch.setenv("YARDMASTER_DELIMITER", "/")
    assert inference.model_fn(str(tmp_path)).encode("1/u", "text/csv") == "1,1,0"


def test_the_file_needs_the_standard_library_alone_and_python_3_8() -> None:
    tree = ast.parse(Path(inference.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))
    modules = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    modules |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules
    assert {module.partition(".")[0] for module in modules} <= sys.stdlib_module_names
