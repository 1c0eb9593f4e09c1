"""The online judge of a canary: one pure function from observed minutes to a verdict.

Today it is the absolute test alone: the likelihood ratio of an error rate of `max_error_rate` / 4 ("good") against
`max_error_rate` ("bad"), over the canary's requests. Under a rate of `max_error_rate` or more, the evidence for
promotion ever reaches 1 / `false_promotion` with a chance of at most `false_promotion` (Ville's inequality; the ratio
is a supermartingale): looking every minute is free. The way back is bounded likewise in the first step, and by half
as much again over two steps. The price until the relative test joins: an incident that hits baseline and canary alike
rolls the canary back.

Measured (tests/simulation/test_judge_error_rates.py, 1,000 runs at the default policy; 30 | 600 canary requests a
minute): at 1 % errors 3.0 | 1.5 % are promoted, and a verdict takes 14 | 1 minutes; at 1.2 % it is 0.9 | 0.2 %, at 3 %
none. At 0.25 % errors 2.3 | 0.9 % are rolled back, and a verdict takes 20 | 2 minutes; at 0.1 % it is 0.1 % | none.

A further test is one more function in `TESTS`; `_promotion` and `_roll_back` are where evidence is combined.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from yardmaster.errors import MeasurementError

MINUTE = 60.0
SETTLING = 180.0
"""Only minutes that ended this long ago count: CloudWatch completes its numbers late."""


class Action(StrEnum):
    """What the judge says."""

    PROMOTE = "promote"
    """The step is passed: the next weight, or the end."""
    ROLL_BACK = "roll_back"
    KEEP_WATCHING = "keep_watching"
    INCONCLUSIVE = "inconclusive"
    """The deadline passed without a verdict; the policy's `on_inconclusive` says what follows."""


class OnInconclusive(StrEnum):
    """What follows when the deadline passed without a verdict; applied by who asked the judge."""

    HOLD = "hold"
    ROLLBACK = "rollback"
    PROMOTE = "promote"


@dataclass(frozen=True)
class Counts:
    """What one variant answered in one minute."""

    requests: int
    errors: int


@dataclass(frozen=True)
class Minute:
    """One minute of traffic from `start` (epoch seconds): canary beside baseline."""

    start: float
    canary: Counts
    baseline: Counts


@dataclass(frozen=True)
class CanaryPolicy:
    """How strict the judge is; rates are shares from 0 to 1, times are seconds.

    Attributes:
        max_error_rate: A canary with this rate of errors is bad; one with a quarter of it is good.
        min_requests: What the canary must have answered in a step before it can be promoted.
        false_rollback: The chance of rolling back a good canary, at most.
        false_promotion: The chance of promoting a bad canary, at most.
        progress_deadline: How long a step may stay without a verdict.
    """

    max_error_rate: float = 0.01
    min_requests: int = 300
    false_rollback: float = 0.05
    false_promotion: float = 0.05
    progress_deadline: float = 6 * 3600.0
    on_inconclusive: OnInconclusive = OnInconclusive.HOLD

    def __post_init__(self) -> None:
        if not all(0 < share < 1 for share in (self.max_error_rate, self.false_rollback, self.false_promotion)):
            raise ValueError("max_error_rate, false_rollback and false_promotion must lie between 0 and 1")


@dataclass(frozen=True)
class MinuteEvidence:
    """Where the evidence stood after a minute: `requests` and `errors` of the canary are those of the step so far."""

    start: float
    requests: int
    errors: int
    promote: float
    roll_back: float


@dataclass(frozen=True)
class Verdict:
    """The judge's answer, and the evidence after each minute that counted, up to the deciding one."""

    action: Action
    reason: str
    evidence: tuple[MinuteEvidence, ...] = ()


Test = Callable[[Counts, Counts, CanaryPolicy], float]
"""From canary and baseline of one minute to the logarithm of good against bad; minutes add up."""


def absolute(canary: Counts, _baseline: Counts, policy: CanaryPolicy) -> float:
    """Return the log likelihood ratio of a good error rate against a bad one: the canary alone."""
    bad = policy.max_error_rate
    good = bad / 4
    fine = canary.requests - canary.errors
    return canary.errors * math.log(good / bad) + fine * (math.log1p(-good) - math.log1p(-bad))


TESTS: tuple[Test, ...] = (absolute,)
COMPARES = False
"""Whether a test looks at the baseline; without one, its counts need not be asked for."""


def first_look(started_at: float) -> float:
    """Return when a canary's first minute counts: before that, a look can't bring a verdict."""
    return started_at // MINUTE * MINUTE + MINUTE + SETTLING


def judge(minutes: Sequence[Minute], policy: CanaryPolicy, started_at: float, now: float) -> Verdict:
    """Judge a canary from its minutes, scanned in order; the first crossing decides.

    Gaps are no evidence, and no data never promotes. Everything is computed anew from the minutes: there is no state.

    Args:
        minutes: From the beginning of the canary, in any order. Evidence for rolling back looks at all of them;
            evidence for promoting begins with the first whole minute of the step.
        policy: How strict to be.
        started_at: When the step (the present weights) began.
        now: The time.

    Raises:
        MeasurementError: A minute comes twice, or has more errors than requests.
    """
    evidence: list[MinuteEvidence] = []
    step = _Running()
    whole = _Running()
    for minute in _settled(minutes, now):
        whole = whole.after(minute, policy)
        if minute.start >= started_at:
            step = step.after(minute, policy)
        seen = MinuteEvidence(minute.start, step.requests, step.errors, _promotion(step), _roll_back(whole, step))
        evidence.append(seen)
        crossed = _crossing(seen, step if step.requests else whole, policy)
        if crossed:
            return Verdict(*crossed, tuple(evidence))
    return _undecided(step, policy, now - started_at, tuple(evidence))


@dataclass(frozen=True)
class _Running:
    """Sums over the minutes so far: the canary's counts and the log evidence of each test."""

    requests: int = 0
    errors: int = 0
    logs: tuple[float, ...] = (0.0,) * len(TESTS)

    def after(self, minute: Minute, policy: CanaryPolicy) -> "_Running":
        logs = tuple(
            log + test(minute.canary, minute.baseline, policy) for log, test in zip(self.logs, TESTS, strict=True)
        )
        return _Running(self.requests + minute.canary.requests, self.errors + minute.canary.errors, logs)


def _promotion(step: _Running) -> float:
    """Combine the tests' evidence for good: their mean is as valid as each alone."""
    return sum(map(_exp, step.logs)) / len(step.logs)


def _roll_back(whole: _Running, step: _Running) -> float:
    """Combine the tests' evidence for bad, over all steps and since the step began.

    Half of the weight is on the present step: after hours of good answers at 5 %, evidence over all steps alone would
    take as many bad ones to turn.
    """
    logs = (*whole.logs, *step.logs)
    return sum(_exp(-log) for log in logs) / len(logs)


def _exp(log: float) -> float:
    """Return e to this power, kept finite: beyond 10³⁰⁰ evidence is evidence."""
    return math.exp(min(log, 690.0))


def _settled(minutes: Sequence[Minute], now: float) -> list[Minute]:
    """Return the minutes that count, in order."""
    ordered = sorted(minutes, key=lambda minute: minute.start)
    for before, after in pairwise(ordered):
        if before.start == after.start:
            raise MeasurementError("the same minute was counted twice in the canary's metrics")
    for counts in (counts for minute in ordered for counts in (minute.canary, minute.baseline)):
        if not 0 <= counts.errors <= counts.requests:
            raise MeasurementError(f"the metrics say {counts.errors} errors in {counts.requests} requests")
    return [minute for minute in ordered if minute.start + MINUTE + SETTLING <= now]


def _crossing(seen: MinuteEvidence, counted: _Running, policy: CanaryPolicy) -> tuple[Action, str] | None:
    """Return action and reason if this minute brought a verdict; bad news first."""
    counts = _counted(counted, policy)
    needed = 1 / policy.false_rollback
    if seen.roll_back >= needed:
        return Action.ROLL_BACK, f"{counts}; evidence that it is bad {seen.roll_back:.4g} >= {needed:g}"
    needed = 1 / policy.false_promotion
    if seen.promote >= needed and seen.requests >= max(policy.min_requests, 1):
        return Action.PROMOTE, f"{counts}; evidence that it is good {seen.promote:.4g} >= {needed:g}"
    return None


def _undecided(step: _Running, policy: CanaryPolicy, elapsed: float, evidence: tuple[MinuteEvidence, ...]) -> Verdict:
    good = _promotion(step)
    standing = f"{_counted(step, policy)}; evidence that it is good {good:.4g} of {1 / policy.false_promotion:g}"
    if step.requests < policy.min_requests:
        standing += f", {step.requests:,} of {policy.min_requests:,} requests"
    if elapsed >= policy.progress_deadline:
        reason = (
            f"no verdict within {policy.progress_deadline:g} s: {standing}; on_inconclusive: {policy.on_inconclusive}"
        )
        return Verdict(Action.INCONCLUSIVE, reason, evidence)
    return Verdict(Action.KEEP_WATCHING, standing, evidence)


def _counted(seen: _Running, policy: CanaryPolicy) -> str:
    """Say what was seen: `412 requests, 1 error: 0.24 % (bad from 1 %, good up to 0.25 %)`."""
    if not seen.requests:
        return "no requests yet"
    noun = "error" if seen.errors == 1 else "errors"
    rate, bad = 100 * seen.errors / seen.requests, 100 * policy.max_error_rate
    limits = f"bad from {bad:g} %, good up to {bad / 4:g} %"
    return f"{seen.requests:,} requests, {seen.errors:,} {noun}: {rate:.2f} % ({limits})"
