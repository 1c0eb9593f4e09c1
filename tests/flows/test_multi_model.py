"""Several models on one endpoint: each release under a name of its own, and a pointer to the one in service."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.sagemaker.executors.base import Invocation
from tests.drops import csv
from tests.steps import JOURNEY, drop, ended, refused, visited
from tests.world import BUCKET, World
from yardmaster.flows.pointer import point
from yardmaster.records import Release, Stage

SHARED = """
algorithm: xgboost
data: {label: churned, positive: "yes"}
deploy: {endpoint: everybody, multi_model: true, canary: none}
"""
OWN = SHARED.replace("multi_model: true, ", "")


def drop_to(world: World, model: str, number: int, quality: float = 0.9, spec: str = SHARED) -> Release:
    """Drop a month of a model and wait for its ending."""
    world.put(f"{model}/spec.yaml", spec)
    world.script.quality = {"*": quality}
    world.put(f"{model}/data/month-{number}.csv", csv(number))
    world.run(lambda: ended(world, number, model))
    return world.release(model, number)


def pointer(world: World, model: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(world.read(f"{model}/live.json"))
    return found


def ask(world: World, model: str, body: bytes = b"1,0") -> float:
    """Ask a model as its callers do: by what its pointer says."""
    live = pointer(world, model)
    route = world.core.route(live["endpoint"], None, 0.5, live["target_model"])
    asked = Invocation(body, "text/csv", "text/csv", live["target_model"])
    answer = world.executors.invoke(route.hosting_id, asked)
    world.core.record(route, answer, asked)
    assert answer.status == 200
    return float(answer.body)


def configuration(world: World) -> str:
    found: str = world.sagemaker.describe_endpoint(EndpointName="everybody")["EndpointConfigName"]
    return found


def settled(world: World, *models: str) -> None:
    world.run_for(3600)
    row = world.endpoint("everybody")
    assert (row.holder, row.lease_owner, row.shared) == (None, None, True)
    for model in models:
        live = [one for one in world.table.releases_of(model) if one.stage is Stage.LIVE]
        assert [one.id for one in live] == [world.model(model).in_service]
        assert pointer(world, model)["id"] == world.model(model).in_service


def test_two_models_share_an_endpoint_and_each_answers_for_itself(world: World) -> None:
    first = drop_to(world, "churn", 1, 1.0)
    made = configuration(world)
    other = drop_to(world, "upsell", 1, 0.7)

    assert visited(first) == visited(other) == [*JOURNEY, "live"]
    assert pointer(world, "churn") == {
        "endpoint": "everybody",
        "target_model": f"churn-0001-{first.id}.tar.gz",
        "release": "churn #1",
        "id": first.id,
    }
    assert ask(world, "churn") == 1.0
    assert ask(world, "upsell") < 1.0
    assert configuration(world) == made, "a second model changes nothing of the endpoint"
    assert first.served_model == other.served_model
    [container] = [world.sagemaker.describe_model(ModelName=first.served_model or "")["PrimaryContainer"]]
    assert (container["Mode"], container["ModelDataUrl"]) == ("MultiModel", f"s3://{BUCKET}/_endpoints/everybody/")
    assert "requests name it as TargetModel churn-0001-" in first.reason
    assert world.errors == []
    settled(world, "churn", "upsell")


def test_the_package_and_the_tests_have_the_model_itself(world: World) -> None:
    first = drop_to(world, "churn", 1)
    package = world.sagemaker.describe_model_package(ModelPackageName=first.package_arn)
    [registered] = package["InferenceSpecification"]["Containers"]
    tested = world.sagemaker.describe_model(ModelName=first.model_name or "")["PrimaryContainer"]
    assert registered["ModelDataUrl"] == tested["ModelDataUrl"]
    assert "Mode" not in tested


def test_a_better_release_is_named_at_once_and_rollback_names_the_one_before_it(world: World) -> None:
    first = drop_to(world, "churn", 1, 0.7)
    made = configuration(world)
    second = drop_to(world, "churn", 2, 0.9)
    assert second.stage is Stage.LIVE
    assert pointer(world, "churn")["id"] == second.id
    assert ask(world, "churn") == pytest.approx(0.9, abs=0.1)

    world.command("rollback", second)
    world.run(lambda: world.stage("churn", 2) is Stage.ROLLED_BACK)
    world.run(lambda: pointer(world, "churn")["id"] == first.id)
    assert world.stage("churn", 1) is Stage.LIVE
    assert configuration(world) == made
    assert world.errors == []
    settled(world, "churn")


def test_a_release_that_fails_its_gate_is_never_put_there(world: World) -> None:
    drop_to(world, "churn", 1, 0.9)
    second = drop_to(world, "churn", 2, 0.1)
    assert second.stage is Stage.REJECTED
    assert len(world.keys("_endpoints/everybody/")) == 1


def test_a_model_of_another_container_is_refused_in_words_and_deployed_elsewhere(world: World) -> None:
    drop_to(world, "churn", 1)
    other = drop_to(world, "upsell", 1, spec=SHARED.replace("algorithm: xgboost", "algorithm: xgboost:1.5-1"))
    assert other.stage is Stage.REJECTED
    assert "all models of one endpoint share image, version and environment" in other.reason
    assert world.keys("upsell/live.json") == []
    again = drop_to(world, "upsell", 2)
    assert again.stage is Stage.LIVE
    settled(world, "churn", "upsell")


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (SHARED, OWN, "endpoint everybody is shared by several models: say multi_model: true, or give"),
        (OWN, SHARED, "endpoint everybody belongs to model churn alone, and not to several: give"),
        (OWN, OWN, "endpoint everybody belongs to model churn: give deploy.endpoint another name"),
    ],
)
def test_an_endpoint_is_shared_by_all_or_by_none(world: World, first: str, second: str, reason: str) -> None:
    assert drop_to(world, "churn", 1, spec=first).stage is Stage.LIVE
    other = drop_to(world, "upsell", 1, spec=second)
    assert other.stage is Stage.FAILED
    assert reason in other.reason


def test_two_models_that_come_at_once_wait_for_each_other(world: World) -> None:
    for model in ("churn", "upsell"):
        world.put(f"{model}/spec.yaml", SHARED)
        world.put(f"{model}/data/month-1.csv", csv(1))
    world.run(lambda: ended(world, 1, "churn") and ended(world, 1, "upsell"))
    assert world.stage("churn", 1) is world.stage("upsell", 1) is Stage.LIVE
    settled(world, "churn", "upsell")


def test_an_endpoint_that_could_not_be_made_is_made_for_the_next(world: World) -> None:
    world.script.fails = {"everybody/*": "no such image"}
    first = drop_to(world, "churn", 1)
    assert first.stage is Stage.FAILED
    world.script.fails = {}
    assert drop_to(world, "upsell", 1).stage is Stage.LIVE
    assert ask(world, "upsell") > 0


def test_automatic_scaling_is_the_shared_variants(world: World) -> None:
    scaled = SHARED.replace("canary: none", "canary: none, autoscaling: {max_capacity: 4, cpu_utilization: 50}")
    assert drop_to(world, "churn", 1, spec=scaled).stage is Stage.LIVE
    assert list(world.autoscaling.targets) == ["endpoint/everybody/variant/all-models"]
    assert drop_to(world, "upsell", 1).stage is Stage.LIVE
    assert list(world.autoscaling.targets) == ["endpoint/everybody/variant/all-models"], (
        "who says nothing changes nothing"
    )


def test_an_earlier_release_of_another_endpoint_can_not_come_back_there(world: World) -> None:
    first = drop(world, 1, quality=0.7, spec=OWN.replace("everybody", "churn-alone"))
    second = drop_to(world, "churn", 2, 0.9)
    world.command("rollback", second)
    world.run(lambda: bool(refused(world)))
    assert refused(world) == [
        f"{first.title} was never among the models of endpoint everybody: it can't come back there"
    ]
    assert world.stage("churn", 2) is Stage.LIVE


def test_a_model_that_leaves_says_so_in_its_pointer(world: World) -> None:
    drop_to(world, "churn", 1, 0.7)
    second = drop_to(world, "churn", 2, 0.9, OWN.replace("everybody", "churn-alone"))
    assert second.stage is Stage.LIVE
    world.run(lambda: pointer(world, "churn")["id"] == second.id)
    assert pointer(world, "churn") == {
        "endpoint": "churn-alone",
        "target_model": None,
        "release": "churn #2",
        "id": second.id,
    }


def months(world: World) -> None:
    """Two releases, of which the second goes live and back."""
    drop_to(world, "churn", 1, 0.7)
    second = drop_to(world, "churn", 2, 0.9)
    world.command("rollback", second)
    world.run(lambda: world.stage("churn", 2) is Stage.ROLLED_BACK)


@pytest.mark.parametrize("number", range(0, 24, 2))
def test_whatever_call_an_invocation_dies_at_the_pointer_is_right_in_the_end(world: World, number: int) -> None:
    world.kill = lambda function, call, operation: (
        function != "wake_releases" and call in (number, number + 1) and world.attempt < 2 and call % 2 == world.attempt
    )
    months(world)
    world.kill = lambda function, call, operation: False
    settled(world, "churn")
    assert world.release("churn", 1).stage is Stage.LIVE
    assert len(world.s3.versions("_endpoints/")) == 2, "each was copied once"


def test_a_stalled_writer_of_the_pointer_does_not_have_the_last_word(world: World) -> None:
    first = drop_to(world, "churn", 1, 0.7)
    second = drop_to(world, "churn", 2, 0.9)
    steps: list[Callable[[], object]] = [lambda: world.command("rollback", second)]

    class Stalled:
        """A yard whose first write comes after the world has gone on."""

        table = world.table

        @property
        def bucket(self) -> Any:
            yard = self

            class Bucket:
                def write(self, key: str, data: bytes, content_type: str) -> str:
                    if steps:
                        steps.pop()()
                        world.run(lambda: world.stage("churn", 1) is Stage.LIVE)
                        world.run_for(60)
                    answer: str = world.s3.put_object(Bucket=BUCKET, Key=key, Body=data)["VersionId"]
                    return answer

            del yard
            return Bucket()

    point(Stalled(), second)  # type: ignore[arg-type]  # what it needs of a yard
    assert pointer(world, "churn")["id"] == first.id


def test_a_release_that_is_trained_again_is_served_by_what_it_learned_then(world: World) -> None:
    """The endpoint remembers what it loaded under a name, and what was put there once stays there."""
    months(world)
    second = world.release("churn", 2)
    world.script.quality = {"*": 1.0}
    world.command("retrain", second)
    world.run(lambda: world.release("churn", 2).attempt == 2 and ended(world, 2))

    again = world.release("churn", 2)
    assert again.stage is Stage.LIVE, again.reason
    assert ask(world, "churn") == 1.0
    assert again.deploy["target_model"] == f"churn-0002-{again.id}-2.tar.gz"
    names = sorted(key.removeprefix("_endpoints/everybody/") for key in world.keys("_endpoints/everybody/"))
    assert names[1:] == [f"churn-0002-{again.id}-2.tar.gz", f"churn-0002-{again.id}.tar.gz"]
    assert world.errors == []
    settled(world, "churn")
