"""When a batch is due: the expressions and time zones of EventBridge Scheduler.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_FORM: Final = re.compile(r"(rate|cron|at)\((.*)\)")
_RATE: Final = re.compile(r"([1-9][0-9]{0,8}) (minute|hour|day)(s?)")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: Final = (
    ("minutes", 0, 59, ()),
    ("hours", 0, 23, ()),
    ("day-of-month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day-of-week", 1, 7, _DAYS),
    ("year", 1970, 2199, ()),
)
"""The fields of a cron expression: name, least and greatest number, and names for the numbers from the least on."""
_DAY_OF_MONTH, _DAY_OF_WEEK = 2, 4


def schedule_fault(text: str) -> str | None:
    """Say what is wrong with a schedule; None if EventBridge Scheduler takes it."""
    found = _FORM.fullmatch(text)
    if found is None:
        return (
            "is no schedule of EventBridge Scheduler: write cron(0 6 * * ? *), rate(1 day) or at(2026-12-24T06:00:00)"
        )
    kind, inner = found.groups()
    match kind:
        case "rate":
            return _rate_fault(inner)
        case "at":
            return _at_fault(inner)
        case _:
            return _cron_fault(inner)


def zone_fault(name: str) -> str | None:
    """Say that a name is no time zone's; None if it is."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "is no time zone of the IANA's list, such as Europe/Berlin or America/New_York"
    return None


def _rate_fault(inner: str) -> str | None:
    found = _RATE.fullmatch(inner)
    if found is None:
        return "is no rate: write rate(5 minutes), rate(12 hours) or rate(1 day)"
    if (found[1] == "1") == bool(found[3]):
        unit = found[2] if found[1] == "1" else f"{found[2]}s"
        return f"has the wrong number of {found[2]}: write rate({found[1]} {unit})"
    return None


def _at_fault(inner: str) -> str | None:
    try:
        datetime.strptime(inner, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - the time zone is a key of its own
    except ValueError:
        return "is no time: write at(2026-12-24T06:00:00); the time zone is said in timezone"
    return None


def _cron_fault(inner: str) -> str | None:
    fields = inner.split()
    if len(fields) != len(_FIELDS):
        names = ", ".join(name for name, *_ in _FIELDS)
        return f"has {len(fields)} fields, and cron takes six: {names}"
    if (fields[_DAY_OF_MONTH] == "?") == (fields[_DAY_OF_WEEK] == "?"):
        which = "both" if fields[_DAY_OF_MONTH] == "?" else "neither"
        return f"has {which} of day-of-month and day-of-week as ?, and exactly one of them must be: cron(0 6 * * ? *)"
    for place, text in enumerate(fields):
        if not _is_field(text.upper(), place):
            name, low, high, words = _FIELDS[place]
            named = f", or {words[0]} to {words[-1]}" if words else ""
            return f"has {text!r} as {name}, which takes {low} to {high}{named}, with , - * and / between"
    return None


def _is_field(text: str, place: int) -> bool:
    """Tell whether a field of a cron expression can be: a list of numbers, ranges, steps, or what only days take."""
    if text == "?":
        return place in {_DAY_OF_MONTH, _DAY_OF_WEEK}
    return all(_is_part(part, place) for part in text.split(","))


def _is_part(text: str, place: int) -> bool:
    if place == _DAY_OF_MONTH and (text in {"L", "LW"} or (text.endswith("W") and _number(text[:-1], place))):
        return True
    if place == _DAY_OF_WEEK and (text == "L" or (text.endswith("L") and _number(text[:-1], place))):
        return True
    if place == _DAY_OF_WEEK and "#" in text:
        day, _, nth = text.partition("#")
        return _number(day, place) is not None and nth in {"1", "2", "3", "4", "5"}
    whole, slash, step = text.partition("/")
    if slash and not (step.isdecimal() and 0 < int(step) <= _FIELDS[place][2]):
        return False
    if whole == "*":
        return True
    first, dash, last = whole.partition("-")
    low, high = _number(first, place), _number(last, place) if dash else None
    return low is not None and (not dash or (high is not None and low <= high))


def _number(text: str, place: int) -> int | None:
    """Return the number that a field's text stands for; None if it is none that can be there."""
    _, low, high, words = _FIELDS[place]
    if text in words:
        return low + words.index(text)
    return int(text) if text.isdecimal() and len(text) < 5 and low <= int(text) <= high else None
