"""Each sample of `events/` fed to its handler: what it does to a release that is ready for it, and to none.

Names in the samples are swapped for those of the release at hand; everything else stays as it is in the file.
"""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_aws.patterns import matches
from local_aws.sagemaker.executors.scripted_model import ScriptedModel
from tests.drops import PENDING, SPEC, csv
from tests.steps import drop
from tests.world import BUCKET, ROOT, World, patterns
from yardmaster.records import Release, Stage

EVENTS = ROOT / "events"
SAMPLES = sorted(path.relative_to(EVENTS).as_posix() for path in EVENTS.glob("*/*.json"))
RELEASE_IN_SAMPLES = "mfzwizdt"
PACKAGE_IN_SAMPLES = "model-package/ym-churn/2"


def sample(name: str, release: Release | None = None) -> dict[str, Any]:
    """Return a sample about a release."""
    text = (EVENTS / name).read_text()
    if release is not None:
        text = text.replace(RELEASE_IN_SAMPLES, release.id)
        text = text.replace(PACKAGE_IN_SAMPLES, (release.package_arn or "").rpartition(":")[2])
    found: dict[str, Any] = json.loads(text)
    return found


def wakes(function: str, event: dict[str, Any]) -> bool:
    return any(matches(rule, event) for rule in patterns()[function])


def send(world: World, name: str, release: Release | None = None) -> Any:
    return world.invoke(Path(name).parent.name, sample(name, release))


def make_ready(
    world: World, function: str, ready: Callable[[], bool], spec: str = SPEC, number: int = 1, rows: int = 600
) -> Release:
    """Drop a file, keep every event from one function, and let time pass until a release is ready for it."""
    world.keep = lambda event: not wakes(function, event)
    world.put("churn/spec.yaml", spec)
    world.put("churn/data/jan.csv", csv(1))
    world.run(ready, hours=2)
    return world.release("churn", 1)


def at(world: World, stage: Stage, number: int = 1) -> Callable[[], bool]:
    return lambda: world.stage("churn", number) is stage


def job_is(world: World, status: str) -> Callable[[], bool]:
    """Tell whether the release's training job has this status."""

    def look() -> bool:
        jobs = world.sagemaker.list_training_jobs()["TrainingJobSummaries"]
        return bool(jobs) and jobs[0]["TrainingJobStatus"] == status

    return look


def transforms_are(world: World, status: str) -> Callable[[], bool]:
    def look() -> bool:
        jobs = world.sagemaker.list_transform_jobs()["TransformJobSummaries"]
        return bool(jobs) and jobs[0]["TransformJobStatus"] == status

    return look


def endpoint_is(world: World, status: str) -> Callable[[], bool]:
    def look() -> bool:
        found = world.sagemaker.list_endpoints()["Endpoints"]
        return bool(found) and found[0]["EndpointStatus"] == status

    return look


def stage_after(world: World, name: str, release: Release) -> Stage:
    send(world, name, release)
    return world.release(release.model, release.number).stage


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "wake_releases/tick.json"])
def test_every_sample_is_what_its_rule_waits_for(name: str) -> None:
    function = Path(name).parent.name
    event = json.loads((EVENTS / name).read_text().replace("yardmaster-bucket", BUCKET))
    assert wakes(function, event)


@pytest.mark.parametrize("name", [name for name in SAMPLES if not name.startswith(("apply_spec", "prepare_data"))])
def test_a_sample_about_nothing_that_there_is_changes_nothing(world: World, name: str) -> None:
    send(world, name)

    assert world.table.all_models() == []
    # Only a person gets an answer.
    refused = ["Command Refused"] if "/command_" in name else []
    assert [event["detail-type"] for event in world.events] == refused


# --- apply_spec ------------------------------------------------------------------------------------------------------


def test_an_uploaded_spec_is_answered(world: World) -> None:
    world.keep = lambda event: not wakes("apply_spec", event)
    world.put("churn/spec.yaml", SPEC)

    send(world, "apply_spec/spec_uploaded.json")

    assert world.events[-1]["detail-type"] == "Spec Accepted"
    assert world.model("churn").spec is not None
    assert "is accepted" in world.read("churn/STATUS.md")


def test_a_deleted_spec_is_answered(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    world.run_for(1)
    world.keep = lambda event: not wakes("apply_spec", event)
    world.delete("churn/spec.yaml")

    send(world, "apply_spec/spec_deleted.json")

    assert world.events[-1]["detail-type"] == "Spec Deleted"
    assert world.model("churn").spec_deleted


# --- prepare_data ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "uploads"),
    [
        ("file_dropped", {"jan.csv": 1}),
        ("large_file_dropped", {"feb.csv.gz": 1}),
        ("folder_completed", {"mar/part-0.csv": 1, "mar/part-1.csv": 2, "mar/_SUCCESS": 0}),
        (
            "channel_completed",
            {
                "apr/train/a.csv": 1,
                "apr/train/_SUCCESS": 0,
                "apr/validation/a.csv": 2,
                "apr/validation/_SUCCESS": 0,
                "apr/test/a.csv": 3,
                "apr/test/_SUCCESS": 0,
            },
        ),
    ],
)
def test_a_complete_drop_is_prepared(world: World, name: str, uploads: dict[str, int]) -> None:
    world.keep = lambda event: False
    world.put("churn/spec.yaml", SPEC)
    event = sample(f"prepare_data/{name}.json")
    for key, seed in uploads.items():
        text = csv(seed) if seed else ""
        made = world.put(f"churn/data/{key}", gzip.compress(text.encode()) if key.endswith(".gz") else text)
        event["detail"]["object"]["version-id"] = made["detail"]["object"]["version-id"]

    world.invoke("prepare_data", event)

    release = world.release("churn", 1)
    assert release.stage is Stage.PREPARED
    assert set(release.channels) == {"train", "validation", "test"}


def test_a_model_from_elsewhere_goes_to_its_tests(world: World) -> None:
    drop(world, 1, spec=SPEC)
    world.keep = lambda event: False
    made = world.put("churn/artifacts/model.tar.gz", ScriptedModel("elsewhere", "binary:logistic", 2, 0.9, 7).archive())
    event = sample("prepare_data/artifact_dropped.json")
    event["detail"]["object"]["version-id"] = made["detail"]["object"]["version-id"]

    world.invoke("prepare_data", event)

    assert world.stage("churn", 2) is Stage.TESTING


def test_a_received_release_that_is_due_is_prepared(world: World) -> None:
    world.put("churn/data/jan.csv", csv(1))
    world.run(lambda: world.release("churn", 1).waiting_for is not None)
    world.keep = lambda event: False
    world.put("churn/spec.yaml", SPEC)

    assert stage_after(world, "prepare_data/release_due.json", world.release("churn", 1)) is Stage.PREPARED


def test_a_drop_is_trained_again_on_a_persons_word(world: World) -> None:
    release = drop(world, 1, quality=0.0, spec=SPEC + "evaluate: {gate: [{metric: auc, min: 0.8}]}\n")
    assert release.stage is Stage.REJECTED
    world.keep = lambda event: False

    assert stage_after(world, "prepare_data/command_retrain.json", release) is Stage.PREPARED
    assert world.release("churn", 1).attempt == 2


# --- start_training, test_candidate, evaluate_candidate --------------------------------------------------------------


@pytest.mark.parametrize("name", ["release_due", "release_prepared"])
def test_a_prepared_release_is_trained(world: World, name: str) -> None:
    release = make_ready(world, "start_training", at(world, Stage.PREPARED))

    assert stage_after(world, f"start_training/{name}.json", release) is Stage.TRAINING
    assert world.sagemaker.describe_training_job(TrainingJobName=f"ym-churn-{release.id}-1")


@pytest.mark.parametrize("name", ["release_due", "training_job_completed", "release_sent_back"])
def test_a_trained_release_is_tested(world: World, name: str) -> None:
    release = make_ready(world, "test_candidate", job_is(world, "Completed"))

    assert stage_after(world, f"test_candidate/{name}.json", release) is Stage.TESTING
    assert len(world.sagemaker.list_transform_jobs()["TransformJobSummaries"]) == 1


def test_a_training_job_that_failed_ends_its_release(world: World) -> None:
    world.script.fails = {"ym-churn-*": "AlgorithmError: no luck"}
    release = make_ready(world, "test_candidate", job_is(world, "Failed"))

    assert stage_after(world, "test_candidate/training_job_failed.json", release) is Stage.FAILED
    assert "AlgorithmError: no luck" in world.release("churn", 1).reason


def test_a_training_job_that_was_stopped_at_its_limit_ends_its_release(world: World) -> None:
    world.script.training_seconds = 3000
    release = make_ready(world, "test_candidate", job_is(world, "Stopped"), SPEC + "train: {max_run: 10m}\n")

    assert stage_after(world, "test_candidate/training_job_stopped_at_max_runtime.json", release) is Stage.FAILED
    assert "max_run" in world.release("churn", 1).reason


def test_a_job_of_a_tuner_is_nobodys_release(world: World) -> None:
    release = make_ready(world, "test_candidate", job_is(world, "Completed"))

    assert stage_after(world, "test_candidate/training_job_of_a_tuner_completed.json", release) is Stage.TRAINING


@pytest.mark.parametrize("name", ["release_due", "transform_job_completed"])
def test_a_tested_release_is_evaluated_and_registered(world: World, name: str) -> None:
    release = make_ready(world, "evaluate_candidate", transforms_are(world, "Completed"))

    assert stage_after(world, f"evaluate_candidate/{name}.json", release) is Stage.REGISTERED
    assert "binary_classification_metrics" in world.read(f"{release.folder}evaluation.json")
    assert world.release("churn", 1).package_arn is not None


def test_an_evaluated_release_is_registered(world: World) -> None:
    world.kill = lambda function, call, operation: operation == "sagemaker:CreateModelPackage"
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/jan.csv", csv(1))
    world.run(at(world, Stage.EVALUATED))
    world.kill = lambda function, call, operation: False

    release = world.release("churn", 1)
    assert stage_after(world, "evaluate_candidate/release_due_evaluated.json", release) is Stage.REGISTERED


def test_a_transform_job_that_failed_ends_its_release(world: World) -> None:
    world.script.fails = {"*-candidate": "ClientError: the container answered 500"}
    release = make_ready(world, "evaluate_candidate", transforms_are(world, "Failed"))

    assert stage_after(world, "evaluate_candidate/transform_job_failed.json", release) is Stage.FAILED
    assert "the container answered 500" in world.release("churn", 1).reason


# --- deploy_canary ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["package_approved", "release_due", "release_registered"])
def test_a_registered_release_that_is_approved_is_deployed(world: World, name: str) -> None:
    release = make_ready(world, "deploy_canary", at(world, Stage.REGISTERED))

    assert stage_after(world, f"deploy_canary/{name}.json", release) is Stage.DEPLOYING


@pytest.mark.parametrize(
    ("name", "status", "stage"),
    [
        ("package_approved", "Approved", Stage.DEPLOYING),
        ("package_rejected", "Rejected", Stage.REJECTED),
        ("package_approved", None, Stage.REGISTERED),
        ("command_approve", None, Stage.DEPLOYING),
        ("command_reject", None, Stage.REJECTED),
    ],
)
def test_a_pending_release_follows_what_the_registry_or_a_person_says(
    world: World, name: str, status: str | None, stage: Stage
) -> None:
    release = make_ready(world, "deploy_canary", at(world, Stage.REGISTERED), PENDING)
    if status is not None:
        world.sagemaker.update_model_package(ModelPackageArn=release.package_arn, ModelApprovalStatus=status)

    # An event that says Approved of a package that is not is only a hint.
    assert stage_after(world, f"deploy_canary/{name}.json", release) is stage


def test_a_package_that_somebody_else_registered_and_approved_becomes_a_release(world: World) -> None:
    drop(world, 1, spec=SPEC)
    world.keep = lambda event: not wakes("prepare_data", event)
    container = {
        "Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1",
        "ModelDataUrl": f"s3://{BUCKET}/churn/artifacts/notebook/model.tar.gz",
    }
    for _ in range(2):  # The sample is of version 3.
        world.sagemaker.create_model_package(
            ModelPackageGroupName="ym-churn",
            InferenceSpecification={"Containers": [container]},
            ModelApprovalStatus="Approved",
        )

    send(world, "deploy_canary/package_of_somebody_approved.json")

    release = world.release("churn", 2)
    assert (release.stage, release.source.name) == (Stage.RECEIVED, "package-3")
    assert world.events[-1]["detail"] == {
        "model": "churn",
        "release": release.id,
        "stage": "received",
        "function": "prepare_data",
    }


# --- judge_canary ----------------------------------------------------------------------------------------------------


def test_a_first_endpoint_in_service_is_live(world: World) -> None:
    release = make_ready(world, "judge_canary", endpoint_is(world, "InService"))

    assert stage_after(world, "judge_canary/endpoint_in_service.json", release) is Stage.LIVE


def test_a_first_endpoint_that_failed_ends_its_release(world: World) -> None:
    world.script.fails = {"churn/*": "The primary container did not pass the ping health check."}
    release = make_ready(world, "judge_canary", endpoint_is(world, "Failed"))

    assert stage_after(world, "judge_canary/endpoint_failed.json", release) is Stage.FAILED


def canary(world: World) -> Release:
    """Return a second release whose canary gets its share of the traffic."""
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/jan.csv", csv(1))
    world.run(at(world, Stage.LIVE))
    world.put("churn/data/feb.csv", csv(2))
    world.run(at(world, Stage.CANARY, 2))
    return world.release("churn", 2)


@pytest.mark.parametrize(("name", "ending"), [("command_promote", Stage.LIVE), ("command_rollback", Stage.ROLLED_BACK)])
def test_a_person_may_end_the_canary_either_way(world: World, name: str, ending: Stage) -> None:
    release = canary(world)

    world.send(sample(f"judge_canary/{name}.json", release))
    if name == "command_promote":
        world.traffic = 200
    world.run(at(world, ending, 2), hours=6)

    assert "the segment that got worse does not matter here" in str(world.release("churn", 2).history)


def test_a_canary_that_is_due_stays_as_long_as_there_is_no_evidence(world: World) -> None:
    release = canary(world)

    assert stage_after(world, "judge_canary/release_due.json", release) is Stage.CANARY


def test_a_canary_that_is_due_goes_on_with_enough_evidence(world: World) -> None:
    release = canary(world)
    world.keep = lambda event: not wakes("judge_canary", event)
    world.traffic = 500
    world.run_for(1800)

    assert stage_after(world, "judge_canary/release_due.json", release) is Stage.PROMOTING


def test_a_release_that_is_rolled_back_ends_when_the_endpoint_is_back(world: World) -> None:
    release = canary(world)
    world.keep = lambda event: not wakes("judge_canary", event)
    send(world, "judge_canary/command_rollback.json", release)
    assert world.stage("churn", 2) is Stage.ROLLING_BACK

    def back() -> bool:
        send(world, "judge_canary/release_due_rolling_back.json", release)
        return world.stage("churn", 2) is Stage.ROLLED_BACK

    world.run(back, hours=2)
    assert world.weights("churn") == {f"release-{world.release('churn', 1).id}": 100.0}


# --- wake_releases ---------------------------------------------------------------------------------------------------


def test_the_tick_wakes_a_release_that_is_due(world: World) -> None:
    release = make_ready(world, "start_training", at(world, Stage.PREPARED))
    world.events.clear()

    counts = send(world, "wake_releases/tick.json")

    due = [event["detail"] for event in world.events if event["detail-type"] == "Release Due"]
    assert [(one["release"], one["function"]) for one in due] == [(release.id, "start_training")]
    assert counts["woken"] == 1


def test_a_sample_without_a_version_means_the_newest_and_is_the_same_release_as_s3s_own_event(world: World) -> None:
    world.keep = lambda event: False
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/jan.csv", csv(1))
    newest = world.put("churn/data/jan.csv", csv(2))
    send(world, "prepare_data/file_dropped.json")
    world.invoke("prepare_data", newest)
    (release,) = world.table.releases_of("churn")
    assert release.source.version_id == newest["detail"]["object"]["version-id"]
