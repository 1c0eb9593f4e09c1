"""What is searched: ranges of hyperparameters, each mapped to the unit interval by its scaling.

Scalings after https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-define-ranges.html; what `Auto`
chooses is our own rule, since AWS doesn't tell its own.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, assert_never

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Point = Mapping[str, str]
"""A value for each hyperparameter, as text: that is how training jobs get them."""

MANY = 1000
"""Up to so many whole numbers are told apart when points are compared."""
WIDE = 100.0
"""From this ratio of its ends on, `Auto` searches a range of positive numbers on a logarithmic scale."""


class Scaling(StrEnum):
    """How values are spread over a range; in AWS's words."""

    AUTO = "Auto"
    LINEAR = "Linear"
    LOGARITHMIC = "Logarithmic"
    REVERSE_LOGARITHMIC = "ReverseLogarithmic"


@dataclass(frozen=True)
class Continuous:
    """Floating point values from `low` to `high`."""

    name: str
    low: float
    high: float
    scaling: Scaling = Scaling.AUTO

    def at(self, unit: float) -> str:
        """Return the value at a place between 0 and 1."""
        value = _unscale(self._scaling, _between(self._scaled(self.low), self._scaled(self.high), unit))
        return repr(min(max(value, self.low), self.high))

    def place(self, value: str) -> float:
        """Return the place, between 0 and 1, of a value; one that lies outside is at the nearer end."""
        return _place(
            self._scaled(min(max(float(value), self.low), self.high)), self._scaled(self.low), self._scaled(self.high)
        )

    @property
    def count(self) -> float:
        """How many values there are."""
        return 1 if self.low == self.high else math.inf

    @property
    def _scaling(self) -> Scaling:
        return chosen(self.scaling, self.low, self.high)

    def _scaled(self, value: float) -> float:
        return _scale(self._scaling, value)


@dataclass(frozen=True)
class Integer:
    """Whole numbers from `low` to `high`, both included."""

    name: str
    low: int
    high: int
    scaling: Scaling = Scaling.AUTO

    def at(self, unit: float) -> str:
        """Return the value at a place between 0 and 1; each value has the same share on the scale of its half steps."""
        low, high = self._edges
        value = round(_unscale(self._scaling, _between(low, high, unit)))
        return str(min(max(value, self.low), self.high))

    def rounded(self, places: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Return for each place that of the whole number there; a range of very many is as good as continuous."""
        if self.count > MANY:
            return places
        own = np.array([self.place(str(value)) for value in range(self.low, self.high + 1)])
        ends = np.array(
            [_place(_scale(self._scaling, value + 0.5), *self._edges) for value in range(self.low, self.high)]
        )
        return own[np.searchsorted(ends, places)]

    def place(self, value: str) -> float:
        """Return the place, between 0 and 1, of a value; one that lies outside is at the nearer end."""
        low, high = self._edges
        return _place(_scale(self._scaling, min(max(float(value), self.low), self.high)), low, high)

    @property
    def count(self) -> float:
        """How many values there are."""
        return self.high - self.low + 1

    @property
    def _scaling(self) -> Scaling:
        return chosen(self.scaling, self.low, self.high)

    @property
    def _edges(self) -> tuple[float, float]:
        return _scale(self._scaling, self.low - 0.5), _scale(self._scaling, self.high + 0.5)


@dataclass(frozen=True)
class Categorical:
    """One of some texts, which have no order."""

    name: str
    values: tuple[str, ...]

    def at(self, unit: float) -> str:
        """Return the value at a place between 0 and 1."""
        return self.values[min(int(unit * len(self.values)), len(self.values) - 1)]

    @property
    def count(self) -> float:
        """How many values there are."""
        return len(self.values)


Range = Continuous | Integer | Categorical


@dataclass(frozen=True)
class Space:
    """All ranges together."""

    ranges: tuple[Range, ...]

    @property
    def count(self) -> float:
        """How many points there are; infinite with a continuous range."""
        return math.prod(each.count for each in self.ranges)

    @property
    def width(self) -> int:
        """How many columns `encoded` gives."""
        return sum(len(each.values) if isinstance(each, Categorical) else 1 for each in self.ranges)

    def point(self, units: Sequence[float]) -> dict[str, str]:
        """Return the point at one place per range."""
        return {each.name: each.at(unit) for each, unit in zip(self.ranges, units, strict=True)}

    def encoded(self, places: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Return points, one per row, as numbers between 0 and 1 that a regression can learn from.

        Args:
            places: One place per range in each row.

        Returns:
            One column per number, with integers at the places of their values; one per value of a category.
        """
        columns = [_columns(each, places[:, at]) for at, each in enumerate(self.ranges)]
        return np.hstack(columns)

    def places(self, point: Point, within: float) -> "NDArray[np.float64]":
        """Return the place of each value in its range; that of a category anywhere in its share, by `within`."""
        return np.array(
            [
                (each.values.index(point[each.name]) + within) / len(each.values)
                if isinstance(each, Categorical)
                else each.place(point[each.name])
                for each in self.ranges
            ]
        )

    def covers(self, point: Point) -> bool:
        """Say whether a point has a value for each range, and each category knows it."""
        return all(
            each.name in point and (not isinstance(each, Categorical) or point[each.name] in each.values)
            for each in self.ranges
        )


def _columns(part: Range, places: "NDArray[np.float64]") -> "NDArray[np.float64]":
    match part:
        case Categorical():
            chosen_values = np.minimum(places * len(part.values), len(part.values) - 1).astype(int)
            one_hot: NDArray[np.float64] = np.eye(len(part.values))[chosen_values]
            return one_hot
        case Integer():
            return part.rounded(places)[:, None]
        case Continuous():
            return places[:, None]
        case _:
            assert_never(part)


def chosen(scaling: Scaling, low: float, high: float) -> Scaling:
    """Return the scaling that is meant, by our own rule where it is `Auto`."""
    if scaling is not Scaling.AUTO:
        return scaling
    return Scaling.LOGARITHMIC if low > 0 and high / low >= WIDE else Scaling.LINEAR


def _scale(scaling: Scaling, value: float) -> float:
    match scaling:
        case Scaling.LOGARITHMIC:
            return math.log(value)
        case Scaling.REVERSE_LOGARITHMIC:
            return -math.log1p(-value)
        case Scaling.LINEAR | Scaling.AUTO:
            return value
        case _:
            assert_never(scaling)


def _unscale(scaling: Scaling, scaled: float) -> float:
    match scaling:
        case Scaling.LOGARITHMIC:
            return math.exp(scaled)
        case Scaling.REVERSE_LOGARITHMIC:
            return -math.expm1(-scaled)
        case Scaling.LINEAR | Scaling.AUTO:
            return scaled
        case _:
            assert_never(scaling)


def _between(low: float, high: float, unit: float) -> float:
    return low + (high - low) * unit


def _place(value: float, low: float, high: float) -> float:
    return 0.5 if high == low else (value - low) / (high - low)
