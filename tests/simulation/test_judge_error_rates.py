"""How often the canary judge errs, measured: the shares are printed at the end of the run."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from yardmaster.rules.judge import Action, CanaryPolicy, Counts, Minute, judge

POLICY = CanaryPolicy(max_error_rate=0.01, min_requests=300, progress_deadline=2 * 3600)
RUNS, MINUTES = 1000, 120


def shares(error_rate: float, requests: int, seed: int) -> tuple[dict[Action, float], float]:
    """Return the share of each verdict at this error rate, and the median minute of the verdict."""
    source = np.random.default_rng(seed)
    verdicts: Counter[Action] = Counter()
    took = []
    for _ in range(RUNS):
        arrived = source.poisson(requests, MINUTES)
        failed = source.binomial(arrived, error_rate)
        observed = [
            Minute(60.0 * place, Counts(int(sent), int(errors)), Counts(0, 0))
            for place, (sent, errors) in enumerate(zip(arrived, failed, strict=True))
        ]
        verdict = judge(observed, POLICY, 0.0, 60.0 * MINUTES + 180)
        verdicts[verdict.action] += 1
        took.append(len(verdict.evidence))
    return {action: verdicts[action] / RUNS for action in Action}, float(np.median(took))


def line(what: str, requests: int, found: dict[Action, float], minutes: float) -> str:
    return (
        f"judge, {what}, {requests} requests a minute: promoted {found[Action.PROMOTE]:.3f}, "
        f"rolled back {found[Action.ROLL_BACK]:.3f}, median {minutes:.0f} min"
    )


@pytest.mark.parametrize("requests", [30, 600])
@pytest.mark.parametrize("rate", [0.01, 0.012, 0.03])
def test_a_bad_canary_is_rarely_promoted(rate: float, requests: int, report: Callable[[str], None]) -> None:
    found, minutes = shares(rate, requests, seed=1)
    report(line(f"{rate:.1%} errors (bad)", requests, found, minutes))
    assert found[Action.PROMOTE] <= POLICY.false_promotion


@pytest.mark.parametrize("requests", [30, 600])
@pytest.mark.parametrize("rate", [0.0, 0.001, 0.0025])
def test_a_good_canary_is_rarely_rolled_back(rate: float, requests: int, report: Callable[[str], None]) -> None:
    found, minutes = shares(rate, requests, seed=2)
    report(line(f"{rate:.2%} errors (good)", requests, found, minutes))
    assert found[Action.ROLL_BACK] <= POLICY.false_rollback
    assert found[Action.PROMOTE] >= 0.9
