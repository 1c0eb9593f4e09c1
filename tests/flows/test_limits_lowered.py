"""Limits of the stack that were lowered after a spec was accepted: looked at again before the endpoint is taken."""

import pytest

from tests.drops import PENDING, SPEC, csv
from tests.steps import assert_settled, drop, ended
from tests.world import World
from yardmaster.records import Stage

COUNT = "deploy: {canary: {", "deploy: {initial_instance_count: 4, canary: {"
SCALED = "deploy: {canary: {", "deploy: {autoscaling: {max_capacity: 4, cpu_utilization: 50}, canary: {"


@pytest.mark.parametrize(
    ("change", "path"),
    [(COUNT, "deploy.initial_instance_count"), (SCALED, "deploy.autoscaling.max_capacity")],
    ids=["count", "capacity"],
)
def test_a_spec_beyond_a_limit_that_was_lowered_is_refused_in_words_and_may_be_approved_again(
    world: World, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], path: str
) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.put("churn/spec.yaml", PENDING.replace(*change))
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.REGISTERED)
    monkeypatch.setenv("MAX_INSTANCE_COUNT", "3")
    world.command("approve", world.release("churn", 2))
    world.run(lambda: ended(world, 2), hours=1)

    rejected = world.release("churn", 2)
    assert rejected.stage is Stage.REJECTED
    assert f"{path}: 4 is above this stack's MaxInstanceCount of 3: raise that and approve it again" in rejected.reason
    assert world.errors == []
    assert_settled(world)

    monkeypatch.setenv("MAX_INSTANCE_COUNT", "4")
    world.command("approve", rejected)
    world.traffic = 200
    world.run(lambda: world.stage("churn", 2) is Stage.LIVE, hours=2)
    assert_settled(world)


def test_what_scaling_made_of_the_baseline_is_not_the_specs_affair(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    wish = {"VariantName": f"release-{world.release('churn', 1).id}", "DesiredInstanceCount": 5}
    world.sagemaker.update_endpoint_weights_and_capacities(EndpointName="churn", DesiredWeightsAndCapacities=[wish])
    world.run_for(300)
    monkeypatch.setenv("MAX_INSTANCE_COUNT", "3")
    world.traffic = 200
    drop(world, 2)

    assert world.stage("churn", 2) is Stage.LIVE
    (serving,) = world.sagemaker.describe_endpoint(EndpointName="churn")["ProductionVariants"]
    assert serving["CurrentInstanceCount"] == 5
    assert_settled(world)
