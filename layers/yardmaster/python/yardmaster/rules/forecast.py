"""How long a canary would take: the judge itself, asked over made-up streams of requests at a given rate.

What is made up is the traffic: in each minute as many requests as the rate says (Poisson), of which a share fails at
random, and a share is as slow as a limit allows. What is not is the judging: `rules.judge`, by the spec's policy,
looked at as often as `judge_canary` looks, on minutes that CloudWatch has completed.

Real traffic comes in bursts, and errors too: take the minutes for what they are worth, and the chance of a verdict for
an upper bound.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from statistics import NormalDist
from typing import Final

from yardmaster.records import Counts, Minute
from yardmaster.rules import canary
from yardmaster.rules.judge import Action, CanaryPolicy, judge, next_look
from yardmaster.rules.judge.decide import SETTLING
from yardmaster.rules.judge.records import MINUTE
from yardmaster.spec.schema import CanarySpec

RUNS: Final = 200
"""How many canaries are made up at most: a share of them is then known to about 7 points."""
FEWEST: Final = 30
LEAST: Final = 8
"""Where each takes weeks of made-up minutes; what is told of them is then rough."""
MOST_MINUTES: Final = 16_000
"""Minutes that are judged for one forecast: what keeps it to a second or two; three times as many up to `FEWEST`."""
UPDATE_MINUTES: Final = (5.0, 8.0)
"""How long an update of an endpoint with new instances takes on AWS: our assumption, measured by nobody here."""
WEIGHT_MINUTES: Final = 1.0
"""How long a change of weights alone takes until it is seen: seconds on AWS by hearsay, and then the next look."""
WORSE: Final = 5.0
"""How many times the baseline's error rate the bad canary has."""
USUAL_P95: Final = 0.1
"""The baseline's usual latency in seconds; any number does, since the made-up latencies are shares of it."""
NEVER: Final = math.inf
_NORMAL: Final = NormalDist()
_FEW: Final = 30.0
"""Up to this mean a Poisson number is drawn exactly; above it, from the normal distribution of the same spread."""

Draw = Callable[[], float]
"""Returns a number from 0 up to 1, each as likely as any other."""


class Outcome(StrEnum):
    """How a made-up canary ended."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    NO_VERDICT = "no_verdict"


@dataclass(frozen=True)
class Run:
    """One made-up canary: how it ended, and after how many minutes from its approval; `NEVER` without a verdict."""

    outcome: Outcome
    minutes: float


@dataclass(frozen=True)
class Forecast:
    """What a canary would do.

    Attributes:
        runs: How many were made up.
        promoted, rolled_back: The shares of them that ended so; the rest had no verdict within a step's deadline.
        median, late: Minutes from approval until half, and nine of ten, of all had ended as they should; `NEVER` if
            fewer did.
        requests: How many requests the canary gets in its first step, at most, until the deadline.
    """

    runs: int
    promoted: float
    rolled_back: float
    median: float
    late: float
    requests: float

    @property
    def verdict(self) -> float:
        """The share that had a verdict in every step, whichever."""
        return self.promoted + self.rolled_back


@dataclass(frozen=True)
class Traffic:
    """Requests a minute to the whole endpoint, of a day or any stretch that repeats itself; one minute at least."""

    profile: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Requests a minute, in the mean."""
        return sum(self.profile) / len(self.profile)

    def at(self, minute: int) -> float:
        """Return the rate of a minute, counted from the profile's beginning."""
        return self.profile[minute % len(self.profile)]


def forecast(
    spec: CanarySpec, traffic: Traffic, draw: Draw, *, error_rate: float, times: float = 1.0, want: Outcome
) -> Forecast:
    """Say how a canary would end, and when.

    Args:
        spec: The spec's canary section.
        traffic: Requests a minute.
        draw: Chance; the same draws give the same forecast.
        error_rate: The share of the baseline's requests that fail.
        times: The canary's error rate, as a multiple of the baseline's.
        want: How it should end, whose minutes are told.
    """
    if not traffic.mean:
        return Forecast(0, 0.0, 0.0, NEVER, NEVER, 0.0)  # Nothing is asked, so nothing is known.
    made = _Made(spec, traffic, draw, error_rate, times)
    runs: list[Run] = []
    while len(runs) < LEAST or made.judged < (MOST_MINUTES if len(runs) >= FEWEST else 3 * MOST_MINUTES):
        runs.append(made.run())
        if len(runs) == RUNS:
            break
    ends = sorted(run.minutes if run.outcome is want else NEVER for run in runs)
    return Forecast(
        len(runs),
        sum(run.outcome is Outcome.PROMOTED for run in runs) / len(runs),
        sum(run.outcome is Outcome.ROLLED_BACK for run in runs) / len(runs),
        _quantile(ends, 0.5),
        _quantile(ends, 0.9),
        _most_requests(spec, traffic),
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(math.ceil(share * len(ordered)), len(ordered)) - 1]


def _most_requests(spec: CanarySpec, traffic: Traffic) -> float:
    return traffic.mean * spec.progress_deadline / MINUTE * min(spec.step_weights[0], 100) / 100


@dataclass
class _Made:
    """Makes canaries up; `judged` counts the minutes that were judged so far."""

    spec: CanarySpec
    traffic: Traffic
    draw: Draw
    error_rate: float
    times: float
    judged: int = 0
    policy: CanaryPolicy = field(init=False)
    slow: Mapping[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.policy = canary.policy(self.spec, USUAL_P95)
        # As slow as the baseline where it is compared; a quarter of what is too much where it is not: both are fine.
        self.slow = {limit.name: limit.share / (1 if limit.compared else 4) for limit in self.policy.latency}

    def run(self) -> Run:
        """Make one up, from its approval to its end."""
        # Whenever in the day.
        first = int(self.draw() * len(self.traffic.profile))
        now = self._update()
        steps: tuple[float, ...] = ()
        minutes: list[Minute] = []
        for weight in self.spec.step_weights[:-1]:
            steps = (*steps, now)
            action, now, seen = self._step(minutes, steps, weight / 100, first)
            if action is Action.ROLL_BACK:
                return Run(Outcome.ROLLED_BACK, (now + WEIGHT_MINUTES * MINUTE) / MINUTE)
            if action is not Action.PROMOTE:
                return Run(Outcome.NO_VERDICT, NEVER)
            minutes += seen
            # More traffic needs more instances, then the weights; the last update takes the old variant away.
            now += self._update() + WEIGHT_MINUTES * MINUTE
        return Run(Outcome.PROMOTED, now / MINUTE)

    def _update(self) -> float:
        shortest, longest = UPDATE_MINUTES
        return (shortest + (longest - shortest) * self.draw()) * MINUTE

    def _step(
        self, earlier: Sequence[Minute], steps: tuple[float, ...], share: float, first: int
    ) -> tuple[Action, float, list[Minute]]:
        """Judge one step; return the verdict, when it was seen, and the step's minutes until then."""
        began = steps[-1]
        deadline = self._looks_at(steps, began + self.policy.progress_deadline)
        whole = math.ceil(began / MINUTE)
        last = int((deadline - SETTLING) // MINUTE)
        made, minutes = whole, list[Minute]()
        # The first crossing decides, so the first minutes alone give the same verdict: most runs need few.
        length = max(16, math.ceil(self.policy.min_requests / (self.traffic.mean * share)))
        while True:
            end = min(whole + length, last)
            for number in range(made, end):
                minutes += self._minute(number, share, first)
            made, known = end, [*earlier, *minutes]
            self.judged += len(known) + (end - whole) // 10
            verdict = judge(known, self.policy, steps, deadline)
            if verdict.action in {Action.PROMOTE, Action.ROLL_BACK}:
                at = verdict.evidence[-1].start
                seen = self._looks_at(steps, at + MINUTE + SETTLING)
                # The tick that wakes a look comes up to a minute after it is due.
                return verdict.action, seen + self.draw() * MINUTE, [one for one in minutes if one.start <= seen]
            if end == last:
                return Action.INCONCLUSIVE, deadline, minutes
            length *= 4

    def _looks_at(self, steps: tuple[float, ...], at: float) -> float:
        """Return when the judge looks first from a time on, by the spec's interval."""
        first = next_look(steps, self.policy.warm_up, steps[-1] + SETTLING + MINUTE)
        interval = float(self.spec.interval)
        return first + max(math.ceil((at - first) / interval), 0) * interval

    def _minute(self, number: int, share: float, first: int) -> list[Minute]:
        """Return a minute; none if the canary had no requests: it would be no evidence, and change nothing."""
        rate = self.traffic.at(first + number)
        canary = self._counts(rate * share, min(self.error_rate * self.times, 1.0))
        if not canary.requests:
            return []
        return [Minute(number * MINUTE, canary, self._counts(rate * (1 - share), self.error_rate))]

    def _counts(self, mean: float, error_rate: float) -> Counts:
        if mean <= _FEW:
            requests = poisson(mean, self.draw)
            errors = sum(self.draw() < error_rate for _ in range(requests))
        else:
            # Good and failed requests of a Poisson stream are two streams of their own.
            errors = poisson(mean * error_rate, self.draw)
            requests = errors + poisson(mean * (1 - error_rate), self.draw)
        slow = {name: min(poisson(requests * part, self.draw), requests) for name, part in self.slow.items()}
        return Counts(requests, errors, slow)


def poisson(mean: float, draw: Draw) -> int:
    """Return a number with Poisson's distribution."""
    if mean > _FEW:
        chance = min(max(draw(), 1e-12), 1 - 1e-12)
        return max(round(mean + math.sqrt(mean) * _NORMAL.inv_cdf(chance)), 0)
    if mean <= 0:
        return 0
    chance, term, number = draw(), math.exp(-mean), 0
    while chance > term and term > 0:
        chance -= term
        number += 1
        term *= mean / number
    return number
