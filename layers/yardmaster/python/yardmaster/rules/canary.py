"""From the judge's verdict to what happens next, as the spec says."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from yardmaster.records import Stage
from yardmaster.rules.judge import Action, CanaryPolicy, LatencyLimit, Minute, Verdict, judge
from yardmaster.rules.judge import next_look as next_that_brings_news
from yardmaster.rules.shift import Shift
from yardmaster.spec.schema import CanarySpec


@dataclass(frozen=True)
class Watch:
    """No verdict yet."""

    reason: str


@dataclass(frozen=True)
class Ask:
    """The canary stays, and is judged on; a person decides: `what` they can say, such as `promote or rollback`."""

    what: str
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


Decision = Watch | Ask | NextStep | GoBack
MAJORITY = 50.0
"""From this share of the traffic on, a step is the promotion that `confirm: [promotion]` speaks of."""


def latencies(spec: CanarySpec, usual_p95: float | None) -> dict[LatencyLimit, float]:
    """Return the latency limits, and the seconds of each: the spec's, and the baseline's own where it is known."""
    limits = spec.max_latency.by_share() if spec.max_latency else {}
    found = {
        LatencyLimit(f"slower than {_milliseconds(seconds)}", share, compared=False): seconds
        for share, seconds in limits.items()
    }
    if usual_p95 is not None:
        name = f"slower than the baseline's p95 ({_milliseconds(usual_p95)})"
        found[LatencyLimit(name, 0.05, compared=True)] = usual_p95
    return found


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms"


def policy(spec: CanarySpec, usual_p95: float | None = None) -> CanaryPolicy:
    """Return what the judge needs to know of the spec, and of how fast the baseline usually is, in seconds."""
    return CanaryPolicy(
        latency=tuple(latencies(spec, usual_p95)),
        max_error_ratio=spec.max_error_ratio,
        max_error_rate=spec.max_error_rate,
        min_requests=spec.min_requests,
        false_rollback=spec.false_rollback,
        false_promotion=spec.false_promotion,
        progress_deadline=spec.progress_deadline,
    )


def next_look(spec: CanarySpec, state: Shift, after: float) -> float:
    """Return when to look at a canary next, not before `after`: alarms are read at each tick."""
    if spec.alarms or state.unjudged is not None or state.step_started_at is None:
        return after
    steps = (*state.earlier_steps, state.step_started_at)
    return next_that_brings_news(steps, policy(spec, state.usual_p95).warm_up, after)


@dataclass(frozen=True)
class AlarmState:
    """An alarm that the spec names; `state` is CloudWatch's, or None if there is no such alarm."""

    name: str
    state: str | None
    reason: str = ""


def decide(
    minutes: Sequence[Minute],
    alarms: Sequence[AlarmState],
    spec: CanarySpec,
    state: Shift,
    now: float,
    *,
    may_promote: bool = True,
) -> Decision:
    """Decide what happens to a canary, from what it answered, what the spec says and what people said.

    Args:
        minutes: What both variants answered, from the canary's beginning.
        alarms: The alarms that the spec names, as they are now.
        spec: The spec's canary section.
        state: Where the shift stands; its current step has got its traffic.
        now: The time.
        may_promote: False where only bad news count.

    Raises:
        MeasurementError: The metrics contradict themselves: a broken measurement is no verdict.
    """
    if alarm := next((one for one in alarms if one.state == "ALARM"), None):
        return GoBack(Stage.ROLLED_BACK, f"alarm {alarm.name} is in ALARM: {alarm.reason or 'it gives no reason'}")
    if state.unjudged is not None:
        return NextStep(f"not judged: {state.unjudged}")
    steps = (*state.earlier_steps, state.step_started_at or now)
    strict = policy(spec, state.usual_p95)
    verdict = judge(minutes, strict, steps, now, may_promote=may_promote)
    onward = after_verdict(verdict, spec)
    if not isinstance(onward, NextStep) or (stop := _stop(onward.reason, alarms, spec, state)) is None:
        return onward
    bad_news = judge(minutes, strict, steps, now, may_promote=False)
    return GoBack(Stage.ROLLED_BACK, bad_news.reason) if bad_news.action is Action.ROLL_BACK else stop


def turned_bad(
    minutes: Sequence[Minute], alarms: Sequence[AlarmState], spec: CanarySpec, state: Shift, since: float, now: float
) -> GoBack | None:
    """Decide whether a canary that passed all steps goes back after all, while its baseline can't be removed yet.

    Args:
        minutes: As for `decide`.
        alarms: As for `decide`.
        spec: As for `decide`.
        state: As for `decide`.
        since: When its last step was passed.
        now: The time.
    """
    onward = decide(minutes, alarms, spec, replace(state, step_started_at=since), now, may_promote=False)
    return onward if isinstance(onward, GoBack) and onward.end is Stage.ROLLED_BACK else None


def _stop(passed: str, alarms: Sequence[AlarmState], spec: CanarySpec, state: Shift) -> Ask | None:
    """Return what a canary that passed its step waits for."""
    if state.held is not None:
        return Ask("resume or rollback", f"held ({state.held}), though it passed: {passed}")
    if "promotion" in spec.confirm and state.share() < MAJORITY <= state.step_weights[state.step + 1]:
        return Ask("promote or rollback", f"the spec asks for a person's word before promotion; passed: {passed}")
    if missing := [one.name for one in alarms if one.state is None]:
        said = f"the spec names alarms that do not exist: {', '.join(missing)}; passed: {passed}"
        return Ask("promote or rollback", said)
    return None


def after_verdict(verdict: Verdict, spec: CanarySpec) -> Decision:
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
            return Ask("promote or rollback", reason)
        case "rollback":
            return GoBack(Stage.INCONCLUSIVE, reason)
        case "promote":
            return NextStep(f"{reason}; promoted without a verdict, as the spec says")
        case _:
            assert_never(spec.on_inconclusive)
