"""From the judge's verdict to what happens next, as the spec says."""

from dataclasses import dataclass
from typing import assert_never

from yardmaster.records import Stage
from yardmaster.rules.judge import Action, CanaryPolicy, Verdict
from yardmaster.spec.schema import CanarySpec


@dataclass(frozen=True)
class Watch:
    """No verdict yet."""

    reason: str


@dataclass(frozen=True)
class Ask:
    """The deadline passed without a verdict: the canary stays, a person decides."""

    reason: str


@dataclass(frozen=True)
class NextStep:
    """More traffic for the new model."""

    reason: str


@dataclass(frozen=True)
class GoBack:
    """The baseline gets its full weight back; the release ends in this stage."""

    end: Stage
    reason: str


def policy(spec: CanarySpec) -> CanaryPolicy:
    """Return what the judge needs to know of the spec."""
    return CanaryPolicy(
        max_error_ratio=spec.max_error_ratio,
        max_error_rate=spec.max_error_rate,
        min_requests=spec.min_requests,
        false_rollback=spec.false_rollback,
        false_promotion=spec.false_promotion,
        progress_deadline=spec.progress_deadline,
    )


def after_verdict(verdict: Verdict, spec: CanarySpec) -> Watch | Ask | NextStep | GoBack:
    """Decide what a verdict means."""
    match verdict.action:
        case Action.KEEP_WATCHING:
            return Watch(verdict.reason)
        case Action.PROMOTE:
            return NextStep(verdict.reason)
        case Action.ROLL_BACK:
            return GoBack(Stage.ROLLED_BACK, verdict.reason)
        case Action.INCONCLUSIVE:
            return _at_deadline(verdict.reason, spec)
        case _:
            assert_never(verdict.action)


def _at_deadline(reason: str, spec: CanarySpec) -> Ask | NextStep | GoBack:
    match spec.on_inconclusive:
        case "hold":
            return Ask(reason)
        case "rollback":
            return GoBack(Stage.INCONCLUSIVE, reason)
        case "promote":
            return NextStep(f"{reason}; promoted without a verdict, as the spec says")
        case _:
            assert_never(spec.on_inconclusive)
