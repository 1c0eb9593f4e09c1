from typing import Any

import pytest

from tests.unit.intake.helpers import columns_of, file
from yardmaster.errors import RefusedError
from yardmaster.intake.encode import Encoder
from yardmaster.intake.source import Meter
from yardmaster.intake.table import Batch, open_table, peek


def rows_of(text: str, **keys: Any) -> list[tuple[int, tuple[bytes, ...]]]:
    one = file(text)
    table = open_table(one, Meter([one]), **keys)
    assert table is not None
    batches = [piece if isinstance(piece, Batch) else table.batch(piece) for piece in table.pieces()]
    return [row for batch in batches for row in zip(batch.lines, zip(*batch.columns, strict=True), strict=True)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    text = f"a{delimiter}b c{delimiter}y\n1{delimiter}2.5{delimiter}0\n3{delimiter}4{delimiter}1\n"
    found = peek(file(text))
    assert (found.delimiter, found.header) == (delimiter, ("a", "b c", "y"))
    assert found.rows == (("1", "2.5", "0"), ("3", "4", "1"))


def test_a_decimal_comma_is_no_delimiter() -> None:
    assert peek(file("a;y\n1,5;0\n2,5;1\n")).delimiter == ";"


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a,b\n1,2\n", True),
        ("1,2\n3,4\n", False),
        ("a,b\nx,y\nz,y\n", True),
        ("x,y\nx,z\nz,y\n", False),
        ("a,a\n1,2\n", False),
        (",a\n1,2\n", True),
        ("a,2019\n1,2\n", False),
    ],
)
def test_a_header_is_known_by_what_follows(text: str, header: bool) -> None:
    assert (peek(file(text)).header is not None) == header


def test_quotes_may_hold_delimiters_quotes_and_line_ends() -> None:
    text = 'a,b\n"x, ""y""\nz",1\n\nplain, "2"\n'
    assert rows_of(text, header=True) == [(2, (b'x, "y"\nz', b"1")), (5, (b"plain", b"2"))]


def test_blank_lines_are_passed_over_but_counted() -> None:
    assert rows_of("\n\na,b\n\n1,2\n  \n3,4\n\n\n") == [(5, (b"1", b"2")), (7, (b"3", b"4"))]


def test_a_quoted_cell_may_cross_blocks() -> None:
    cell = "x\n" * 60_000
    text = "a,b\n" + f'1,"{cell}"\n' * 8
    assert [row for _, row in rows_of(text, header=True)] == [(b"1", cell.encode())] * 8


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n1,2,3\n", "line 3: 3 cells instead of 2"),
        ("a,b\n1,2\n\n1\n", "line 4: 1 cells instead of 2"),
        ('a,b\n1,"2"\n1,"2",3\n', "line 3: 3 cells instead of 2"),
        ('a,b\n1,"2\n1,2\n', "line 2: a quote that is opened near here is never closed"),
        ('a,b\n1,"2"x\n', "line 2: a quote inside quotes must be doubled"),
        ("a\n1\n", "only one column"),
        ('""\n', "only one column"),
        ("sep=;\na;b\n1;2\n", "line 1: this line is Excel's"),
    ],
)
def test_what_is_no_table_is_refused_with_the_line(text: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        rows_of(text)


def test_a_ragged_row_far_down_is_found() -> None:
    text = "x,y\n" + "1,0\n" * 200_000 + "2\n" + "1,0\n" * 10
    with pytest.raises(RefusedError, match=r"jan.csv, line 200,002: 1 cells instead of 2"):
        rows_of(text)


def test_a_quote_inside_a_plain_cell_is_text() -> None:
    assert rows_of('a,b\n5" pipe,1\n', header=True) == [(2, (b'5" pipe', b"1"))]


def test_an_empty_file_has_no_header_to_peek_at() -> None:
    with pytest.raises(RefusedError, match="empty"):
        peek(file("\n\n"))


def test_spaces_in_the_header_and_around_cells_do_not_count() -> None:
    text = " age , y \n 1 , 0\n2 ,1 \n" + "3,0\n4,1\n" * 100
    columns = columns_of(text)
    assert columns.names == ("age", "y")
    one = file(text)
    table = open_table(one, Meter([one]))
    assert table is not None
    (encoded,) = Encoder(columns).encode(table)
    assert encoded.rows[:4] == [b"0,1", b"1,2", b"0,3", b"1,4"]


@pytest.mark.parametrize(
    ("text", "delimiter", "words"),
    [
        ("a\n1\n2\n", "auto", "write data.delimiter into the spec"),
        ("a;b\n1;2\n", ",", "only one column is found with data.delimiter ',': leave it out"),
        ("# made by a tool\n# on Monday\na,b\n1,2\n3,4\n", "auto", "take titles and comments above the header away"),
        ("Sales\n\na;b\n1;2\n3;4\n", "auto", "take titles and comments above the header away"),
    ],
)
def test_a_single_column_is_refused_with_what_may_be_the_matter(text: str, delimiter: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        rows_of(text, delimiter=delimiter)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2,\n", "line 2: 3 cells instead of 2: the line ends with a delimiter, and line 1 does not"),
        ("a,b,\n1,2\n", "line 2: 2 cells instead of 3: the header ends with a delimiter, and this line does not"),
        ("a,b\n1,2\n1,234,5\n", "line 3: 3 cells instead of 2: a cell that holds the delimiter must be in double"),
        ("a,b,c\n1,2\n", "line 2: 2 cells instead of 3: was the line cut off"),
    ],
)
def test_a_ragged_row_is_refused_with_where_it_may_come_from(text: str, words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        rows_of(text, header=True)


def test_a_cell_that_is_too_long_is_not_taken_for_an_open_quote() -> None:
    with pytest.raises(RefusedError, match=r"line 2: a cell has more than 131,072 characters"):
        rows_of("a,b\n1," + "x" * 200_000 + "\n", header=True)
