"""Rows without a label: for algorithms that learn without one."""

import pytest

from tests.unit.intake.helpers import columns_of, data, file
from yardmaster.errors import RefusedError
from yardmaster.intake.columns import Columns, Problem
from yardmaster.intake.encode import Encoder
from yardmaster.intake.learn import learn
from yardmaster.intake.source import Meter
from yardmaster.intake.split import SplitPlan, encode_channels, split
from yardmaster.intake.table import open_table

NUMBERS = "a,b,c\n" + "".join(f"{n},{n % 7},{n / 2}\n" for n in range(200))
MIXED = "a,colour,c\n" + "".join(f"{n},{('red', 'blue')[n % 2]},{n / 2}\n" for n in range(200))


def unlabelled(text: str, problem: str = "clustering", **said: object) -> Columns:
    return learn([file(text)], data(label=None, **said), problem)


def rows_of(text: str, columns: Columns, gapless: str | None = None) -> list[bytes]:
    source = file(text)
    table = open_table(source, Meter([source]))
    assert table is not None
    return [row for encoded in Encoder(columns, gapless=gapless).encode(table) for row in encoded.rows]


@pytest.mark.parametrize("problem", ["clustering", "none"])
def test_every_column_is_learned_from(problem: str) -> None:
    columns = unlabelled(NUMBERS, problem)
    assert (columns.label, columns.problem, columns.classes) == (None, Problem(problem), ())
    assert columns.features == ("a", "b", "c")
    assert Columns.from_json(columns.to_json()) == columns


@pytest.mark.parametrize("text", [NUMBERS, NUMBERS.replace(",", ";"), NUMBERS.replace("\n", "\r\n")])
def test_rows_are_the_features_alone_whatever_separates_them(text: str) -> None:
    assert rows_of(text, unlabelled(NUMBERS))[:2] == [b"0,0,0.0", b"1,1,0.5"]


def test_categories_are_encoded_as_ever() -> None:
    assert rows_of(MIXED, unlabelled(MIXED))[:2] == [b"0,0,1,0.0", b"1,1,0,0.5"]


def test_dropped_and_naming_columns_stay_out() -> None:
    columns = unlabelled(MIXED, drop=["colour"], id=["a"])
    assert columns.features == ("c",)
    assert rows_of(MIXED, columns)[:3] == [b"0.0", b"0.5", b"1.0"]


def test_a_row_keeps_its_channel() -> None:
    columns = unlabelled(NUMBERS)
    plan = SplitPlan("salt", {"train": 0.7, "validation": 0.15, "test": 0.15})
    sinks = {name: Sink() for name in plan.fractions}
    result = split([file(NUMBERS)], columns, plan, sinks)
    again = {name: Sink() for name in plan.fractions}
    split([file("a,b,c\n" + "\n".join(reversed(NUMBERS.splitlines()[1:])) + "\n")], columns, plan, again)
    assert result.rows == 200
    assert all(sorted(sinks[name].rows) == sorted(again[name].rows) for name in sinks)


def test_channels_that_are_split_already_need_no_label() -> None:
    files = {name: [file(NUMBERS)] for name in ("train", "test")}
    sinks = {name: Sink() for name in files}
    result = encode_channels(files, unlabelled(NUMBERS), sinks)
    assert {name: count.rows for name, count in result.channels.items()} == {"train": 200, "test": 200}


@pytest.mark.parametrize(("text", "line"), [("a,b,c\n1,2,3\n4,,6\n", 3), ('a,b,c\n1,"2",3\n4,5,6\n7,8,NA\n', 4)])
def test_a_missing_value_is_refused_with_its_place_if_the_algorithm_needs_all(text: str, line: int) -> None:
    columns = unlabelled(NUMBERS)
    assert rows_of(text, columns)
    with pytest.raises(RefusedError, match=rf"line {line}, column '[bc]': k-means needs all"):
        rows_of(text, columns, gapless="k-means needs all")


def test_rows_that_lack_something_can_be_left_out_all_the_same() -> None:
    columns = unlabelled(NUMBERS, missing="drop_rows")
    assert rows_of("a,b,c\n1,2,3\n4,,6\n", columns, gapless="k-means needs all") == [b"1,2,3"]


def test_labelled_rows_are_refused_for_a_missing_value_too() -> None:
    labelled = columns_of("x,z,y\n" + "".join(f"{n},{n % 5},{n % 2}\n" for n in range(60)))
    with pytest.raises(RefusedError, match="line 3, column 'z': needs all"):
        rows_of("x,z,y\n1,2,1\n4,,0\n", labelled, gapless="needs all")


class Sink:
    """Keeps the rows of a channel."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.rows += data.splitlines()
