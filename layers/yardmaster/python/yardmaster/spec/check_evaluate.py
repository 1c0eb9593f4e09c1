"""The combinations of the `evaluate` section that can't be."""

from collections.abc import Iterator

from yardmaster.spec.evaluate import EvaluateSpec, GateCondition
from yardmaster.spec.findings import Finding
from yardmaster.spec.source import Path

_COMPARISON = ("margin", "confidence", "on_inconclusive")
_POSITIVE = frozenset({"rmse", "mse", "mae", "log_loss", "msd", "mean_distance"})
"""The metrics from 0 up; the others end at 1."""
_BELOW_ZERO = frozenset({"r2", "explained"})
"""The metrics that compare with a guess, and can be worse than it."""


def check_evaluate(evaluate: EvaluateSpec) -> Iterator[Finding]:
    """Yield what can't be in each condition of the gate."""
    for index, condition in enumerate(evaluate.gate or ()):
        path = ("evaluate", "gate", index)
        yield from _kind(path, condition)
        yield from _bounds(path, condition)


def _kind(path: Path, condition: GateCondition) -> Iterator[Finding]:
    """A condition has bounds or a baseline, and not both."""
    bounded = condition.min is not None or condition.max is not None
    if not bounded and condition.versus is None:
        yield Finding(path, None, "asks for nothing", "min, max, or versus: baseline beside the metric")
    elif bounded and condition.versus is not None:
        yield Finding(path, None, "has bounds and a baseline", "two conditions, one with min or max, one with versus")
    if condition.versus is None:
        for key in _COMPARISON:
            if key in condition.model_fields_set:
                fault = "is for the comparison with the baseline"
                yield Finding((*path, key), getattr(condition, key), fault, "leave it out, or write versus: baseline")


def _bounds(path: Path, condition: GateCondition) -> Iterator[Finding]:
    """Bounds must be values that the metric can have, in their order."""
    low, high = None if condition.metric in _BELOW_ZERO else 0.0, None if condition.metric in _POSITIVE else 1.0
    for key in ("min", "max"):
        bound = getattr(condition, key)
        if bound is not None and ((low is not None and bound < low) or (high is not None and bound > high)):
            yield Finding((*path, key), bound, f"is a value that {condition.metric} never has", _range(low, high))
    if condition.min is not None and condition.max is not None and condition.min > condition.max:
        yield Finding((*path, "min"), condition.min, f"is more than max, {condition.max:g}", "min below max")
    if high == 1 and condition.margin >= 1:
        fault = f"is too much for {condition.metric}, which ends at 1"
        yield Finding((*path, "margin"), condition.margin, fault, "below 1, such as 0.005")


def _range(low: float | None, high: float | None) -> str:
    """Say the range of a metric."""
    if low is None:
        return f"at most {high:g}"
    return f"at least {low:g}" if high is None else f"from {low:g} to {high:g}"
