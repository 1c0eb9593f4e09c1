"""Automatic scaling along a shift: what must be deregistered before a change, and registered after it.

SageMaker refuses an update that removes a registered variant. What somebody registered by hand is kept while its
variant stays, and goes over to the new variant with the traffic. While most of the traffic is on the new variant, the
old one must not shrink: it takes everything back at once if the new one is bad.
https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-scaling-update.html
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from yardmaster.records import Scaling, ScalingPolicy, ScheduledAction
from yardmaster.rules import shift as shifts
from yardmaster.rules.shift import (
    Change,
    Deregister,
    EndpointFacts,
    Later,
    Next,
    Phase,
    PutPolicy,
    PutScheduled,
    Register,
    SetCapacity,
    Settled,
    SetWeights,
    Shift,
    Update,
    key_of,
)
from yardmaster.spec.deploy import AutoscalingSpec

POLICY = "yardmaster-target-tracking"
"""The name of the policy that a spec asks for; all others are somebody else's."""
_INVOCATIONS = "SageMakerVariantInvocationsPerInstance"
_METRICS = {
    "cpu_utilization": "CPUUtilization",
    "memory_utilization": "MemoryUtilization",
    "gpu_utilization": "GPUUtilization",
}


_Step = Register | PutPolicy | PutScheduled | Deregister


def of_spec(spec: AutoscalingSpec | None, endpoint: str, variant: str) -> Scaling | None:
    """Return what a spec asks for, for one variant; None if it asks for nothing."""
    if spec is None:
        return None
    ((target, value),) = spec.targets().items()
    settings = {
        "TargetValue": value,
        **_metric(target, endpoint, variant),
        "ScaleInCooldown": spec.scale_in_cooldown,
        "ScaleOutCooldown": spec.scale_out_cooldown,
    }
    policy = ScalingPolicy(POLICY, "TargetTrackingScaling", settings)
    return Scaling(spec.min_capacity, spec.max_capacity, (policy,))


def matters(shift: Shift, variants: Iterable[str]) -> bool:
    """Say whether registrations must be looked at now: where a variant may go, or the traffic is about to."""
    if shift.phase is not Phase.STEP:
        return True
    if shift.step > 0:
        return shift.step_started_at is None
    return not {*variants} <= {shift.variant, shift.baseline_variant}


def next_change(shift: Shift, facts: EndpointFacts | None) -> Next:
    """Decide the one next step, as `rules.shift.next_change` does, with the registrations that go with it."""
    step = shifts.next_change(shift, facts)
    if shift.made and shift.phase is Phase.BACK:
        # Deleting an endpoint takes its registrations along.
        return step
    if facts is None or facts.scaling is None or shift.scaling_refusals >= shifts.MAX_TRIES:
        return _told(shift, step)
    change = _besides(shift, facts.scaling, step)
    return _told(shift, step) if change is None or shifts.asked_enough(shift, change) else change


def remembered(shift: Shift, change: Register | Deregister) -> Shift:
    """Return the shift with the old variant's registration noted, before it is changed."""
    before = change.before
    if before is None:
        return shift
    if isinstance(change, Deregister):
        called = {alarm for policy in before.policies for alarm in policy.alarms}
        shift = replace(shift, orphaned_alarms=tuple(sorted({*shift.orphaned_alarms, *called})))
    if not _is_source(shift, change):
        return shift
    if (kept := shift.kept_scaling) is not None and shift.phase is not Phase.BACK:
        # The pause of scaling in is ours: it was noted when it began.
        before = replace(before, scale_in_suspended=kept.scale_in_suspended, schedule_suspended=kept.schedule_suspended)
    return replace(shift, kept_scaling=before)


def refused(shift: Shift, change: Change, answer: str) -> Shift:
    """Return the shift with AWS's refusal noted; a policy or scheduled action is given up after a few, and no more."""
    count = shift.scaling_refusals + 1
    match change:
        case PutPolicy(policy=policy):
            said = f"scaling policy {policy.name}, which was refused: {answer}"
        case PutScheduled(action=action):
            said = f"scheduled action {action.name}, which was refused: {answer}"
        case _:
            return replace(
                shift, scaling_refusals=count, scaling_refused=f"automatic scaling, which was refused: {answer}"
            )
    if count < shifts.MAX_TRIES:
        return replace(shift, scaling_refusals=count)
    return replace(shift, scaling_refusals=0, scaling_without={**shift.scaling_without, key_of(change): said})


def orphans(shift: Shift) -> str:
    """Say which alarms of people call policies that are gone; empty if none do."""
    if not shift.orphaned_alarms:
        return ""
    serving = shift.baseline_variant if shift.phase is Phase.BACK else shift.variant
    replaced = shift.scaling is not None and shift.phase is not Phase.BACK
    advice = "the spec's `autoscaling` replaces these" if replaced else f"let them call those of {serving}"
    names = ", ".join(shift.orphaned_alarms)
    return f"; your alarms {names} call step scaling policies that ended with their registration: {advice}"


def _besides(shift: Shift, there: Mapping[str, Scaling], step: Next) -> _Step | None:
    """Return what must be done to registrations before `step`; None if nothing."""
    match step:
        case Update(config):
            return _leaving(shift, there, config)
        case Later(Update(config)):
            # It may take hours: the variant that serves is scaled meanwhile.
            return _leaving(shift, there, config) or _arrived(shift, there)
        case SetCapacity() | SetWeights() if shift.phase is Phase.STEP:
            return _hold(shift, there)
        case Settled():
            return _hold(shift, there) if shift.phase is Phase.STEP else _arrived(shift, there)
        case _:
            return None


def _leaving(shift: Shift, there: Mapping[str, Scaling], config: str) -> Deregister | None:
    """A registered variant that isn't in the next configuration goes first."""
    held_by: dict[str | None, set[str | None]] = {
        shift.configs.get("alone"): {shift.variant},
        shift.configs.get("shared"): {shift.variant, shift.baseline_variant},
        shift.configs.get("before"): {shift.baseline_variant},
    }
    stays = held_by[config]
    for name in sorted(there):
        if name not in stays:
            reason = f"{name} leaves automatic scaling, before it leaves endpoint {shift.endpoint}"
            return Deregister(name, there[name], reason)
    return None


def _hold(shift: Shift, there: Mapping[str, Scaling]) -> Register | None:
    """The old variant keeps its instances while most of its traffic is elsewhere."""
    name = shift.baseline_variant
    if shift.step == 0 or name is None or name not in there:
        return None
    held = replace(there[name], scale_in_suspended=True, schedule_suspended=True)
    if held == there[name]:
        return None
    reason = f"{name} is not scaled in, nor by schedule, while it may get its traffic back"
    return Register(name, held, there[name], reason)


def _arrived(shift: Shift, there: Mapping[str, Scaling]) -> Register | PutPolicy | PutScheduled | None:
    """The variant that is left is registered as the spec, or what was there before, says, with all that goes along."""
    name = shift.baseline_variant if shift.phase is Phase.BACK else shift.variant
    if name is None:
        return None
    have = there.get(name)
    want = _returning(shift, have, name) if shift.phase is Phase.BACK else _going_live(shift, name)
    if want is None:
        return None
    return next((one for one in missing(name, want, have) if key_of(one) not in shift.scaling_without), None)


def missing(name: str, want: Scaling, have: Scaling | None) -> list[Register | PutPolicy | PutScheduled]:
    """Return what makes a variant's registration as it is wanted; first of all the registration itself.

    Args:
        name: The variant.
        want: How it is to be registered.
        have: How it is; None if it isn't.
    """
    if have is None or replace(have, policies=(), scheduled=()) != replace(want, policies=(), scheduled=()):
        span = f"{want.min_capacity} to {want.max_capacity} instances"
        return [Register(name, want, have, f"{name} is scaled automatically, {span}")]
    policies: list[Register | PutPolicy | PutScheduled] = [
        PutPolicy(name, policy, f"{name} gets scaling policy {policy.name}")
        for policy in want.policies
        if not _is_among(have.policies, policy)
    ]
    return policies + [
        PutScheduled(name, action, f"{name} gets scheduled action {action.name}")
        for action in want.scheduled
        if not any(_is_as_wanted(one, action) for one in have.scheduled)
    ]


def _going_live(shift: Shift, name: str) -> Scaling | None:
    kept = shift.kept_scaling
    if shift.scaling is not None:
        # No spec knows schedules: people's go on with it.
        return shift.scaling if kept is None else replace(shift.scaling, scheduled=kept.scheduled)
    if kept is None:
        return None
    # What an earlier spec asked for, and this one doesn't, ends with its variant; what people made by hand goes on.
    by_hand = tuple(policy for policy in kept.policies if policy.name != POLICY)
    if kept.policies and not by_hand and not kept.scheduled:
        return None
    return _carried(replace(kept, policies=by_hand), shift.baseline_variant, name)


def _returning(shift: Shift, have: Scaling | None, name: str) -> Scaling | None:
    kept = shift.kept_scaling
    if kept is None:
        return have
    if shift.returns_to is not None:
        return _carried(kept, shift.variant, name)
    if have is None:
        return kept
    # It may have been registered again by a look before this one, which had no time for the policies.
    there = {policy.name for policy in have.policies}
    lost = tuple(policy for policy in kept.policies if policy.name not in there)
    timed = {action.name for action in have.scheduled}
    return replace(
        have,
        scale_in_suspended=kept.scale_in_suspended,
        schedule_suspended=kept.schedule_suspended,
        policies=have.policies + lost,
        scheduled=have.scheduled + tuple(action for action in kept.scheduled if action.name not in timed),
    )


def _is_source(shift: Shift, change: Register | Deregister) -> bool:
    """Say whether a registration is the one to keep: of the variant that serves."""
    match shift.phase:
        case Phase.FIRST:
            return isinstance(change, Deregister) and shift.kept_scaling is None
        case Phase.STEP | Phase.LAST:
            return change.variant == shift.baseline_variant
        case Phase.BACK:
            return shift.returns_to is not None and isinstance(change, Deregister) and change.variant == shift.variant


def _carried(scaling: Scaling, old: str | None, new: str) -> Scaling:
    """Return a registration for another variant: metrics that name the old one name the new one."""
    policies = tuple(replace(one, settings=_renamed(one.settings, old, new)) for one in scaling.policies)
    return replace(scaling, policies=policies)


def _renamed(value: Any, old: str | None, new: str) -> Any:
    if isinstance(value, dict):
        if value.get("Name") == "VariantName" and old in {None, value.get("Value")}:
            return {**value, "Value": new}
        return {key: _renamed(item, old, new) for key, item in value.items()}
    return [_renamed(item, old, new) for item in value] if isinstance(value, list) else value


def _is_among(there: tuple[ScalingPolicy, ...], want: ScalingPolicy) -> bool:
    """Say whether a policy is there as wanted; what AWS added to its settings is no difference."""
    return any(have.name == want.name and _holds(have.settings, want.settings) for have in there)


def _is_as_wanted(have: ScheduledAction, want: ScheduledAction) -> bool:
    """Say whether a scheduled action is there as wanted; a time zone that AWS added is no difference."""
    return have == want or (want.timezone is None and replace(have, timezone=None) == want)


def _holds(have: Any, want: Any) -> bool:
    if isinstance(want, dict):
        return isinstance(have, dict) and all(key in have and _holds(have[key], item) for key, item in want.items())
    return bool(have == want)


def _metric(target: str, endpoint: str, variant: str) -> dict[str, Any]:
    if target == "invocations_per_instance":
        return {"PredefinedMetricSpecification": {"PredefinedMetricType": _INVOCATIONS}}
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    metric = {"MetricName": _METRICS[target], "Namespace": "/aws/sagemaker/Endpoints", "Dimensions": dimensions}
    return {"CustomizedMetricSpecification": {**metric, "Statistic": "Average"}}


def _told(shift: Shift, step: Next) -> Next:
    """A release whose automatic scaling was refused, or left alarms behind, says so."""
    if not isinstance(step, Settled) or shift.phase is Phase.STEP:
        return step
    lost = list(shift.scaling_without.values())
    if shift.scaling_refused is not None and shift.scaling_refusals >= shifts.MAX_TRIES:
        lost.append(shift.scaling_refused)
    return Settled("".join([step.reason, *(f"; without {one}" for one in lost), orphans(shift)]))
