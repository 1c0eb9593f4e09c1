"""The split as simply as it can be written, cell by cell: what the fast one must agree with.

For files of one block with a header, the columns in the frozen order, and no categories.
"""

import csv
import io
import math
import re
from collections.abc import Callable
from zlib import crc32

from yardmaster.errors import RefusedError
from yardmaster.intake.cells import MISSING, canonical_class, kind_of
from yardmaster.intake.columns import Columns, Role
from yardmaster.intake.split import ORDER, deal

NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?", re.ASCII)
Rows = dict[int, list[str]]


class WrongCellError(Exception):
    """What is wrong with a cell."""


def split_simply(text: str, columns: Columns, salt: str, fractions: dict[str, float]) -> dict[str, list[str]]:
    """Return the rows of each channel.

    Raises:
        RefusedError: The first row that is ragged; else the first label, then the first feature that can't be used.
    """
    rows = rows_of(text, len(columns.names))
    labels = encoded(rows, columns, columns.label or "", lambda cell: label(cell, columns.classes))
    features = [
        encoded(rows, columns, column.name, number) for column in columns.columns if column.role is Role.NUMERIC
    ]
    dealt = deal(salt, tuple(fractions[name] for name in ORDER))
    channels: dict[str, list[str]] = {name: [] for name in fractions}
    for code, *cells in zip(labels, *features, strict=True):
        key = ",".join(cells)
        channels[ORDER[dealt[crc32(key.encode()) % 2**16]]].append(f"{code},{key}")
    return channels


def rows_of(text: str, width: int) -> Rows:
    """Return the rows below the header, by the number of the line that each begins at."""
    reader = csv.reader(io.StringIO(text, newline="\n"), skipinitialspace=True, strict=True)
    next(reader)
    rows: Rows = {}
    line = reader.line_num + 1
    for cells in reader:
        if "".join(cells).strip() or len(cells) > 1:
            if len(cells) != width:
                raise RefusedError(f"jan.csv, line {line}: {len(cells)} cells instead of {width}")
            rows[line] = cells
        line = reader.line_num + 1
    return rows


def encoded(rows: Rows, columns: Columns, name: str, encode: Callable[[str], str]) -> list[str]:
    """Return a column's cells as they are written to the channels."""
    found = []
    for line, cells in rows.items():
        try:
            found.append(encode(cells[columns.names.index(name)].strip()))
        except WrongCellError as error:
            raise RefusedError(f"jan.csv, line {line}, column '{name}': {error}") from error
    return found


def number(cell: str) -> str:
    """Return a number as it is written, or nothing."""
    if cell.encode() in MISSING:
        return ""
    if NUMBER.fullmatch(cell) is None or not math.isfinite(float(cell)):
        raise WrongCellError(f"{kind_of(cell.encode())} instead of a number")
    return cell


def label(cell: str, classes: tuple[str, ...]) -> str:
    """Return the number of a label's class."""
    if cell.encode() in MISSING:
        raise WrongCellError("the label is missing")
    name = canonical_class(cell.encode())
    if name not in classes:
        raise WrongCellError("the label is none of")
    return str(classes.index(name))
