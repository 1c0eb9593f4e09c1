"""start_endpoint on a virtual clock: what was saved comes back, whatever goes wrong on the way; and opening hours."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.flows.test_stop_idle_endpoints import HOUR, SPEC, drop_again, live, states, stopped, there
from tests.steps import refused
from tests.world import START, World, a_world
from yardmaster.records import Stage

BY_HAND = SPEC.replace("  idle: {stop_after: 1h}\n", "")
OFFICE = SPEC.replace("stop_after: 1h", 'hours: "Mon-Fri 08:00-19:00 Europe/Berlin"')


def serving(world: World) -> bool:
    row = world.endpoint("churn")
    return row.state == "" and row.due is None and there(world) is not None


def asleep(world: World, spec: str = BY_HAND) -> dict[str, Any]:
    """Stop the endpoint; return how it was."""
    live(world, spec)
    was = there(world)
    assert was is not None
    world.say("stop_endpoint", "churn", "for the night")
    world.run(lambda: stopped(world), hours=1)
    return was


def test_a_configuration_that_somebody_deleted_is_made_again(world: World) -> None:
    was = asleep(world)
    before = world.sagemaker.describe_endpoint_config(EndpointConfigName=was["EndpointConfigName"])
    world.sagemaker.delete_endpoint_config(EndpointConfigName=was["EndpointConfigName"])

    world.say("start_endpoint", "churn")
    world.run(lambda: serving(world), hours=1)

    after = world.sagemaker.describe_endpoint_config(EndpointConfigName=was["EndpointConfigName"])
    assert after["ProductionVariants"] == before["ProductionVariants"]
    assert after["DataCaptureConfig"] == before["DataCaptureConfig"]
    assert world.core.tags_of(after["EndpointConfigArn"])["yardmaster"] == "yardmaster"


def test_without_the_model_it_can_not_come_back_and_a_person_is_told(world: World) -> None:
    was = asleep(world)
    config = world.sagemaker.describe_endpoint_config(EndpointConfigName=was["EndpointConfigName"])
    world.sagemaker.delete_endpoint_config(EndpointConfigName=was["EndpointConfigName"])
    world.sagemaker.delete_model(ModelName=config["ProductionVariants"][0]["ModelName"])

    world.say("start_endpoint", "churn")
    world.run_for(2 * HOUR)

    row = world.endpoint("churn")
    assert row.state == "stopped"
    assert "can't be made again" in row.reason
    assert states(world)[-1] == "failed"
    assert row.saved


def test_an_endpoint_that_fails_is_made_again_three_times_and_then_a_person_is_told(world: World) -> None:
    asleep(world)
    world.script.fails = {"churn/*": "The primary container did not pass the ping health check."}
    world.say("start_endpoint", "churn")
    world.run(lambda: "failed" in states(world), hours=4)
    world.run_for(3 * HOUR)

    assert world.calls["start_endpoint sagemaker:CreateEndpoint"] == 3
    assert there(world) is None
    row = world.endpoint("churn")
    assert row.state == "stopped"
    assert "ping health check" in row.reason

    world.script.fails = {}
    world.say("start_endpoint", "churn")
    world.run(lambda: serving(world), hours=1)
    assert world.endpoint("churn").failed == ""


def test_a_release_does_not_try_for_ever_what_failed(world: World) -> None:
    asleep(world)
    world.script.fails = {"churn/*": "no ping"}
    drop_again(world)
    world.run(lambda: "failed" in states(world), hours=6)
    world.run_for(3 * HOUR)

    assert world.calls["start_endpoint sagemaker:CreateEndpoint"] == 3
    waiting = world.release("churn", 2).waiting_for
    assert waiting is not None
    assert (waiting.kind.value, waiting.subject) == ("person", "yardmaster start churn")


def test_it_waits_for_instances_and_says_so_once(world: World) -> None:
    asleep(world)
    full = world.core.settings
    world.core.settings = replace(full, quotas={"ml.m5.large for endpoint usage": 0})
    world.say("start_endpoint", "churn")
    world.run_for(2 * HOUR)

    assert states(world) == ["stopping", "stopped", "starting", "starting"]
    assert 4 <= world.calls["start_endpoint sagemaker:CreateEndpoint"] <= 12
    said = [one["detail"] for one in world.events if one["detail-type"] == "Endpoint State Change"]
    assert "it waits for instances: The account-level service limit" in said[-1]["reason"]

    world.core.settings = full
    world.run(lambda: serving(world), hours=2)


def test_with_too_few_instances_it_serves_with_what_it_has_and_says_so(world: World) -> None:
    live(world, BY_HAND)
    name = f"release-{world.release('churn', 1).id}"
    world.sagemaker.update_endpoint_weights_and_capacities(
        EndpointName="churn", DesiredWeightsAndCapacities=[{"VariantName": name, "DesiredInstanceCount": 4}]
    )
    world.run_for(600)
    world.say("stop_endpoint", "churn")
    world.run(lambda: stopped(world), hours=1)
    world.core.settings = replace(world.core.settings, quotas={"ml.m5.large for endpoint usage": 3})

    world.say("start_endpoint", "churn")
    world.run(lambda: serving(world), hours=1)

    row = world.endpoint("churn")
    assert f"2 × {name}" in row.reason
    assert f"without capacity {name} 4, which was refused: " in row.reason
    assert f"endpoint/churn/variant/{name}" in world.autoscaling.targets


def test_a_scaling_policy_that_is_refused_does_not_keep_it_from_serving(world: World) -> None:
    asleep(world)
    world.autoscaling.refuse = lambda operation: "not today" if operation == "PutScalingPolicy" else None
    world.say("start_endpoint", "churn")
    world.run(lambda: serving(world), hours=1)
    assert "without policy" in world.endpoint("churn").reason
    assert "not today" in world.endpoint("churn").reason


def test_what_scaling_paused_and_timed_comes_back(world: World) -> None:
    live(world, BY_HAND)
    name = f"release-{world.release('churn', 1).id}"
    of = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/churn/variant/{name}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    paused = {
        "DynamicScalingInSuspended": True,
        "DynamicScalingOutSuspended": False,
        "ScheduledScalingSuspended": True,
    }
    world.autoscaling.register_scalable_target(**of, MinCapacity=1, MaxCapacity=4, SuspendedState=paused)
    action = {"ScheduledActionName": "night", "Schedule": "cron(0 22 * * ? *)"}
    world.autoscaling.put_scheduled_action(**of, **action, ScalableTargetAction={"MinCapacity": 1, "MaxCapacity": 1})
    world.say("stop_endpoint", "churn")
    world.run(lambda: stopped(world), hours=1)
    assert of["ResourceId"] not in world.autoscaling.targets

    world.say("start_endpoint", "churn")
    world.run(lambda: serving(world), hours=1)

    assert world.autoscaling.targets[of["ResourceId"]]["SuspendedState"] == paused
    assert world.autoscaling.scheduled[of["ResourceId"]]["night"]["Schedule"] == "cron(0 22 * * ? *)"


def test_a_start_while_it_is_being_stopped_starts_it_then(world: World) -> None:
    live(world, BY_HAND)
    world.say("stop_endpoint", "churn")
    world.run(lambda: world.endpoint("churn").state == "stopping", hours=1)
    world.say("start_endpoint", "churn")
    world.run(lambda: serving(world), hours=1)
    assert states(world) == ["stopping", "starting", "in_service"]


def test_a_stop_while_it_is_being_started_is_refused_in_words(world: World) -> None:
    asleep(world)
    world.say("start_endpoint", "churn")
    world.run(lambda: world.endpoint("churn").state == "starting", hours=1)
    world.say("stop_endpoint", "churn")
    world.run(lambda: serving(world), hours=1)
    assert refused(world) == ["endpoint churn is being started: stop it when it serves"]


def test_a_stop_under_a_canary_is_refused_in_words(world: World) -> None:
    live(world, BY_HAND)
    drop_again(world)
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)
    world.say("stop_endpoint", "churn")
    world.run_for(60)
    assert refused(world) == [
        "endpoint churn is held by churn #2: wait until that has ended, or roll it back or cancel it"
    ]


@pytest.mark.parametrize("same", [True, False])
def test_one_that_a_person_made_meanwhile_is_kept(world: World, same: bool) -> None:
    was = asleep(world)
    config = was["EndpointConfigName"]
    if not same:
        config = "of-somebody"
        found = world.sagemaker.describe_endpoint_config(EndpointConfigName=was["EndpointConfigName"])
        variants = [{**found["ProductionVariants"][0], "VariantName": "theirs"}]
        world.sagemaker.create_endpoint_config(EndpointConfigName=config, ProductionVariants=variants)
    tags = [{"Key": "yardmaster", "Value": "yardmaster"}]
    world.sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName=config, Tags=tags)
    world.run_for(600)

    world.say("start_endpoint", "churn")
    world.run(lambda: serving(world), hours=1)

    now = there(world)
    assert now is not None
    assert now["EndpointConfigName"] == config
    assert world.calls["start_endpoint sagemaker:CreateEndpoint"] == 0


# --- opening hours ---------------------------------------------------------------------------------------------------


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).timestamp()


def begin_at(world: World, text: str) -> None:
    world.now = world._next_tick = world._last_minute = at(text)


def spells(world: World) -> list[tuple[str, str]]:
    """Return when the endpoint was stopped and served again, by the clock in Berlin."""
    told = world.endpoint("churn").told
    times = [(line["state"], datetime.fromtimestamp(line["at"], ZoneInfo("Europe/Berlin"))) for line in told]
    return [(state, f"{when:%a %H:%M}") for state, when in times if state in {"stopping", "starting"}]


@pytest.mark.parametrize(
    ("friday", "clocks"), [("2026-03-27 10:00", "an hour less"), ("2026-10-23 10:00", "an hour more")]
)
def test_hours_stop_and_start_by_the_clock_on_the_wall_over_a_weekend_with_a_clock_change(
    world: World, friday: str, clocks: str
) -> None:
    begin_at(world, friday)
    live(world, OFFICE)
    world.run_for(3.5 * 24 * HOUR)
    assert spells(world)[:2] == [("stopping", "Fri 19:00"), ("starting", "Mon 08:00")], clocks


def test_a_person_s_start_outside_the_hours_holds_until_they_end(world: World) -> None:
    begin_at(world, "2026-03-03 17:00")
    live(world, OFFICE)
    world.run(lambda: stopped(world), hours=4)
    world.run_for(HOUR)
    world.say("start_endpoint", "churn", "a late customer")
    world.run_for(30 * HOUR)
    assert [state for state, _ in spells(world)] == ["stopping", "starting", "stopping"]
    assert spells(world)[-1] == ("stopping", "Wed 19:00")


def test_a_person_s_stop_inside_the_hours_holds_until_they_begin_again(world: World) -> None:
    begin_at(world, "2026-03-03 09:00")
    live(world, OFFICE)
    world.say("stop_endpoint", "churn", "a quiet day")
    world.run_for(26 * HOUR)
    assert spells(world)[-1] == ("starting", "Wed 08:00")
    assert [state for state, _ in spells(world)] == ["stopping", "starting"]


def test_a_release_that_arrives_at_night_is_not_stopped_on_its_way(world: World) -> None:
    begin_at(world, "2026-03-03 17:00")
    live(world, OFFICE)
    world.run(lambda: stopped(world), hours=4)
    world.traffic = 40
    drop_again(world)
    world.run(lambda: world.stage("churn", 2) is Stage.LIVE, hours=10)
    world.traffic = 0
    world.run(lambda: stopped(world), hours=1)
    assert [state for state, _ in spells(world)] == ["stopping", "starting", "stopping"]


# --- death at any moment ---------------------------------------------------------------------------------------------

SLEEPERS = {"stop_idle_endpoints", "start_endpoint"}


def there_and_back(world: World) -> None:
    """Stopped because nobody asks, started for a release; what is seen on the way is the same whoever dies."""
    live(world)
    world.run(lambda: stopped(world), hours=8)
    assert there(world) is None
    world.say("start_endpoint", "churn")
    world.run(lambda: serving(world), hours=8)
    name = f"release-{world.release('churn', 1).id}"
    found = there(world)
    assert found is not None
    assert [one["CurrentInstanceCount"] for one in found["ProductionVariants"]] == [2]
    assert world.autoscaling.policies[f"endpoint/churn/variant/{name}"].keys() == {"yardmaster-target-tracking"}
    assert world.endpoint("churn").lease_owner is None
    assert states(world)[-1] == "in_service"
    assert "stopped" in states(world)


def calls_of(journey: Callable[[World], None]) -> int:
    """Return how many calls the functions that stop and start make on a journey, once there is something to do."""
    counted = itertools.count()
    with a_world() as world:

        def count(function: str, call: int, operation: str) -> None:
            if matters(world, function):
                next(counted)

        world.meanwhile = count
        journey(world)
    return next(counted)


def killing(world: World, victim: int) -> Callable[[str, int, str], bool]:
    counted = itertools.count()
    return lambda function, call, operation: matters(world, function) and next(counted) == victim


def matters(world: World, function: str) -> bool:
    """Say whether a call is one of those: before an endpoint can be idle, a sweep only reads."""
    return function in SLEEPERS and world.now - START > 420 + HOUR + 5 * 60


def test_a_function_that_dies_before_any_of_its_calls_changes_nothing_in_the_end() -> None:
    total = calls_of(there_and_back)
    assert total > 25
    for victim in range(total):
        with a_world() as world:
            world.kill = killing(world, victim)
            there_and_back(world)


def test_events_that_are_lost_or_doubled_change_nothing(world: World) -> None:
    world.copies = 2
    there_and_back(world)
    with a_world() as other:
        other.keep = lambda event: event["source"] != "aws.sagemaker"
        there_and_back(other)
