"""What a column of numbers can do, whichever engine holds it: the arithmetic in which every metric is written once."""

from array import array
from collections.abc import Iterator, Sequence
from typing import Protocol, Union, overload

Number = Union["Column", float]
Values = Union["Column", Sequence[float]]


class Column(Protocol):
    """Numbers, one for each row; operators work row by row. An array of numpy is one as it is."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[float]: ...
    @overload
    def __getitem__(self, rows: slice, /) -> "Column": ...
    @overload
    def __getitem__(self, rows: int, /) -> float: ...
    def __add__(self, other: Number, /) -> "Column": ...
    def __radd__(self, other: float, /) -> "Column": ...
    def __sub__(self, other: Number, /) -> "Column": ...
    def __rsub__(self, other: float, /) -> "Column": ...
    def __mul__(self, other: Number, /) -> "Column": ...
    def __rmul__(self, other: float, /) -> "Column": ...
    def __truediv__(self, other: Number, /) -> "Column": ...
    def __rtruediv__(self, other: float, /) -> "Column": ...
    def __neg__(self) -> "Column": ...
    def __abs__(self) -> "Column": ...

    def sum(self) -> float:
        """Return the sum, without the error of adding one by one."""

    def min(self) -> float:
        """Return the least of at least one number."""

    def max(self) -> float:
        """Return the greatest of at least one number."""

    def cumsum(self) -> "Column":
        """Return the running sums."""

    def clip(self, low: float, high: float, /) -> "Column":
        """Return the numbers, those outside moved to the nearer end."""


class Engine(Protocol):
    """A way to compute columns: the standard library's arrays, or numpy's."""

    def read(self, block: bytes, width: int, /) -> "list[array[float]]":
        """Return the columns of lines with `width` numbers each, which commas separate; one of single digits as bytes.

        Raises:
            ValueError: A line has another number of fields, or a field is not a number.
        """

    def column(self, values: Values, /) -> Column:
        """Return numbers as a column of this engine; no copy if they are one, or an array of doubles."""

    def ascending(self, values: Values, marks: Values, /, *, marked: bool) -> Column:
        """Return the values of the rows that are marked (not 0), or of those that are not, sorted."""

    def places_in_order(self, ascending: Column, values: Column, /) -> tuple[Column, Column]:
        """Return for ascending values how many of the other ones are below each, and how many are not above it."""

    def places(self, parts: Sequence[Column], values: Column, /) -> list[tuple[Column, Column]]:
        """Return the same for values in any order, in each of several ascending columns."""

    def firsts(self, ascending: Column, start: int, stop: int, /) -> Column:
        """Return for each of the ascending values in these (at least one) rows how many are below it."""

    def equal(self, values: Column, other: Number, /) -> Column:
        """Return 1 where the two are equal, else 0."""

    def at_least(self, values: Column, threshold: float, /) -> Column:
        """Return 1 where the value is at or above the threshold, else 0."""

    def logarithms(self, values: Column, /) -> Column:
        """Return the natural logarithms of numbers above 0."""

    def sum_of_logarithms(self, values: Column, /) -> float:
        """Return the sum of the logarithms of numbers from 2⁻⁵² to 1."""

    def greatest(self, columns: Sequence[Column], /) -> Column:
        """Return for each row which column holds its greatest number, the first of equals."""

    def at(self, values: Column, places: Column, /) -> Column:
        """Return the values at these places, which count from 0."""

    def picked(self, columns: Sequence[Column], places: Column, /) -> Column:
        """Return each row's number from the column that its place names."""

    def joined(self, parts: Sequence[Column], /) -> Column:
        """Return the parts one after the other."""

    def tally(self, values: Column, size: int, /) -> list[int]:
        """Return how often each whole number from 0 to size - 1 occurs."""
