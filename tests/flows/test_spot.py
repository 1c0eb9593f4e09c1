"""Training on spot capacity, on the real handlers: interruptions are followed, and never fail a release."""

import random
from typing import Any

import pytest

from tests.drops import UNSHARED, csv
from tests.steps import ended, visited
from tests.world import BUCKET, World
from yardmaster.records import Release, Stage, WaitKind
from yardmaster.rules.spend import from_dict
from yardmaster.rules.why import why

SPOT = UNSHARED + "train: {use_spot_instances: true, max_run: 1h, max_wait: 5h}\n"
LINEAR = UNSHARED.replace("xgboost", "linear-learner") + "train: {use_spot_instances: true, max_run: 30m}\n"


def training(world: World, spec: str = SPOT, number: int = 1) -> Release:
    """Return a release whose training runs."""
    world.script.training_seconds = 1800
    world.put("churn/spec.yaml", spec)
    world.put(f"churn/data/month-{number}.csv", csv(number, 200))
    world.run(lambda: world.stage("churn", number) is Stage.TRAINING)
    world.run_for(200)
    return world.release("churn", number)


def interrupt(world: World, seconds: float | None, number: int = 1) -> None:
    """Take the capacity of a release's job back."""
    job = world.release("churn", number).training_job or ""
    world.core.provoke("training-jobs", job, "interrupt", seconds=seconds)


def job_of(world: World, number: int = 1) -> dict[str, Any]:
    job: dict[str, Any] = world.sagemaker.describe_training_job(
        TrainingJobName=world.release("churn", number).training_job
    )
    return job


def checkpoints(world: World) -> list[str]:
    return [key for key in world.keys("churn/releases/") if "/checkpoints/" in key]


def waits(world: World) -> bool:
    waiting = world.release("churn", 1).waiting_for
    return waiting is not None and waiting.kind is WaitKind.CAPACITY


def test_a_job_on_spot_capacity_is_asked_for_with_checkpoints_in_the_releases_folder(world: World) -> None:
    release = training(world)
    job = job_of(world)
    assert job["EnableManagedSpotTraining"] is True
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 5 * 3600}
    folder = f"s3://{BUCKET}/{release.folder}checkpoints"
    assert job["CheckpointConfig"] == {"S3Uri": folder, "LocalPath": "/opt/ml/checkpoints"}
    assert release.spot == {"interruptions": 0, "checkpoints": folder}


def test_what_keeps_no_checkpoints_waits_an_hour_at_most(world: World) -> None:
    release = training(world, LINEAR)
    job = job_of(world)
    assert job["StoppingCondition"]["MaxWaitTimeInSeconds"] == 3600
    assert "CheckpointConfig" not in job
    assert release.spot == {"interruptions": 0, "checkpoints": None}


def test_usual_capacity_is_no_matter_of_spot(world: World) -> None:
    release = training(world, UNSHARED)
    assert release.spot == {}
    assert "CheckpointConfig" not in job_of(world)
    world.run(lambda: ended(world, 1))
    assert "billed" not in " ".join(step.reason for step in world.release("churn", 1).history)


@pytest.mark.parametrize("events", ["once", "twice", "late and shuffled", "never"])
@pytest.mark.parametrize("count", [1, 4])
def test_a_release_whose_job_is_interrupted_goes_live_however_its_events_come(
    world: World, events: str, count: int
) -> None:
    if events == "twice":
        world.copies = 2
    if events == "late and shuffled":
        world.shuffle = random.Random(count)
    if events == "never":
        world.keep = lambda event: event["source"] != "aws.sagemaker"
    training(world)
    for _ in range(count):
        interrupt(world, 1200)
        world.run(lambda: waits(world), hours=1)
        assert world.stage("churn", 1) is Stage.TRAINING
        assert "AWS took its instances back" in why(world.release("churn", 1), world.now)
        world.run(lambda: job_of(world)["SecondaryStatus"] == "Training", hours=2)
        world.run_for(60)
    world.run(lambda: ended(world, 1), hours=12)

    release = world.release("churn", 1)
    assert release.stage is Stage.LIVE, world.story()
    assert visited(release).count("training") == 1
    assert release.failures == 0
    assert release.spot["interruptions"] == count
    lines = [step.reason for step in release.history if "interrupted" in step.reason and step.stage is Stage.TRAINING]
    assert len(lines) == count
    assert world.errors == []


def test_a_job_that_goes_on_trains_what_is_left_and_is_billed_for_it(world: World) -> None:
    training(world)
    interrupt(world, 3600)
    world.run(lambda: ended(world, 1), hours=12)

    release, job = world.release("churn", 1), job_of(world)
    # 15 s of download each time, and of upload at the end: that the first attempt's minutes count shows in the sum.
    assert job["TrainingTimeInSeconds"] == 1800 + 45
    assert (release.spot["seconds"], release.spot["billable"]) == (1845, round(0.3 * 1845))
    told = next(step.reason for step in release.history if step.stage is Stage.TESTING)
    assert "it was interrupted once; 1,845 s of training are billed as 554 s (70% saved)" in told
    package = world.sagemaker.describe_model_package(ModelPackageName=release.package_arn)
    spent = {name: package["CustomerMetadataProperties"][name] for name in ("billable_seconds", "spot_savings")}
    assert spent == {"billable_seconds": "554", "spot_savings": "0.70"}


def test_what_the_stack_may_take_counts_what_was_billed_and_not_the_wait(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_HOURS_PER_DAY", "20")
    training(world)
    interrupt(world, 3600)
    world.run(lambda: world.stage("churn", 1) is not Stage.TRAINING, hours=12)
    world.run(lambda: "training" not in "".join(from_dict(*world.table.get_ledger()).running), hours=1)
    ledger = from_dict(*world.table.get_ledger())
    tests = sum(claim.ask.hours for claim in ledger.running.values())
    assert ledger.used["churn"].hours - tests == pytest.approx(554 / 3600, abs=0.01)


def test_after_an_hour_without_capacity_somebody_is_told_once(world: World) -> None:
    world.put("churn/spec.yaml", SPOT + "notify: {email: ann@example.com}\n")
    training(world, SPOT + "notify: {email: ann@example.com}\n")
    interrupt(world, 3 * 3600)
    world.run_for(2.5 * 3600)
    waiting = world.release("churn", 1).waiting_for
    assert waiting is not None
    assert waiting.long
    told = [sent for sent in world.sns.sent if "instances that AWS does not have" in str(sent)]
    assert len(told) == 1, world.sns.sent


@pytest.mark.parametrize("at", ["never launched", "interrupted"])
@pytest.mark.parametrize("heard", [True, False])
def test_a_job_that_finds_no_capacity_in_time_fails_with_what_to_do(world: World, at: str, heard: bool) -> None:
    if not heard:
        world.keep = lambda event: event["source"] != "aws.sagemaker"
    world.script.training_seconds = 1800
    world.put("churn/spec.yaml", SPOT)
    world.put("churn/data/month-1.csv", csv(1, 200))
    world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)
    if at == "interrupted":
        world.run_for(200)
    interrupt(world, None)
    world.run(lambda: waits(world), hours=1.5)
    world.run(lambda: ended(world, 1), hours=8)

    release = world.release("churn", 1)
    assert release.stage is Stage.FAILED, world.story()
    assert "spot capacity was not enough: raise train.max_wait, or write use_spot_instances: false" in release.reason
    world.run_for(3600)
    ledger = from_dict(*world.table.get_ledger())
    assert (ledger.running, ledger.waiting) == ({}, {})


def test_a_release_that_waits_for_capacity_can_be_cancelled(world: World) -> None:
    release = training(world)
    interrupt(world, None)
    world.run(lambda: waits(world), hours=1)
    world.command("cancel", release)
    world.run(lambda: world.stage("churn", 1) is Stage.CANCELLED, hours=1)
    world.run_for(60)
    assert job_of(world)["TrainingJobStatus"] == "Stopped"


def test_checkpoints_are_there_while_they_are_needed_and_gone_when_the_release_has_ended(world: World) -> None:
    training(world)
    assert checkpoints(world) == []
    interrupt(world, 600)
    world.run(lambda: waits(world), hours=1)
    assert len(checkpoints(world)) == 1
    world.run(lambda: job_of(world)["SecondaryStatus"] == "Training", hours=1)
    interrupt(world, 600)
    world.run(lambda: job_of(world)["SecondaryStatus"] == "Interrupted", hours=1)
    assert len(checkpoints(world)) == 1  # the container deleted the older one
    world.run(lambda: ended(world, 1), hours=12)
    world.run(lambda: "cleared" in world.release("churn", 1).removed, hours=25)
    assert checkpoints(world) == []
    assert [key for key in world.s3.versions("churn/releases/") if "/checkpoints/" in key] == []
    assert world.release("churn", 1).model_name is not None


def test_a_tuning_job_on_spot_capacity_follows_its_training_jobs(world: World) -> None:
    tune = (
        "tune: {objective_metric_name: validation:auc, objective_type: Maximize, max_jobs: 2, max_parallel_jobs: 1, "
        "hyperparameter_ranges: {eta: {type: continuous, min: 0.1, max: 1}}}\n"
    )
    world.script.training_seconds = 1800
    world.put("churn/spec.yaml", SPOT + tune)
    world.put("churn/data/month-1.csv", csv(1, 200))
    world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)
    world.run_for(300)
    [trial] = world.sagemaker.list_training_jobs(MaxResults=10)["TrainingJobSummaries"]
    job = world.sagemaker.describe_training_job(TrainingJobName=trial["TrainingJobName"])
    assert (job["EnableManagedSpotTraining"], "CheckpointConfig" in job) == (True, False)
    world.core.provoke("training-jobs", trial["TrainingJobName"], "interrupt", seconds=600)
    world.run(lambda: ended(world, 1), hours=12)
    assert world.release("churn", 1).stage is Stage.LIVE, world.story()
    assert world.errors == []


def test_an_attempt_after_the_first_has_checkpoints_of_its_own(world: World) -> None:
    training(world)
    world.command("cancel", world.release("churn", 1))
    world.run(lambda: ended(world, 1), hours=1)
    world.command("retrain", world.release("churn", 1))
    world.run(lambda: world.stage("churn", 1) is Stage.TRAINING, hours=1)
    release = world.release("churn", 1)
    assert release.attempt == 2
    assert job_of(world)["CheckpointConfig"]["S3Uri"].endswith(f"{release.folder}attempt-2/checkpoints")


@pytest.mark.parametrize("kind", ["training-jobs", "transform-jobs"])
def test_a_job_for_which_aws_has_no_instances_is_told_in_its_own_words(world: World, kind: str) -> None:
    release = training(world, UNSHARED)
    name = release.training_job or ""
    if kind == "transform-jobs":
        world.run(lambda: bool(world.release("churn", 1).transform_jobs), hours=2)
        name = world.release("churn", 1).transform_jobs["candidate"]
    world.core.provoke(kind, name, "fail")
    world.run(lambda: "CapacityError" in str(world.release("churn", 1)), hours=2)
