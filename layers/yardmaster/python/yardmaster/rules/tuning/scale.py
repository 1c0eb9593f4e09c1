"""A range on the scale that it is searched on: where a value lies from 0 to 1, and back."""

import math
from dataclasses import dataclass

from yardmaster.spec.hyperparameters import Hyperparameter
from yardmaster.spec.tune import ContinuousRange, IntegerRange

AUTO_LOGARITHMIC = 100.0
"""With `Auto` SageMaker doesn't tell which scale it chose: ends as far apart as this count as a logarithmic one."""


@dataclass(frozen=True)
class Scale:
    """The scale of a range: `Linear`, `Logarithmic` or `ReverseLogarithmic`."""

    kind: str
    low: float
    high: float
    whole: bool

    def place(self, value: float) -> float:
        """Return where a value lies: 0 at the low end, 1 at the high one."""
        low, high = self._on(self.low), self._on(self.high)
        return (self._on(value) - low) / (high - low)

    def value(self, place: float) -> float:
        """Return the value at a place; beyond 0 and 1 it lies outside of the range. Whole numbers are rounded."""
        low, high = self._on(self.low), self._on(self.high)
        found = self._off(low + place * (high - low))
        return float(round(found)) if self.whole else found

    def _on(self, value: float) -> float:
        match self.kind:
            case "Logarithmic":
                return math.log(value)
            case "ReverseLogarithmic":
                return -math.log1p(-value)
            case _:
                return value

    def _off(self, value: float) -> float:
        match self.kind:
            case "Logarithmic":
                return math.exp(value)
            case "ReverseLogarithmic":
                return -math.expm1(-value)
            case _:
                return value


def scale_of(asked: ContinuousRange | IntegerRange) -> Scale:
    """Return the scale of a range; `Auto` as documented at `AUTO_LOGARITHMIC`."""
    kind = asked.scaling_type
    if kind == "Auto":
        wide = asked.min > 0 and asked.max / asked.min >= AUTO_LOGARITHMIC
        kind = "Logarithmic" if wide else "Linear"
    return Scale(kind, float(asked.min), float(asked.max), asked.type == "integer")


def within(row: Hyperparameter, value: float) -> float:
    """Return the value, or the hyperparameter's own limit if it lies beyond."""
    low = -math.inf if row.low is None else row.low
    high = math.inf if row.high is None else row.high
    return min(max(value, low), high)


def tidy(value: float, *, whole: bool) -> float | int:
    """Return a value as people would write it in a spec: two digits, or a whole number."""
    return round(value) if whole else float(f"{value:.2g}")
