"""A model that was trained elsewhere is dropped: tested on the live release's rows, gated, registered, a canary."""

import random
from typing import Any

import pytest

from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.scripted_model import ScriptedModel
from tests.drops import PENDING, SPEC, csv
from tests.steps import assert_settled, drop, ended, visited
from tests.world import BUCKET, World
from yardmaster.records import DropKind, Release, Stage
from yardmaster.rules import artifact

KEY = "churn/artifacts/model.tar.gz"
TESTED = ["received", "testing", "evaluated", "registered", "deploying"]


def archive(quality: float, name: str = "elsewhere") -> bytes:
    """Return a model that scores this well."""
    return ScriptedModel(name, "binary:logistic", 2, quality, seed=7).archive()


def bring(world: World, content: bytes, number: int = 2) -> Release:
    """Drop a model from elsewhere and wait for its ending."""
    world.put(KEY, content)
    world.run(lambda: ended(world, number))
    return world.release("churn", number)


def jobs(world: World) -> list[str]:
    return [job["TrainingJobName"] for job in world.sagemaker.list_training_jobs()["TrainingJobSummaries"]]


def package(world: World, release: Release) -> dict[str, Any]:
    found: dict[str, Any] = world.sagemaker.describe_model_package(ModelPackageName=release.package_arn)
    return found


@pytest.fixture
def live(world: World) -> Release:
    """The release in service, with traffic on its endpoint."""
    first = drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 200
    return first


def test_a_better_model_from_elsewhere_is_tested_with_the_baseline_and_takes_over(world: World, live: Release) -> None:
    second = bring(world, archive(0.9))

    assert visited(second) == [*TESTED, "canary", "promoting", "live"]
    assert second.source.kind is DropKind.ARTIFACT
    assert second.source.key == KEY
    assert second.evaluation["candidate"]["log_loss"] < second.evaluation["baseline"]["log_loss"]
    assert second.evaluation["rows"] == live.channels["test"].rows
    assert jobs(world) == [f"ym-churn-{live.id}-1"], "nothing was trained for it"
    assert world.errors == []
    assert_settled(world)


def test_what_is_served_is_a_copy_that_a_second_upload_leaves_alone(world: World, live: Release) -> None:
    content = archive(0.9)
    second = bring(world, content)
    world.s3.put_object(Bucket=BUCKET, Key=KEY, Body=b"\x1f\x8b something else")

    model = world.sagemaker.describe_model(ModelName=second.model_name or "")["PrimaryContainer"]
    copy = f"{second.folder}artifact/model.tar.gz"
    assert model["ModelDataUrl"] == f"s3://{BUCKET}/{copy}"
    assert world.s3.get_object(Bucket=BUCKET, Key=copy)["Body"].read() == content
    registered = package(world, second)
    assert registered["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == model["ModelDataUrl"]
    assert registered["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"].endswith("/evaluation-1.json")


def test_a_worse_model_from_elsewhere_is_stopped_by_the_gate(world: World, live: Release) -> None:
    second = bring(world, archive(0.1))

    assert visited(second) == ["received", "testing", "evaluated", "rejected"]
    assert "auc" in second.reason
    assert world.weights("churn") == {f"release-{live.id}": 100.0}
    assert_settled(world)


def test_a_model_that_fails_its_requests_is_rolled_back(world: World, live: Release) -> None:
    world.script.invocation_errors = {f"*release-{live.id}*": 0.0, "*": 0.3}

    second = bring(world, archive(0.9))

    assert visited(second)[-2:] == ["rolling_back", "rolled_back"]
    assert world.weights("churn") == {f"release-{live.id}": 100.0}
    assert package(world, second)["ModelApprovalStatus"] == "Rejected"
    assert_settled(world)


def test_the_spec_says_which_code_of_the_archive_serves(world: World, live: Release) -> None:
    world.put("churn/spec.yaml", f"{SPEC}artifacts: {{entry_point: inference.py}}\n")

    second = bring(world, archive(0.9))

    expected = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    model = world.sagemaker.describe_model(ModelName=second.model_name or "")["PrimaryContainer"]
    assert model["Environment"] == expected
    assert package(world, second)["InferenceSpecification"]["Containers"][0]["Environment"] == expected


def test_a_later_drop_of_data_is_trained_and_compared_with_the_model_from_elsewhere(
    world: World, live: Release
) -> None:
    second = bring(world, archive(0.8))

    third = drop(world, 3, quality=0.95)

    assert third.baseline == second.id
    assert third.stage is Stage.LIVE
    assert len(jobs(world)) == 2
    assert_settled(world)


def test_a_model_after_a_model_is_tested_on_the_rows_of_the_last_drop_of_data(world: World, live: Release) -> None:
    bring(world, archive(0.8))

    third = bring(world, archive(0.95, "another"), 3)

    assert third.stage is Stage.LIVE
    assert third.evaluation["rows"] == live.channels["test"].rows


def test_the_same_archive_and_the_same_spec_are_unchanged_and_the_same_data_after_it_too(
    world: World, live: Release
) -> None:
    bring(world, archive(0.9))

    third = bring(world, archive(0.9), 3)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: ended(world, 4))

    assert third.stage is Stage.UNCHANGED
    assert "churn #2" in third.reason
    assert world.release("churn", 4).stage is Stage.UNCHANGED
    assert world.keys(third.folder) == []


def test_a_spec_that_asks_for_approval_lets_the_model_wait_for_it(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.put("churn/spec.yaml", PENDING)
    world.traffic = 200

    world.put(KEY, archive(0.9))
    world.run(lambda: world.stage("churn", 2) is Stage.REGISTERED)
    world.run_for(3600)
    assert world.stage("churn", 2) is Stage.REGISTERED
    world.command("approve", world.release("churn", 2))

    world.run(lambda: world.stage("churn", 2) is Stage.LIVE)


def test_without_test_rows_it_goes_straight_to_the_canary_and_is_recorded_as_ungated(
    world: World, live: Release
) -> None:
    for key in world.keys(f"{live.folder}channels/test/"):
        world.s3.delete_object(Bucket=BUCKET, Key=key)

    second = bring(world, archive(0.9))

    assert visited(second) == [*TESTED, "canary", "promoting", "live"]
    assert any("ungated" in step.reason for step in second.history if step.stage is Stage.REGISTERED)
    registered = package(world, second)
    assert "ungated" in registered["ModelPackageDescription"]
    assert "ModelMetrics" not in registered
    assert second.evaluation["verdict"] == "ungated"
    assert_settled(world)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "0 bytes"),
        (b"PK\x03\x04 a zip", "not compressed with gzip"),
        (b"\x1f", "not compressed with gzip"),
    ],
)
def test_what_is_no_archive_is_refused_in_words(world: World, live: Release, content: bytes, words: str) -> None:
    second = bring(world, content)

    assert second.stage is Stage.REFUSED
    assert words in second.reason
    assert words in world.read("churn/STATUS.md")
    assert world.keys(second.folder) == []


def test_a_model_that_is_too_large_is_refused_before_it_is_read(
    world: World, live: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifact, "MAX_BYTES", 100)

    second = bring(world, archive(0.9))

    assert second.stage is Stage.REFUSED
    assert "GiB" in second.reason


def test_a_gzip_that_is_no_model_fails_at_its_test_in_words(world: World, live: Release) -> None:
    second = bring(world, artifacts.pack({"notes.txt": b"not a model"}))

    assert second.stage is Stage.FAILED
    assert "model.tar.gz" in second.reason
    assert world.weights("churn") == {f"release-{live.id}": 100.0}


@pytest.mark.parametrize("spec", [None, SPEC])
def test_without_a_release_in_service_it_is_refused_in_words(world: World, spec: str | None) -> None:
    if spec:
        world.put("churn/spec.yaml", spec)

    first = bring(world, archive(0.9), 1)

    assert first.stage is Stage.REFUSED
    assert "no release in service" in first.reason
    assert "churn/spec.proposed.yaml" not in world.keys("churn/")


def test_a_wrong_spec_lets_it_wait_until_it_is_mended(world: World, live: Release) -> None:
    world.put("churn/spec.yaml", SPEC.replace("label", "lable"))
    world.put(KEY, archive(0.9))
    world.run_for(600)
    waiting = world.release("churn", 2)
    assert waiting.waiting_for is not None
    assert waiting.waiting_for.kind.value == "spec"

    world.put("churn/spec.yaml", SPEC)

    world.run(lambda: world.stage("churn", 2) is Stage.LIVE)


def test_a_deleted_spec_refuses_it(world: World, live: Release) -> None:
    world.delete("churn/spec.yaml")
    world.run_for(1)

    second = bring(world, archive(0.9))

    assert second.stage is Stage.REFUSED
    assert "drop the model again" in second.reason


def test_a_spec_for_another_problem_refuses_it(world: World, live: Release) -> None:
    other = SPEC.replace(', positive: "yes"', "")
    world.put("churn/spec.yaml", f"{other}train: {{hyperparameters: {{objective: 'multi:softprob'}}}}\n")

    second = bring(world, archive(0.9))

    assert second.stage is Stage.REFUSED, second.reason


def test_an_archive_under_another_name_is_no_drop(world: World, live: Release) -> None:
    world.put("churn/artifacts/model.pkl", b"x")
    world.put("churn/artifacts/v2/model.tar.gz", archive(0.9))
    world.run_for(300)

    assert world.stage("churn", 2) is None


def test_two_archives_in_a_row_are_two_releases_of_their_own_bytes(world: World, live: Release) -> None:
    better, best = archive(0.8, "better"), archive(0.95, "best")
    world.put(KEY, better)
    world.put(KEY, best)
    world.run(lambda: ended(world, 2) and ended(world, 3))

    releases = [world.release("churn", number) for number in (2, 3)]
    copies = [world.s3.get_object(Bucket=BUCKET, Key=f"{one.folder}artifact/model.tar.gz") for one in releases]
    assert {copy["Body"].read() for copy in copies} == {better, best}
    assert_settled(world)


@pytest.mark.parametrize("seed", range(3))
def test_doubled_late_and_disordered_events_make_one_release(world: World, live: Release, seed: int) -> None:
    world.copies = 2
    world.shuffle = random.Random(seed)

    second = bring(world, archive(0.9))

    assert second.stage is Stage.LIVE, "\n".join(world.story())
    assert [one.number for one in world.table.releases_of("churn")] == [2, 1]
    assert len(world.s3.versions(f"{second.folder}artifact/")) == 1
    assert_settled(world)


def test_it_reaches_its_end_although_only_the_upload_and_the_ticks_are_heard_of(world: World, live: Release) -> None:
    world.keep = lambda event: event["detail-type"] in {"Object Created", "Release Due"}

    assert bring(world, archive(0.9)).stage is Stage.LIVE


def test_the_peak_of_its_update_is_the_stacks_to_limit(
    world: World, live: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAX_ENDPOINT_INSTANCES", "2")
    refused = bring(world, archive(0.9))
    assert refused.stage is Stage.REFUSED
    assert refused.reason.endswith("above this stack's MaxEndpointInstances of 2")
    assert (refused.model_name, refused.transform_jobs) == (None, {})
