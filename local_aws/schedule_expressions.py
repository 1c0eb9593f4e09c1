"""Schedule expressions: `rate(5 minutes)`, `cron(0 6 * * ? *)` and `at(2026-03-04T12:30:00)`, and when they fire next.

After https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadDateError, croniter
from croniter.croniter import CroniterError

_UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
_DAY_NUMBER = re.compile(r"(?<![#/\d])([1-7])(?!\d)")


class ExpressionError(ValueError):
    """An expression, or a time zone, that AWS refuses."""


@dataclass(frozen=True)
class Rate:
    """Every `seconds`, counted from when the schedule began."""

    seconds: int

    def next_after(self, at: float, began: float) -> float | None:
        """Return the first firing after `at` of a schedule that began at `began`."""
        return began + (int((at - began) // self.seconds) + 1) * self.seconds


@dataclass(frozen=True)
class Cron:
    """At the times of a cron expression (`fields` in croniter's form) in a time zone."""

    fields: str
    zone: tzinfo = UTC

    def next_after(self, at: float, began: float) -> float | None:
        """Return the first firing after `at`, None if there will be none."""
        try:
            found = croniter(self.fields, datetime.fromtimestamp(at, self.zone), ret_type=datetime).get_next()
        except CroniterBadDateError:
            return None
        return float(found.timestamp())


@dataclass(frozen=True)
class At:
    """Once."""

    at: float

    def next_after(self, at: float, began: float) -> float | None:
        """Return the one time if it is still to come."""
        return self.at if self.at > at else None


Expression = Rate | Cron | At


def parse_rule_expression(text: str) -> Expression:
    """Return the schedule of an EventBridge rule: a rate or a cron expression, in UTC.

    Raises:
        ExpressionError: AWS refuses it.
    """
    if text.startswith("at("):
        raise ExpressionError("a rule has no at()")
    return parse_expression(text)


def parse_expression(text: str, zone_name: str = "UTC") -> Expression:
    """Return the schedule of EventBridge Scheduler.

    Raises:
        ExpressionError: AWS refuses the expression or the time zone.
    """
    try:
        zone: tzinfo = UTC if zone_name == "UTC" else ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ExpressionError(f"unknown time zone {zone_name}") from error
    found = re.fullmatch(r"(rate|cron|at)\((.*)\)", text)
    if not found:
        raise ExpressionError(f"{text} is no rate(), cron() or at()")
    kind, inner = found.groups()
    if kind == "rate":
        return _rate(inner)
    return _cron(inner, zone) if kind == "cron" else _at(inner, zone)


def _rate(inner: str) -> Rate:
    found = re.fullmatch(r"([1-9]\d*) (minute|hour|day)(s?)", inner)
    if not found or (found[1] == "1") == bool(found[3]):
        raise ExpressionError(f"rate({inner}): a number above 0 and minute(s), hour(s) or day(s), plural above 1")
    return Rate(int(found[1]) * _UNITS[found[2]])


def _at(inner: str, zone: tzinfo) -> At:
    try:
        moment = datetime.strptime(inner, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=zone)
    except ValueError as error:
        raise ExpressionError(f"at({inner}): write at(yyyy-mm-ddThh:mm:ss)") from error
    return At(moment.timestamp())


def _cron(inner: str, zone: tzinfo) -> Cron:
    fields = inner.split(" ")
    if len(fields) != 6:
        raise ExpressionError(f"cron({inner}): six fields, minutes hours day-of-month month day-of-week year")
    minute, hour, day, month, weekday, year = fields
    if (day == "?") == (weekday == "?"):
        raise ExpressionError(f"cron({inner}): exactly one of day-of-month and day-of-week must be ?")
    if "?" in "".join((minute, hour, month, year)) or re.search(r"[^\d*/,\-]", minute + hour + year):
        raise ExpressionError(f"cron({inner}) has a character in the wrong place")
    # croniter's last two fields are seconds and years.
    translated = f"{minute} {hour} {day.replace('?', '*')} {month} {_weekday(weekday)} 0 {year}"
    try:
        croniter(translated, 0)
    except (CroniterError, ValueError, KeyError, IndexError) as error:
        raise ExpressionError(f"cron({inner}): {error}") from error
    if re.search(r"(?<![#/\d])0", weekday):
        raise ExpressionError(f"cron({inner}): days of the week are 1 (SUN) to 7 (SAT)")
    return Cron(translated, zone)


def _weekday(field: str) -> str:
    """Translate AWS's days of the week (from 1 = SUN, last Friday `6L`) into croniter's (from 0, `L5`)."""
    from_zero = _DAY_NUMBER.sub(lambda found: str(int(found[1]) - 1), field.upper().replace("?", "*"))
    return re.sub(r"(\d)L", r"L\1", from_zero)
