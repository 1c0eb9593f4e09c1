"""No instances for the last update, when the traffic is where it belongs already: it serves on, and is tried again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.drops import SPEC, csv
from tests.flows.test_autoscaling import SCALED
from tests.steps import assert_settled, drop, ended, share
from tests.world import World
from yardmaster.records import Stage, WaitKind
from yardmaster.rules.why import why

CAPACITY = "Unable to provision requested ML compute capacity"
LIMIT = "The account-level service limit 'ml.m5.large for endpoint usage' is 2 Instances"


def set_simulator(world: World, **settings: Any) -> None:
    world.core.settings = replace(world.core.settings, **settings)


def no_room_left(world: World) -> None:
    """The quota refuses UpdateEndpoint at once."""
    world.hide_quotas()
    set_simulator(world, quotas={"ml.m5.large for endpoint usage": 2})


def fails_later(world: World) -> None:
    """UpdateEndpoint is accepted, and ends with the configuration of before."""
    set_simulator(world, no_capacity=is_last)


def fails_half_way(world: World) -> None:
    """UpdateEndpoint is accepted, fails, and so does its rollback: old and new serve side by side."""
    set_simulator(world, no_capacity=is_last, fail_rollback=lambda endpoint: True)


def is_last(config: str) -> bool:
    """Say whether a configuration is one that removes a variant from the two."""
    return not config.endswith("-shared")


def room_again(world: World) -> None:
    set_simulator(world, quotas={}, no_capacity=lambda config: False, fail_rollback=lambda endpoint: False)


SHORTAGES = {"refused": (no_room_left, LIMIT), "failed": (fails_later, CAPACITY), "mixed": (fails_half_way, CAPACITY)}
Shortage = tuple[Callable[[World], None], str]


@pytest.fixture(params=SHORTAGES)
def shortage(request: pytest.FixtureRequest) -> Shortage:
    return SHORTAGES[request.param]


def canary(world: World, spec: str = SPEC) -> None:
    """Bring a second release beside the first one; from then on each request is counted by its answer."""
    drop(world, 1, quality=0.7, spec=spec)
    world.script.quality = {"*": 0.9}
    world.traffic = 200
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)


def a_long_time(world: World) -> None:
    """Five hours of less traffic."""
    world.traffic = 20
    world.run_for(5 * 3600)


def updates(world: World) -> int:
    return world.calls["judge_canary sagemaker:UpdateEndpoint"]


def waits(world: World) -> bool:
    waiting = world.release("churn", 2).waiting_for
    return waiting is not None and waiting.kind is WaitKind.CAPACITY


def test_a_promotion_keeps_serving_until_there_is_room_to_remove_the_old_variant(
    world: World, shortage: Shortage
) -> None:
    cause, says = shortage
    canary(world)
    cause(world)
    world.run(lambda: waits(world), hours=6)
    began, asked = world.now, updates(world)
    a_long_time(world)

    found = world.release("churn", 2)
    assert found.stage is Stage.PROMOTING
    assert share(world, 2) == 95.0
    assert 4 <= updates(world) - asked <= 10, "every five minutes at first, each hour in the end"
    assert found.waiting_for is not None
    assert found.waiting_for.since <= began
    said = why(found, world.now)
    assert "it waits for instances, since 5h" in said
    assert says in said

    room_again(world)
    world.run(lambda: ended(world, 2), hours=2)
    assert world.stage("churn", 2) is Stage.LIVE
    assert world.errors == []
    assert world.unanswered == 0
    assert_settled(world)


def test_a_way_back_keeps_the_baseline_serving_until_there_is_room_to_remove_the_canary(
    world: World, shortage: Shortage
) -> None:
    cause, says = shortage
    canary(world)
    cause(world)
    world.script.invocation_errors = {f"*release-{world.release('churn', 2).id}*": 0.5}
    world.run(lambda: waits(world), hours=6)
    a_long_time(world)

    found = world.release("churn", 2)
    assert found.stage is Stage.ROLLING_BACK
    assert share(world, 1) == 100.0
    assert says in why(found, world.now)
    assert "has all traffic again" in str(found.history)

    room_again(world)
    world.run(lambda: ended(world, 2), hours=2)
    assert world.stage("churn", 2) is Stage.ROLLED_BACK
    assert world.errors == []
    assert world.unanswered == 0
    assert_settled(world)


def test_a_person_can_roll_back_a_promotion_that_waits_for_instances(world: World, shortage: Shortage) -> None:
    canary(world)
    shortage[0](world)
    world.run(lambda: waits(world), hours=6)
    world.command("rollback", world.release("churn", 2))
    world.run_for(600)
    if shortage[0] is not fails_half_way:
        assert share(world, 1) == 100.0
    room_again(world)
    world.run(lambda: ended(world, 2), hours=2)

    assert world.stage("churn", 2) is Stage.ROLLED_BACK
    assert_settled(world)


def test_a_new_model_that_turns_bad_while_the_old_one_cannot_be_removed_goes_back(world: World) -> None:
    canary(world)
    fails_later(world)
    world.run(lambda: waits(world), hours=6)
    world.run_for(3600)
    world.script.invocation_errors = {f"*release-{world.release('churn', 2).id}*": 0.5}
    turned = world.now
    world.run(lambda: share(world, 1) == 100.0, hours=2)

    assert world.now - turned < 900
    room_again(world)
    world.run(lambda: ended(world, 2), hours=2)
    assert world.stage("churn", 2) is Stage.ROLLED_BACK
    assert_settled(world)


def test_an_alarm_is_heard_while_the_old_variant_cannot_be_removed(world: World) -> None:
    world.alarms = {"churn-cpu": "OK"}
    canary(world, SPEC.replace("canary: {", "canary: {alarms: [churn-cpu], "))
    fails_later(world)
    world.run(lambda: waits(world), hours=6)
    world.alarms = {"churn-cpu": "ALARM"}
    world.run_for(300)

    assert share(world, 1) == 100.0
    assert "alarm churn-cpu is in ALARM" in str(world.release("churn", 2).history)


def test_the_new_variant_is_scaled_while_the_old_one_cannot_be_removed(world: World, shortage: Shortage) -> None:
    canary(world, SCALED)
    shortage[0](world)
    world.run(lambda: waits(world), hours=6)
    world.run_for(3600)

    assert [name.rpartition("/")[2] for name in world.autoscaling.targets] == [
        f"release-{world.release('churn', 2).id}"
    ]
    room_again(world)
    world.run(lambda: ended(world, 2), hours=2)
    assert world.stage("churn", 2) is Stage.LIVE
    assert world.errors == []


def test_a_container_that_fails_at_the_removal_is_no_lack_of_instances_and_goes_back(world: World) -> None:
    canary(world)
    world.run(lambda: world.stage("churn", 2) is Stage.PROMOTING)
    world.core.settings = replace(world.core.settings, no_capacity=is_last)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("local_aws.sagemaker.deployment._NO_CAPACITY", "The primary container did not pass the ping.")
        world.run(lambda: world.stage("churn", 2) is Stage.ROLLING_BACK, hours=4)

    assert "did not take it after 3 tries" in str(world.release("churn", 2).history)


@pytest.mark.parametrize("call", range(2, 14, 3))
def test_a_function_may_die_while_it_waits_for_instances(world: World, call: int) -> None:
    canary(world)
    fails_later(world)
    world.run(lambda: waits(world), hours=6)
    world.traffic = 20
    world.kill = lambda function, number, operation: function == "judge_canary" and number == call
    world.run_for(3600)
    world.kill = lambda function, number, operation: False
    room_again(world)
    world.run(lambda: ended(world, 2), hours=4)

    assert world.stage("churn", 2) is Stage.LIVE
    assert world.unanswered == 0
    assert_settled(world)
