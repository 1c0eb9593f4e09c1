"""The likelihood ratios, against their definitions."""

import math
from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from yardmaster.rules.judge.evidence import log_mean, odds_ratio, rate_ratio


def exactly(canary: int, of_canary: int, baseline: int, of_baseline: int, odds: Fraction) -> float:
    """Return the logarithm of the ratio by its definition, in whole numbers."""
    together = canary + baseline
    possible = range(max(0, together - of_baseline), min(together, of_canary) + 1)
    ways = {count: comb(of_canary, count) * comb(of_baseline, together - count) for count in possible}
    tilted = sum(way * odds**count for count, way in ways.items())
    return math.log(float(odds**canary * sum(ways.values()) / tilted))


@given(st.integers(1, 80), st.integers(1, 80), st.data(), st.sampled_from(["1/2", "3/2", "3", "8"]))
def test_the_odds_ratio_is_that_of_fishers_noncentral_hypergeometric_distribution(
    of_canary: int, of_baseline: int, data: st.DataObject, odds: str
) -> None:
    canary = data.draw(st.integers(0, of_canary))
    baseline = data.draw(st.integers(0, of_baseline))
    expected = exactly(canary, of_canary, baseline, of_baseline, Fraction(odds))
    assert odds_ratio(canary, of_canary, baseline, of_baseline, float(Fraction(odds))) == pytest.approx(
        expected, rel=1e-9, abs=1e-9
    )


@pytest.mark.parametrize("counts", [(0, 10, 0, 10), (3, 3, 0, 0), (0, 0, 5, 10)])
def test_nothing_to_compare_is_no_evidence(counts: tuple[int, int, int, int]) -> None:
    assert odds_ratio(*counts, 3.0) == 0.0


def test_its_expectation_is_one_if_both_are_equally_good() -> None:
    of_canary, of_baseline, together = 30, 570, 12
    ways = [comb(of_canary, count) * comb(of_baseline, together - count) for count in range(together + 1)]
    mean = sum(
        way / sum(ways) * math.exp(odds_ratio(count, of_canary, together - count, of_baseline, 4.0))
        for count, way in enumerate(ways)
    )
    assert mean == pytest.approx(1.0)


def test_many_events_take_no_longer_than_few() -> None:
    assert odds_ratio(900_000, 10_000_000, 800_000, 10_000_000, 2.0) == pytest.approx(-85_000, rel=0.5)


@pytest.mark.parametrize("count", [0, 3, 50])
def test_the_rate_ratio_is_that_of_the_binomial_distribution(count: int) -> None:
    expected = binom.logpmf(count, 50, 0.04) - binom.logpmf(count, 50, 0.01)
    assert rate_ratio(count, 50, 0.04, 0.01) == pytest.approx(expected)


def test_the_mean_of_huge_evidence_is_finite() -> None:
    assert log_mean((5000.0, -5000.0)) == pytest.approx(5000 - math.log(2))
