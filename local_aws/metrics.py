"""CloudWatch's datapoints, kept per metric and minute, so that a query looks only at what it asks for."""

import threading
from array import array
from dataclasses import dataclass, field

from local_aws.statistics import Period, StatisticSet

MINUTE = 60
RETENTION = 15 * 86_400
"""Seconds that minutes are kept, as CloudWatch keeps one-minute datapoints."""


@dataclass(frozen=True)
class MetricKey:
    """What identifies a metric: namespace, name, and all its dimensions in the order of their names."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: dict[str, str]) -> "MetricKey":
        """Return the key; the order of the dimensions does not matter."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))


@dataclass
class _Minute:
    """The datapoints of one minute. An array: at 300 requests a second, floats in lists would be felt."""

    values: "array[float]" = field(default_factory=lambda: array("d"))
    sets: list[StatisticSet] = field(default_factory=list)
    units: set[str] = field(default_factory=set)


class Metrics:
    """All datapoints; thread-safe. Times are epoch seconds."""

    def __init__(self) -> None:
        """Begin empty."""
        self._metrics: dict[MetricKey, dict[int, _Minute]] = {}
        self._lock = threading.Lock()

    def put(self, key: MetricKey, value: float, at: float, unit: str = "None", count: int = 1) -> None:
        """Add a value that was seen `count` times."""
        with self._lock:
            minute = self._minute(key, at, unit)
            minute.values.extend([value] * count)

    def put_set(self, key: MetricKey, summary: StatisticSet, at: float, unit: str = "None") -> None:
        """Add values of which only a summary is known."""
        with self._lock:
            self._minute(key, at, unit).sets.append(summary)

    def keys(self) -> list[MetricKey]:
        """Return all metrics that have datapoints."""
        with self._lock:
            return list(self._metrics)

    def periods(self, key: MetricKey, start: float, end: float, seconds: int) -> list[tuple[float, Period]]:
        """Return the periods between start (included) and end (excluded) that have datapoints, oldest first.

        Args:
            key: The metric.
            start: Where the first period begins, rounded down to a whole minute as CloudWatch does.
            end: Datapoints of this time and later don't count.
            seconds: The length of a period: a multiple of 60 (a shorter one is taken as 60).
        """
        seconds = max(MINUTE, seconds)
        start -= start % MINUTE
        with self._lock:
            minutes = self._metrics.get(key, {})
            periods: dict[float, list[_Minute]] = {}
            for at in sorted(minutes.keys() & self._wanted(minutes, start, end)):
                periods.setdefault(at - (at - start) % seconds, []).append(minutes[at])
            return [(at, _merge(parts)) for at, parts in periods.items()]

    def unit(self, key: MetricKey) -> str:
        """Return the unit that the metric's datapoints were put with; `None` where they differ."""
        with self._lock:
            units = {unit for minute in self._metrics.get(key, {}).values() for unit in minute.units}
        return units.pop() if len(units) == 1 else "None"

    @staticmethod
    def _wanted(minutes: dict[int, _Minute], start: float, end: float) -> set[int]:
        asked = range(int(start), int(end + MINUTE - 1) // MINUTE * MINUTE, MINUTE)
        # A query may ask for a year; the metric may have three minutes.
        return set(asked) if len(asked) < len(minutes) else {at for at in minutes if start <= at < end}

    def _minute(self, key: MetricKey, at: float, unit: str) -> _Minute:
        minutes = self._metrics.setdefault(key, {})
        begin = int(at // MINUTE) * MINUTE
        if begin not in minutes:
            for old in [one for one in minutes if one < begin - RETENTION]:
                del minutes[old]
            minutes[begin] = _Minute()
        minutes[begin].units.add(unit)
        return minutes[begin]


def _merge(minutes: list[_Minute]) -> Period:
    values = sorted(value for minute in minutes for value in minute.values)
    return Period(values, [one for minute in minutes for one in minute.sets])
