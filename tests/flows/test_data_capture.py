"""Data capture along a release's way: switched on by the spec, kept for who set it up, and what its answers tell."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local_aws.sagemaker.executors.base import Answer
from tests.drops import SPEC, csv
from tests.fakes.errors import refusal
from tests.rights import stack
from tests.steps import assert_settled, drop, ended
from tests.world import BUCKET, World, a_world
from yardmaster.records import Release, Stage
from yardmaster.rules.why import why

CAPTURED = SPEC.replace("canary: {", "data_capture: {percent: 50}, canary: {")
KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BY_HAND = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 30,
    "DestinationS3Uri": f"s3://{BUCKET}/churn/captured/by-hand",
    "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
    "KmsKeyId": KEY,
}
SETTINGS = {
    "VolumeSizeInGB": 50,
    "ModelDataDownloadTimeoutInSeconds": 600,
    "ContainerStartupHealthCheckTimeoutInSeconds": 300,
}


@pytest.fixture
def keyed() -> Iterator[World]:
    with a_world(stack((("KmsKeyArn", KEY),))) as made:
        yield made


def variant(world: World, number: int) -> str:
    return f"release-{world.release('churn', number).id}"


def configured(world: World) -> dict[str, Any]:
    """Return the configuration that the endpoint has."""
    name = world.sagemaker.describe_endpoint(EndpointName="churn")["EndpointConfigName"]
    found: dict[str, Any] = world.sagemaker.describe_endpoint_config(EndpointConfigName=name)
    return found


def traffic(world: World, rate: float = 300) -> None:
    """Send rows that look like the drops'."""
    draw = random.Random(7)
    world.traffic = rate
    world.rows = lambda number: f"{draw.random() < 0.4:d},{draw.random():.6f},1,0".encode()


def reaches(world: World, number: int, *stages: Stage) -> Release:
    world.script.quality = {"*": 0.9}
    world.put(f"churn/data/month-{number}.csv", csv(number))
    world.run(lambda: world.stage("churn", number) in stages)
    return world.release("churn", number)


def decision(world: World, release: Release) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(world.read(f"{release.folder}decision.json"))
    return found


def notes(release: Release) -> list[str]:
    return [step.reason for step in release.history if "the canary's" in step.reason]


def nonsense(world: World, number: int) -> None:
    """The new model's own code is wrong: it answers all requests alike, with status 200."""
    name = variant(world, number)
    world.answered = lambda asked, answer: (
        Answer(200, b"0.42", answer.content_type, answer.seconds) if asked == name else answer
    )


# --- the spec ---------------------------------------------------------------------------------------------------------


def test_the_spec_switches_it_on_below_the_models_own_folder(world: World) -> None:
    drop(world, 1, quality=0.7, spec=CAPTURED)
    traffic(world)
    world.run_for(300)

    assert configured(world)["DataCaptureConfig"] == {
        "EnableCapture": True,
        "InitialSamplingPercentage": 50,
        "DestinationS3Uri": f"s3://{BUCKET}/churn/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": ["application/json", "application/jsonlines"],
        },
    }
    keys = world.keys("churn/captured/")
    assert keys[0].startswith(f"churn/captured/churn/{variant(world, 1)}/2026/03/04/")
    line = json.loads(world.read(keys[0]).splitlines()[0])
    assert line["captureData"]["endpointOutput"]["encoding"] == "CSV"
    assert world.gate.denied == []
    assert world.errors == []


def test_what_is_captured_is_no_drop(world: World) -> None:
    drop(world, 1, spec=CAPTURED.replace("deploy: {", "deploy: {endpoint: data, "))
    traffic(world)
    world.run_for(300)

    (key, *_) = world.keys("churn/captured/")
    world.put(key, "again")
    world.run_for(60)
    assert len(list(world.table.releases_of("churn"))) == 1
    assert world.errors == []


def test_the_stacks_key_encrypts_it(keyed: World) -> None:
    drop(keyed, 1, spec=CAPTURED)
    traffic(keyed)
    keyed.run_for(300)

    assert configured(keyed)["DataCaptureConfig"]["KmsKeyId"] == KEY
    assert keyed.keys("churn/captured/")
    assert keyed.gate.denied == []


def test_without_the_key_nothing_is_captured_and_a_spec_that_has_it_no_more_ends_it(world: World) -> None:
    drop(world, 1, quality=0.7, spec=CAPTURED)
    traffic(world)
    world.put("churn/spec.yaml", SPEC)
    reaches(world, 2, Stage.LIVE)

    assert "DataCaptureConfig" not in configured(world)


# --- what an endpoint keeps -------------------------------------------------------------------------------------------


def hand_made(world: World, name: str, variants: list[dict[str, Any]], **changes: Any) -> None:
    made = {"DataCaptureConfig": BY_HAND, "KmsKeyId": KEY, **changes}
    world.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **made)


def changed_by_hand(world: World, number: int) -> None:
    """A person gives the live release's endpoint a configuration of theirs."""
    (was,) = configured(world)["ProductionVariants"]
    hand_made(world, "by-hand", [{**was, **SETTINGS}])
    world.sagemaker.update_endpoint(EndpointName="churn", EndpointConfigName="by-hand")
    world.run(lambda: configured(world)["EndpointConfigName"] == "by-hand")
    assert world.endpoint("churn").in_service == world.release("churn", number).id


def assert_kept(world: World, number: int) -> None:
    """The endpoint has this release's variant alone, and all that a person gave it."""
    found = configured(world)
    assert found["EndpointConfigName"] != "by-hand"
    assert found["DataCaptureConfig"] == BY_HAND
    assert found["KmsKeyId"] == KEY
    (one,) = found["ProductionVariants"]
    assert one["VariantName"] == variant(world, number)
    assert {name: one[name] for name in SETTINGS} == SETTINGS


def test_a_strangers_endpoint_that_was_handed_over_keeps_what_it_has(keyed: World) -> None:
    world = keyed
    drop(world, 1, spec=SPEC.replace("deploy: {", "deploy: {endpoint: elsewhere, "))
    first = world.release("churn", 1)
    theirs = {"VariantName": "AllTraffic", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1, **SETTINGS}
    hand_made(world, "by-hand", [{**theirs, "ModelName": first.model_name}])
    tags = [{"Key": "yardmaster", "Value": "yardmaster"}]
    world.sagemaker.create_endpoint(EndpointName="churn", EndpointConfigName="by-hand", Tags=tags)
    world.run_for(600)

    traffic(world)
    world.put("churn/spec.yaml", SPEC)
    second = reaches(world, 2, Stage.LIVE)
    assert_kept(world, 2)
    told = next(step.reason for step in second.history if step.stage is Stage.DEPLOYING)
    assert f"it keeps data capture to {BY_HAND['DestinationS3Uri']}, KMS key {KEY}, VolumeSizeInGB 50" in told

    reaches(world, 3, Stage.LIVE)
    assert_kept(world, 3)

    world.command("rollback", world.release("churn", 3), "worse than it looked")
    world.run(lambda: world.stage("churn", 2) is Stage.LIVE, hours=2)
    assert_kept(world, 2)
    assert world.gate.denied == []
    assert world.errors == []


def test_a_configuration_changed_by_hand_is_kept_through_canary_and_promotion(keyed: World) -> None:
    world = keyed
    drop(world, 1, quality=0.7, spec=SPEC)
    changed_by_hand(world, 1)
    traffic(world)

    reaches(world, 2, Stage.CANARY)
    shared = configured(world)
    assert (shared["DataCaptureConfig"], shared["KmsKeyId"]) == (BY_HAND, KEY)
    assert [{name: one[name] for name in SETTINGS} for one in shared["ProductionVariants"]] == [SETTINGS] * 2
    world.run(lambda: ended(world, 2))

    assert world.stage("churn", 2) is Stage.LIVE
    assert_kept(world, 2)
    assert world.gate.denied == []
    assert_settled(world)


def test_a_configuration_changed_by_hand_is_kept_through_a_rollback(keyed: World) -> None:
    world = keyed
    drop(world, 1, quality=0.7, spec=SPEC)
    changed_by_hand(world, 1)
    traffic(world)

    canary = reaches(world, 2, Stage.CANARY)
    world.command("rollback", canary, "no")
    world.run(lambda: ended(world, 2), hours=2)

    assert world.stage("churn", 2) is Stage.ROLLED_BACK
    assert_kept(world, 1)
    assert world.gate.denied == []
    assert world.errors == []
    assert_settled(world)


def test_what_can_not_be_kept_is_not_taken_away(keyed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(keyed, 1, quality=0.7, spec=SPEC)
    changed_by_hand(keyed, 1)
    described = keyed.sagemaker.describe_endpoint_config
    more = {"AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://theirs/x"}}}
    monkeypatch.setattr(keyed.sagemaker, "describe_endpoint_config", lambda **asked: described(**asked) | more, False)

    release = reaches(keyed, 2, Stage.FAILED, Stage.CANARY)
    assert release.reason == (
        "endpoint churn has AsyncInferenceConfig in its configuration by-hand, which a release can't keep: take it "
        "off, or give deploy.endpoint another name"
    )
    assert configured(keyed)["EndpointConfigName"] == "by-hand"


@pytest.mark.parametrize(("wanted", "percent"), [("none", None), ("{percent: 5}", 5)])
def test_the_spec_decides_over_what_a_person_set_up(keyed: World, wanted: str, percent: int | None) -> None:
    drop(keyed, 1, quality=0.7, spec=SPEC)
    changed_by_hand(keyed, 1)
    traffic(keyed)
    keyed.put("churn/spec.yaml", SPEC.replace("canary: {", f"data_capture: {wanted}, canary: {{"))
    reaches(keyed, 2, Stage.LIVE)

    found = configured(keyed)
    assert found.get("DataCaptureConfig", {}).get("InitialSamplingPercentage") == percent
    assert found["KmsKeyId"] == KEY


def test_an_endpoint_that_failed_is_made_again_with_what_it_had(keyed: World) -> None:
    drop(keyed, 1, quality=0.7, spec=SPEC)
    changed_by_hand(keyed, 1)
    keyed.core.put_in_status("churn", "Failed", "all instances were lost")
    reaches(keyed, 2, Stage.LIVE)

    assert_kept(keyed, 2)


# --- what the answers tell --------------------------------------------------------------------------------------------


def test_a_canary_that_answers_as_on_its_test_channel_is_promoted_without_a_word(world: World) -> None:
    drop(world, 1, quality=0.7, spec=CAPTURED)
    traffic(world)
    release = reaches(world, 2, Stage.LIVE)

    assert notes(release) == []
    told = decision(world, release)["answers"]
    assert [(one["step"], one["verdict"]) for one in told] == [(0, "alike"), (1, "alike")]
    assert "captured answers beside" in told[0]["reason"]
    assert "warning" not in why(release, world.now)


def test_nonsense_with_status_200_is_a_warning_everywhere_and_stops_nothing(world: World) -> None:
    drop(world, 1, quality=0.7, spec=CAPTURED)
    traffic(world)
    reaches(world, 2, Stage.CANARY)
    nonsense(world, 2)
    world.run(lambda: ended(world, 2))

    release = world.release("churn", 2)
    assert release.stage is Stage.LIVE
    said = "warning: the canary's answers differ strongly from those on its test channel: Kolmogorov-Smirnov distance"
    assert len(notes(release)) == 2
    assert all(note.startswith(said) for note in notes(release))
    assert "; the baseline's own: 0.0" in notes(release)[0]
    assert {one["verdict"] for one in decision(world, release)["answers"]} == {"different"}
    assert said in why(release, world.now)
    assert said in world.read("churn/STATUS.md")


def test_a_person_who_is_asked_before_promotion_has_the_warning_before_them(world: World) -> None:
    drop(world, 1, quality=0.7, spec=CAPTURED.replace("canary: {", "canary: {confirm: [promotion], "))
    traffic(world)
    reaches(world, 2, Stage.CANARY)
    nonsense(world, 2)
    world.run(lambda: world.release("churn", 2).waiting_for is not None)

    assert "warning: the canary's answers differ strongly" in why(world.release("churn", 2), world.now)
    world.run_for(1800)
    assert len(notes(world.release("churn", 2))) == 1


def test_answers_that_are_no_numbers_are_a_warning(world: World) -> None:
    drop(world, 1, quality=0.7, spec=CAPTURED)
    traffic(world)
    reaches(world, 2, Stage.CANARY)
    name = variant(world, 2)
    world.answered = lambda asked, answer: replace(answer, body=b"error: no such column") if asked == name else answer
    world.run(lambda: ended(world, 2))

    assert "captured answers are not the numbers that they should be" in notes(world.release("churn", 2))[0]


def test_too_few_captures_are_said_and_stop_nothing(world: World) -> None:
    drop(world, 1, quality=0.7, spec=CAPTURED.replace("percent: 50", "percent: 1"))
    traffic(world)
    release = reaches(world, 2, Stage.LIVE)

    assert notes(release)[0].endswith("and 30 are needed")


def test_a_release_that_an_earlier_yardmaster_tested_is_not_compared(world: World) -> None:
    drop(world, 1, quality=0.7, spec=CAPTURED)
    traffic(world)
    release = reaches(world, 2, Stage.CANARY)
    key = f"{release.folder}evaluation-{release.attempt}.json"
    report = json.loads(world.read(key))
    del report["yardmaster"]["answers"]
    world.put(key, json.dumps(report))
    world.run(lambda: ended(world, 2))

    release = world.release("churn", 2)
    assert release.stage is Stage.LIVE
    assert "tells nothing of its answers: an earlier Yardmaster wrote it" in notes(release)[0]
    assert world.errors == []


def test_captures_in_another_bucket_are_not_read(keyed: World) -> None:
    drop(keyed, 1, quality=0.7, spec=SPEC)
    (was,) = configured(keyed)["ProductionVariants"]
    elsewhere = {**BY_HAND, "DestinationS3Uri": "s3://their-bucket/captures"}
    hand_made(keyed, "by-hand", [was], DataCaptureConfig=elsewhere)
    keyed.sagemaker.update_endpoint(EndpointName="churn", EndpointConfigName="by-hand")
    keyed.run(lambda: configured(keyed)["EndpointConfigName"] == "by-hand")
    release = reaches(keyed, 2, Stage.CANARY)
    traffic(keyed)
    keyed.run(lambda: ended(keyed, 2))

    release = keyed.release("churn", 2)
    assert release.stage is Stage.LIVE
    assert "they are captured to s3://their-bucket/captures, which is not the stack's bucket" in notes(release)[0]
    assert keyed.keys("churn/captured/") == []


def test_s3_that_fails_is_said_and_stops_nothing(world: World) -> None:
    drop(world, 1, quality=0.7, spec=CAPTURED)
    traffic(world)
    reaches(world, 2, Stage.CANARY)

    def broken(function: str, call: int, asked: str) -> None:
        if (function, asked) == ("judge_canary", "s3:ListObjectsV2"):
            raise refusal("SlowDown", "Please reduce your request rate.", "ListObjectsV2", 503)

    world.meanwhile = broken
    world.run(lambda: ended(world, 2), hours=3)

    release = world.release("churn", 2)
    assert release.stage is Stage.LIVE
    assert "can't be read (s3://" in notes(release)[0]
    assert "Please reduce your request rate." in notes(release)[0]
