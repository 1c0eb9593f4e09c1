"""Columns of dates: how they are read, what becomes of them, and what is refused."""

from datetime import date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.intake.helpers import Sinks, columns_of, file, split_text
from yardmaster.errors import RefusedError
from yardmaster.intake.cells import BadCellError
from yardmaster.intake.columns import Column, Columns, Role
from yardmaster.intake.dates import Dates
from yardmaster.intake.split import SplitPlan, split
from yardmaster.spec.data import DatePart

PARTS: tuple[str, ...] = get_args(DatePart)


def code(cell: str, *parts: str) -> str:
    """Return what becomes of one cell."""
    return Dates(parts or PARTS).encode([cell.encode()])[0].decode()


def with_dates(cells: list[str], header: str = "x,when,y", rows: int = 60) -> str:
    """Return a CSV with numbers, a column of these dates again and again, and a label."""
    lines = (f"{n},{cells[n % len(cells)]},{n % 2}" for n in range(rows))
    return "\n".join(([header] if header else []) + [*lines]) + "\n"


@given(st.datetimes(min_value=datetime.fromisoformat("1000-01-01")))
def test_each_part_is_what_the_calendar_says(moment: datetime) -> None:
    day = moment.date()
    expected = {
        "year": day.year,
        "quarter": {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 3}.get(day.month, 4),
        "month": day.month,
        "day": day.day,
        "day_of_week": int(f"{day:%u}") - 1,
        "day_of_year": (day - date(day.year, 1, 1)).days + 1,
        "week": int(f"{day:%V}"),
        "hour": moment.hour,
        "minute": moment.minute,
        "days": (day - date(1970, 1, 1)).days,
    }
    assert code(f"{moment:%Y-%m-%dT%H:%M:%S}") == ",".join(str(expected[part]) for part in PARTS)


@pytest.mark.parametrize(
    "cell",
    [
        "2024-01-08 09:05",
        "2024-01-08T09:05",
        "2024-01-08 09:05:59",
        "2024-01-08T09:05:07.123456",
        "2024-01-08T09:05:07,5Z",
        "2024-01-08T09:05:07Z",
        "2024-01-08T09:05:07+02:00",
        "2024-01-08 09:05:07 +0530",
        "2024-01-08 09:05-08",
        "2024/01/08 09:05",
        "2024/1/8 09:05",
        "  2024-01-08 09:05\t",
    ],
)
def test_a_date_has_many_spellings_and_is_taken_as_it_is_written(cell: str) -> None:
    assert code(cell, "year", "month", "day", "day_of_week", "hour", "minute") == "2024,1,8,0,9,5"


def test_what_a_date_does_not_say_is_missing() -> None:
    assert code("2024-05-31", "hour", "day", "minute") == ",31,"
    assert code("2024-05") == "2024,2,5,,,,,,,"


@pytest.mark.parametrize("cell", ["", " ", "NA", "null", "?", " NaN "])
def test_a_missing_date_has_no_parts(cell: str) -> None:
    assert code(cell, "month", "hour", "days") == ",,"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("31.01.2024", "text, or a date that does not begin with its year, instead of a date (write 2024-01-31"),
        ("01/31/2024", "text, or a date that does not begin with its year, instead of a date"),
        ("never", "instead of a date"),
        ("20240131", "a number instead of a date"),
        ("1706659200", "a number instead of a date"),
        ("2024", "a number instead of a date"),
        ("2023-02-29", "in no calendar"),
        ("2024-13", "in no calendar"),
        ("2024-00-01", "in no calendar"),
        ("0000-01-01", "in no calendar"),
        ("2024-01/31", "instead of a date"),
        ("2024-01-31 24:00", "instead of a date"),
        ("2024-01-31 9:05", "instead of a date"),
        ("2024-01-31 09:60", "instead of a date"),
        ("2024-01-31T", "instead of a date"),
        ("2024-01T10:00", "instead of a date"),
        ("2024-01-31 09:05 pm", "instead of a date"),
        ("٢٠٢٤-٠١-٣١", "instead of a date"),
        ("-2024-01-31", "instead of a date"),
    ],
)
def test_another_spelling_or_an_impossible_date_is_refused_without_its_value(cell: str, words: str) -> None:
    with pytest.raises(BadCellError) as refused:
        Dates(["month"]).encode([b"2024-01-31", b"", f" {cell}".encode(), b"nonsense"])
    assert words in str(refused.value)
    assert refused.value.index == 2
    assert cell not in str(refused.value).replace("2024-01-31, or 2024-01-31 13:45", "")


def test_more_different_dates_than_are_remembered_are_still_right() -> None:
    cells = [f"{date(1970, 1, 1) + timedelta(days=n)}".encode() for n in range(12_000)]
    dates = Dates(["days"])
    assert dates.encode(cells + cells) == [b"%d" % n for n in range(12_000)] * 2
    assert len(dates) < len(cells)


def test_a_column_of_dates_becomes_features_in_its_place() -> None:
    text = with_dates(["2024-01-31", "2024-02-01"])
    columns = columns_of(text, dates={"when": ["month", "day_of_week"]})
    assert columns.columns[1] == Column("when", Role.DATE, parts=("month", "day_of_week"))
    assert columns.features == ("x", "when.month", "when.day_of_week")
    sinks = Sinks()
    split([file(text)], columns, SplitPlan("s", {"train": 1.0}), sinks)
    assert sinks["train"].splitlines()[:2] == [b"0,0,1,2", b"1,1,2,3"]


@pytest.mark.parametrize(
    ("header", "keys"),
    [
        ("x,when,y", {"dates": {"1": ["month"]}}),
        ("x,when,y", {"dates": {"-2": ["month"]}}),
        ("x,1,y", {"dates": {"1": ["month"]}, "header": True}),
        ("", {"dates": {"1": ["month"]}, "label": 2, "header": False}),
        ("", {"dates": {"column_1": ["month"]}, "label": 2}),
    ],
)
def test_dates_are_found_by_name_or_by_position(header: str, keys: dict[str, Any]) -> None:
    columns = columns_of(with_dates(["2024-01-31", "2024-02-01"], header), **keys)
    assert [column.role for column in columns.columns] == [Role.NUMERIC, Role.DATE, Role.LABEL]


def test_columns_json_with_dates_comes_back_and_says_that_it_is_newer() -> None:
    columns = columns_of(with_dates(["2024-01-31"]), dates={"when": ["month"]})
    again = Columns.from_json(columns.to_json())
    assert (again, again.digest) == (columns, columns.digest)
    assert '"schema": 2' in columns.to_json()


def test_columns_json_without_dates_is_what_it_was() -> None:
    text = columns_of(with_dates(["a", "b"])).to_json()
    assert '"schema": 1' in text
    assert "parts" not in text


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"dates": {"wenn": ["month"]}}, "data.dates: the file has no column 'wenn'; did you mean 'when'?"),
        ({"dates": {"7": ["month"]}}, "data.dates: 7 is no column's position"),
        ({"dates": {"when": ["month"], "1": ["day"]}}, "data.dates: column 'when' is named twice"),
        ({"dates": {"1": ["month"]}, "drop": ["when"]}, "data.dates: column 'when' is named for something else too"),
        ({"dates": {"y": ["month"]}}, "data.dates: column 'y' is named for something else too (label)"),
        ({"dates": {"when": ["month", "hour", "minute"]}}, "'when' has no date that says its hour and minute"),
        ({"dates": {"x": ["month"]}}, "column 'x' has a number instead of a date (write 2024-01-31, or"),
    ],
)
def test_dates_that_do_not_fit_the_file_are_refused(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError) as refused:
        columns_of(with_dates(["2024-01-31", "2024-02-01", ""]), **keys)
    assert words in str(refused.value)


def test_a_first_drop_says_where_it_has_no_date() -> None:
    text = with_dates(["2024-01-31"]) + "1,SECRET,1\n"
    with pytest.raises(RefusedError, match=r"column 'when' has text, or .* in jan.csv, line 62\. Mend") as refused:
        columns_of(text, dates={"when": ["month"]})
    assert "SECRET" not in str(refused.value)


def test_a_later_drop_says_where_it_has_no_date() -> None:
    text = with_dates(["2024-01-31", "2024-02-01"], rows=200)
    columns = columns_of(text, dates={"when": ["month"]})
    with pytest.raises(RefusedError, match=r"jan.csv, line 202, column 'when': a number instead of a date") as refused:
        split_text(text + "1,777,1\n", columns)
    assert "777" not in str(refused.value)


def test_a_column_of_dates_may_be_empty_in_the_first_drop() -> None:
    columns = columns_of(with_dates(["", "NA"]), dates={"when": ["month", "hour"]})
    assert columns.features == ("x", "when.month", "when.hour")


@pytest.mark.parametrize("cell", ["", "2024-01-31", "2024-01"])
def test_a_row_whose_date_lacks_a_part_that_is_learned_is_dropped_if_the_spec_says_so(cell: str) -> None:
    text = with_dates(["2024-01-31 10:00", "2024-01-31 11:00"], rows=200) + f"9,{cell},1\n"
    result, _ = split_text(text, columns_of(text, dates={"when": ["month", "hour"]}, missing="drop_rows"))
    assert (result.dropped, result.rows) == (1, 200)


def test_a_date_without_a_part_that_is_learned_is_refused_if_the_spec_says_so() -> None:
    text = with_dates(["2024-01-31 10:00"], rows=200) + "9,2024-01-31,1\n"
    with pytest.raises(RefusedError, match="line 202, column 'when': a value is missing"):
        split_text(text, columns_of(text, dates={"when": ["hour"]}, missing="refuse"))


def test_other_columns_are_encoded_as_ever_beside_dates() -> None:
    text = "c,when,k,x,y\n" + "".join(f"{'ab'[n % 2]},2024-0{n % 9 + 1}-01,k{n},{n / 2},{n % 2}\n" for n in range(60))
    columns = columns_of(text, dates={"when": ["month", "quarter"]}, id="k")
    sinks = Sinks()
    split([file(text)], columns, SplitPlan("s", {"train": 1.0}), sinks)
    assert sinks["train"].splitlines()[3] == b"1,0,1,4,2,1.5"
