"""A model between the user's own containers: tested alone, deployed together, whatever happens on the way."""

from typing import Any

import pytest

from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.base import Invocation
from tests.drops import csv
from tests.flows.test_artifacts_dropped import archive, bring
from tests.steps import JOURNEY, assert_settled, drop, ended, visited
from tests.world import BUCKET, World
from yardmaster.records import Release, Stage

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
SCALE = f"s3://{BUCKET}/churn/containers/scale/model.tar.gz"
PIPELINE = f"""
algorithm: xgboost
data: {{label: churned, positive: "yes"}}
deploy:
  canary: {{min_requests: 100, max_error_rate: 0.05}}
  pipeline:
    before: [{{image: "{IMAGE}", model_data_url: "{SCALE}", environment: {{UNIT: cents}}}}]
    after: [{{image: "{IMAGE}"}}]
"""
ARCHIVE = artifacts.pack({"scale.json": b"{}"})


def scaled(body: bytes) -> tuple[int, bytes]:
    """Scale what callers send: the first cell in percent becomes the truth."""
    rows = [row.split(",") for row in body.decode().splitlines()]
    return 200, "\n".join(",".join([str(float(first) / 100), *rest]) for first, *rest in rows).encode()


def containers(world: World, model: str | None) -> list[dict[str, Any]]:
    described = world.sagemaker.describe_model(ModelName=model or "")
    found: list[dict[str, Any]] = described.get("Containers") or [described["PrimaryContainer"]]
    return found


def served(world: World, endpoint: str = "churn") -> dict[str, str]:
    """Return the SageMaker model of each variant."""
    config = world.sagemaker.describe_endpoint(EndpointName=endpoint)["EndpointConfigName"]
    variants = world.sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
    return {variant["VariantName"]: variant["ModelName"] for variant in variants}


@pytest.fixture
def scaling(world: World) -> World:
    world.s3.put_object(Bucket=BUCKET, Key="churn/containers/scale/model.tar.gz", Body=ARCHIVE)
    world.script.steps = {"*/containers/before-1/*": scaled}
    world.rows = lambda number: b"100,2"
    return world


def test_the_endpoint_gets_all_containers_and_the_tests_the_model_alone(scaling: World) -> None:
    world = scaling
    first = drop(world, 1, spec=PIPELINE)

    assert visited(first) == [*JOURNEY, "live"]
    [tested] = containers(world, first.model_name)
    before, model, after = containers(world, first.served_model)
    assert first.served_model == f"{first.model_name}-served"
    assert "ContainerHostname" not in tested
    assert model == tested | {
        "ContainerHostname": "model",
        "Environment": {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv"},
    }
    assert before == {
        "Image": IMAGE,
        "ModelDataUrl": f"s3://{BUCKET}/{first.folder}containers/before-1/model.tar.gz",
        "Environment": {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv", "UNIT": "cents"},
        "ContainerHostname": "before-1",
    }
    assert after == {"Image": IMAGE, "Environment": {}, "ContainerHostname": "after-1"}
    assert served(world) == {f"release-{first.id}": first.served_model}
    assert first.evaluation["candidate"]["auc"] == 1.0, "the test channel holds encoded rows, which need no scaling"
    assert world.errors == []


def test_requests_go_through_all_of_them(scaling: World) -> None:
    world = scaling
    drop(world, 1, quality=1.0, spec=PIPELINE)
    route = world.core.route("churn", None, 0.5)
    answers = [
        world.executors.invoke(route.hosting_id, Invocation(row, "text/csv", "text/csv")) for row in (b"100,2", b"0,2")
    ]
    assert [answer.body for answer in answers] == [b"1.0", b"0.0"]


def test_the_package_has_all_containers(scaling: World) -> None:
    world = scaling
    first = drop(world, 1, spec=PIPELINE)
    package = world.sagemaker.describe_model_package(ModelPackageName=first.package_arn)
    found = package["InferenceSpecification"]["Containers"]
    assert [each["ContainerHostname"] for each in found] == ["before-1", "model", "after-1"]


def test_a_better_pipeline_goes_live_through_a_canary(scaling: World) -> None:
    world = scaling
    drop(world, 1, quality=0.7, spec=PIPELINE)
    world.traffic = 200
    second = drop(world, 2, quality=0.9)

    assert visited(second) == [*JOURNEY, "canary", "promoting", "live"]
    assert served(world) == {f"release-{second.id}": second.served_model}
    assert world.unanswered == 0
    assert world.errors == []
    assert_settled(world)


def test_a_canary_whose_own_container_fails_goes_back(scaling: World) -> None:
    world = scaling
    first = drop(world, 1, spec=PIPELINE)
    world.traffic = 200
    wrong = PIPELINE.replace("UNIT: cents", "UNIT: euros")
    world.put("churn/data/month-2.csv", csv(2))
    world.put("churn/spec.yaml", wrong)
    world.script.steps = {"*/0002-*/containers/before-1/*": lambda body: (500, b"no"), **world.script.steps}
    world.run(lambda: ended(world, 2))

    second = world.release("churn", 2)
    assert visited(second)[-2:] == ["rolling_back", "rolled_back"]
    assert served(world) == {f"release-{first.id}": first.served_model}
    assert_settled(world)


def test_a_pipeline_takes_over_from_a_model_alone_and_rollback_brings_that_back(scaling: World) -> None:
    world = scaling
    alone = PIPELINE.partition("  pipeline:")[0]
    first = drop(world, 1, quality=0.7, spec=alone)
    assert first.served_model is None
    world.traffic = 200
    second = drop(world, 2, quality=0.9, spec=PIPELINE)
    assert second.stage is Stage.LIVE
    assert served(world) == {f"release-{second.id}": second.served_model}

    world.command("rollback", second)
    world.run(lambda: world.stage("churn", 2) is Stage.ROLLED_BACK)
    assert served(world) == {f"release-{first.id}": first.model_name}

    third = drop(world, 3, quality=0.95)
    assert third.stage is Stage.LIVE
    world.command("rollback", third, to=first.id)
    world.run(lambda: world.stage("churn", 3) is Stage.ROLLED_BACK)
    assert served(world) == {f"release-{first.id}": first.model_name}
    assert_settled(world)


def test_what_is_served_is_a_copy_that_a_second_upload_leaves_alone(scaling: World) -> None:
    world = scaling
    first = drop(world, 1, spec=PIPELINE)
    world.s3.put_object(Bucket=BUCKET, Key="churn/containers/scale/model.tar.gz", Body=b"\x1f\x8b something else")
    copy = f"{first.folder}containers/before-1/model.tar.gz"
    assert world.s3.get_object(Bucket=BUCKET, Key=copy)["Body"].read() == ARCHIVE


def test_what_is_trained_again_gets_what_its_containers_hold_now(scaling: World) -> None:
    world, gated = scaling, f"{PIPELINE}evaluate: {{gate: [{{metric: auc, min: 0.8}}]}}"
    first = drop(world, 1, quality=0.0, spec=gated)
    assert first.stage is Stage.REJECTED
    newer = artifacts.pack({"scale.json": b"[1]"})
    world.s3.put_object(Bucket=BUCKET, Key="churn/containers/scale/model.tar.gz", Body=newer)
    world.script.quality = {"*": 0.9}
    world.command("retrain", first)
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)

    again = world.release("churn", 1)
    assert again.channels == first.channels
    before, _, _ = containers(world, again.served_model)
    copy = before["ModelDataUrl"].removeprefix(f"s3://{BUCKET}/")
    assert world.s3.get_object(Bucket=BUCKET, Key=copy)["Body"].read() == newer


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"s3://{BUCKET}/churn/containers/none/model.tar.gz", "deploy.pipeline, before-1: churn/containers/none/model"),
        ("containers/none.tar.gz", "deploy.pipeline, before-1: churn/containers/none.tar.gz does not exist"),
        ("s3://elsewhere/churn/containers/model.tar.gz", "is not in the stack's bucket: put it below s3://"),
        (
            f"s3://{BUCKET}/churn/containers/empty/model.tar.gz",
            "deploy.pipeline, before-1: the model is empty: 0 bytes",
        ),
        (f"s3://{BUCKET}/churn/containers/zip/model.tar.gz", "before-1: model.tar.gz is not compressed with gzip"),
    ],
)
def test_an_artifact_that_can_not_be_used_is_refused_before_anything_is_trained(
    world: World, url: str, reason: str
) -> None:
    world.s3.put_object(Bucket=BUCKET, Key="churn/containers/empty/model.tar.gz", Body=b"")
    world.s3.put_object(Bucket=BUCKET, Key="churn/containers/zip/model.tar.gz", Body=b"PK")
    first = drop(world, 1, spec=PIPELINE.replace(SCALE, url))
    assert first.stage is Stage.REFUSED
    assert reason in first.reason
    assert world.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


def test_answers_that_containers_change_are_not_compared_with_those_of_the_tests(scaling: World) -> None:
    world = scaling
    spec = PIPELINE.replace("  canary:", "  data_capture: {percent: 100}\n  canary:")
    drop(world, 1, quality=0.7, spec=spec)
    world.traffic = 200
    second = drop(world, 2, quality=0.9)
    assert second.stage is Stage.LIVE
    notes = [step.reason for step in second.history if "deploy.pipeline" in step.reason]
    assert notes
    assert all("containers after the model" in note for note in notes)


def test_a_crash_between_the_two_models_leaves_no_trace(scaling: World) -> None:
    world = scaling
    killed: list[str] = []

    def kill(function: str, call: int, operation: str) -> bool:
        del call
        hit = function == "test_candidate" and operation == "sagemaker:CreateModel" and len(killed) in (1, 3)
        if function == "test_candidate" and operation == "sagemaker:CreateModel":
            killed.append(operation)
        return hit

    world.kill = kill
    first = drop(world, 1, spec=PIPELINE)
    assert first.stage is Stage.LIVE
    assert len(killed) > 3
    names = {each["ModelName"] for each in world.sagemaker.list_models()["Models"]}
    assert names == {first.model_name, first.served_model}


def test_a_model_from_elsewhere_is_put_between_the_same_containers(scaling: World) -> None:
    world = scaling
    drop(world, 1, quality=0.7, spec=PIPELINE)
    world.traffic = 200
    second: Release = bring(world, archive(0.9))
    assert second.stage is Stage.LIVE
    assert [each["ContainerHostname"] for each in containers(world, second.served_model)] == [
        "before-1",
        "model",
        "after-1",
    ]
