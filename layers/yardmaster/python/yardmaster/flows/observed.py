"""What is gathered about a canary: its minutes, the spec's alarms, how fast the baseline usually is."""

from yardmaster.aws import alarms, endpoint_metrics
from yardmaster.flows.yard import Yard
from yardmaster.records import Minute
from yardmaster.rules import canary
from yardmaster.rules.shift import Shift
from yardmaster.spec.schema import CanarySpec

DAY = 24 * 3600.0


def usual_p95(yard: Yard, state: Shift, now: float) -> float | None:
    """Return the baseline's p95 of the day before, frozen for the whole canary; None without a baseline or traffic."""
    if state.baseline_variant is None:
        return None
    return endpoint_metrics.usual_p95(yard.cloudwatch, state.endpoint, state.baseline_variant, now - DAY, now)


def alarm_states(yard: Yard, spec: CanarySpec) -> list[canary.AlarmState]:
    """Return the alarms that the spec names, as they are now."""
    if not spec.alarms:
        return []
    found = alarms.describe(yard.cloudwatch, tuple(spec.alarms))
    return [
        canary.AlarmState(name, found[name].state, found[name].reason)
        if name in found
        else canary.AlarmState(name, None)
        for name in spec.alarms
    ]


def minutes(yard: Yard, spec: CanarySpec, state: Shift, now: float) -> list[Minute]:
    """Return what both variants answered, minute by minute, since the canary got its traffic."""
    baseline = state.baseline_variant or ""
    thresholds = {limit.name: seconds for limit, seconds in canary.latencies(spec, state.usual_p95).items()}
    return endpoint_metrics.minutes(
        yard.cloudwatch, state.endpoint, state.variant, baseline, state.started_at or now, now, thresholds
    )
