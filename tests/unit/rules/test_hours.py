"""Opening hours against a clock on the wall that is looked at each minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yardmaster.rules.hours import is_open, next_change, next_closing, next_opening
from yardmaster.spec.hours import DAYS, Hours, parse_hours

BERLIN = "Europe/Berlin"
ZONES = (BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC", "America/Santiago")
CHANGES = {
    BERLIN: ("2026-03-29", "2026-10-25"),
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),  # by half an hour
    "America/Santiago": ("2026-04-05", "2026-09-06"),  # at midnight
}


def moment(text: str, zone: str = BERLIN, fold: int = 0) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).timestamp()


def open_minutes(hours: Hours, first: int, last: int) -> set[int]:
    """Return the minutes that are open: for each opening, from the first minute whose wall time is at or after its
    beginning on that day to the last whose wall time is before its end, found by looking at every one."""
    zone = ZoneInfo(hours.zone)
    around = range(first - 3 * 86400, last + 3 * 86400, 60)
    walls = [(at, datetime.fromtimestamp(at, zone).replace(tzinfo=None)) for at in around]
    days = sorted({wall.date() for _, wall in walls})
    found: set[int] = set()
    for day in days[1:-1]:
        midnight = datetime.combine(day, datetime.min.time())
        for opening in hours.openings:
            if opening.day != day.weekday():
                continue
            start, end = (midnight + timedelta(minutes=minute) for minute in (opening.start, opening.end))
            inside = [at for at, wall in walls if start <= wall < end]
            found |= set(range(min(inside), max(inside) + 60, 60)) if inside else set()
    return {at for at in found if first <= at < last}


days = st.sampled_from(["", *(f"{day} " for day in DAYS), "Mon-Fri ", "Sat-Mon ", "Sun "])
clocks = st.builds(
    lambda hour, minute: f"{hour:02d}:{minute:02d}", st.integers(0, 23), st.sampled_from([0, 10, 15, 30, 50])
)


@st.composite
def some_hours(draw: st.DrawFn) -> Hours:
    zone = draw(st.sampled_from(sorted(CHANGES)))
    spans = draw(st.lists(st.tuples(days, clocks, clocks).filter(lambda one: one[1] != one[2]), min_size=1, max_size=2))
    text = ", ".join(f"{day}{start}-{end}" for day, start, end in spans)
    try:
        return parse_hours([f"{text} {zone}"])
    except Exception:
        return parse_hours([f"Mon-Fri 08:00-19:00 {zone}"])


@settings(max_examples=60, deadline=None)
@given(hours=some_hours(), which=st.integers(0, 1))
def test_whether_it_is_open_is_what_the_wall_says_around_every_change_of_the_clocks(hours: Hours, which: int) -> None:
    noon = int(moment(f"{CHANGES[hours.zone][which]} 12:00", hours.zone)) // 60 * 60
    first, last = noon - 36 * 3600, noon + 36 * 3600
    expected = open_minutes(hours, first, last)
    assert {at for at in range(first, last, 60 * 5) if is_open(hours, at)} == {
        at for at in range(first, last, 60 * 5) if at in expected
    }


@settings(max_examples=60, deadline=None)
@given(hours=some_hours(), which=st.integers(0, 1), minutes=st.integers(-3000, 3000))
def test_the_next_change_is_the_first_minute_at_which_it_is_otherwise(hours: Hours, which: int, minutes: int) -> None:
    at = moment(f"{CHANGES[hours.zone][which]} 12:00", hours.zone) // 60 * 60 + minutes * 60
    now, then = is_open(hours, at), next_change(hours, at)
    assert then > at
    assert is_open(hours, then) is not now
    assert is_open(hours, then - 1) is now
    assert next_opening(hours, at) >= then
    assert next_closing(hours, at) >= then
    assert then == (next_closing(hours, at) if now else next_opening(hours, at))


NIGHT = parse_hours([f"22:00-06:00 {BERLIN}"])


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-28", 7.0), ("2026-10-24", 9.0), ("2026-06-01", 8.0)], ids=["spring", "autumn", "usual"]
)
def test_a_night_is_as_long_as_the_clock_makes_it(day: str, hours: float) -> None:
    evening = moment(f"{day} 22:00")
    assert is_open(NIGHT, evening)
    assert next_closing(NIGHT, evening) - evening == hours * 3600


def test_what_begins_in_the_hour_that_is_skipped_begins_at_its_end_and_what_lies_in_it_is_left_out() -> None:
    saturday = moment("2026-03-28 12:00")
    assert next_opening(parse_hours([f"02:30-05:00 {BERLIN}"]), saturday) == moment("2026-03-29 03:00")
    assert next_opening(parse_hours([f"02:10-02:50 {BERLIN}"]), saturday) == moment("2026-03-30 02:10")


def test_what_lies_in_the_hour_that_comes_twice_is_open_from_its_first_beginning_to_its_last_end() -> None:
    hours = parse_hours([f"02:10-02:50 {BERLIN}"])
    saturday = moment("2026-10-24 12:00")
    opened, closed = next_opening(hours, saturday), next_closing(hours, saturday)
    assert opened == moment("2026-10-25 02:10", fold=0)
    assert closed == moment("2026-10-25 02:50", fold=1)
    assert closed - opened == 100 * 60


def test_days_that_touch_are_one() -> None:
    hours = parse_hours([f"Mon-Tue 00:00-24:00 {BERLIN}"])
    monday = moment("2026-06-01 09:00")
    assert next_closing(hours, monday) == moment("2026-06-03 00:00")
    assert next_opening(hours, monday) == moment("2026-06-08 00:00")


def test_times_are_seconds_since_the_epoch_in_utc() -> None:
    hours = parse_hours(["Mon 08:00-09:00 UTC"])
    assert next_opening(hours, 0.0) == datetime(1970, 1, 5, 8, tzinfo=UTC).timestamp()


def test_what_closes_as_an_hour_begins_that_is_shown_twice_closes_the_first_time() -> None:
    # On 4 April 2026 at 24:00 the clocks of Santiago go back to 23:00.
    hours = parse_hours(["00:00-23:00 America/Santiago"])
    evening = moment("2026-04-04 22:30", "America/Santiago")
    assert next_closing(hours, evening) == evening + 1800
    assert not is_open(hours, evening + 1800)
