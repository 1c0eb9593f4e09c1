"""What a gate asks of a candidate, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

LOWER_IS_BETTER = frozenset({"log_loss", "rmse", "mse", "mae", "msd", "mean_distance"})
"""The metrics that count loss; of all others more is better."""


class Verdict(StrEnum):
    """The three answers: a broken measurement is none of them, but a MeasurementError."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class OnInconclusive(StrEnum):
    """What becomes of a comparison that the test rows can't decide."""

    MANUAL = "manual"
    """The gate is inconclusive: a person decides."""
    REJECT = "reject"
    PASS = "pass"  # noqa: S105


@dataclass(frozen=True)
class Condition:
    """One line of the gate: `min` and `max` for the figure itself, or `versus: baseline` for a comparison.

    Attributes:
        metric: One of `metric_names(problem)`.
        margin: How much worse than the baseline still counts as not worse, in the metric's unit.
        confidence: Of the one-sided bound that a verdict needs.

    Raises:
        ValueError: It asks nothing, or both kinds at once, or its numbers are out of range.
    """

    metric: str
    min: float | None = None
    max: float | None = None
    versus: str | None = None
    margin: float = 0.0
    confidence: float = 0.95
    on_inconclusive: OnInconclusive = OnInconclusive.MANUAL

    def __post_init__(self) -> None:
        bounded = self.min is not None or self.max is not None
        if bounded == (self.versus is not None):
            raise ValueError(f"the gate's condition on {self.metric} needs min or max, or else versus: baseline")
        if self.versus not in (None, "baseline"):
            raise ValueError(f"the gate's condition on {self.metric} can only be versus: baseline")
        if self.margin < 0 or not 0.5 < self.confidence < 1:
            raise ValueError(f"the gate's condition on {self.metric}: margin >= 0 and confidence from 0.5 to 1, please")


@dataclass(frozen=True)
class Finding:
    """What came of one condition; `figures` are the numbers behind the reason."""

    condition: Condition
    verdict: Verdict
    reason: str
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class GateDecision:
    """The gate's answer: fail if a condition fails, else inconclusive if a person must decide, else pass."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    reason: str
