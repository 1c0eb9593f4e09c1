"""Opening hours as people write them: `Mon-Fri 08:00-19:00, Sat 09:00-13:00 Europe/Berlin`."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from yardmaster.errors import RefusedError

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
DAY: Final = 24 * 60
"""Minutes."""
ALLOWED: Final = "hours like Mon-Fri 08:00-19:00 Europe/Berlin, several with commas between them, the time zone last"
_DAYS = re.compile(rf"({'|'.join(DAYS)})(?:-({'|'.join(DAYS)}))?", re.IGNORECASE)
_TIMES = re.compile(r"([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})")


@dataclass(frozen=True)
class Opening:
    """From one time of a day to another, in minutes since midnight; `end` is above 1440 on the day after.

    `day` counts from Monday, 0.
    """

    day: int
    start: int
    end: int


@dataclass(frozen=True)
class Hours:
    """When something is open, by the clock on the wall of a time zone."""

    zone: str
    openings: tuple[Opening, ...]

    @property
    def share(self) -> float:
        """The share of a week in which it is open, between 0 and 1; overlapping openings count once."""
        covered = reach = 0
        week = sorted((one.day * DAY + one.start, one.day * DAY + one.end) for one in self.openings)
        # What reaches over Sunday's midnight covers the beginning of the week, too.
        over = [(0, end - 7 * DAY) for _, end in week if end > 7 * DAY]
        for start, end in sorted([*over, *week]):
            covered += max(0, min(end, 7 * DAY) - max(start, reach))
            reach = max(reach, end)
        return covered / (7 * DAY)


def parse_hours(texts: Iterable[str]) -> Hours:
    """Read opening hours; several texts are as one with commas between them.

    Days may be left out (each day), and come before the times that they are for; a time that ends before it begins
    ends on the day after.

    Raises:
        RefusedError: They can't be read, or never change anything; the message says which word is wrong.
    """
    words = [word for text in texts for word in text.replace(",", " , ").split()]
    zones, days, fresh = [], list(range(7)), True
    openings: list[Opening] = []
    for word in words:
        if word == ",":
            continue
        if found := _DAYS.fullmatch(word):
            days = [*_span(*found.groups())] if fresh else [*days, *_span(*found.groups())]
            fresh = False
        elif found := _TIMES.fullmatch(word):
            openings += [Opening(day, *_times(word, *found.groups())) for day in dict.fromkeys(days)]
            fresh = True
        else:
            zones.append(_zone(word))
    if not openings or not fresh:
        raise RefusedError("no time like 08:00-19:00" if fresh else "days without a time after them")
    if len(set(zones)) != 1:
        raise RefusedError("two time zones" if zones else "no time zone, which may be UTC")
    _check_sense(openings)
    return Hours(zones[0], tuple(sorted(openings, key=lambda one: (one.day, one.start))))


def _span(first: str, last: str | None) -> Iterable[int]:
    names = [name.lower() for name in DAYS]
    start = names.index(first.lower())
    length = (names.index(last.lower()) - start) % 7 + 1 if last else 1
    return ((start + step) % 7 for step in range(length))


def _times(word: str, *parts: str) -> tuple[int, int]:
    hours, minutes = [int(part) for part in parts[::2]], [int(part) for part in parts[1::2]]
    start, end = (hour * 60 + minute for hour, minute in zip(hours, minutes, strict=True))
    if max(minutes) > 59 or start >= DAY or end > DAY:
        raise RefusedError(f"{word} has a time that no clock shows")
    if start == end:
        raise RefusedError(f"{word} is no time at all: a whole day is 00:00-24:00")
    return start, end if end > start else end + DAY


def _zone(word: str) -> str:
    # A key of the time zone database is a path: what is no such key may be anything, a folder too.
    try:
        return ZoneInfo(word).key
    except (KeyError, OSError, ValueError):
        raise RefusedError(f"{word} is no day, no time like 08:00-19:00, and no time zone like Europe/Berlin") from None


def _check_sense(openings: list[Opening]) -> None:
    """Refuse a week without a closing time."""
    spans = sorted((one.day * DAY + one.start, one.day * DAY + one.end) for one in openings)
    week = [*spans, (spans[0][0] + 7 * DAY, spans[0][1] + 7 * DAY)]
    reach = spans[0][1]
    for _, (start, end) in pairwise(week):
        if start > reach:
            return
        reach = max(reach, end)
    raise RefusedError("they never end: leave hours out")
