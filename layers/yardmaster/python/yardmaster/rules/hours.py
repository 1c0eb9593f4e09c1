"""When opening hours open and close, in seconds since the epoch; right when the clocks are changed, both ways.

An opening is what the clock on the wall shows. In spring, when it skips an hour, what would begin in that hour begins
at its end, and what lies wholly in it is left out. In autumn, when it shows an hour twice, an opening lasts from the
first time that the clock shows its beginning until it has shown its last minute for the last time: too long rather than
too short.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from yardmaster.spec.hours import DAY, Hours

_DAYS_AROUND = 8
"""A week, and a day for what lasts over midnight: each hours have a boundary in it, or none at all."""


def is_open(hours: Hours, at: float) -> bool:
    """Tell whether it is open at a time."""
    return any(start <= at < end for start, end in _spans(hours, at, back=2, ahead=2))


def next_change(hours: Hours, at: float) -> float:
    """Return when it next opens or closes, after `at`."""
    spans = list(_spans(hours, at, back=2, ahead=2 * _DAYS_AROUND))
    return min(edge for span in spans for edge in span if edge > at)


def next_opening(hours: Hours, at: float) -> float:
    """Return when it next opens, after `at`."""
    return min(start for start, _ in _spans(hours, at, back=2, ahead=2 * _DAYS_AROUND) if start > at)


def next_closing(hours: Hours, at: float) -> float:
    """Return when it next closes, after `at`."""
    return min(end for _, end in _spans(hours, at, back=2, ahead=2 * _DAYS_AROUND) if end > at)


def _spans(hours: Hours, at: float, back: int, ahead: int) -> Iterator[tuple[float, float]]:
    """Yield what is open in the days around a time, what touches as one, the earliest first."""
    zone = ZoneInfo(hours.zone)
    today = datetime.fromtimestamp(at, zone).date()
    days = (today + timedelta(days=step) for step in range(-back, ahead + 1))
    found = sorted(
        span
        for day in days
        for opening in hours.openings
        if opening.day == day.weekday() and (span := _span(hours.zone, day, opening.start, opening.end)) is not None
    )
    pending: tuple[float, float] | None = None
    for start, end in found:
        if pending is not None and start <= pending[1]:
            pending = pending[0], max(pending[1], end)
            continue
        if pending is not None:
            yield pending
        pending = start, end
    if pending is not None:
        yield pending


@cache
def _span(zone: str, day: date, start: int, end: int) -> tuple[float, float] | None:
    """Return an opening of one day; None if the clock shows none of it."""
    first, _ = _moment(zone, day, start, fold=0)
    # Not the last time that the clock shows the end: where an hour is shown twice from then on, that is an hour later.
    last, shown = _moment(zone, day, end - 1, fold=1)
    last += 60.0 if shown else 0.0
    return (first, last) if first < last else None


def _moment(zone: str, day: date, minute: int, fold: int) -> tuple[float, bool]:
    """Return the first (fold 0) or last (1) moment at which the clock shows a time of a day, or would have by then.

    And whether it shows it at all.
    """
    wall = datetime.combine(day + timedelta(days=minute // DAY), datetime.min.time()) + timedelta(minutes=minute % DAY)
    there = wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)
    if there.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == wall:
        return there.timestamp(), True
    # The clock skips it: the moment at which it jumps lies between what the two offsets make of it.
    early, late = (int(wall.replace(tzinfo=ZoneInfo(zone), fold=each).timestamp()) for each in (1, 0))
    before = datetime.fromtimestamp(early, ZoneInfo(zone)).utcoffset()
    while late - early > 1:
        middle = (early + late) // 2
        if datetime.fromtimestamp(middle, ZoneInfo(zone)).utcoffset() == before:
            early = middle
        else:
            late = middle
    return float(late), False
