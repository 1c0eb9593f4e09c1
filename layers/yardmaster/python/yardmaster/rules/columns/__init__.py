"""Columns of numbers, and the one place that decides who computes them: the standard library, or numpy.

Every metric and every influence function is written once, in the arithmetic of `Column`. Few rows are computed by
arrays of the standard library. From NUMPY_ROWS on numpy does it, if there is one: it comes in a layer of its own, and
to import it costs as much as the standard library needs for that many rows.
"""

import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import cast

from yardmaster.rules.columns import plain
from yardmaster.rules.columns.column import Column, Engine, Number, Values

__all__ = ["NUMPY_ROWS", "Column", "Engine", "Number", "Values", "engine", "has_numpy", "pieces", "spans"]

NUMPY_ROWS = 150_000
PIECE = 1 << 16
"""Rows of a piece: its temporary columns stay in the processor's cache, and small in memory."""


def engine(rows: int) -> Engine:
    """Return what computes columns of a test set of this many rows; columns of one set need the same."""
    if rows >= NUMPY_ROWS and has_numpy():
        return cast(Engine, import_module("yardmaster.rules.columns.numeric"))
    return plain


@cache
def has_numpy() -> bool:
    """Tell whether numpy is there."""
    return "numpy" in sys.modules or find_spec("numpy") is not None


def pieces(rows: int, *values: Values) -> Iterator[tuple[Column, ...]]:
    """Yield sequences of equal length piece by piece, as columns of the engine for this many rows."""
    makes = engine(rows).column
    for start, stop in spans(len(values[0])):
        yield tuple(makes(one[start:stop]) for one in values)


def spans(length: int) -> Iterator[tuple[int, int]]:
    """Yield where each piece starts and stops."""
    return ((start, min(start + PIECE, length)) for start in range(0, length, PIECE))
