"""Columns in the standard library: arrays of doubles, worked on by C loops (`map`, `compress`, `sorted`).

Arrays, since a list's floats lie scattered in memory once it is sorted, which makes every later pass twice as slow.
"""

import math
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain, compress, islice, repeat
from operator import add, eq, ge, mul, ne, not_, sub, truediv
from typing import Any, overload

from yardmaster.rules.columns.column import Column, Number, Values
from yardmaster.rules.columns.lines import read as read

_RUN = 2048
"""Doubles that are sorted at once: they stay in the processor's fastest cache, and the runs merge in order."""
_FEW = 100
"""Below one value in a hundred to look up, searching is faster than going through all."""
_FACTORS = 16
"""How many numbers of at least 2⁻⁵² can be multiplied without underflow: 2⁻⁸³²."""


class Plain:
    """A column as an array of doubles."""

    __slots__ = ("values",)

    def __init__(self, values: Iterable[float]) -> None:
        # An array of doubles is taken as it is.
        self.values: array[float] = (
            values if isinstance(values, array) and values.typecode == "d" else array("d", values)
        )

    def __len__(self) -> int:
        return len(self.values)

    def __iter__(self) -> Iterator[float]:
        return iter(self.values)

    @overload
    def __getitem__(self, rows: slice) -> "Plain": ...
    @overload
    def __getitem__(self, rows: int) -> float: ...
    def __getitem__(self, rows: slice | int) -> "Plain | float":
        return Plain(self.values[rows]) if isinstance(rows, slice) else self.values[rows]

    def __add__(self, other: Number) -> "Plain":
        return self._each(add, other)

    __radd__ = __add__

    def __sub__(self, other: Number) -> "Plain":
        return self._each(sub, other)

    def __rsub__(self, other: float) -> "Plain":
        return Plain(map(sub, repeat(other), self.values))

    def __mul__(self, other: Number) -> "Plain":
        return self._each(mul, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> "Plain":
        return self._each(truediv, other)

    def __rtruediv__(self, other: float) -> "Plain":
        return Plain(map(truediv, repeat(other), self.values))

    def __neg__(self) -> "Plain":
        return self * -1.0

    def __abs__(self) -> "Plain":
        return Plain(map(abs, self.values))

    def sum(self) -> float:
        """Return the exactly rounded sum."""
        return math.fsum(self.values)

    def min(self) -> float:
        """Return the least."""
        return min(self.values)

    def max(self) -> float:
        """Return the greatest."""
        return max(self.values)

    def cumsum(self) -> "Plain":
        """Return the running sums."""
        return Plain(accumulate(self.values))

    def clip(self, low: float, high: float) -> "Plain":
        """Return the numbers within these ends."""
        return Plain(map(min, map(max, self.values, repeat(low)), repeat(high)))

    def _each(self, operate: Callable[[Any, Any], float], other: Number) -> "Plain":
        return Plain(map(operate, self.values, numbers(other)))


def numbers(value: Number) -> Iterable[float]:
    """Return a column's numbers, or one number again and again."""
    return repeat(value) if isinstance(value, int | float) else value


def column(values: Values) -> Plain:
    """Return numbers as a column."""
    return values if isinstance(values, Plain) else Plain(values)


def ascending(values: Values, marks: Values, *, marked: bool) -> Plain:
    """Return the marked or the other values, sorted: in short runs first, which the whole's sort only has to merge."""
    chosen = compress(values, marks if marked else map(not_, marks))
    runs: array[float] = array("d")
    while run := sorted(islice(chosen, _RUN)):
        runs.extend(array("d", run))
    return Plain(array("d", sorted(runs)))


def places_in_order(ascending: Column, values: Column) -> tuple[Plain, Plain]:
    """Return how many are below each of the values, and not above it, by going up both at once."""
    if len(values) * _FEW < len(ascending):
        searches = (bisect_left, bisect_right)
        below_and_up_to = [Plain(search(ascending, value) for value in values) for search in searches]
        return below_and_up_to[0], below_and_up_to[1]
    place = bisect_left(ascending, values[0]) if len(values) else 0
    upward = enumerate(chain(ascending[place:], (math.inf,)), start=place)
    place, following = next(upward)
    below: list[int] = []
    tied: dict[float, int] = {}
    for value in values:
        if following < value:
            for place, following in upward:  # noqa: B007 - where it stops is what is wanted
                if following >= value:
                    break
        if following == value:
            tied[value] = 0
        below.append(place)
    if not tied:
        column = Plain(below)
        return column, column
    for value in tied:
        tied[value] = bisect_right(ascending, value)
    return Plain(below), Plain(map(tied.get, values, below))


def places(parts: Sequence[Column], values: Column) -> list[tuple[Column, Column]]:
    """Return the same for values in any order: sorted first, since to look each up would jump about in memory."""
    numbered = list(values)
    order = sorted(range(len(numbered)), key=numbered.__getitem__)
    in_order = Plain(map(numbered.__getitem__, order))
    found: list[tuple[Column, Column]] = []
    for part in parts:
        below, up_to = places_in_order(part, in_order)
        found.append((_back(below, order), _back(up_to, order)))
    return found


def _back(values: Plain, order: Sequence[int]) -> Plain:
    """Return the values in the rows from which the sort took them."""
    rows = array("d", bytes(8 * len(order)))
    for row, value in zip(order, values.values, strict=True):
        rows[row] = value
    return Plain(rows)


def firsts(ascending: Column, start: int, stop: int) -> Plain:
    """Return for each value of these rows how many are below it: the place of the first that equals it."""
    values = islice(ascending, start + 1, stop)
    is_new = map(ne, values, islice(ascending, start, stop))
    of_first = bisect_left(ascending, ascending[start])
    return Plain(accumulate(map(mul, range(start + 1, stop), is_new), max, initial=of_first))


def equal(values: Column, other: Number) -> Plain:
    """Return 1 where the two are equal, else 0."""
    return Plain(map(eq, values, numbers(other)))


def at_least(values: Column, threshold: float) -> Plain:
    """Return 1 where the value is at or above the threshold, else 0."""
    return Plain(map(ge, values, repeat(threshold)))


def logarithms(values: Column) -> Plain:
    """Return the natural logarithms."""
    return Plain(map(math.log, values))


def sum_of_logarithms(values: Column) -> float:
    """Return the sum of the logarithms, one for each product of sixteen."""
    factors = [chain(values, repeat(1.0, -len(values) % _FACTORS))] * _FACTORS
    return math.fsum(map(math.log, map(math.prod, zip(*factors, strict=True))))


def greatest(columns: Sequence[Column]) -> Plain:
    """Return which column holds each row's greatest number."""
    return Plain(row.index(max(row)) for row in zip(*columns, strict=True))


def picked(columns: Sequence[Column], places: Column) -> Plain:
    """Return each row's number from the column that its place names."""
    return Plain(row[int(place)] for place, row in zip(places, zip(*columns, strict=True), strict=True))


def at(values: Column, places: Column) -> Plain:
    """Return the values at these places."""
    numbered = list(values)
    return Plain(map(numbered.__getitem__, map(int, places)))


def joined(parts: Sequence[Column]) -> Plain:
    """Return the parts one after the other."""
    return Plain(chain.from_iterable(parts))


def tally(values: Column, size: int) -> list[int]:
    """Return how often each whole number occurs."""
    counts = Counter(values)
    return [counts[value] for value in range(size)]
