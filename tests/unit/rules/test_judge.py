"""The canary judge: evidence minute by minute, and when it says nothing."""

from typing import Any

import pytest

from yardmaster.errors import MeasurementError
from yardmaster.rules.judge import Action, CanaryPolicy, Counts, Minute, judge

POLICY = CanaryPolicy(max_error_rate=0.01, min_requests=300, progress_deadline=3600)
LATER = 100_000.0


def minutes(*canary: tuple[int, int], start: float = 0.0) -> list[Minute]:
    """Return minutes in a row from (requests, errors) of the canary; the baseline is faultless."""
    return [
        Minute(start + 60 * place, Counts(*counts), Counts(10 * counts[0], 0)) for place, counts in enumerate(canary)
    ]


def action(
    observed: list[Minute], policy: CanaryPolicy = POLICY, started_at: float = 0.0, now: float = 3000.0
) -> Action:
    return judge(observed, policy, started_at, now).action


def test_enough_good_answers_promote_with_their_numbers() -> None:
    verdict = judge(minutes((300, 0), (300, 1)), POLICY, 0.0, 3000.0)
    assert verdict.action is Action.PROMOTE
    assert verdict.reason == (
        "600 requests, 1 error: 0.17 % (bad from 1 %, good up to 0.25 %); evidence that it is good 22.98 >= 20"
    )


def test_errors_roll_back_with_their_numbers() -> None:
    verdict = judge(minutes((100, 5)), POLICY, 0.0, 3000.0)
    assert verdict.action is Action.ROLL_BACK
    assert verdict.reason.startswith("100 requests, 5 errors: 5.00 % (bad from 1 %, good up to 0.25 %); ")
    assert verdict.reason.endswith(">= 20")


def test_the_first_crossing_decides_whatever_comes_later() -> None:
    good, bad = (500, 0), (500, 100)
    assert action(minutes(good, bad)) is Action.PROMOTE
    assert action(minutes(bad, good)) is Action.ROLL_BACK


def test_the_order_of_the_list_does_not_matter() -> None:
    assert action(minutes((500, 0), (500, 100))[::-1]) is Action.PROMOTE


def test_the_evidence_ends_with_the_deciding_minute() -> None:
    verdict = judge(minutes((100, 0), (500, 0), (500, 0)), POLICY, 0.0, 3000.0)
    assert [(seen.requests, seen.errors) for seen in verdict.evidence] == [(100, 0), (600, 0)]
    assert verdict.evidence[0].promote * verdict.evidence[0].roll_back == pytest.approx(1)


@pytest.mark.parametrize("observed", [[], minutes((0, 0), (0, 0))])
def test_no_data_never_promotes(observed: list[Minute]) -> None:
    lax = CanaryPolicy(min_requests=0, false_promotion=0.99, progress_deadline=3600)
    verdict = judge(observed, lax, 0.0, 3000.0)
    assert verdict.action is Action.KEEP_WATCHING
    assert verdict.reason.startswith("no requests yet")


def test_a_gap_is_no_evidence() -> None:
    whole = minutes((250, 0), (0, 0), (250, 0))
    with_gap = [whole[0], whole[2]]
    ends = [judge(observed, POLICY, 0.0, 3000.0).evidence[-1].promote for observed in (whole, with_gap)]
    assert ends[0] == ends[1]


@pytest.mark.parametrize(("now", "expected"), [(239.9, Action.KEEP_WATCHING), (240.0, Action.PROMOTE)])
def test_a_minute_counts_three_minutes_after_its_end(now: float, expected: Action) -> None:
    assert action(minutes((500, 0)), now=now) is expected


def test_strong_evidence_still_needs_enough_requests() -> None:
    strict = CanaryPolicy(max_error_rate=0.2, min_requests=300, progress_deadline=3600)
    verdict = judge(minutes((299, 0)), strict, 0.0, 3000.0)
    assert verdict.action is Action.KEEP_WATCHING
    assert "299 of 300 requests" in verdict.reason
    assert action(minutes((299, 0), (1, 0)), strict) is Action.PROMOTE


@pytest.mark.parametrize(
    ("now", "expected"), [(3599.0, Action.KEEP_WATCHING), (3600.0, Action.INCONCLUSIVE), (LATER, Action.INCONCLUSIVE)]
)
def test_the_deadline_without_a_verdict_is_inconclusive(now: float, expected: Action) -> None:
    verdict = judge(minutes((100, 0)), POLICY, 0.0, now)
    assert verdict.action is expected
    assert ("on_inconclusive: hold" in verdict.reason) == (expected is Action.INCONCLUSIVE)


def test_a_late_look_still_finds_the_crossing() -> None:
    assert action(minutes((500, 0)), now=LATER) is Action.PROMOTE


def test_each_step_must_earn_its_own_promotion() -> None:
    first_step = minutes((5000, 0))
    assert action(first_step + minutes((100, 0), start=600), started_at=600.0) is Action.KEEP_WATCHING
    assert action(first_step + minutes((500, 0), start=600), started_at=600.0) is Action.PROMOTE


def test_a_minute_that_began_before_the_step_does_not_promote_it() -> None:
    assert action(minutes((500, 0), start=570), started_at=600.0) is Action.KEEP_WATCHING


def test_a_canary_that_was_good_for_hours_is_rolled_back_soon_when_it_turns_bad() -> None:
    hours = minutes(*[(1000, 1)] * 300)
    assert action(hours + minutes((100, 6), start=18_000), started_at=18_000.0, now=LATER) is Action.ROLL_BACK


def test_late_bad_news_of_an_earlier_step_still_count() -> None:
    assert action(minutes((100, 20)), started_at=600.0) is Action.ROLL_BACK


def test_endless_evidence_stays_finite() -> None:
    assert judge(minutes((10**9, 0)), POLICY, 0.0, 3000.0).action is Action.PROMOTE
    assert judge(minutes((10**9, 10**9)), POLICY, 0.0, 3000.0).action is Action.ROLL_BACK


@pytest.mark.parametrize("counts", [(10, 11), (10, -1)])
def test_impossible_counts_are_a_broken_measurement(counts: tuple[int, int]) -> None:
    with pytest.raises(MeasurementError, match="errors in 10 requests"):
        action(minutes(counts))


def test_a_minute_that_comes_twice_is_a_broken_measurement() -> None:
    with pytest.raises(MeasurementError, match="counted twice"):
        action(minutes((1, 0)) * 2)


@pytest.mark.parametrize("field", ["max_error_rate", "false_rollback", "false_promotion"])
@pytest.mark.parametrize("value", [0, 1, -0.1])
def test_rates_outside_0_and_1_are_refused(field: str, value: float) -> None:
    rate: dict[str, Any] = {field: value}
    with pytest.raises(ValueError, match="between 0 and 1"):
        CanaryPolicy(**rate)
