"""Endpoints that somebody else made, with a tag that lets them be stopped: told of, or stopped and started."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.flows.test_stop_idle_endpoints import HOUR, SPEC, live, states, stopped, there
from tests.rights import stack
from tests.world import World, a_world

YES, NO = (stack((("StopTaggedEndpoints", value),)) for value in ("yes", "no"))


def theirs(world: World, tags: dict[str, str]) -> None:
    """Let somebody make an endpoint of their own, with the model that we have."""
    live(world, SPEC.replace("  idle: {stop_after: 1h}\n", ""))
    world.sweeping = False
    found = there(world)
    assert found is not None
    config = world.sagemaker.describe_endpoint_config(EndpointConfigName=found["EndpointConfigName"])
    variants = [{**config["ProductionVariants"][0], "VariantName": "AllTraffic", "InitialInstanceCount": 1}]
    world.sagemaker.create_endpoint_config(EndpointConfigName="Theirs", ProductionVariants=variants)
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    world.sagemaker.create_endpoint(EndpointName="Theirs", EndpointConfigName="Theirs", Tags=listed)
    world.sweeping = True


TAGS = {"team": "risk", "yardmaster:stop-after": "1h"}


@pytest.fixture
def allowed() -> Iterator[World]:
    with a_world(YES) as world:
        yield world


def test_by_default_it_is_only_said_what_would_be_stopped(world: World) -> None:
    theirs(world, TAGS)
    world.run_for(5 * HOUR)
    assert there(world, "Theirs") is not None
    assert states(world, "Theirs") == ["would_stop"]
    (said,) = [one["detail"] for one in world.events if one["detail"].get("state") == "would_stop"]
    assert "no request to AllTraffic" in said["reason"]
    assert said["saves"] == "saves 1 × ml.m5.large while it is stopped"
    assert world.table.get_endpoint("Theirs") is None
    world.run_for(24 * HOUR)
    assert states(world, "Theirs") == ["would_stop"] * 2


def test_with_yes_it_is_stopped_and_a_command_brings_it_back(allowed: World) -> None:
    world = allowed
    theirs(world, TAGS)
    world.run(lambda: world.table.get_endpoint("Theirs") is not None and stopped(world, "Theirs"), hours=3)
    assert there(world, "Theirs") is None
    assert there(world) is not None  # ours, of which no spec says that it may be stopped

    world.say("start_endpoint", "Theirs")
    world.run(lambda: world.endpoint("Theirs").state == "", hours=1)

    again = there(world, "Theirs")
    assert again is not None
    assert again["EndpointConfigName"] == "Theirs"
    assert world.core.tags_of(again["EndpointArn"]) == TAGS
    assert world.gate.denied == []


@pytest.mark.parametrize(
    "tags",
    [
        {"team": "risk"},
        TAGS | {"yardmaster:keep": "yes"},
        {"yardmaster:stop-after": "soon"},
        {"yardmaster:stop-after": "1m"},
    ],
    ids=["no tag", "kept", "no duration", "too short"],
)
def test_who_is_not_tagged_rightly_is_left_alone(allowed: World, tags: dict[str, str]) -> None:
    theirs(allowed, tags)
    allowed.run_for(4 * HOUR)
    assert there(allowed, "Theirs") is not None
    assert states(allowed, "Theirs") == []


def test_one_that_is_asked_is_not_stopped(allowed: World) -> None:
    theirs(allowed, TAGS)
    allowed.run_for(600)

    def ask(function: str, call: int, operation: str) -> None:
        route = allowed.core.route("Theirs", None, 0.5)
        allowed.core.record(route, None)

    allowed.meanwhile = ask
    allowed.run_for(4 * HOUR)
    assert there(allowed, "Theirs") is not None


def test_asynchronous_endpoints_and_those_with_more_than_we_know_are_left_alone(allowed: World) -> None:
    theirs(allowed, TAGS)
    really = allowed.core._operations["DescribeEndpointConfig"]
    into = {"OutputConfig": {"S3OutputPath": "s3://bucket/async/"}}
    allowed.core._operations["DescribeEndpointConfig"] = lambda params: {
        **really(params),
        "AsyncInferenceConfig": into,
    }
    allowed.run_for(4 * HOUR)
    assert there(allowed, "Theirs") is not None
    assert states(allowed, "Theirs") == []


def test_a_configuration_of_theirs_that_is_gone_is_not_made_again(allowed: World) -> None:
    theirs(allowed, TAGS)
    allowed.run(lambda: allowed.table.get_endpoint("Theirs") is not None and stopped(allowed, "Theirs"), hours=3)
    allowed.sagemaker.delete_endpoint_config(EndpointConfigName="Theirs")
    allowed.say("start_endpoint", "Theirs")
    allowed.run_for(HOUR)
    row = allowed.endpoint("Theirs")
    assert row.state == "stopped"
    assert "its configuration Theirs is gone, and it is not this stack's" in row.reason


def test_tagging_that_fails_does_not_end_the_sweep(world: World) -> None:
    live(world)
    world.core.settings = replace(world.core.settings)
    world.core.tagged = lambda kind: 1 / 0  # type: ignore[assignment, return-value]
    world.run(lambda: stopped(world), hours=2)


def test_with_no_nothing_is_asked_of_the_tagging_api() -> None:
    with a_world(NO) as world:
        theirs(world, TAGS)
        world.run_for(2 * HOUR)
        assert world.calls["stop_idle_endpoints resourcegroupstaggingapi:GetResources"] == 0
