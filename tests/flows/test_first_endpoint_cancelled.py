"""A person ends a model's first release while its endpoint is being made: the endpoint goes, wherever it stands."""

from dataclasses import replace

import pytest

from tests.drops import SPEC, csv
from tests.steps import assert_settled, drop, ended, refused
from tests.world import RETRIES, World
from yardmaster.records import Release, Stage

UNJUDGED = SPEC.split("deploy:")[0] + "deploy: {canary: none}\n"
SCALED = SPEC.replace("deploy: {", "deploy: {autoscaling: {max_capacity: 3, cpu_utilization: 50}, ")


def deploying(world: World, spec: str = SPEC) -> Release:
    world.script.quality = {"*": 0.9}
    world.put("churn/spec.yaml", spec)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.DEPLOYING)
    return world.release("churn", 1)


def endpoints(world: World) -> list[str]:
    return [one["EndpointName"] for one in world.sagemaker.list_endpoints()["Endpoints"]]


def assert_cancelled(world: World) -> None:
    world.run(lambda: ended(world, 1), hours=2)
    release = world.release("churn", 1)
    assert (release.stage, release.reason) == (Stage.CANCELLED, "cancel by alice: wrong file"), world.story()
    assert endpoints(world) == []
    row = world.endpoint("churn")
    assert (row.holder, row.in_service, row.config, row.weights) == (None, None, None, {})
    assert world.model("churn").in_service is None
    assert_settled(world)


@pytest.mark.parametrize("spec", [SPEC, SCALED])
@pytest.mark.parametrize("seconds", [0, 1, 60, 119, 121])
def test_its_endpoint_is_deleted_whenever_that_is_said(world: World, spec: str, seconds: float) -> None:
    release = deploying(world, spec)
    world.run_for(seconds)
    if world.stage("churn", 1) is not Stage.DEPLOYING:
        return  # It was live first: what then is asked is a rollback.
    world.command("cancel", release, "wrong file")
    assert_cancelled(world)
    assert world.errors == []


@pytest.mark.parametrize("copies", [0, 2])
def test_events_are_not_needed_and_may_come_twice(world: World, copies: int) -> None:
    release = deploying(world)
    world.run_for(30)
    world.keep = lambda event: copies > 0 or event["source"] != "aws.sagemaker"
    world.copies = max(copies, 1)
    world.command("cancel", release, "wrong file")
    assert_cancelled(world)


def test_an_endpoint_that_does_not_show_yet_is_found_and_deleted(world: World) -> None:
    world.core.settings = replace(world.core.settings, read_lag_seconds=90)
    release = deploying(world)
    world.command("cancel", release, "wrong file")
    assert_cancelled(world)


def test_an_endpoint_that_fails_meanwhile_is_deleted_too(world: World) -> None:
    world.core.settings = replace(world.core.settings, no_capacity=lambda config: True)
    release = deploying(world)
    world.run_for(30)
    world.command("cancel", release, "wrong file")
    assert_cancelled(world)


@pytest.mark.parametrize("call", range(24))
def test_wherever_the_function_dies_the_endpoint_goes(world: World, call: int) -> None:
    world.core.settings = replace(world.core.settings, instance_start_seconds=600)
    release = deploying(world)
    world.run_for(30)
    killed: list[str] = []

    def kill(function: str, number: int, operation: str) -> bool:
        if function == "judge_canary" and number == call % 12 and len(killed) < (1 if call < 12 else len(RETRIES)):
            killed.append(operation)
            return True
        return False

    world.kill = kill
    world.command("cancel", release, "wrong file")
    assert_cancelled(world)
    assert killed, "it makes fewer calls"


def test_the_next_drop_has_a_first_endpoint_again(world: World) -> None:
    world.command("cancel", deploying(world), "wrong file")
    assert_cancelled(world)
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: ended(world, 2))
    assert world.stage("churn", 2) is Stage.LIVE
    assert endpoints(world) == ["churn"]


def test_an_endpoint_that_served_before_is_left_alone(world: World) -> None:
    first = drop(world, 1, quality=0.7, spec=UNJUDGED)
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.DEPLOYING)
    world.command("cancel", world.release("churn", 2), "wrong file")
    world.run(lambda: ended(world, 2))
    assert world.stage("churn", 2) is Stage.LIVE
    assert refused(world) == ["churn #2 has no baseline to go back to: let it go live, and roll it back then"]
    assert first.stage is Stage.LIVE


def test_a_rollback_of_the_first_release_says_what_would_help(world: World) -> None:
    world.command("rollback", deploying(world), "wrong file")
    world.run(lambda: ended(world, 1))
    assert refused(world) == ["churn #1 has no baseline to go back to: cancel deletes its endpoint"]
