"""The canary judge: evidence minute by minute, and when it says nothing."""

import re
from dataclasses import replace
from typing import Any

import pytest

from yardmaster.errors import MeasurementError
from yardmaster.rules.judge import Action, CanaryPolicy, Counts, LatencyLimit, Minute, judge, next_look

POLICY = CanaryPolicy(max_error_rate=0.01, min_requests=300, progress_deadline=3600, warm_up=0.0)
LATER = 100_000.0
ALONE = (0, 0)


def minutes(*canary: tuple[int, int], beside: tuple[int, int] | None = None, start: float = 0.0) -> list[Minute]:
    """Return minutes in a row from (requests, errors) of the canary; the baseline is large and faultless by default."""
    return [
        Minute(start + 60 * place, Counts(*counts), Counts(*(beside or (10 * counts[0], 0))))
        for place, counts in enumerate(canary)
    ]


def action(
    observed: list[Minute], policy: CanaryPolicy = POLICY, started_at: float = 0.0, now: float = 3000.0
) -> Action:
    return judge(observed, policy, (0.0, started_at) if started_at else (0.0,), now).action


def test_enough_good_answers_promote_with_their_numbers() -> None:
    verdict = judge(minutes((400, 0), (400, 1)), POLICY, (0.0,), 3000.0)
    assert verdict.action is Action.PROMOTE
    assert verdict.reason == (
        "800 requests, 1 error: 0.12 % (baseline 0.00 % of 8,000; bad from 3 × its odds or 1 %); "
        "evidence that it is good 52.17 >= 20"
    )


def test_errors_roll_back_with_their_numbers() -> None:
    verdict = judge(minutes((100, 5)), POLICY, (0.0,), 3000.0)
    assert verdict.action is Action.ROLL_BACK
    assert verdict.reason == (
        "100 requests, 5 errors: 5.00 % (baseline 0.00 % of 1,000; bad from 3 × its odds or 1 %); "
        "evidence that it is bad 543 >= 20"
    )


def test_without_a_baseline_the_canary_alone_is_judged() -> None:
    verdict = judge(minutes((900, 1), beside=ALONE), POLICY, (0.0,), 3000.0)
    assert verdict.action is Action.PROMOTE
    assert verdict.reason.startswith("900 requests, 1 error: 0.11 % (bad from 1 %); ")
    assert action(minutes((300, 30), beside=ALONE)) is Action.ROLL_BACK


def test_all_traffic_on_the_baseline_is_no_evidence_for_the_canary() -> None:
    assert action(minutes(*[(0, 0)] * 40, beside=(5000, 0))) is Action.KEEP_WATCHING


def test_an_incident_that_hits_both_rolls_nothing_back() -> None:
    assert action(minutes(*[(100, 30)] * 30, beside=(1000, 300))) is not Action.ROLL_BACK
    assert action(minutes(*[(100, 30)] * 30, beside=(1000, 2))) is Action.ROLL_BACK


def test_a_canary_that_is_worse_than_a_bad_baseline_is_rolled_back() -> None:
    assert action(minutes((1000, 600), beside=(10_000, 2000))) is Action.ROLL_BACK


def test_a_canary_as_good_as_a_baseline_beyond_the_limit_is_promoted() -> None:
    assert action(minutes(*[(1000, 30)] * 5, beside=(10_000, 300))) is Action.PROMOTE


def test_the_allowed_ratio_to_the_baseline_decides_between_the_two() -> None:
    seen = minutes(*[(1000, 100)] * 3, beside=(10_000, 500))
    strict, lax = replace(POLICY, max_error_ratio=1.5), replace(POLICY, max_error_ratio=8.0)
    ends = [judge(seen, policy, (0.0,), 3000.0).evidence[-1].promote for policy in (strict, lax)]
    assert ends[0] < 1 < ends[1]


def test_the_first_crossing_decides_whatever_comes_later() -> None:
    good, bad = (600, 0), (500, 100)
    assert action(minutes(good, bad)) is Action.PROMOTE
    assert action(minutes(bad, good)) is Action.ROLL_BACK


def test_the_order_of_the_list_does_not_matter() -> None:
    assert action(minutes((600, 0), (500, 100))[::-1]) is Action.PROMOTE


def test_the_evidence_ends_with_the_deciding_minute() -> None:
    verdict = judge(minutes((100, 0), (500, 0), (500, 0)), POLICY, (0.0,), 3000.0)
    assert [(seen.requests, seen.errors) for seen in verdict.evidence] == [(100, 0), (600, 0)]
    assert verdict.evidence[0].promote > 1 > verdict.evidence[0].roll_back


@pytest.mark.parametrize("observed", [[], minutes((0, 0), (0, 0))])
def test_no_data_never_promotes(observed: list[Minute]) -> None:
    lax = CanaryPolicy(min_requests=0, false_promotion=0.99, progress_deadline=3600)
    verdict = judge(observed, lax, (0.0,), 3000.0)
    assert verdict.action is Action.KEEP_WATCHING
    assert verdict.reason.startswith("no requests yet")


def test_a_gap_is_no_evidence() -> None:
    whole = minutes((250, 0), (0, 0), (250, 0))
    with_gap = [whole[0], whole[2]]
    ends = [judge(observed, POLICY, (0.0,), 3000.0).evidence[-1].promote for observed in (whole, with_gap)]
    assert ends[0] == ends[1]


@pytest.mark.parametrize(("now", "expected"), [(239.9, Action.KEEP_WATCHING), (240.0, Action.PROMOTE)])
def test_a_minute_counts_three_minutes_after_its_end(now: float, expected: Action) -> None:
    assert action(minutes((600, 0)), now=now) is expected


def test_strong_evidence_still_needs_enough_requests() -> None:
    strict = replace(POLICY, max_error_rate=0.2)
    verdict = judge(minutes((299, 0)), strict, (0.0,), 3000.0)
    assert verdict.action is Action.KEEP_WATCHING
    assert "299 of 300 requests" in verdict.reason
    assert action(minutes((299, 0), (1, 0)), strict) is Action.PROMOTE


@pytest.mark.parametrize(
    ("now", "expected"), [(3599.0, Action.KEEP_WATCHING), (3600.0, Action.INCONCLUSIVE), (LATER, Action.INCONCLUSIVE)]
)
def test_the_deadline_without_a_verdict_is_inconclusive(now: float, expected: Action) -> None:
    verdict = judge(minutes((100, 0)), POLICY, (0.0,), now)
    assert verdict.action is expected
    assert ("on_inconclusive: hold" in verdict.reason) == (expected is Action.INCONCLUSIVE)


def test_a_late_look_still_finds_the_crossing() -> None:
    assert action(minutes((600, 0)), now=LATER) is Action.PROMOTE


def test_each_step_must_earn_its_own_promotion() -> None:
    first_step = minutes((5000, 0))
    assert action(first_step + minutes((100, 0), start=600), started_at=600.0) is Action.KEEP_WATCHING
    assert action(first_step + minutes((600, 0), start=600), started_at=600.0) is Action.PROMOTE


def test_a_minute_that_began_before_the_step_does_not_promote_it() -> None:
    assert action(minutes((600, 0), start=570), started_at=600.0) is Action.KEEP_WATCHING


@pytest.mark.parametrize(("start", "counts"), [(540.0, True), (570.0, False), (600.0, False), (660.0, True)])
def test_the_warm_up_of_a_step_does_not_count(start: float, counts: bool) -> None:
    warm = replace(POLICY, warm_up=60.0)
    assert (action(minutes((100, 50), start=start), warm, started_at=600.0) is Action.ROLL_BACK) == counts


@pytest.mark.parametrize("began", [600.0, 600.1, 630.0, 659.9])
def test_the_first_look_comes_with_the_first_minute_that_counts(began: float) -> None:
    warm = replace(POLICY, warm_up=60.0)
    every_minute = minutes(*[(100, 0)] * 30, start=600)

    look = next_look((began,), warm.warm_up, began)

    assert len(judge(every_minute, warm, (began,), look).evidence) == 1
    assert judge(every_minute, warm, (began,), look - 0.1).evidence == ()
    assert next_look((began,), warm.warm_up, look + 60) == look + 60


@pytest.mark.parametrize("began", [600.0, 610.0, 659.9])
def test_a_later_step_is_looked_at_once_for_what_came_late_of_the_one_before(began: float) -> None:
    warm = replace(POLICY, warm_up=60.0)
    every_minute, steps = minutes(*[(100, 0)] * 30), (0.0, began)

    first = next_look(steps, warm.warm_up, began)
    second = next_look(steps, warm.warm_up, first + 60)

    known = [len(judge(every_minute, warm, steps, at).evidence) for at in (first, second - 0.1, second)]
    assert known == [known[0], known[0], known[0] + 1]
    assert first <= began + 180 < second


def test_a_canary_that_was_good_for_hours_is_rolled_back_soon_when_it_turns_bad() -> None:
    hours = minutes(*[(1000, 1)] * 300)
    assert action(hours + minutes((100, 6), start=18_000), started_at=18_000.0, now=LATER) is Action.ROLL_BACK


def test_late_bad_news_of_an_earlier_step_still_count() -> None:
    assert action(minutes((100, 20)), started_at=600.0) is Action.ROLL_BACK


def test_endless_evidence_stays_finite() -> None:
    assert judge(minutes((10**9, 0)), POLICY, (0.0,), 3000.0).action is Action.PROMOTE
    assert judge(minutes((10**6, 10**6)), POLICY, (0.0,), 3000.0).action is Action.ROLL_BACK


# --- latency ----------------------------------------------------------------------------------------------------------

SLOWER, LIMIT = "slower than the baseline's p95 (80 ms)", "slower than 250 ms"
LATENCY = replace(
    POLICY, latency=(LatencyLimit(SLOWER, 0.05, compared=True), LatencyLimit(LIMIT, 0.05, compared=False))
)


def slow_minutes(canary: tuple[int, int], baseline: tuple[int, int], count: int = 3) -> list[Minute]:
    """Return minutes without errors, from (slower than the baseline's p95, slower than the limit) of 1,000 requests."""
    both = [Counts(1000, 0, {SLOWER: slow, LIMIT: over}) for slow, over in (canary, baseline)]
    return [Minute(60.0 * place, *both) for place in range(count)]


def test_a_canary_as_fast_as_the_baseline_is_promoted() -> None:
    assert action(slow_minutes((50, 0), (50, 0)), LATENCY) is Action.PROMOTE


def test_a_canary_that_is_slower_than_the_baseline_is_rolled_back_with_its_numbers() -> None:
    verdict = judge(slow_minutes((200, 0), (50, 0)), LATENCY, (0.0,), 3000.0)
    assert verdict.action is Action.ROLL_BACK
    assert verdict.reason.startswith(
        f"1,000 requests, 200 {SLOWER}: 20.00 % (baseline 5.00 % of 1,000; bad from 3 × its odds or 15 %); evidence"
    )


def test_what_is_said_of_a_bad_canary_is_what_the_evidence_is_of() -> None:
    early = slow_minutes((60, 0), (20, 0), 2)
    late = [replace(minute, start=minute.start + 600) for minute in slow_minutes((30, 0), (12, 0), 8)]
    verdict = judge([*early, *late], replace(LATENCY, false_rollback=1e-9), (0.0, 600.0), 6000.0)
    assert verdict.action is Action.ROLL_BACK
    said = re.match(r"over all steps: ([0-9,]+) requests, ([0-9,]+) slower .* \(baseline ([0-9.]+) %", verdict.reason)
    assert said is not None, verdict.reason
    assert int(said[1].replace(",", "")) > 2000


def test_a_limit_of_the_spec_is_said_without_the_baseline() -> None:
    reason = judge(slow_minutes((50, 300), (50, 20)), LATENCY, (0.0,), 3000.0).reason
    assert f"300 {LIMIT}: 30.00 % (bad from 5 %); evidence that it is bad" in reason


def test_a_canary_beyond_the_limit_is_rolled_back_though_it_resembles_the_baseline() -> None:
    assert action(slow_minutes((60, 200), (50, 45)), LATENCY) is Action.ROLL_BACK


def test_where_the_baseline_is_beyond_the_limit_too_nobody_is_blamed_or_promoted() -> None:
    assert action(slow_minutes((50, 200), (50, 200), 30), LATENCY) is Action.KEEP_WATCHING


def test_without_a_measurement_of_latency_nothing_is_promoted() -> None:
    verdict = judge(minutes(*[(600, 0)] * 5), LATENCY, (0.0,), 3000.0)
    assert verdict.action is Action.KEEP_WATCHING
    assert f"evidence that it is good ({LIMIT}) 1 of 20" in verdict.reason


# --- broken measurements ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("counts", [Counts(10, 11), Counts(10, -1), Counts(10, 0, {LIMIT: 11})])
def test_impossible_counts_are_a_broken_measurement(counts: Counts) -> None:
    with pytest.raises(MeasurementError, match="errors or slow answers in 10 requests"):
        action([Minute(0.0, counts, Counts(0, 0))])


def test_a_minute_that_comes_twice_is_a_broken_measurement() -> None:
    with pytest.raises(MeasurementError, match="counted twice"):
        action(minutes((1, 0)) * 2)


@pytest.mark.parametrize("field", ["max_error_rate", "false_rollback", "false_promotion"])
@pytest.mark.parametrize("value", [0, 1, -0.1])
def test_rates_outside_0_and_1_are_refused(field: str, value: float) -> None:
    rate: dict[str, Any] = {field: value}
    with pytest.raises(ValueError, match="between 0 and 1"):
        CanaryPolicy(**rate)


def test_a_ratio_that_allows_nothing_worse_is_refused() -> None:
    with pytest.raises(ValueError, match="above 1"):
        CanaryPolicy(max_error_ratio=1.0)
