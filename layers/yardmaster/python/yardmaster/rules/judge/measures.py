"""What is counted of a canary, and the evidence that each count gives."""

from dataclasses import dataclass

from yardmaster.records import Counts, Minute
from yardmaster.rules.judge.evidence import log_mean, odds_ratio, rate_ratio
from yardmaster.rules.judge.records import CanaryPolicy

WORSE = (2.0, 4.0, 8.0)
"""How many times worse a bad canary may be, in odds: the evidence for going back is the mean over these."""


@dataclass(frozen=True)
class Measure:
    """A count of requests that should be few.

    Attributes:
        name: For people: `errors`, or the latency limit's.
        latency: The name in `Counts.slow`; None for errors.
        good, bad: The shares of requests that are fine, and too much, for the canary alone.
        ratio: The odds ratio to the baseline that is too much; None if it isn't compared with the baseline.
    """

    name: str
    latency: str | None
    good: float
    bad: float
    ratio: float | None

    def count(self, counts: Counts) -> int | None:
        """Return the count of a variant in a minute; None if it wasn't measured."""
        return counts.errors if self.latency is None else counts.slow.get(self.latency)


def measures(policy: CanaryPolicy) -> tuple[Measure, ...]:
    """Return everything that a canary is judged by: errors first."""
    found = [Measure("errors", None, policy.max_error_rate / 4, policy.max_error_rate, policy.max_error_ratio)]
    for limit in policy.latency:
        good, bad, ratio = limit.share / 4, limit.share, None
        if limit.compared:
            good, bad, ratio = limit.share, min(limit.share * policy.max_error_ratio, 0.99), policy.max_error_ratio
        found.append(Measure(limit.name, limit.name, good, bad, ratio))
    return tuple(found)


@dataclass(frozen=True)
class Evidence:
    """Of one measure, summed over minutes: the canary's count, and each test's logarithms.

    Attributes:
        count: How many of the canary's requests it was.
        good: For going on: against `ratio` times the baseline's odds, and against the limit for the canary alone.
        worse: For going back, by `WORSE`: so many times the baseline's odds. `beyond`: so many times the limit.
    """

    count: int = 0
    good: tuple[float, float] = (0.0, 0.0)
    worse: tuple[float, ...] = (0.0,) * len(WORSE)
    beyond: tuple[float, ...] = (0.0,) * len(WORSE)

    def after(self, measure: Measure, minute: Minute) -> "Evidence":
        """Return it with one more minute; one that wasn't measured says nothing."""
        canary, baseline = measure.count(minute.canary), measure.count(minute.baseline) or 0
        if canary is None:
            return self
        sent, compared = minute.canary.requests, minute.baseline.requests

        def against_baseline(odds: float) -> float:
            return odds_ratio(canary, sent, baseline, compared, odds) if measure.ratio else 0.0

        # Where the baseline is beyond the limit too, it is not the canary's doing.
        own = baseline <= measure.bad * compared
        return Evidence(
            self.count + canary,
            (
                self.good[0] - against_baseline(measure.ratio or 1.0),
                self.good[1] + rate_ratio(canary, sent, measure.good, measure.bad),
            ),
            tuple(log + against_baseline(odds) for log, odds in zip(self.worse, WORSE, strict=True)),
            tuple(
                log + (rate_ratio(canary, sent, odds * measure.bad, measure.bad) if own else 0.0)
                for log, odds in zip(self.beyond, WORSE, strict=True)
            ),
        )

    def promote(self, measure: Measure) -> float:
        """Return the logarithm of the evidence that the canary is good: the mean of both tests'."""
        return log_mean(self.good) if measure.ratio else self.good[1]

    def roll_back(self, measure: Measure) -> float:
        """Return the logarithm of the evidence that the canary is bad: the mean of both tests'."""
        return log_mean((*self.worse, *self.beyond)) if measure.ratio else log_mean(self.beyond)
