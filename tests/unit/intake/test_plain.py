import re
from itertools import product

import pytest

from yardmaster.intake.plain import LONGEST, are_plain, without_numbers

PLAIN = re.compile(rb"([-+]?([0-9]+(\.[0-9]+)?|\.[0-9]+)([eE][-+]?[0-9]{1,2})?)?")
ALPHABET = b"1.-+eE"


def words(length: int) -> list[bytes]:
    """Return all texts of up to `length` of the bytes that numbers are made of."""
    return [bytes(word) for size in range(length + 1) for word in product(ALPHABET, repeat=size)]


def is_plain(cell: bytes) -> bool:
    """Tell whether the check takes a cell, wherever it stands."""
    lines = (cell + b",2\n", b"1," + cell + b"\n", b",1\n" + cell + b",\n")
    found = {are_plain(line, b",", 2) for line in lines}
    assert len(found) == 1
    return found.pop()


def test_exactly_the_plain_numbers_are_taken_of_all_short_cells() -> None:
    assert [cell for cell in words(5) if is_plain(cell) != bool(PLAIN.fullmatch(cell))] == []


@pytest.mark.parametrize(
    ("cell", "taken"),
    [
        (b"1.5e-05", True),
        (b"-12.5E+07", True),
        (b"1e-005", False),
        (b"1e100", False),
        (b"7" * (LONGEST - 1), True),
        (b"7" * LONGEST, False),
        (b"1.5e1.5", False),
        (b" 1", False),
        (b"1 ", False),
        (b"x", False),
        (b"1\xc2\xa0", False),
        (b"\xd9\xa1", False),
        (b"1_0", False),
        (b"0x1", False),
        (b"NA", False),
        (b"1\r", False),
        (b"1\0", False),
    ],
)
def test_a_cell_is_plain(cell: bytes, taken: bool) -> None:
    assert is_plain(cell) == taken


def test_no_other_byte_stands_beside_a_digit() -> None:
    others = (bytes([byte]) for byte in range(256) if byte not in b"0123456789,\n.")
    assert [byte for byte in others if is_plain(b"1" + byte)] == []


@pytest.mark.parametrize(
    "lines", [b"1,2\n1\n", b"1,2\n1,2,3\n", b"1,2\n\n", b"1\n1,2,3\n", b"1\n", b"1,2,3,4\n", b"\n"]
)
def test_lines_of_another_width_are_not_plain(lines: bytes) -> None:
    assert not are_plain(lines, b",", 2)


@pytest.mark.parametrize("separator", [b",", b";", b"\t", b"|", b" ", b"\0", b":"])
def test_any_separator_will_do(separator: bytes) -> None:
    cells = separator.join([b"1", b"-2.5", b"", b"3e5"])
    assert without_numbers(cells + b"\n", separator) == separator * 3 + b"\n"
    assert are_plain((cells + b"\n") * 3, separator, 4)
    assert not are_plain((cells + b"x\n") * 3, separator, 4)
