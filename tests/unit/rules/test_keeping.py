"""What a new endpoint configuration keeps of the present one."""

from typing import Any

import pytest

from yardmaster.rules.keeping import NOTHING, Present, Wanted, capture_config, settings_of_new, told, volume_key
from yardmaster.spec.schema import CaptureSpec

OURS = "s3://bucket/churn/captured"
THEIRS = {
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://theirs/x",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
LIMITS = {"VolumeSizeInGB": 50, "ContainerStartupHealthCheckTimeoutInSeconds": 300}


@pytest.mark.parametrize(
    ("wanted", "present", "destination"),
    [
        ("keep", None, None),
        ("keep", THEIRS, "s3://theirs/x"),
        ("keep", {**THEIRS, "DestinationS3Uri": OURS}, None),
        ("keep", {**THEIRS, "DestinationS3Uri": f"{OURS}/"}, None),
        ("keep", {**THEIRS, "DestinationS3Uri": f"{OURS}/by-hand"}, f"{OURS}/by-hand"),
        ("none", THEIRS, None),
        (CaptureSpec(), None, OURS),
        (CaptureSpec(), THEIRS, OURS),
    ],
)
def test_the_spec_wins_and_where_it_is_silent_what_somebody_else_set_up_stays(
    wanted: Wanted, present: dict[str, Any] | None, destination: str | None
) -> None:
    found = capture_config(wanted, Present(capture=present), OURS, None)
    assert (found and found["DestinationS3Uri"]) == destination


@pytest.mark.parametrize("key", [None, "arn:key"])
def test_our_own_captures_requests_and_answers_under_the_stacks_key(key: str | None) -> None:
    found = capture_config(CaptureSpec(percent=25), NOTHING, OURS, key)
    assert found is not None
    assert found["InitialSamplingPercentage"] == 25
    assert [option["CaptureMode"] for option in found["CaptureOptions"]] == ["Input", "Output"]
    assert found.get("KmsKeyId") == key


@pytest.mark.parametrize(
    ("present", "of_stack", "types", "key"),
    [
        (None, None, ["ml.m5.large"], None),
        (None, "ours", ["ml.m5.large"], "ours"),
        ("theirs", None, ["ml.m5.large"], "theirs"),
        ("theirs", "ours", ["ml.m5.large", "ml.c5.large"], "theirs"),
        ("theirs", "ours", ["ml.m5.large", "ml.g4dn.xlarge"], None),
    ],
)
def test_the_volumes_keep_their_key_unless_an_instance_has_its_own_disk(
    present: str | None, of_stack: str | None, types: list[str], key: str | None
) -> None:
    assert volume_key(Present(key=present), of_stack, *types) == key


@pytest.mark.parametrize(
    ("instance_type", "kept"),
    [
        ("ml.m5.large", {**LIMITS, "InferenceAmiVersion": "v1"}),
        ("ml.c5.large", LIMITS),
        ("ml.g4dn.xlarge", {"ContainerStartupHealthCheckTimeoutInSeconds": 300}),
    ],
)
def test_a_new_variant_gets_what_its_instance_type_can_have(instance_type: str, kept: dict[str, Any]) -> None:
    present = Present(settings={**LIMITS, "InferenceAmiVersion": "v1"}, instance_type="ml.m5.large")
    assert settings_of_new(present, instance_type) == kept


def test_what_is_kept_and_what_can_not_be_is_told() -> None:
    present = Present("theirs", THEIRS, {"VolumeSizeInGB": 50}, "ml.m5.large")
    assert told(present, THEIRS, "theirs") == (
        "; it keeps data capture to s3://theirs/x, KMS key theirs, VolumeSizeInGB 50"
    )
    assert told(Present(key="theirs"), None, None) == "; no KMS key: one of the instance types has its own disk"
    assert told(NOTHING, None, "ours") == ""
