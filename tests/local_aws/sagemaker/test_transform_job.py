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
