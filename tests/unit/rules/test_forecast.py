"""How long a canary would take: the judge over made-up streams."""

import math
import random
import time
from collections.abc import Callable
from statistics import fmean, pvariance
from typing import Any

import pytest

from yardmaster.rules.forecast import RUNS, Forecast, Outcome, Traffic, forecast, poisson
from yardmaster.spec.deploy import CanarySpec


def draw(seed: int = 1) -> Callable[[], float]:
    return random.Random(seed).random


def good(rate: float, error_rate: float = 0.001, **canary: Any) -> Forecast:
    spec = CanarySpec.model_validate(canary)
    return forecast(spec, Traffic((rate,)), draw(), error_rate=error_rate, want=Outcome.PROMOTED)


def bad(rate: float, error_rate: float = 0.01, times: float = 5, **canary: Any) -> Forecast:
    spec = CanarySpec.model_validate(canary)
    return forecast(spec, Traffic((rate,)), draw(), error_rate=error_rate, times=times, want=Outcome.ROLLED_BACK)


@pytest.mark.parametrize("mean", [0.3, 4, 29, 31, 5000])
def test_requests_have_poissons_mean_and_spread(mean: float) -> None:
    chance = draw()
    drawn = [poisson(mean, chance) for _ in range(4000)]
    assert fmean(drawn) == pytest.approx(mean, rel=0.08)
    assert pvariance(drawn) == pytest.approx(mean, rel=0.12)
    assert min(drawn) >= 0


def test_no_requests_are_no_verdict_and_take_no_time() -> None:
    found = good(0)
    assert (found.verdict, found.median, found.late) == (0, math.inf, math.inf)


@pytest.mark.parametrize(("rate", "verdict"), [(1, False), (600, True), (100_000, True)])
def test_whether_there_is_a_verdict_depends_on_the_rate(rate: float, verdict: bool) -> None:
    found = good(rate)
    assert found.promoted > 0.9 if verdict else found.promoted == 0
    assert math.isfinite(found.median) is verdict


def test_more_requests_are_faster_up_to_what_the_steps_take_by_themselves() -> None:
    slow, fast, faster = good(300).median, good(3000).median, good(300_000).median
    assert slow > fast > faster
    # Three updates of the endpoint, two warm-ups, and twice CloudWatch's three minutes.
    assert faster > 3 * 5 + 2 * (1 + 1 + 3)


def test_more_steps_take_longer() -> None:
    assert good(6000, step_weights=[5, 20, 50, 100]).median > good(6000).median + 2 * 5


def test_a_longer_interval_is_seen_later() -> None:
    assert good(6000, interval="30m").median > good(6000).median + 10


def test_a_bad_canary_goes_back_and_sooner_the_more_requests_there_are() -> None:
    few, many = bad(600), bad(6000)
    assert few.rolled_back > 0.9
    assert many.rolled_back > 0.99
    assert many.median < few.median
    assert many.promoted <= 0.05


def test_what_is_promised_of_false_verdicts_holds_here_too() -> None:
    assert good(2000, false_rollback=0.05).rolled_back <= 0.08
    assert bad(2000, error_rate=0.02, times=3.5, false_promotion=0.05).promoted <= 0.08


def test_a_deadline_that_leaves_too_few_requests_is_told_by_their_number() -> None:
    found = good(60, progress_deadline="10m", min_requests=300)
    assert found.promoted == 0
    assert found.requests == pytest.approx(60 * 10 * 0.05)


def test_a_nights_silence_costs_verdicts() -> None:
    night = Traffic(tuple(0.0 if minute < 12 * 60 else 1200.0 for minute in range(24 * 60)))
    spec = CanarySpec.model_validate({"progress_deadline": "1h"})
    found = forecast(spec, night, draw(), error_rate=0.001, want=Outcome.PROMOTED)
    steady = forecast(spec, Traffic((night.mean,)), draw(), error_rate=0.001, want=Outcome.PROMOTED)
    assert night.mean == 600
    assert found.promoted < steady.promoted - 0.2


def test_the_same_question_has_the_same_answer() -> None:
    assert good(600) == good(600)


def test_latency_limits_are_judged_too() -> None:
    limited = good(600, max_latency={"p99": "250ms"})
    assert limited.promoted > 0.8
    assert limited.median >= good(600).median


@pytest.mark.parametrize("rate", [1, 10, 60, 600, 100_000])
@pytest.mark.parametrize("deadline", ["6h", "14d"])
def test_it_stays_quick_at_any_rate(rate: float, deadline: str) -> None:
    began = time.process_time()
    found = good(rate, progress_deadline=deadline)
    assert time.process_time() - began < 10
    assert 0 < found.runs <= RUNS
