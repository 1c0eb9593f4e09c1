from typing import Any

import pytest

from local_aws.sagemaker.executors.base import Finished, ServedContainer
from tests.local_aws.sagemaker.puppets import ARTIFACT, IMAGE, START, Account, transform


@pytest.fixture
def ready(account: Account) -> Account:
    account.model()
    return account


def describe(account: Account) -> dict[str, Any]:
    return account.call("DescribeTransformJob", TransformJobName="t1")


@pytest.mark.parametrize(
    ("result", "status", "reason"),
    [
        (Finished.COMPLETED, "Completed", None),
        (Finished.FAILED, "Failed", "ClientError: See job logs for more information"),
        (Finished.STOPPED, "Stopped", None),
    ],
)
def test_a_job_starts_and_ends_as_its_executor_says(
    ready: Account, result: Finished, status: str, reason: str | None
) -> None:
    ready.core.call("CreateTransformJob", transform())
    ready.wait(60)
    assert describe(ready)["TransformJobStatus"] == "InProgress"
    ready.wait(30)
    ready.finish_transform(result=result)
    job = describe(ready)
    assert (job["TransformJobStatus"], job.get("FailureReason")) == (status, reason)
    assert (job["TransformStartTime"], job["TransformEndTime"]) == (START + 60, START + 90)


def test_the_executor_gets_the_model_and_what_the_request_says(ready: Account) -> None:
    ready.core.call("CreateTransformJob", transform(MaxPayloadInMB=2, Environment={"A": "1"}))
    ready.wait(60)
    request = ready.executors.transforms["t1"]
    assert request.containers == (ServedContainer(IMAGE, ARTIFACT, {"A": "1"}),)
    assert (request.s3_uri, request.s3_output_path, request.max_payload_mb) == ("s3://b/test/", "s3://b/scores", 2)
    assert (request.input_filter, request.join_source, request.output_filter) == ("$[1:]", "Input", "$[0,-1]")
    assert (request.split_type, request.assemble_with, request.batch_strategy) == ("Line", "Line", "MultiRecord")


@pytest.mark.parametrize("seconds", [0, 70])
def test_a_stopped_job_is_stopping_then_stopped(ready: Account, seconds: int) -> None:
    ready.core.call("CreateTransformJob", transform())
    ready.wait(seconds)
    ready.call("StopTransformJob", TransformJobName="t1")
    assert describe(ready)["TransformJobStatus"] == "Stopping"
    if seconds:
        ready.finish_transform(result=Finished.STOPPED)
    ready.wait(10)
    assert describe(ready)["TransformJobStatus"] == "Stopped"
    message = ready.refused("StopTransformJob", {"TransformJobName": "t1"})
    assert message == "The request was rejected because the transform job is in status Stopped."


def test_unknown_jobs_are_not_found_in_the_words_of_each_operation(account: Account) -> None:
    unknown = {"TransformJobName": "none"}
    assert account.refused("DescribeTransformJob", unknown).startswith("Could not find requested job with name")
    assert account.refused("StopTransformJob", unknown).startswith("Could not find job to update with name")


def test_a_job_of_an_unknown_model_is_refused(account: Account) -> None:
    assert account.refused("CreateTransformJob", transform()).startswith('Could not find model "arn:aws:sagemaker:')


def test_a_name_is_taken_for_good(ready: Account) -> None:
    ready.core.call("CreateTransformJob", transform())
    message = ready.refused("CreateTransformJob", transform(), "ResourceInUse")
    assert message.startswith("Job name must be unique within an AWS account and region")


def test_an_input_without_objects_is_refused(ready: Account) -> None:
    ready.objects.uris.discard("s3://b/test/a.csv")
    assert ready.refused("CreateTransformJob", transform()).startswith(
        'No S3 objects found under S3 URL "s3://b/test/"'
    )


def test_the_quota_counts_instances_of_jobs_that_run(ready: Account) -> None:
    ready.change(quotas={"ml.m5.xlarge for transform job usage": 1})
    ready.core.call("CreateTransformJob", transform())
    message = ready.refused("CreateTransformJob", transform("t2"), "ResourceLimitExceeded")
    assert "'ml.m5.xlarge for transform job usage' is 1 Instances" in message


def inputs(**changes: Any) -> dict[str, Any]:
    return {"TransformInput": {**transform()["TransformInput"], **changes}}


def outputs(**changes: Any) -> dict[str, Any]:
    return {"TransformOutput": {**transform()["TransformOutput"], **changes}}


def processing(**changes: str) -> dict[str, Any]:
    return {"DataProcessing": changes}


AUGMENTED = {"S3DataSource": {"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://b/test/"}}
BOTH_JSON = inputs(ContentType="application/jsonlines") | outputs(Accept="application/jsonlines")
FORMATS = "of text/csv, application/json, application/jsonlines as ContentType and as Accept; they are"
LINES = "DataProcessing of text/csv needs Line as SplitType and as AssembleWith; they are"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"MaxPayloadInMB": 101}, "MaxPayloadInMB is 101: it cannot be greater than 100."),
        (
            {"MaxPayloadInMB": 6, "MaxConcurrentTransforms": 17},
            "MaxConcurrentTransforms * MaxPayloadInMB is 17 * 6: it cannot exceed 100.",
        ),
        ({"MaxPayloadInMB": 0}, "MaxPayloadInMB is 0: built-in algorithms take no payloads that are sent in chunks."),
        (
            {"TransformResources": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 101}},
            "InstanceCount is 101: a transform job has 100 instances at most.",
        ),
        (inputs(DataSource=AUGMENTED), "S3DataType AugmentedManifestFile is not compatible with a transform job."),
        (
            outputs(Accept="application/jsonlines"),
            f'DataProcessing needs the same {FORMATS} "text/csv" and "application/jsonlines".',
        ),
        (
            inputs(ContentType="image/png") | outputs(Accept="image/png"),
            f'DataProcessing needs the same {FORMATS} "image/png" and "image/png".',
        ),
        (
            {**outputs(Accept="image/png"), **processing(OutputFilter="$[0]")},
            f'DataProcessing needs one {FORMATS} "text/csv" and "image/png".',
        ),
        (inputs(SplitType="None") | outputs(AssembleWith="None"), f"{LINES} None and None."),
        (outputs(AssembleWith="None"), f"{LINES} Line and None."),
        (
            BOTH_JSON | outputs(Accept="application/jsonlines", AssembleWith="None") | processing(JoinSource="Input"),
            "JoinSource needs SplitType and AssembleWith to be the same; they are Line and None.",
        ),
        (
            BOTH_JSON | processing(OutputFilter="$['account_id','SageMakerOutput']"),
            "Invalid OutputFilter: \"$['account_id','SageMakerOutput']\". Unexpected \"_\" in JsonPath. Supported "
            "operators for \"application/jsonlines\" are ['$', '[', ']', '*', '.', ' ', ',', ':', '-', ''']",
        ),
        (processing(InputFilter="[1:]"), 'Invalid InputFilter: "[1:]". A JsonPath begins with $.'),
        (
            processing(InputFilter="$.features"),
            'Invalid InputFilter: "$.features". Cells of CSV are chosen by position, such as $[0] or $[1:].',
        ),
    ],
)
def test_what_the_guide_says_can_not_be_is_refused(ready: Account, changes: dict[str, Any], message: str) -> None:
    assert ready.refused("CreateTransformJob", transform(**changes)) == message


@pytest.mark.parametrize(
    "changes",
    [
        {"MaxPayloadInMB": 100, "MaxConcurrentTransforms": 1},
        {"MaxPayloadInMB": 10, "MaxConcurrentTransforms": 10},
        {"MaxConcurrentTransforms": 100},
        # As AWS's notebooks of image classification ask for it.
        {
            "BatchStrategy": "SingleRecord",
            **inputs(ContentType="application/x-image", SplitType="None"),
            **outputs(Accept="application/json", AssembleWith="None"),
            **processing(),
        },
        BOTH_JSON | processing(InputFilter="$.features", JoinSource="Input", OutputFilter="$['id','SageMakerOutput']"),
        outputs(Accept="application/jsonlines", AssembleWith="None") | processing(InputFilter="$", JoinSource="None"),
        processing(InputFilter="$[1:]", OutputFilter="$[-1]"),
        outputs(Accept="application/jsonlines") | processing(InputFilter="$[1:]"),
    ],
)
def test_what_the_guide_allows_is_taken(ready: Account, changes: dict[str, Any]) -> None:
    ready.core.call("CreateTransformJob", transform(**changes))
    assert describe(ready)["TransformJobStatus"] == "InProgress"
