"""What the judge sees and what it says."""

from dataclasses import dataclass
from enum import StrEnum

MINUTE = 60.0


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
class LatencyLimit:
    """A duration that only a certain share of the requests may exceed.

    Attributes:
        name: As in `Counts.slow`, for people too: `slower than 250 ms`.
        share: The share of requests that may be slower: 0.05 for a 95th percentile.
        compared: True for a duration that was measured on the baseline (its own p95, frozen): the canary is compared
            with the baseline, and a share of `max_error_ratio` times as much is bad. False for a limit of the spec:
            the share itself is bad, and a quarter of it is good.
    """

    name: str
    share: float
    compared: bool


@dataclass(frozen=True)
class CanaryPolicy:
    """How strict the judge is; rates are shares from 0 to 1, times are seconds.

    Attributes:
        max_error_ratio: A canary is bad if the odds of an error are so many times the baseline's.
        max_error_rate: A canary with this rate of errors is bad; one with a quarter of it is good.
        min_requests: What the canary must have answered in a step before it can be promoted.
        false_rollback: The chance of rolling back a good canary, at most.
        false_promotion: The chance of promoting a bad canary, at most.
        progress_deadline: How long a step may stay without a verdict.
        warm_up: How long after the beginning of a step minutes don't count: new instances fill their caches.
        latency: The limits beside errors.
    """

    max_error_ratio: float = 3.0
    max_error_rate: float = 0.01
    min_requests: int = 300
    false_rollback: float = 0.05
    false_promotion: float = 0.05
    progress_deadline: float = 6 * 3600.0
    warm_up: float = MINUTE
    latency: tuple[LatencyLimit, ...] = ()
    on_inconclusive: OnInconclusive = OnInconclusive.HOLD

    def __post_init__(self) -> None:
        shares = (self.max_error_rate, self.false_rollback, self.false_promotion)
        if not all(0 < share < 1 for share in (*shares, *(limit.share for limit in self.latency))):
            raise ValueError("max_error_rate, false_rollback, false_promotion and shares must lie between 0 and 1")
        if self.max_error_ratio <= 1:
            raise ValueError("max_error_ratio must be above 1")


@dataclass(frozen=True)
class MeasureEvidence:
    """One measure after a minute: `count` of the canary's requests in the step had it, and what follows from all."""

    name: str
    count: int
    promote: float
    roll_back: float


@dataclass(frozen=True)
class MinuteEvidence:
    """Where the evidence stood after a minute: `requests` and `errors` of the canary are those of the step so far.

    `promote` is the least of the measures', `roll_back` their mean.
    """

    start: float
    requests: int
    errors: int
    promote: float
    roll_back: float
    measures: tuple[MeasureEvidence, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The judge's answer, and the evidence after each minute that counted, up to the deciding one."""

    action: Action
    reason: str
    evidence: tuple[MinuteEvidence, ...] = ()
