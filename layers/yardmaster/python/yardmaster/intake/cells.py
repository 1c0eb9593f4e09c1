"""What a cell is: missing, a number, or text. Whole columns at C speed; only what is doubtful is looked at singly."""

import math
import re
from collections.abc import Collection
from typing import Final

from yardmaster.errors import YardmasterError
from yardmaster.intake.plain import without_numbers

MISSING: Final = frozenset(
    text.encode()
    for text in ("", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaN", "nan", "NAN", "NULL", "null", "Null", "None", "?")
)
"""The spellings of a missing value, exact but for spaces around them; `none` and `na` may be levels of a category."""
TEXT: Final = "text"
"""What a cell is that looks like nothing else."""
NUL: Final = b"\0"
"""Stands between cells that are checked together: the reader refuses it, so no cell holds one."""

_NUMBER: Final = rb"[-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?"
_IS_NUMBER: Final = re.compile(_NUMBER)


class BadCellError(YardmasterError):
    """A cell that can't be used; `index` counts the column's cells from 0, the message says what is wrong."""

    def __init__(self, index: int, problem: str) -> None:
        super().__init__(problem)
        self.index = index


def numbers(column: list[bytes]) -> list[bytes]:
    """Return a column's numbers trimmed, as they are written, with missing ones empty.

    Raises:
        BadCellError: A cell is neither missing nor a finite decimal number.
    """
    if not column:
        return column
    joined = NUL.join(column) + NUL
    if without_numbers(joined, NUL) == NUL * len(column):
        return column
    clean: dict[bytes, bytes] = {}
    for cell in set(column):
        trimmed = cell.strip()
        if trimmed in MISSING:
            clean[cell] = b""
        elif is_number(trimmed):
            clean[cell] = trimmed
    if len(clean) < len(set(column)):
        index = next(index for index, cell in enumerate(column) if cell not in clean)
        raise BadCellError(index, f"{kind_of(column[index].strip())} instead of a number")
    return [clean[cell] for cell in column]


def is_number(cell: bytes) -> bool:
    """Tell whether a trimmed cell is a finite decimal number, as XGBoost reads them: not `1_000`, `0x1F` or `inf`."""
    return _IS_NUMBER.fullmatch(cell) is not None and math.isfinite(float(cell))


def is_missing(cell: bytes) -> bool:
    """Tell whether a cell is a missing value."""
    return cell.strip() in MISSING


def missing_places(column: list[bytes]) -> list[int]:
    """Return the indices of a column's missing values."""
    gone = {cell for cell in set(column) if is_missing(cell)}
    return [index for index, cell in enumerate(column) if cell in gone] if gone else []


def kind_of(cell: bytes) -> str:
    """Say what a cell that is no number looks like, and what to do, without its value."""
    for pattern, kind in _KINDS:
        if pattern.fullmatch(cell):
            return kind
    return TEXT


def is_misread(cells: Collection[bytes]) -> bool:
    """Tell whether some trimmed cells are numbers, dates or times that are not written as numbers, and no texts."""
    kinds = {kind_of(cell) for cell in cells if not is_number(cell)}
    return bool(kinds) and TEXT not in kinds


def canonical_class(cell: bytes) -> str:
    """Return the one spelling of a label's class: `1`, `1.0` and `01` are the same, other text is kept as it is."""
    trimmed = cell.strip()
    if not is_number(trimmed):
        return trimmed.decode()
    value = float(trimmed)
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)


_CURRENCY: Final = b"(?:[$]|%b|%b|%b|EUR|USD|GBP|CHF)" % tuple(sign.encode() for sign in "€£¥")
_DATE: Final = (
    rb"(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4}|\d\d?/\d\d?/\d\d|\d{4}[-/](?:0[1-9]|1[0-2]))"
)
_KINDS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (rb"[-+]?\d{1,3}(,\d{3})+(\.\d*)?", "a number with thousands separators (write 1234.5)"),
        (rb"[-+]?\d{1,3}(\.\d{3})+,\d+|[-+]?\d{1,3}(\.\d{3}){2,}", "a number with thousands separators (write 1234.5)"),
        (_CURRENCY + rb"\s*[-+]?[\d.,]*\d|[-+]?\d[\d.,]*\s*" + _CURRENCY, "an amount with its currency (write 1234.5)"),
        (rb"[-+]?\d*,\d+", "a number with a decimal comma (write 1.5)"),
        (rb"[-+]?(inf|infinity)|[-+]?\d+(\.\d*)?(e[-+]?\d+)?", "a number that is not finite (leave the cell empty)"),
        (rb"[-+]?0x[0-9a-f]+", "a hexadecimal number (write it in decimal)"),
        (rb"[-+]?[\d_]+(\.[\d_]*)?", "a number with underscores (write it without)"),
        (rb"[-+]?[\d.,]+\s*%", "a percentage (write it without the sign)"),
        (_DATE + rb"([T ].*)?", "a date (name the column in data.dates, or drop it)"),
        (rb"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?( ?[ap]m)?", "a time (turn it into numbers, or drop the column)"),
    )
)
