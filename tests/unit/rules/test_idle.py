"""What idle means: evidence for it, never the lack of evidence against it."""

import pytest

from yardmaster.records import DropKind, Endpoint, Release, Source, Stage
from yardmaster.rules import idle
from yardmaster.rules.idle import Ask, AskLife, Busy, Idle, Leave, Rest, Series, Start, Stop, Unknown, Window
from yardmaster.spec.hours import parse_hours

NOW = 1_772_600_400.0
HOUR = 3600.0
WINDOW = idle.window(NOW - 2 * HOUR - idle.LATE, NOW)
ALL: dict[float, float] = dict.fromkeys(WINDOW.periods(NOW), 0.0)
ROW = Endpoint("churn", "churn")
REST = Rest("churn", stop_after=7200)
OFFICE = parse_hours(["Mon-Fri 08:00-19:00 Europe/Berlin"])
NOON, NIGHT = NOW - NOW % 86400 + 11 * HOUR, NOW - NOW % 86400 + 22 * HOUR  # a Wednesday


def judge(requests: dict[str, Series], life: dict[str, Series] | None = None, window: Window = WINDOW) -> object:
    return idle.judge(requests, life or {}, window, NOW)


def test_zeros_all_the_time_are_evidence() -> None:
    found = judge({"a": Series(ALL)})
    assert isinstance(found, Idle)
    assert found.reason == "no request to a for 2h 5m (counted as none)"


def test_one_request_to_any_variant_keeps_it_running() -> None:
    at = max(ALL)
    found = judge({"a": Series(ALL), "b": Series({at: 3.0})})
    assert isinstance(found, Busy)
    assert found.until == min(at + WINDOW.period, NOW)
    assert "3 requests" in found.reason


def test_a_request_counts_even_if_the_rest_is_not_known() -> None:
    assert isinstance(judge({"a": Series({max(ALL): 1.0}, complete=False)}), Busy)


def test_no_count_at_all_means_nothing_before_life_is_asked_for() -> None:
    assert judge({"a": Series({}), "b": Series(ALL)}) == AskLife(("a",))


def test_no_count_of_requests_beside_a_measured_memory_is_evidence() -> None:
    found = judge({"a": Series({})}, {"a": Series(ALL)})
    assert isinstance(found, Idle)
    assert "no count of them, while its memory was measured all the time" in found.reason


@pytest.mark.parametrize(
    ("requests", "life"),
    [
        ({"a": Series({})}, {"a": Series({})}),
        ({"a": Series({})}, {"a": Series(dict(list(ALL.items())[:-1]))}),
        ({"a": Series({})}, {"a": Series(dict(list(ALL.items())[-2:]))}),
        ({"a": Series(ALL), "b": Series({})}, {"b": Series({})}),
        ({"a": Series(ALL, complete=False)}, {}),
        ({"a": Series({})}, {"a": Series(ALL, complete=False)}),
        ({}, {}),
    ],
    ids=["neither", "not lately", "not before", "one of two", "broken off", "life broken off", "no variants"],
)
def test_what_nobody_knows_is_not_idle(requests: dict[str, Series], life: dict[str, Series]) -> None:
    assert isinstance(judge(requests, life), Unknown)


def test_a_gap_now_and_then_is_no_gap() -> None:
    long = idle.window(NOW - 14 * 86400, NOW)
    gap: dict[float, float] = {at: 0.0 for at in long.periods(NOW) if at != long.periods(NOW)[3]}
    assert isinstance(judge({"a": Series(gap)}, window=long), Idle)


@pytest.mark.parametrize("seconds", [900, 3600, 7200, 86400, 14 * 86400])
def test_a_window_is_of_whole_periods_and_reaches_back_far_enough(seconds: int) -> None:
    found = idle.window(NOW - seconds - idle.LATE, NOW)
    assert found.start <= NOW - seconds - idle.LATE
    assert found.start % found.period == 0
    assert found.end >= NOW
    assert 86400 % found.period == 0
    assert 500 * (found.end - found.start) / found.period < 100_800  # datapoints of one call of GetMetricData
    assert len(found.periods(NOW)) >= 3


def test_one_that_was_just_made_or_changed_is_too_new() -> None:
    begin = NOW - 2 * HOUR
    assert idle.too_new(begin, begin - 1, begin - 1) is None
    assert "only since" in str(idle.too_new(begin, begin - 1, begin + 1))


# --- what is wanted --------------------------------------------------------------------------------------------------


def test_it_is_asked_about_when_its_window_may_be_over_and_not_before() -> None:
    assert idle.wish(REST, ROW, 0.0, NOW) == Ask(NOW - 7200 - idle.LATE)
    assert isinstance(idle.wish(REST, ROW, NOW - HOUR, NOW), Leave)
    assert isinstance(idle.wish(REST, ROW, NOW - 3 * HOUR, NOW), Ask)


@pytest.mark.parametrize(
    "row",
    [
        Endpoint("churn", "churn", holder="aaaaaaaa"),
        *(Endpoint("churn", "churn", state=one) for one in ("stopping", "starting")),
    ],
    ids=["held", "stopping", "starting"],
)
@pytest.mark.parametrize("rest", [REST, Rest("churn", hours=OFFICE)])
def test_one_that_is_held_or_on_its_way_is_left(row: Endpoint, rest: Rest) -> None:
    assert isinstance(idle.wish(rest, row, 0.0, NIGHT), Leave)


def test_hours_stop_and_start() -> None:
    rest, asleep = Rest("churn", hours=OFFICE), Endpoint("churn", "churn", state="stopped")
    assert isinstance(idle.wish(rest, ROW, 0.0, NIGHT), Stop)
    assert isinstance(idle.wish(rest, ROW, 0.0, NOON), Leave)
    assert isinstance(idle.wish(rest, asleep, 0.0, NOON), Start)
    assert isinstance(idle.wish(rest, asleep, 0.0, NIGHT), Leave)


def test_hours_and_stop_after_go_together() -> None:
    both = Rest("churn", stop_after=7200, hours=OFFICE)
    assert isinstance(idle.wish(both, ROW, 0.0, NOON), Ask)
    assert isinstance(idle.wish(both, ROW, NIGHT, NIGHT), Stop)


def test_a_person_s_word_stands_until_the_next_boundary() -> None:
    rest = Rest("churn", hours=OFFICE)
    until = idle.holds_until(OFFICE, NIGHT, running=True)
    started = Endpoint("churn", "churn", holds_until=until)
    assert isinstance(idle.wish(rest, started, 0.0, NIGHT), Leave)
    assert isinstance(idle.wish(rest, started, 0.0, until + 1), Stop)
    again = idle.holds_until(OFFICE, NOON, running=False)
    stopped = Endpoint("churn", "churn", state="stopped", holds_until=again)
    assert isinstance(idle.wish(rest, stopped, 0.0, NOON), Leave)
    assert isinstance(idle.wish(rest, stopped, 0.0, again), Start)
    assert idle.holds_until(OFFICE, NOON, running=True) == 0.0
    assert idle.holds_until(OFFICE, NIGHT, running=False) == 0.0
    assert idle.holds_until(None, NOON, running=False) == 0.0


@pytest.mark.parametrize("stage", list(Stage))
def test_a_release_that_is_minutes_away_needs_its_endpoint(stage: Stage) -> None:
    source = Source("bucket", "churn/data/a.csv", "1", "a", DropKind.FILE)
    release = Release("aaaaaaaa", "churn", 2, source, stage=stage)
    soon = stage in {"testing", "evaluated", "deploying", "canary", "promoting", "rolling_back"}
    assert idle.needs_it(release) is soon
    approved = Release("aaaaaaaa", "churn", 2, source, stage=stage, approved_at=NOW)
    assert idle.needs_it(approved) is (soon or stage is Stage.REGISTERED)
    assert stage in idle.NEEDED_IN or not idle.needs_it(approved)
