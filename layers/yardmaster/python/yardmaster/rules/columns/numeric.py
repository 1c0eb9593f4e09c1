"""Columns in numpy, which the numeric layer brings: an accelerator for many rows, with the same results.

Nothing but `columns/__init__.py` imports this module, and only once it pays.
"""

from collections.abc import Sequence
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from yardmaster.rules.columns.column import Column, Number, Values
from yardmaster.rules.columns.decimals import read as read

Doubles = NDArray[np.float64]
Side = Literal["left", "right"]


def column(values: Values) -> Column:
    """Return numbers as an array of doubles; a view of an array that holds such."""
    return cast(Column, np.asarray(values, dtype=np.float64))


def ascending(values: Values, marks: Values, *, marked: bool) -> Column:
    """Return the marked or the other values, sorted."""
    chosen = np.asarray(values, dtype=np.float64)[np.asarray(marks, dtype=bool) == marked]
    chosen.sort()
    return cast(Column, chosen)


def places_in_order(ascending: Column, values: Column) -> tuple[Column, Column]:
    """Return how many are below each of the values, and how many are not above it."""
    return _found(ascending, values, "left"), _found(ascending, values, "right")


def places(parts: Sequence[Column], values: Column) -> list[tuple[Column, Column]]:
    """Return the same for values in any order: sorted first, since to look each up would jump about in memory."""
    order = np.argsort(_doubles(values))
    in_order = _doubles(values)[order]

    def found(part: Column, side: Side) -> Column:
        rows = np.empty(len(order))
        rows[order] = np.searchsorted(_doubles(part), in_order, side)
        return cast(Column, rows)

    return [(found(part, "left"), found(part, "right")) for part in parts]


def firsts(ascending: Column, start: int, stop: int) -> Column:
    """Return for each value of these rows how many are below it."""
    return _found(ascending, ascending[start:stop], "left")


def equal(values: Column, other: Number) -> Column:
    """Return 1 where the two are equal, else 0."""
    return _marks(np.equal(_doubles(values), cast(Any, other)))


def at_least(values: Column, threshold: float) -> Column:
    """Return 1 where the value is at or above the threshold, else 0."""
    return _marks(_doubles(values) >= threshold)


def logarithms(values: Column) -> Column:
    """Return the natural logarithms."""
    return cast(Column, np.log(_doubles(values)))


def sum_of_logarithms(values: Column) -> float:
    """Return the sum of the logarithms."""
    return float(np.log(_doubles(values)).sum())


def greatest(columns: Sequence[Column]) -> Column:
    """Return which column holds each row's greatest number."""
    return column(cast(Any, np.argmax(_table(columns), axis=0)))


def picked(columns: Sequence[Column], places: Column) -> Column:
    """Return each row's number from the column that its place names."""
    rows = np.arange(len(places))
    return cast(Column, _table(columns)[_doubles(places).astype(np.intp), rows])


def at(values: Column, places: Column) -> Column:
    """Return the values at these places."""
    return cast(Column, _doubles(values)[_doubles(places).astype(np.intp)])


def joined(parts: Sequence[Column]) -> Column:
    """Return the parts one after the other."""
    return cast(Column, np.concatenate([_doubles(part) for part in parts]))


def tally(values: Column, size: int) -> list[int]:
    """Return how often each whole number occurs."""
    return cast(list[int], np.bincount(_doubles(values).astype(np.intp), minlength=size).tolist())


def _doubles(values: Column) -> Doubles:
    """Return a column of this engine as what it is."""
    return cast(Doubles, values)


def _found(ascending: Column, values: Column, side: Side) -> Column:
    return column(cast(Any, np.searchsorted(_doubles(ascending), _doubles(values), side)))


def _marks(found: NDArray[np.bool_]) -> Column:
    return cast(Column, found.astype(np.float64))


def _table(columns: Sequence[Column]) -> Doubles:
    return np.stack([_doubles(one) for one in columns])
