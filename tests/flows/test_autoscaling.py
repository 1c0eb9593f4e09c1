"""Automatic scaling along a release's way: registered when it is live, kept, carried over, put back."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.drops import SPEC, csv
from tests.fakes.autoscaling import DIMENSION, resource
from tests.steps import assert_settled, drop, ended
from tests.world import World
from yardmaster.records import Stage

TARGET = "autoscaling: {max_capacity: 5, invocations_per_instance: 750, scale_in_cooldown: 10m, scale_out_cooldown: 2m}"
SCALED = SPEC.replace("canary: {", f"{TARGET}, canary: {{")
OURS = "yardmaster-target-tracking"


def variant(world: World, number: int) -> str:
    return f"release-{world.release('churn', number).id}"


def target(world: World, number: int) -> dict[str, Any] | None:
    return world.autoscaling.targets.get(resource("churn", variant(world, number)))


def policies(world: World, number: int) -> dict[str, dict[str, Any]]:
    return world.autoscaling.policies.get(resource("churn", variant(world, number)), {})


def by_hand(world: World, number: int) -> None:
    """Somebody registers a live release's variant, and scales it by a metric that names the variant."""
    of = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": resource("churn", variant(world, number)),
        "ScalableDimension": DIMENSION,
    }
    dimensions = [{"Name": "VariantName", "Value": variant(world, number)}]
    world.autoscaling.register_scalable_target(**of, MinCapacity=1, MaxCapacity=7)
    world.autoscaling.put_scaling_policy(
        **of,
        PolicyName="by-hand",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 40.0,
            "CustomizedMetricSpecification": {"MetricName": "CPUUtilization", "Dimensions": dimensions},
        },
    )


NIGHTLY = {
    "ScheduledActionName": "nightly",
    "Schedule": "cron(0 22 * * ? *)",
    "Timezone": "Europe/Berlin",
    "EndTime": datetime(2030, 1, 1, tzinfo=UTC),
    "ScalableTargetAction": {"MinCapacity": 1, "MaxCapacity": 2},
}
STEPS = {
    "AdjustmentType": "ChangeInCapacity",
    "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": 2}],
    "Cooldown": 60,
}


def of(world: World, number: int) -> dict[str, str]:
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": resource("churn", variant(world, number)),
        "ScalableDimension": DIMENSION,
    }


def all_by_hand(world: World, number: int) -> None:
    """Somebody scales a variant by every means: a metric, steps that an alarm calls, and a schedule."""
    by_hand(world, number)
    one = of(world, number)
    kind = {"PolicyType": "StepScaling", "StepScalingPolicyConfiguration": STEPS}
    made = world.autoscaling.put_scaling_policy(**one, PolicyName="steps", **kind)
    world.autoscaling.callers[made["PolicyARN"]] = ["queue-is-long", "gpu-is-hot"]
    world.autoscaling.put_scheduled_action(**one, **NIGHTLY)
    world.autoscaling.put_scheduled_action(**one, ScheduledActionName="at-eight", Schedule="cron(0 8 * * ? *)")


def scheduled(world: World, number: int) -> dict[str, dict[str, Any]]:
    return world.autoscaling.scheduled.get(resource("churn", variant(world, number)), {})


def has_all(world: World, number: int) -> None:
    only(world, number)
    assert set(policies(world, number)) == {"by-hand", "steps"}
    assert policies(world, number)["steps"]["StepScalingPolicyConfiguration"] == STEPS
    assert scheduled(world, number)["nightly"] == of(world, number) | NIGHTLY
    assert set(scheduled(world, number)) == {"nightly", "at-eight"}
    assert list(world.autoscaling.scheduled) == [resource("churn", variant(world, number))]
    assert not any((target(world, number) or {})["SuspendedState"].values())
    assert (target(world, number) or {})["MaxCapacity"] == 7


def canary(world: World, number: int) -> None:
    world.script.quality = {"*": 0.9}
    world.put(f"churn/data/month-{number}.csv", csv(number))
    world.run(lambda: world.stage("churn", number) is Stage.CANARY)


def promote(world: World, number: int) -> None:
    world.traffic = 200
    canary(world, number)
    world.run(lambda: ended(world, number))
    assert world.stage("churn", number) is Stage.LIVE, "\n".join(world.story())


def only(world: World, number: int) -> None:
    assert list(world.autoscaling.targets) == [resource("churn", variant(world, number))]
    assert list(world.autoscaling.policies) == [resource("churn", variant(world, number))]


def test_a_live_release_is_scaled_as_its_spec_says(world: World) -> None:
    drop(world, 1, spec=SCALED)

    found = target(world, 1)
    assert found is not None
    assert (found["MinCapacity"], found["MaxCapacity"]) == (1, 5)
    assert policies(world, 1)[OURS]["TargetTrackingScalingPolicyConfiguration"] == {
        "TargetValue": 750.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        "ScaleInCooldown": 600,
        "ScaleOutCooldown": 120,
    }
    assert world.errors == []


@pytest.mark.parametrize(
    ("key", "metric"),
    [("cpu", "CPUUtilization"), ("memory", "MemoryUtilization"), ("gpu", "GPUUtilization")],
)
def test_utilization_is_measured_on_the_variant(world: World, key: str, metric: str) -> None:
    drop(world, 1, spec=SCALED.replace("invocations_per_instance: 750", f"{key}_utilization: 50"))

    settings = policies(world, 1)[OURS]["TargetTrackingScalingPolicyConfiguration"]
    assert settings["CustomizedMetricSpecification"] == {
        "MetricName": metric,
        "Namespace": "/aws/sagemaker/Endpoints",
        "Dimensions": [
            {"Name": "EndpointName", "Value": "churn"},
            {"Name": "VariantName", "Value": variant(world, 1)},
        ],
        "Statistic": "Average",
    }


def test_without_the_key_nothing_is_registered(world: World) -> None:
    drop(world, 1, spec=SPEC)

    assert world.autoscaling.targets == {}


def test_it_goes_over_with_a_promotion_and_the_baseline_does_not_shrink_meanwhile(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SCALED)
    suspended = []
    baseline = variant(world, 1)

    def watch() -> None:
        found = world.autoscaling.targets.get(resource("churn", baseline))
        if found and world.weights("churn").get(baseline, 100) < 50:
            suspended.append(found["SuspendedState"]["DynamicScalingInSuspended"])

    world.watch = watch
    promote(world, 2)

    assert suspended
    assert all(suspended)
    only(world, 2)
    found = target(world, 2)
    assert found is not None
    assert not found["SuspendedState"]["DynamicScalingInSuspended"]
    assert world.errors == []
    assert_settled(world)


def test_a_rollback_leaves_the_baseline_scaled_as_it_was(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SCALED)
    world.traffic = 200
    canary(world, 2)
    world.run(lambda: world.weights("churn").get(variant(world, 2), 0) > 50)
    before = dict(target(world, 1) or {})
    assert before["SuspendedState"]["DynamicScalingInSuspended"]

    world.command("rollback", world.release("churn", 2))
    world.run(lambda: ended(world, 2))

    assert world.stage("churn", 2) is Stage.ROLLED_BACK
    only(world, 1)
    found = target(world, 1)
    assert found is not None
    assert not found["SuspendedState"]["DynamicScalingInSuspended"]
    assert world.errors == []


def test_a_rollback_after_the_baseline_was_deregistered_registers_it_again(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SCALED)
    world.traffic = 200
    canary(world, 2)
    world.run(lambda: target(world, 1) is None)
    assert world.stage("churn", 2) is Stage.PROMOTING

    world.command("rollback", world.release("churn", 2))
    world.run(lambda: ended(world, 2))

    assert world.stage("churn", 2) is Stage.ROLLED_BACK
    only(world, 1)
    assert list(policies(world, 1)) == [OURS]
    assert not (target(world, 1) or {})["SuspendedState"]["DynamicScalingInSuspended"]


def test_a_release_that_was_live_takes_its_scaling_back_with_it(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SCALED)
    promote(world, 2)

    world.command("rollback", world.release("churn", 2))
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)

    only(world, 1)
    assert list(policies(world, 1)) == [OURS]
    assert (target(world, 1) or {})["MaxCapacity"] == 5


def test_what_somebody_registered_by_hand_is_kept_and_goes_over_to_the_next_release(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    by_hand(world, 1)
    world.traffic = 200
    canary(world, 2)
    assert target(world, 1) is not None

    world.run(lambda: ended(world, 2))

    assert world.stage("churn", 2) is Stage.LIVE
    only(world, 2)
    assert (target(world, 2) or {})["MaxCapacity"] == 7
    settings = policies(world, 2)["by-hand"]["TargetTrackingScalingPolicyConfiguration"]
    assert settings["CustomizedMetricSpecification"]["Dimensions"][0]["Value"] == variant(world, 2)
    assert world.errors == []


def test_what_somebody_registered_by_hand_goes_over_without_a_canary_too(world: World) -> None:
    spec = SPEC.split("deploy:")[0] + "deploy: {canary: none}\n"
    drop(world, 1, quality=0.7, spec=spec)
    by_hand(world, 1)
    drop(world, 2)

    only(world, 2)
    assert list(policies(world, 2)) == ["by-hand"]


ALARMS = "your alarms gpu-is-hot, queue-is-long call step scaling policies that ended with their registration"


def test_steps_and_schedules_go_over_to_the_next_release_and_its_history_names_the_alarms(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    all_by_hand(world, 1)
    promote(world, 2)

    has_all(world, 2)
    assert f"{ALARMS}: let them call those of {variant(world, 2)}" in world.release("churn", 2).reason
    assert world.errors == []


def test_a_schedule_does_not_shrink_the_baseline_while_most_of_the_traffic_is_elsewhere(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    all_by_hand(world, 1)
    world.traffic = 200
    canary(world, 2)
    world.run(lambda: world.weights("churn").get(variant(world, 2), 0) > 50)

    assert (target(world, 1) or {})["SuspendedState"]["ScheduledScalingSuspended"]
    world.command("rollback", world.release("churn", 2))
    world.run(lambda: ended(world, 2))
    has_all(world, 1)
    assert "alarms" not in world.release("churn", 2).reason


def test_a_rollback_after_the_baseline_was_deregistered_gives_it_all_back_and_names_the_alarms(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    all_by_hand(world, 1)
    world.traffic = 200
    canary(world, 2)
    world.run(lambda: target(world, 1) is None)
    world.command("rollback", world.release("churn", 2))
    world.run(lambda: ended(world, 2))

    assert world.stage("churn", 2) is Stage.ROLLED_BACK
    has_all(world, 1)
    assert f"{ALARMS}: let them call those of {variant(world, 1)}" in world.release("churn", 2).reason


def test_a_release_that_was_live_takes_steps_and_schedules_along(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    promote(world, 2)
    all_by_hand(world, 2)
    world.command("rollback", world.release("churn", 2))
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)

    has_all(world, 1)
    assert ALARMS in world.release("churn", 1).reason


def test_a_schedule_goes_on_beside_the_specs_own_scaling(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SCALED)
    world.autoscaling.put_scheduled_action(**of(world, 1), **NIGHTLY)
    promote(world, 2)

    only(world, 2)
    assert list(policies(world, 2)) == [OURS]
    assert list(scheduled(world, 2)) == ["nightly"]


def test_a_schedule_that_is_refused_is_told_and_the_rest_goes_over(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    all_by_hand(world, 1)
    world.autoscaling.refuse = lambda operation: "It is past." if operation == "PutScheduledAction" else None
    promote(world, 2)

    assert set(policies(world, 2)) == {"by-hand", "steps"}
    told = world.release("churn", 2).reason
    assert "without scheduled action nightly, which was refused: It is past." in told
    assert "without scheduled action at-eight, which was refused: It is past." in told
    assert world.errors == []


@pytest.mark.parametrize("call", range(10))
@pytest.mark.parametrize("errors", [0.0, 0.9], ids=["promotion", "rollback"])
def test_everything_arrives_though_a_function_dies_before_a_call(world: World, errors: float, call: int) -> None:
    """Before the n-th change of registrations; a rollback comes when the baseline has lost its own."""
    drop(world, 1, quality=0.7, spec=SPEC)
    all_by_hand(world, 1)
    world.traffic = 200
    left = call
    killed = 0

    def kill(function: str, number: int, operation: str) -> bool:
        nonlocal left, killed
        service, _, name = operation.partition(":")
        if service != "application-autoscaling" or name.startswith("Describe"):
            return False
        left -= 1
        killed += left < 0 and killed < 3
        return left < 0 and killed <= 3 and left >= -3

    world.kill = kill
    canary(world, 2)
    if errors:
        world.run(lambda: target(world, 1) is None)
        world.command("rollback", world.release("churn", 2))
    world.run(lambda: ended(world, 2))

    assert world.stage("churn", 2) is (Stage.ROLLED_BACK if errors else Stage.LIVE)
    has_all(world, 1 if errors else 2)
    assert ALARMS in world.release("churn", 2).reason
    assert_settled(world, 2400)
    assert killed or call > 6


def test_the_spec_wins_over_what_somebody_registered_by_hand(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    by_hand(world, 1)
    world.put("churn/spec.yaml", SCALED)
    promote(world, 2)

    only(world, 2)
    assert list(policies(world, 2)) == [OURS]


def test_a_spec_that_asks_for_it_no_more_ends_it(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SCALED)
    world.put("churn/spec.yaml", SPEC)
    promote(world, 2)

    assert world.autoscaling.targets == {}


def test_a_canary_is_sized_by_what_scaling_made_of_the_baseline(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SCALED)
    wish = {"VariantName": variant(world, 1), "DesiredInstanceCount": 4}
    world.sagemaker.update_endpoint_weights_and_capacities(EndpointName="churn", DesiredWeightsAndCapacities=[wish])
    world.run_for(300)
    promote(world, 2)

    (serving,) = world.sagemaker.describe_endpoint(EndpointName="churn")["ProductionVariants"]
    assert serving["CurrentInstanceCount"] == 4


def test_a_refused_registration_stops_no_release_and_is_told(world: World) -> None:
    world.autoscaling.refuse = lambda operation: "No." if operation == "RegisterScalableTarget" else None
    drop(world, 1, spec=SCALED)

    found = world.release("churn", 1)
    assert found.stage is Stage.LIVE
    assert "without automatic scaling, which was refused: No." in found.reason
    assert_settled(world)


@dataclass(frozen=True)
class Way:
    """How the second release ends, and whose variant is scaled then."""

    errors: float
    stage: Stage
    scaled: int


WAYS = {
    "promotion": Way(errors=0.0, stage=Stage.LIVE, scaled=2),
    "rollback": Way(errors=0.9, stage=Stage.ROLLED_BACK, scaled=1),
}


def go(world: World, way: Way) -> None:
    drop(world, 1, quality=0.7, spec=SCALED)
    world.traffic = 200
    world.script.invocation_errors = {f"*{variant(world, 1)}*": 0.0, "*": way.errors}
    drop(world, 2)


def check(world: World, way: Way) -> None:
    world.kill = world.repeat = lambda function, call, operation: False
    assert_settled(world, 2400)
    assert world.stage("churn", 2) is way.stage, "\n".join(world.story())
    only(world, way.scaled)
    assert list(policies(world, way.scaled)) == [OURS]
    assert not (target(world, way.scaled) or {})["SuspendedState"]["DynamicScalingInSuspended"]


@pytest.mark.parametrize("operation", ["RegisterScalableTarget", "PutScalingPolicy", "DeregisterScalableTarget"])
def test_the_answer_to_a_call_of_scaling_may_be_lost(world: World, operation: str) -> None:
    world.repeat = lambda function, call, called: called.endswith(operation)
    go(world, WAYS["promotion"])

    check(world, WAYS["promotion"])


@pytest.mark.parametrize("name", WAYS)
def test_functions_may_die_right_after_each_call_of_scaling(world: World, name: str) -> None:
    """The call was made, its record wasn't: the next look finds out."""
    before, left = "", 6

    def kill(function: str, call: int, operation: str) -> bool:
        nonlocal before, left
        after, before = before, operation
        changed = after.startswith("application-autoscaling:") and "Describe" not in after
        left -= changed
        return changed and left >= 0

    world.kill = kill
    go(world, WAYS[name])

    check(world, WAYS[name])
    assert any("Killed" in error for error in world.errors)
