"""Endpoints without instances: replaced at once, rolled back, and what keeps an endpoint from becoming one."""

from dataclasses import replace
from typing import Any

import pytest

from local_aws.sagemaker.serverless import CONCURRENCY_QUOTA
from tests.drops import SPEC, csv
from tests.rights import stack
from tests.steps import JOURNEY, assert_settled, drop, ended, refused, visited
from tests.world import World, a_world
from yardmaster.records import Release, Stage

SERVERLESS = """
algorithm: xgboost
data: {label: churned, positive: "yes"}
deploy: {canary: none, serverless: {memory_size: 2048, max_concurrency: 5}}
"""
SIZES = {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
UNSHARED = SERVERLESS.replace(", serverless: {memory_size: 2048, max_concurrency: 5}", "")


def variant(world: World, endpoint: str = "churn") -> dict[str, Any]:
    config = world.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    [found] = world.sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    answer: dict[str, Any] = found
    return answer


@pytest.fixture
def live(world: World) -> Release:
    """The first release, on a serverless endpoint."""
    return drop(world, 1, quality=0.7, spec=SERVERLESS)


def test_a_first_release_goes_live_without_instances(world: World, live: Release) -> None:
    assert visited(live) == [*JOURNEY, "live"]
    found = variant(world)
    assert found["ServerlessConfig"] == SIZES
    assert "InstanceType" not in found
    assert world.errors == []


def test_a_better_model_replaces_it_at_once_and_says_that_it_was_not_judged(world: World, live: Release) -> None:
    world.traffic = 3
    second = drop(world, 2, quality=0.9)

    assert visited(second) == [*JOURNEY, "live"]
    assert "unjudged: the spec asks for no canary" in second.reason
    assert variant(world)["VariantName"] == f"release-{second.id}"
    assert world.stage("churn", 1) is Stage.REPLACED
    assert world.unanswered == 0
    assert world.errors == []
    assert_settled(world)


def test_rollback_brings_the_old_model_back_on_an_endpoint_without_instances(world: World, live: Release) -> None:
    second = drop(world, 2, quality=0.9)
    world.command("rollback", second)
    world.run(lambda: world.stage("churn", 2) is Stage.ROLLED_BACK)

    found = variant(world)
    assert (found["VariantName"], found["ModelName"]) == (f"release-{live.id}", live.model_name)
    assert found["ServerlessConfig"] == SIZES
    assert world.stage("churn", 1) is Stage.LIVE
    assert_settled(world)


def test_a_model_that_does_not_come_up_leaves_the_old_one_in_service(world: World, live: Release) -> None:
    world.script.fails = {f"*release-{live.id}*": "", "churn/*": "it does not answer its ping"}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: ended(world, 2))

    second = world.release("churn", 2)
    assert second.stage is Stage.FAILED
    assert "ping" in second.reason
    assert variant(world)["VariantName"] == f"release-{live.id}"


def test_a_new_spec_changes_its_sizes(world: World, live: Release) -> None:
    spec = SERVERLESS.replace("max_concurrency: 5", "max_concurrency: 9, provisioned_concurrency: 2")
    drop(world, 2, quality=0.9, spec=spec)
    assert variant(world)["ServerlessConfig"] == {
        "MemorySizeInMB": 2048,
        "MaxConcurrency": 9,
        "ProvisionedConcurrency": 2,
    }


def test_an_endpoint_with_instances_can_not_become_serverless(world: World) -> None:
    first = drop(world, 1, quality=0.7, spec=UNSHARED)
    second = drop(world, 2, quality=0.9, spec=SERVERLESS)

    assert second.stage is Stage.REJECTED
    assert "endpoint churn has instances, and AWS can't make it serverless" in second.reason
    assert variant(world)["VariantName"] == f"release-{first.id}"
    assert world.errors == []
    assert_settled(world)


def test_a_release_that_was_refused_so_is_deployed_once_the_endpoint_is_gone(world: World) -> None:
    drop(world, 1, quality=0.7, spec=UNSHARED)
    second = drop(world, 2, quality=0.9, spec=SERVERLESS)
    world.sagemaker.delete_endpoint(EndpointName="churn")
    world.run_for(120)
    world.command("approve", second)
    world.run(lambda: world.stage("churn", 2) is Stage.LIVE)
    assert variant(world)["ServerlessConfig"] == SIZES
    assert_settled(world)


def test_a_serverless_endpoint_gets_instances_at_once_and_not_by_a_canary(world: World, live: Release) -> None:
    second = drop(world, 2, quality=0.8, spec=SPEC)
    assert second.stage is Stage.REJECTED
    assert "write `canary: none` for the release that gives it instances" in second.reason

    third = drop(world, 3, quality=0.9, spec=UNSHARED)
    assert third.stage is Stage.LIVE
    assert variant(world)["InstanceType"] == "ml.m5.large"
    assert_settled(world)


def test_a_pipeline_can_not_come_back_on_an_endpoint_without_instances(world: World) -> None:
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    own = UNSHARED.replace("canary: none", f"canary: none, pipeline: {{before: [{{image: '{image}'}}]}}")
    first = drop(world, 1, quality=0.7, spec=own)
    elsewhere = SERVERLESS.replace("canary: none", "canary: none, endpoint: churn-serverless")
    second = drop(world, 2, quality=0.9, spec=elsewhere)
    assert second.stage is Stage.LIVE

    world.command("rollback", second)
    world.run(lambda: bool(refused(world)))
    assert refused(world) == [
        f"{first.title} was deployed with several containers, which the serverless endpoint churn-serverless can't have"
    ]
    assert world.stage("churn", 2) is Stage.LIVE


def test_a_stack_in_a_vpc_refuses_serverless_before_anything_is_trained() -> None:
    network = (("VpcSubnetIds", "subnet-12345678"), ("VpcSecurityGroupIds", "sg-12345678"))
    with a_world(stack(network)) as world:
        first = drop(world, 1, spec=SERVERLESS)
        assert first.stage is Stage.REFUSED
        assert "deploy.serverless: this stack's VpcSubnetIds (subnet-12345678) put models into a VPC" in first.reason
        assert world.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


def test_a_quota_on_concurrency_is_waited_for(world: World) -> None:
    world.core.settings = replace(world.core.settings, quotas={CONCURRENCY_QUOTA: 4})
    world.put("churn/spec.yaml", SERVERLESS)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.DEPLOYING and world.release("churn", 1).waiting_for is not None)
    waiting = world.release("churn", 1).waiting_for
    assert waiting is not None
    assert CONCURRENCY_QUOTA in waiting.subject
    world.core.settings = replace(world.core.settings, quotas={CONCURRENCY_QUOTA: 5})
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)
