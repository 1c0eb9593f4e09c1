"""stop_idle_endpoints on a virtual clock: who is stopped, who never, and what is saved and verified."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.drops import csv
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


def silent(world: World, name: str) -> None:
    """Take away what CloudWatch knows of a metric."""
    for key in [key for key in world._points if key[2] == name]:
        del world._points[key]
    put = world._put_metric
    world.core._world.put_metric = lambda point: None if point.name == name else put(point)


def deleting(world: World, status: str) -> Callable[[dict[str, Any]], Any]:
    """Let the next DeleteEndpoint end in a status; return what really deletes."""
    really = world.core._operations["DeleteEndpoint"]

    def instead(params: dict[str, Any]) -> dict[str, Any]:
        world.core._operations["DeleteEndpoint"] = really
        world.core.put_in_status(params["EndpointName"], status, "could not be deleted")
        return {}

    world.core._operations["DeleteEndpoint"] = instead
    return really


def under_canary(world: World) -> None:
    world.script.quality = {"*": 0.9}
    drop_again(world)
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)


def drop_again(world: World, number: int = 2) -> None:
    world.put(f"churn/data/month-{number}.csv", csv(number))


def kept(world: World) -> None:
    tags = [{"Key": "yardmaster:keep", "Value": "the demo on Friday"}]
    found = there(world)
    assert found is not None
    world.sagemaker.add_tags(ResourceArn=found["EndpointArn"], Tags=tags)


def asked_by_somebody(world: World) -> None:
    world.traffic = 1


def maintained(world: World) -> None:
    world.core.put_in_status("churn", "SystemUpdating", "maintenance")


@pytest.mark.parametrize(
    "why",
    [
        under_canary,
        kept,
        asked_by_somebody,
        maintained,
        lambda world: silent(world, "MemoryUtilization"),
        lambda world: setattr(world, "metrics_status", "InternalError"),
    ],
    ids=["a canary", "a tag", "a request", "maintenance", "no metrics at all", "metrics that break off"],
)
def test_an_endpoint_is_never_stopped_without_evidence_or_under_a_release(
    world: World, why: Callable[[World], None]
) -> None:
    live(world)
    why(world)

    world.run_for(3 * HOUR)

    assert there(world) is not None
    assert world.endpoint("churn").state == ""
    assert world.calls["stop_idle_endpoints sagemaker:DeleteEndpoint"] == 0


def test_a_spec_without_idle_stops_nothing_and_costs_one_query(world: World) -> None:
    live(world, SPEC.replace("  idle: {stop_after: 1h}\n", ""))
    world.calls.clear()
    world.sweep()
    asked = {name: count for name, count in world.calls.items() if name.startswith("stop_idle_endpoints")}
    assert asked == {
        "stop_idle_endpoints dynamodb:Query": 1,
        "stop_idle_endpoints resourcegroupstaggingapi:GetResources": 1,
    }


def test_a_busy_endpoint_is_asked_about_once_in_its_window(world: World) -> None:
    live(world)
    world.traffic = 5
    world.run_for(1.5 * HOUR)
    world.calls.clear()
    world.run_for(4 * HOUR)
    assert 3 <= world.calls["stop_idle_endpoints cloudwatch:GetMetricData"] <= 5
    assert world.calls["stop_idle_endpoints sagemaker:ListEndpoints"] == 0


def test_a_request_between_the_look_and_the_deletion_keeps_it_running(world: World) -> None:
    live(world)

    def ask(function: str, call: int, operation: str) -> None:
        # After the sweep has made up its mind, and before it asks once more.
        if operation == "sagemaker:ListTags" and function == "stop_idle_endpoints" and not world.traffic:
            world.traffic = 3
            world._send_requests(world.now - 60)

    world.meanwhile = ask
    world.run(lambda: "in_service" in states(world), hours=2)

    assert there(world) is not None
    row = world.endpoint("churn")
    assert (row.state, row.saved) == ("", {})
    assert "3 requests" in row.reason


@pytest.mark.parametrize("status", ["SystemUpdating", "Updating"])
def test_a_deletion_that_aws_refuses_is_given_up_and_the_next_sweep_tries_again(world: World, status: str) -> None:
    live(world)

    def busy(function: str, call: int, operation: str) -> None:
        if operation == "sagemaker:DeleteEndpoint" and "stopping" in states(world) and len(states(world)) == 1:
            world.core.put_in_status("churn", status, seconds=600)

    world.meanwhile = busy
    world.run(lambda: stopped(world), hours=6)

    assert states(world) == ["stopping", "in_service", "stopping", "stopped"]


def test_a_deletion_that_ends_in_failure_is_tried_again(world: World) -> None:
    live(world)
    deleting(world, "Failed")
    world.run(lambda: stopped(world), hours=3)

    assert there(world) is None
    assert world.calls["stop_idle_endpoints sagemaker:DeleteEndpoint"] == 2


def test_a_deletion_that_is_throttled_is_looked_at_again(world: World) -> None:
    live(world)
    throttled = iter([True])
    world.core.settings = replace(
        world.core.settings, throttle=lambda operation: operation == "DeleteEndpoint" and next(throttled, False)
    )
    world.run(lambda: stopped(world), hours=4)
    assert states(world)[-1] == "stopped"


def test_somebody_who_deletes_and_makes_it_again_meanwhile_is_left_alone(world: World) -> None:
    live(world)
    config = world.endpoint("churn").config

    def remake(function: str, call: int, operation: str) -> None:
        if operation == "sagemaker:DeleteEndpoint":
            world.meanwhile = lambda *_: None
            world.sagemaker.delete_endpoint(EndpointName="churn")
            world.now += 120
            world.core.advance()
            tags = [{"Key": "yardmaster", "Value": "other"}]
            world.sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName=config, Tags=tags)

    world.meanwhile = remake
    world.run(lambda: "stopping" in states(world), hours=2)
    world.run_for(1200)

    assert there(world) is not None
    assert world.endpoint("churn").state == ""
    assert world.endpoint("churn").saved == {}


def test_a_person_stops_it_and_hears_why_not(world: World) -> None:
    live(world, SPEC.replace("  idle: {stop_after: 1h}\n", ""))
    world.say("stop_endpoint", "churn", "for the night")
    world.run(lambda: stopped(world), hours=1)
    assert world.endpoint("churn").reason == "stopped by alice: for the night"
    said = "What starts it: `yardmaster start churn`, or a release that needs it."
    assert said in world.read("churn/STATUS.md")

    world.say("stop_endpoint", "nobody's")
    world.say("start_endpoint", "", model="churn")
    world.run(lambda: world.endpoint("churn").state == "", hours=1)
    world.say("start_endpoint", "churn")
    world.run_for(60)
    refused = [one["detail"]["reason"] for one in world.events if one["detail-type"] == "Command Refused"]
    assert refused == [
        "this stack has no endpoint nobody's",
        "endpoint churn is not stopped: there is nothing to start",
    ]


def test_a_command_that_comes_twice_counts_once(world: World) -> None:
    live(world)
    event = world.say("stop_endpoint", "churn")
    world.run(lambda: stopped(world), hours=1)
    world.say("start_endpoint", "churn")
    world.run(lambda: world.endpoint("churn").state == "", hours=1)

    world.send(event)
    world.run_for(300)

    assert world.endpoint("churn").state == ""


def test_two_sweeps_at_once_stop_it_once(world: World) -> None:
    live(world)
    world.sweeping = False
    world.run_for(1.5 * HOUR)
    again = [True]

    def sweep_too(function: str, call: int, operation: str) -> None:
        if operation == "sagemaker:DescribeEndpointConfig" and again:
            again.clear()
            world.sweep()

    world.meanwhile = sweep_too
    world.sweep()
    world.meanwhile = lambda *_: None

    world.run(lambda: stopped(world), hours=1)
    assert not again
    assert world.calls["stop_idle_endpoints sagemaker:DeleteEndpoint"] == 1
    assert states(world) == ["stopping", "stopped"]


# --- a release that needs it -----------------------------------------------------------------------------------------


def test_a_release_starts_its_endpoint_and_is_judged_against_who_served(world: World) -> None:
    live(world)
    first = world.release("churn", 1)
    world.run(lambda: stopped(world), hours=3)

    drop_again(world)
    world.run(lambda: world.endpoint("churn").state == "starting", hours=2)
    release = world.release("churn", 2)
    assert release.stage is Stage.REGISTERED
    assert release.waiting_for is not None
    assert release.waiting_for.subject == "churn is stopped; it is being started"

    world.run(lambda: world.stage("churn", 2) is Stage.CANARY, hours=2)
    assert variant_name(first.id) in world.weights("churn")
    assert world.release("churn", 2).baseline == first.id
    assert world.endpoint("churn").wanted_by is None


def test_an_endpoint_whose_last_canary_was_rolled_back_is_idle_as_any_other(world: World) -> None:
    # Nobody measures the canary's variant any more: it is gone, so its silence is no question.
    live(world)
    world.traffic = 200
    world.script.invocation_errors = {f"*release-{world.release('churn', 1).id}*": 0.0, "*": 0.5}
    drop_again(world)
    world.run(lambda: world.stage("churn", 2) is Stage.ROLLED_BACK, hours=3)
    assert world.endpoint("churn").weights == {variant_name(world.release("churn", 1).id): 100.0}

    world.traffic = 0
    world.run(lambda: stopped(world), hours=3)
    assert there(world) is None


def test_with_start_on_command_a_release_waits_for_a_person(world: World) -> None:
    live(world, SPEC.replace("stop_after: 1h", "stop_after: 1h, start: on_command"))
    world.run(lambda: stopped(world), hours=3)
    drop_again(world)
    world.run(lambda: world.release("churn", 2).waiting_for is not None, hours=2)
    waiting = world.release("churn", 2).waiting_for
    assert waiting is not None
    assert (waiting.kind.value, waiting.subject) == ("person", "yardmaster start churn")

    world.run_for(HOUR)
    assert world.endpoint("churn").state == "stopped"
    world.say("start_endpoint", "churn")
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY, hours=2)


def test_a_release_that_comes_while_it_is_being_stopped_starts_it_then(world: World) -> None:
    live(world)
    drop_again(world)
    world.run(lambda: world.stage("churn", 2) is Stage.TRAINING)
    delete = deleting(world, "Deleting")
    world.say("stop_endpoint", "churn")
    world.run(lambda: world.stage("churn", 2) is Stage.REGISTERED, hours=2)
    world.run_for(600)
    waiting = world.release("churn", 2).waiting_for
    assert waiting is not None
    assert waiting.subject == "churn is being stopped"
    world.core.put_in_status("churn", "InService")
    delete({"EndpointName": "churn"})
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY, hours=3)
    assert states(world) == ["stopping", "stopped", "starting", "in_service"]


def test_a_live_release_whose_endpoint_is_stopped_is_not_rolled_back_but_told_how(world: World) -> None:
    live(
        world, SPEC.replace("canary: {min_requests: 20, max_error_rate: 0.3, step_weights: [20, 100]}", "canary: none")
    )
    drop(world, 2)
    world.run(lambda: stopped(world), hours=3)
    world.command("rollback", world.release("churn", 2))
    world.run_for(120)
    said = [one["detail"]["reason"] for one in world.events if one["detail-type"] == "Command Refused"]
    assert said == ["endpoint churn is stopped: `yardmaster start churn`, then roll back again"]
    assert world.stage("churn", 2) is Stage.LIVE
