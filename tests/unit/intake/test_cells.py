import pytest
from hypothesis import given
from hypothesis import strategies as st

from yardmaster.intake.cells import BadCellError, canonical_class, is_number, numbers
from yardmaster.intake.plain import without_numbers


@pytest.mark.parametrize("cell", ["1", "-1", "+1", "1.5", "1.", ".5", "-.5", "1e5", "1E-5", "-1.5e+10", "007"])
def test_a_decimal_number_is_one(cell: str) -> None:
    assert numbers([cell.encode()]) == [cell.encode()]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("x", "text"),
        ("1,234", "thousands"),
        ("1,5", "decimal comma"),
        ("1_000", "underscores"),
        ("0x1F", "hexadecimal"),
        ("inf", "not finite"),
        ("-Infinity", "not finite"),
        ("1e400", "not finite"),
        ("12%", "percentage"),
        ("2024-01-31", "a date"),
        ("31.01.2024", "a date"),
        ("2024-01", "a date"),
        ("1/31/24", "a date"),
        ("12:30", "a time"),
        ("1.234,56", "thousands"),
        ("€1,200", "currency"),
        ("12.50 USD", "currency"),
        ("1.2.3", "text"),
        ("-", "text"),
        (".", "text"),
        ("-.", "text"),
        ("1-2", "text"),
        ("1.2.3.4", "text"),
        ("--1", "text"),
        ("1e", "text"),
        ("1 2", "text"),
        ("1\n2", "text"),
        ("١", "text"),
    ],
)
def test_what_is_no_number_says_what_it_looks_like(cell: str, kind: str) -> None:
    with pytest.raises(BadCellError, match=kind) as found:
        numbers([b"1", b"", cell.encode()])
    assert found.value.index == 2


def test_numbers_are_trimmed_and_missing_ones_empty() -> None:
    cells = [b" 1", b"2 ", b"NA", b"n/a", b"?", b" ", b"NULL", b"nan", b"3"]
    assert numbers(cells) == [b"1", b"2", b"", b"", b"", b"", b"", b"", b"3"]


@given(st.lists(st.text(alphabet="0123456789.-+eE x", max_size=6), min_size=1, max_size=5))
def test_the_fast_check_never_takes_what_the_careful_one_refuses(cells: list[str]) -> None:
    line = ",".join(cells).encode() + b"\n"
    if without_numbers(line, b",") == b"," * (len(cells) - 1) + b"\n":
        assert all(cell == "" or is_number(cell.encode()) for cell in cells)


@given(st.lists(st.text(alphabet="0123456789.-+eE \n,_", max_size=6), min_size=1, max_size=5))
def test_a_column_is_accepted_exactly_if_each_cell_is(cells: list[str]) -> None:
    column = [cell.encode() for cell in cells]
    fine = all(cell.strip() == b"" or is_number(cell.strip()) for cell in column)
    try:
        numbers(column)
    except BadCellError:
        assert not fine
    else:
        assert fine


@pytest.mark.parametrize(
    ("cell", "spelling"), [("1.0", "1"), ("01", "1"), ("0.50", "0.5"), (" yes", "yes"), ("-1", "-1")]
)
def test_a_class_has_one_spelling(cell: str, spelling: str) -> None:
    assert canonical_class(cell.encode()) == spelling
