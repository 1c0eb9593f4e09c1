from typing import Any

import pytest

from local_aws.sagemaker.errors import AwsError, ResponseMismatchError
from local_aws.sagemaker.java_patterns import matches
from local_aws.sagemaker.validation import checked_answer, checked_request, service_model
from tests.local_aws.sagemaker.puppets import Account, training

FAILED = "failed to satisfy constraint:"
NAME_PATTERN = "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"


def resources(**changes: Any) -> dict[str, Any]:
    return {"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10, **changes}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"TrainingJobName": "bad_name!"},
            "1 validation error detected: Value 'bad_name!' at 'trainingJobName' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {NAME_PATTERN}",
        ),
        (
            {"RoleArn": None},
            f"1 validation error detected: Value null at 'roleArn' {FAILED} Member must not be null",
        ),
        (
            {"OutputDataConfig": {}},
            "Value null at 'outputDataConfig.s3OutputPath' failed to satisfy constraint: Member must not be null",
        ),
        (
            resources(InstanceType="ml.huge"),
            f"Value 'ml.huge' at 'resourceConfig.instanceType' {FAILED} Member must satisfy enum value set: [ml.m4.",
        ),
        (
            resources(InstanceCount=-1),
            f"Value '-1' at 'resourceConfig.instanceCount' {FAILED} Member must have value greater than or equal to",
        ),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, "Member must have value greater than or equal to 1"),
        ({"TrainingJobName": "x" * 64}, "Member must have length less than or equal to 63"),
        (
            {"HyperParameters": {"k" * 257: "1"}},
            f"at 'hyperParameters' {FAILED} Map keys must satisfy constraint: [Member must have length less than or",
        ),
        (
            {"HyperParameters": {str(at): "" for at in range(101)}},
            "at 'hyperParameters' failed to satisfy constraint: Member must have length less than or equal to 100",
        ),
        (
            {"Tags": [{"Key": "ok", "Value": "no!"}]},
            "Value 'no!' at 'tags.1.member.value' failed to satisfy constraint",
        ),
        ({"RoleArn": "arn:aws:iam::1:user/x"}, "at 'roleArn' failed to satisfy constraint"),
    ],
)
def test_a_request_that_breaks_the_model_is_refused_in_aws_words(
    account: Account, changes: dict[str, Any], message: str
) -> None:
    assert message in account.refused("CreateTrainingJob", training(**changes))


def test_all_violations_are_listed_at_once(account: Account) -> None:
    message = account.refused("CreateTrainingJob", training("a_b", RoleArn="x"))
    assert message.startswith("3 validation errors detected: ")
    assert message.count("; Value") == 2


@pytest.mark.parametrize(
    "params",
    [
        {"TrainingJobName": 3},
        {"TrainingJobName": ["j"]},
        {"TrainingJobName": "j", "Unknown": 1},
    ],
)
def test_wrong_types_and_unknown_members_are_a_serialization_error(account: Account, params: dict[str, Any]) -> None:
    account.refused("DescribeTrainingJob", params, "SerializationException")


def test_an_answer_that_the_model_does_not_allow_is_the_simulators_fault() -> None:
    with pytest.raises(ResponseMismatchError, match="trainingJobArn"):
        checked_answer("CreateTrainingJob", {"TrainingJobArn": "no-arn"})
    with pytest.raises(ResponseMismatchError, match="Unknown member"):
        checked_answer("CreateTrainingJob", {"Nonsense": 1})


@pytest.mark.parametrize(
    "time", [1_772_600_000, "2026-03-04T04:53:20Z", "2026-03-04T05:53:20+01:00", "2026-03-04T04:53:20"]
)
def test_timestamps_come_in_as_numbers_or_iso(time: object) -> None:
    assert checked_request("ListModels", {"CreationTimeAfter": time}) == {"CreationTimeAfter": 1_772_600_000.0}


def test_an_unreadable_time_is_refused() -> None:
    with pytest.raises(AwsError, match="can not be converted to a Timestamp"):
        checked_request("ListModels", {"CreationTimeAfter": "yesterday"})


def test_every_pattern_of_the_services_can_be_translated() -> None:
    for service in ("sagemaker", "sagemaker-runtime"):
        model = service_model(service)
        found = (model.shape_for(name).metadata.get("pattern") for name in model.shape_names)
        patterns = {pattern for pattern in found if pattern}
        assert patterns
        for pattern in patterns:
            matches(pattern, "x")


@pytest.mark.parametrize(
    ("pattern", "text", "accepted"),
    [
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "team=a b/1", True),
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "Köln 東京", True),
        (r"([\p{L}\p{Z}\p{N}_.:/=+\-@]*)", "a!", False),
        (r"([\p{L}\p{Z}\p{N}_.:\/=+\-@]*)${1,128}", "key", True),
        (r"[\p{L}\p{M}\p{Z}\p{N}\p{P}]{0,1024}", "a, b!", True),
        (r"[\p{L}\p{M}\p{Z}\p{N}\p{P}]{0,1024}", "a\tb", False),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\t]*", "a🚂", True),
        (r"\p{ASCII}*", "é", False),
        (r"\A\S[\p{Print}]*\z", "x y", True),
        (r"\d{12}", "١٢٣٤٥٦٧٨٩٠١٢", False),
        (r".*", "a\nb", False),
        (r"[a-z]", "ab", False),
    ],
)
def test_java_patterns_mean_what_they_mean_in_java(pattern: str, text: str, accepted: bool) -> None:
    assert matches(pattern, text) is accepted
