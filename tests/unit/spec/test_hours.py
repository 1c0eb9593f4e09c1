"""Opening hours as people write them."""

import pytest

from yardmaster.errors import RefusedError
from yardmaster.spec.hours import Hours, Opening, parse_hours

BERLIN = "Europe/Berlin"


def openings(*texts: str) -> list[tuple[int, int, int]]:
    return [(one.day, one.start, one.end) for one in parse_hours(texts).openings]


def test_days_and_a_time() -> None:
    found = parse_hours(["Mon-Tue 08:00-19:00 Europe/Berlin"])
    assert found == Hours(BERLIN, (Opening(0, 480, 1140), Opening(1, 480, 1140)))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["08:00-09:00 UTC"], [(day, 480, 540) for day in range(7)]),
        (["Mon 08:00-09:00, Tue 10:00-11:30 UTC"], [(0, 480, 540), (1, 600, 690)]),
        (["Mon, Wed 08:00-09:00 UTC"], [(0, 480, 540), (2, 480, 540)]),
        (["Mon 08:00-09:00, 10:00-11:00 UTC"], [(0, 480, 540), (0, 600, 660)]),
        (["Fri-Mon 8:00-9:00 UTC"], [(0, 480, 540), (4, 480, 540), (5, 480, 540), (6, 480, 540)]),
        (["Mon 22:00-06:00 UTC"], [(0, 1320, 1800)]),
        (["Mon 00:00-24:00 UTC"], [(0, 0, 1440)]),
        (["mon 08:00-09:00", "TUE 08:00-09:00 UTC"], [(0, 480, 540), (1, 480, 540)]),
        (["Mon 08:00-09:00 UTC", "Tue 08:00-09:00 UTC"], [(0, 480, 540), (1, 480, 540)]),
    ],
)
def test_what_can_be_said(texts: list[str], expected: list[tuple[int, int, int]]) -> None:
    assert openings(*texts) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no time like 08:00-19:00"),
        ("Europe/Berlin", "no time like 08:00-19:00"),
        ("Mon UTC", "days without a time after them"),
        ("Mon 08:00-09:00 UTC Tue", "days without a time after them"),
        ("Mon 08:00-09:00", "no time zone, which may be UTC"),
        ("Mon 08:00-09:00 UTC, Tue 08:00-09:00 Asia/Tokyo", "two time zones"),
        ("Mon 08:00-25:00 UTC", "08:00-25:00 has a time that no clock shows"),
        ("Mon 24:00-01:00 UTC", "24:00-01:00 has a time that no clock shows"),
        ("Mon 08:60-09:00 UTC", "08:60-09:00 has a time that no clock shows"),
        ("Mon 08:00-08:00 UTC", "08:00-08:00 is no time at all: a whole day is 00:00-24:00"),
        ("00:00-24:00 UTC", "they never end: leave hours out"),
        ("08:00-20:00, 19:00-09:00 UTC", "they never end: leave hours out"),
        ("Monday 08:00-09:00 UTC", "Monday is no day, no time like 08:00-19:00, and no time zone like Europe/Berlin"),
        ("Mon 08:00-09:00 Europe", "Europe is no day, no time like 08:00-19:00, and no time zone like Europe/Berlin"),
        ("Mon 08:00-09:00 ../UTC", "../UTC is no day, no time like 08:00-19:00, and no time zone like Europe/Berlin"),
    ],
)
def test_what_can_not_be_said_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(RefusedError) as refused:
        parse_hours([text])
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Mon-Fri 08:00-19:00 Europe/Berlin", 55),
        ("Mon 08:00-10:00, Mon 09:00-12:00 UTC", 4),
        ("Sun 22:00-02:00 UTC", 4),
        ("Sun 22:00-02:00, Mon 01:00-03:00 UTC", 5),
        ("00:00-23:00 UTC", 161),
    ],
)
def test_the_share_of_a_week_counts_no_hour_twice(text: str, hours: float) -> None:
    assert parse_hours([text]).share == pytest.approx(hours / 168)
