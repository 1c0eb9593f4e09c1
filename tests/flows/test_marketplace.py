"""Specs that name an algorithm or a model package by its ARN: the account's own, or products of AWS Marketplace."""

from dataclasses import replace
from typing import Any

import pytest

from local_aws.sagemaker.executors.scripted_model import ScriptedModel
from tests.drops import csv
from tests.local_aws.sagemaker import puppets
from tests.steps import JOURNEY, assert_settled, drop, ended, visited
from tests.world import BUCKET, World
from yardmaster.records import Release, Stage

ARN = "arn:aws:sagemaker:us-east-1:123456789012:algorithm/forest"
REST = """
data: {label: churned, positive: "yes"}
deploy: {canary: {min_requests: 100, max_error_rate: 0.05}}
"""
HYPERPARAMETERS = "train: {hyperparameters: {num_round: 10, booster: gbtree}}\n"
UNTRAINED = [stage for stage in JOURNEY if stage != "training"]


def trained_with(arn: str = ARN, rest: str = HYPERPARAMETERS) -> str:
    return f"algorithm: {{algorithm_arn: '{arn}'}}{REST}{rest}"


def packaged(arn: str) -> str:
    return f"algorithm: {{model_package: '{arn}'}}{REST}"


def make_algorithm(world: World, **changes: Any) -> str:
    """Make an algorithm; return its ARN."""
    known = puppets.algorithm()["TrainingSpecification"]["SupportedHyperParameters"]
    objective = {"Name": "objective", "Type": "FreeText", "DefaultValue": "binary:logistic"}
    tells = {"Name": "_tuning_objective_metric", "Type": "FreeText"}
    specification = {"SupportedHyperParameters": [*known[:3], objective, tells], **changes}
    arn: str = world.sagemaker.create_algorithm(**puppets.algorithm(**specification))["AlgorithmArn"]
    world.run_for(60)
    return arn


def make_package(world: World, quality: float = 0.9, name: str = "bought") -> str:
    """Make a model package without a group; return its ARN."""
    key = f"churn/artifacts/{name}/model.tar.gz"
    model = ScriptedModel(name, "binary:logistic", 2, quality, seed=7)
    world.s3.put_object(Bucket=BUCKET, Key=key, Body=model.archive())
    specification = puppets.unversioned()["InferenceSpecification"]
    containers = [{"Image": puppets.IMAGE, "ModelDataUrl": f"s3://{BUCKET}/{key}"}]
    arn: str = world.sagemaker.create_model_package(
        ModelPackageName=name, InferenceSpecification=specification | {"Containers": containers}
    )["ModelPackageArn"]
    world.run_for(60)
    return arn


def job(world: World, release: Release) -> dict[str, Any]:
    found: dict[str, Any] = world.sagemaker.describe_training_job(TrainingJobName=release.training_job)
    return found


def model(world: World, release: Release) -> dict[str, Any]:
    found: dict[str, Any] = world.sagemaker.describe_model(ModelName=release.model_name or "")
    return found


def package(world: World, release: Release) -> dict[str, Any]:
    found: dict[str, Any] = world.sagemaker.describe_model_package(ModelPackageName=release.package_arn)
    return found


# --- algorithm_arn ---------------------------------------------------------------------------------------------------


def test_an_algorithm_of_one_s_own_is_trained_packaged_tested_and_deployed(world: World) -> None:
    make_algorithm(world)

    first = drop(world, 1, quality=0.7, spec=trained_with())

    assert visited(first) == [*JOURNEY, "live"], "\n".join(world.story())
    made = job(world, first)
    assert made["AlgorithmSpecification"] == {"AlgorithmName": ARN, "TrainingInputMode": "File"}
    assert made["HyperParameters"] == {"num_round": "10", "booster": "gbtree"}
    assert made["EnableNetworkIsolation"] is False if "EnableNetworkIsolation" in made else True
    assert model(world, first)["PrimaryContainer"] == {"ModelPackageName": first.model_name}
    source = world.sagemaker.describe_model_package(ModelPackageName=first.model_name)["SourceAlgorithmSpecification"]
    assert source["SourceAlgorithms"] == [
        {"AlgorithmName": ARN, "ModelDataUrl": made["ModelArtifacts"]["S3ModelArtifacts"]}
    ]
    registered = package(world, first)
    assert registered["SourceUri"].endswith(f":model/{first.model_name}")
    assert registered["MetadataProperties"]["GeneratedBy"] == made["TrainingJobArn"]
    assert world.errors == []
    assert_settled(world)


def test_the_next_drop_is_compared_and_gets_its_canary(world: World) -> None:
    make_algorithm(world)
    drop(world, 1, quality=0.7, spec=trained_with())
    world.traffic = 200

    second = drop(world, 2, quality=0.9)

    assert visited(second) == [*JOURNEY, "canary", "promoting", "live"]
    assert second.evaluation["baseline"] is not None
    assert_settled(world)


def test_a_product_of_the_marketplace_is_trained_and_served_without_a_network(world: World) -> None:
    product = world.core.offer(make_algorithm(world))
    world.core.subscribe(product)

    first = drop(world, 1, spec=trained_with(product))

    assert first.stage is Stage.LIVE, "\n".join(world.story())
    assert job(world, first)["EnableNetworkIsolation"] is True
    assert model(world, first)["EnableNetworkIsolation"] is True
    assert package(world, first)["ModelApprovalStatus"] == "Approved"


def test_without_a_subscription_the_drop_is_refused_and_told_where_to_subscribe(world: World) -> None:
    product = world.core.offer(make_algorithm(world))

    first = drop(world, 1, spec=trained_with(product))

    assert first.stage is Stage.REFUSED
    assert product in first.reason
    assert "Caller is not subscribed to the marketplace offering" in first.reason
    assert "https://aws.amazon.com/marketplace" in first.reason
    assert "https://aws.amazon.com/marketplace" in world.read("churn/STATUS.md")
    assert world.errors == []


def test_a_subscription_that_ended_during_the_training_fails_it_in_words(world: World) -> None:
    product = world.core.offer(make_algorithm(world))
    world.core.subscribe(product)
    world.put("churn/spec.yaml", trained_with(product))
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)

    world.core.subscribe(product, ends=True)
    world.run(lambda: ended(world, 1))

    assert world.stage("churn", 1) is Stage.FAILED
    assert "https://aws.amazon.com/marketplace" in world.release("churn", 1).reason


TUNE = """
tune:
  objective_metric_name: validation:auc
  objective_type: Maximize
  max_jobs: 4
  max_parallel_jobs: 2
  strategy: Random
  hyperparameter_ranges: {eta: {type: continuous, min: 0.1, max: 0.9}}
"""


def test_an_algorithm_is_tuned_and_its_best_model_goes_on(world: World) -> None:
    make_algorithm(world)
    world.script.objective = lambda parameters: [1 - abs(float(parameters["eta"]) - 0.5)]

    first = drop(world, 1, spec=trained_with(rest=HYPERPARAMETERS + TUNE))

    assert first.stage is Stage.LIVE, "\n".join(world.story())
    assert model(world, first)["PrimaryContainer"] == {"ModelPackageName": first.tuning_job}


def test_channels_get_the_names_that_the_algorithm_knows_them_by(world: World) -> None:
    channels = puppets.algorithm()["TrainingSpecification"]["TrainingChannels"]
    make_algorithm(world, TrainingChannels=[{**channels[0], "Name": "training"}])

    first = drop(world, 1, spec=trained_with())

    assert [one["ChannelName"] for one in job(world, first)["InputDataConfig"]] == ["training"]
    assert first.stage is Stage.LIVE


def test_a_model_from_elsewhere_is_packaged_with_the_algorithm(world: World) -> None:
    make_algorithm(world)
    drop(world, 1, quality=0.7, spec=trained_with())
    world.traffic = 200

    world.put("churn/artifacts/model.tar.gz", ScriptedModel("elsewhere", "binary:logistic", 2, 0.9, 7).archive())
    world.run(lambda: ended(world, 2))

    second = world.release("churn", 2)
    assert second.stage is Stage.LIVE, "\n".join(world.story())
    assert model(world, second)["PrimaryContainer"] == {"ModelPackageName": second.model_name}


@pytest.mark.parametrize(
    ("changes", "rest", "words"),
    [
        ({}, "", "train.hyperparameters: the algorithm needs num_round"),
        (
            {},
            "train: {hyperparameters: {num_rounds: 10}}\n",
            "num_rounds: the algorithm has none of this name; did you mean num_round? allowed",
        ),
        (
            {},
            "train: {hyperparameters: {num_round: 1}, instance_type: ml.m5.4xlarge}\n",
            "train.instance_type: ml.m5.4xlarge is none that the algorithm trains on: ml.m5.xlarge or ml.c5.xlarge",
        ),
        (
            {},
            "train: {hyperparameters: {num_round: 1}, instance_type: ml.c5.xlarge}\n",
            "train.instance_type: ml.c5.xlarge is none that the model is scored on by batch transform: ml.m5.xlarge",
        ),
        (
            {},
            "train: {hyperparameters: {num_round: 1}, instance_count: 2}\n",
            "train.instance_count: 2 is too many",
        ),
        (
            {},
            HYPERPARAMETERS + TUNE.replace("auc", "f1"),
            "validation:f1 (Maximize) is none that the algorithm can improve; allowed: validation:auc (Maximize)",
        ),
        (
            {},
            HYPERPARAMETERS + TUNE.replace("eta", "alpha"),
            "tune.hyperparameter_ranges.alpha: the algorithm can't be tuned by it; allowed: num_round or eta",
        ),
        (
            {"SupportedTuningJobObjectiveMetrics": []},
            HYPERPARAMETERS + TUNE,
            "names no metric that a tuning job can improve",
        ),
    ],
)
def test_what_the_algorithm_does_not_allow_is_refused_before_a_job_is_asked_for(
    world: World, changes: dict[str, Any], rest: str, words: str
) -> None:
    make_algorithm(world, **changes)

    first = drop(world, 1, spec=trained_with(rest=rest))

    assert first.stage is Stage.REFUSED
    assert words in first.reason
    assert world.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


@pytest.mark.parametrize(
    ("arn", "words"),
    [
        (ARN, "there is no"),
        (ARN.replace("us-east-1", "eu-west-1"), "is in eu-west-1, and jobs run in us-east-1"),
    ],
)
def test_an_algorithm_that_is_not_here_is_refused_in_words(world: World, arn: str, words: str) -> None:
    first = drop(world, 1, spec=trained_with(arn))

    assert first.stage is Stage.REFUSED
    assert words in first.reason


def test_a_function_may_die_at_any_call_while_an_algorithm_s_model_is_made(world: World) -> None:
    make_algorithm(world)
    dead: set[tuple[str, int]] = set()

    def kill(function: str, call: int, operation: str) -> bool:
        if function not in {"start_training", "test_candidate", "evaluate_candidate"} or (function, call) in dead:
            return False
        dead.add((function, call))
        return True

    world.kill = kill

    first = drop(world, 1, spec=trained_with())

    assert len(dead) > 20
    assert first.stage is Stage.LIVE, "\n".join(world.story())
    assert len(world.sagemaker.list_model_packages()["ModelPackageSummaryList"]) == 1
    assert_settled(world)


def test_what_was_just_made_and_is_not_visible_yet_is_waited_for(world: World) -> None:
    make_algorithm(world)
    world.core.settings = replace(world.core.settings, read_lag_seconds=30)

    first = drop(world, 1, spec=trained_with())

    assert first.stage is Stage.LIVE, "\n".join(world.story())
    assert_settled(world)


# --- model_package ---------------------------------------------------------------------------------------------------


def test_a_model_package_is_not_trained_but_tested_gated_and_deployed(world: World) -> None:
    arn = make_package(world)

    first = drop(world, 1, spec=packaged(arn))

    assert visited(first) == [*UNTRAINED, "live"], "\n".join(world.story())
    assert world.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
    assert first.evaluation["rows"] == first.channels["test"].rows
    assert model(world, first)["PrimaryContainer"] == {"ModelPackageName": arn}
    assert package(world, first)["SourceUri"].endswith(f":model/{first.model_name}")
    assert world.errors == []
    assert_settled(world)


def test_another_arn_in_the_spec_is_the_next_release_of_the_next_drop(world: World) -> None:
    first = drop(world, 1, spec=packaged(make_package(world, 0.7)))
    world.traffic = 200
    better = make_package(world, 0.9, "better")

    second = drop(world, 2, spec=packaged(better))

    assert second.baseline == first.id
    assert visited(second) == [*UNTRAINED, "canary", "promoting", "live"], "\n".join(world.story())
    assert second.evaluation["candidate"]["log_loss"] < second.evaluation["baseline"]["log_loss"]
    assert_settled(world)


def test_a_worse_package_is_stopped_by_the_gate(world: World) -> None:
    drop(world, 1, spec=packaged(make_package(world, 0.7)))

    second = drop(world, 2, spec=packaged(make_package(world, 0.1, "worse")))

    assert visited(second) == ["received", "prepared", "testing", "evaluated", "rejected"]
    assert_settled(world)


def test_the_same_data_and_the_same_package_are_unchanged(world: World) -> None:
    drop(world, 1, spec=packaged(make_package(world)))

    world.put("churn/data/month-2.csv", csv(1))
    world.run(lambda: ended(world, 2))

    assert world.stage("churn", 2) is Stage.UNCHANGED


def test_a_package_without_a_subscription_fails_and_tells_where_to_subscribe(world: World) -> None:
    product = world.core.offer(make_package(world))

    first = drop(world, 1, spec=packaged(product))

    assert first.stage is Stage.FAILED
    assert product in first.reason
    assert "https://aws.amazon.com/marketplace" in first.reason
    assert world.errors == []

    world.core.subscribe(product)
    second = drop(world, 2)

    assert second.stage is Stage.LIVE, "\n".join(world.story())
    assert model(world, second)["EnableNetworkIsolation"] is True


def test_a_package_that_is_not_here_is_refused_in_words(world: World) -> None:
    first = drop(world, 1, spec=packaged("arn:aws:sagemaker:us-east-1:123456789012:model-package/none"))

    assert first.stage is Stage.REFUSED
    assert "there is no" in first.reason


def test_an_instance_type_that_the_package_does_not_run_on_is_refused_in_words(world: World) -> None:
    arn = make_package(world)
    spec = packaged(arn).replace("deploy: {", "deploy: {instance_type: ml.c5.large, ")

    first = drop(world, 1, spec=spec)

    assert first.stage is Stage.REFUSED
    assert "deploy.instance_type: ml.c5.large is none that the model is served on: ml.m5.large" in first.reason


def test_an_archive_is_refused_where_the_spec_names_a_package(world: World) -> None:
    drop(world, 1, spec=packaged(make_package(world)))

    world.put("churn/artifacts/model.tar.gz", ScriptedModel("elsewhere", "binary:logistic", 2, 0.9, 7).archive())
    world.run(lambda: ended(world, 2))

    assert world.stage("churn", 2) is Stage.REFUSED
    assert "brings its own model" in world.release("churn", 2).reason


def test_it_reaches_its_end_without_an_event_of_sagemaker(world: World) -> None:
    arn = make_package(world)
    world.keep = lambda event: event["source"] != "aws.sagemaker"

    assert drop(world, 1, spec=packaged(arn)).stage is Stage.LIVE
    assert_settled(world)
