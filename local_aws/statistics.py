"""CloudWatch's statistics over the values of one period.

After https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_NUMBER = r"\d+(?:\.\d+)?"
_PERCENT = re.compile(rf"(p|tm|tc|ts|wm)({_NUMBER})")
_RANGE = re.compile(rf"(PR|TM|TC|TS|WM)\(({_NUMBER}%?)?:({_NUMBER}%?)?\)")


class StatisticError(ValueError):
    """A statistic that CloudWatch doesn't have."""


@dataclass(frozen=True)
class StatisticSet:
    """Values that arrived as a summary only (PutMetricData's StatisticValues)."""

    count: float
    sum: float
    minimum: float
    maximum: float


@dataclass(frozen=True)
class Period:
    """What one period of one metric holds: single values in ascending order, and summaries."""

    values: Sequence[float]
    sets: Sequence[StatisticSet] = ()

    @property
    def count(self) -> float:
        """SampleCount."""
        return len(self.values) + math.fsum(one.count for one in self.sets)

    @property
    def sum(self) -> float:
        """Sum."""
        return math.fsum(self.values) + math.fsum(one.sum for one in self.sets)


_BASIC: dict[str, Callable[[Period], float]] = {
    "SampleCount": lambda period: period.count,
    "Sum": lambda period: period.sum,
    "Average": lambda period: period.sum / period.count,
    "Minimum": lambda period: min([*period.values[:1], *(one.minimum for one in period.sets)]),
    "Maximum": lambda period: max([*period.values[-1:], *(one.maximum for one in period.sets)]),
}


def statistic(name: str) -> Callable[[Period], float | None]:
    """Return the function that computes a statistic such as `Sum`, `p95`, `tm99`, `PR(:300)` or `TC(0.005:0.030)`.

    It answers None where CloudWatch has no datapoint: percentiles of summaries.

    Raises:
        StatisticError: There is no such statistic.
    """
    if name in _BASIC:
        return _BASIC[name]
    if name == "IQM":
        name = "TM(25%:75%)"
    if (found := _PERCENT.fullmatch(name)) and float(found[2]) <= 100:
        return _of_values(_percent_statistic(found[1], float(found[2])))
    if (found := _RANGE.fullmatch(name)) and (found[2] or found[3]):
        return _of_values(_range_statistic(found[1], found[2], found[3]))
    raise StatisticError(f"The value {name} for parameter Stat is not supported.")


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile of ascending values, interpolated linearly between neighbours."""
    position = (len(values) - 1) * percent / 100
    below = math.floor(position)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (position - below)


def _of_values(compute: Callable[[Sequence[float]], float]) -> Callable[[Period], float | None]:
    def computed(period: Period) -> float | None:
        # CloudWatch computes percentiles of a summary only if all its values are the same.
        if any(one.minimum != one.maximum for one in period.sets):
            return None
        extra = [one.minimum for one in period.sets for _ in range(int(one.count))]
        values = sorted([*period.values, *extra]) if extra else period.values
        return compute(values)

    return computed


def _percent_statistic(kind: str, percent: float) -> Callable[[Sequence[float]], float]:
    if kind == "p":
        return lambda values: percentile(values, percent)
    return _range_statistic(kind.upper(), None, f"{percent}%")


def _range_statistic(kind: str, low: str | None, high: str | None) -> Callable[[Sequence[float]], float]:
    """Return a statistic between two bounds; percentages cut by rank, numbers by value (low exclusive)."""
    if "%" not in f"{low}{high}":
        lowest, highest = _bound(low, -math.inf), _bound(high, math.inf)
        return lambda values: _summary(kind, values, [value for value in values if lowest < value <= highest])
    if kind == "PR":
        raise StatisticError("The bounds of PR are values, not percentages.")
    first, last = _bound(low, 0.0), _bound(high, 100.0)
    return lambda values: _summary(kind, values, _by_rank(values, first, last))


def _bound(text: str | None, default: float) -> float:
    return float(text.rstrip("%")) if text else default


def _by_rank(values: Sequence[float], first: float, last: float) -> Sequence[float]:
    start = math.ceil(len(values) * first / 100)
    end = max(start + 1, math.floor(len(values) * last / 100))
    return values[start:end] or values[-1:]


def _summary(kind: str, values: Sequence[float], kept: Sequence[float]) -> float:
    if kind == "PR":
        return 100.0 * len(kept) / len(values)
    if kind == "TC":
        return float(len(kept))
    if kind == "TS":
        return math.fsum(kept)
    if kind == "WM":
        return math.fsum(min(max(value, kept[0]), kept[-1]) for value in values) / len(values) if kept else 0.0
    return math.fsum(kept) / len(kept) if kept else 0.0
