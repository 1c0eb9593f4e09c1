"""Tables of numbers written as CSV, as AWS's containers read them; messages say where, and never quote a value."""

import re

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
DELIMITERS = (",", "\t", ";", "|", " ")
WHERE = re.compile(r"at row (\d+), column (\d+)")
RAGGED = re.compile(r"row (\d+)")


class UnreadableError(ValueError):
    """Text that is not a table of numbers; the message says where."""


def parse_csv(text: str) -> Matrix:
    """Parse lines of numbers; empty cells become NaN, the delimiter is guessed from the first line.

    Raises:
        UnreadableError: text among the numbers, or lines of different lengths.
    """
    text = text.replace("\r\n", "\n").rstrip("\n")
    delimiter = _delimiter(text)
    try:
        lines = _with_nan(text, delimiter).split("\n")
        table = np.loadtxt(lines, dtype=np.float32, delimiter=delimiter, ndmin=2, comments=None)
    except ValueError as error:
        raise UnreadableError(_without_value(str(error))) from None
    return np.asarray(table, dtype=np.float32)


def _delimiter(text: str) -> str:
    first_line = text.partition("\n")[0]
    return next((delimiter for delimiter in DELIMITERS if delimiter in first_line), ",")


def _with_nan(text: str, delimiter: str) -> str:
    """Write nan into empty cells and lines: numpy would skip such lines, a regex takes 15 times as long."""
    for _ in range(2):
        text = text.replace(delimiter * 2, f"{delimiter}nan{delimiter}").replace("\n\n", "\nnan\n")
    text = text.replace(f"\n{delimiter}", f"\nnan{delimiter}").replace(f"{delimiter}\n", f"{delimiter}nan\n")
    start = "nan" if text.startswith(delimiter) else ""
    return start + text + ("nan" if text.endswith(delimiter) else "")


def _without_value(message: str) -> str:
    """Keep where numpy stumbled, and drop the cell's value."""
    if where := WHERE.search(message):
        return f"not a number in row {int(where[1]) + 1}, column {where[2]}"  # numpy counts rows from 0 here, only here
    if ragged := RAGGED.search(message):
        return f"the number of columns changes in row {ragged[1]}"
    return "not a table of numbers"
