"""stop_idle_endpoints on a virtual clock: who is stopped, who never, and what is saved and verified."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.errors import refusal
from tests.steps import drop
from tests.world import World
from yardmaster.records import Endpoint, Stage
from yardmaster.rules.names import variant_name
from yardmaster.rules.sleep import Saved

SPEC = """
algorithm: xgboost
data: {label: churned, positive: "yes"}
deploy:
  initial_instance_count: 2
  canary: {min_requests: 20, max_error_rate: 0.3, step_weights: [20, 100]}
  autoscaling: {max_capacity: 4, invocations_per_instance: 1000}
  data_capture: {percent: 50}
  idle: {stop_after: 1h}
"""
HOUR = 3600.0


def live(world: World, spec: str = SPEC) -> Endpoint:
    """Bring a release into service, and sweep from then on."""
    drop(world, 1, spec=spec)
    assert world.stage("churn", 1) is Stage.LIVE, world.story()
    world.sweeping = True
    return world.endpoint("churn")


def there(world: World, name: str = "churn") -> dict[str, Any] | None:
    try:
        return dict(world.sagemaker.describe_endpoint(EndpointName=name))
    except ClientError:
        return None


def states(world: World, name: str = "churn") -> list[str]:
    """Return what was said of an endpoint, in order."""
    said = [one["detail"] for one in world.events if one["detail-type"] == "Endpoint State Change"]
    return [one["state"] for one in said if one["endpoint"] == name]


def stopped(world: World, name: str = "churn") -> bool:
    return world.endpoint(name).state == "stopped" and world.endpoint(name).due is None


def test_an_endpoint_that_nobody_asks_is_stopped_after_its_time_with_all_saved(world: World) -> None:
    live(world)
    was = there(world)
    assert was is not None

    world.run(lambda: stopped(world), hours=2)

    assert there(world) is None
    row = world.endpoint("churn")
    assert HOUR <= row.since - was["LastModifiedTime"].timestamp() <= HOUR + 1500
    assert "no request to release-" in row.reason
    saved = Saved.from_dict(row.saved)
    assert saved.config == was["EndpointConfigName"]
    assert saved.content["DataCaptureConfig"]["InitialSamplingPercentage"] == 50
    assert [(one.weight, one.count) for one in saved.variants] == [(100.0, 2)]
    assert saved.scaling[saved.variants[0].name].max_capacity == 4
    assert saved.tags["yardmaster"] == "yardmaster"
    assert saved.instances == {"ml.m5.large": 2}
    assert states(world) == ["stopping", "stopped"]
    assert "Endpoint `churn` is **stopped**" in world.read("churn/STATUS.md")


def test_a_command_brings_back_exactly_what_was(world: World) -> None:
    live(world)
    was = there(world)
    assert was is not None
    world.core.call(
        "UpdateEndpointWeightsAndCapacities",
        {
            "EndpointName": "churn",
            "DesiredWeightsAndCapacities": [
                {"VariantName": was["ProductionVariants"][0]["VariantName"], "DesiredInstanceCount": 4}
            ],
        },
    )
    world.run(lambda: stopped(world), hours=3)

    world.say("start_endpoint", "churn", "we need it")
    world.run(lambda: world.endpoint("churn").state == "" and world.endpoint("churn").due is None, hours=2)

    again = there(world)
    assert again is not None
    assert again["EndpointConfigName"] == was["EndpointConfigName"]
    assert again["DataCaptureConfig"] == was["DataCaptureConfig"]
    assert [one["CurrentInstanceCount"] for one in again["ProductionVariants"]] == [4]
    assert [one["CurrentWeight"] for one in again["ProductionVariants"]] == [100.0]
    name = was["ProductionVariants"][0]["VariantName"]
    target = world.autoscaling.targets[f"endpoint/churn/variant/{name}"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 4)
    assert world.autoscaling.policies[f"endpoint/churn/variant/{name}"].keys() == {"yardmaster-target-tracking"}
    row = world.endpoint("churn")
    assert row.last_start_seconds
    assert row.saved == {}
    assert states(world) == ["stopping", "stopped", "starting", "in_service"]
    assert world.core.tags_of(again["EndpointArn"])["yardmaster"] == "yardmaster"
    assert world.gate.denied == []
