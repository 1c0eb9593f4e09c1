from itertools import pairwise
from typing import Any

import pytest

from local_aws.sagemaker.errors import AwsError
from local_aws.sagemaker.executors.base import Finished
from tests.local_aws.sagemaker.puppets import ARTIFACT, IMAGE, START, Account, training


def describe(account: Account, name: str = "j1") -> dict[str, Any]:
    return account.call("DescribeTrainingJob", TrainingJobName=name)


def test_a_job_goes_through_all_phases_in_their_time(account: Account) -> None:
    account.train()
    seen = []
    for seconds in (0, 60, 15):
        account.wait(seconds)
        seen.append(describe(account)["SecondaryStatus"])
    account.wait(1000)
    account.finish_training()
    seen.append(describe(account)["SecondaryStatus"])
    account.wait(15)
    job = describe(account)
    assert seen == ["Starting", "Downloading", "Training", "Uploading"]
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed")
    assert job["ModelArtifacts"] == {"S3ModelArtifacts": ARTIFACT}
    assert job["FinalMetricDataList"] == [{"MetricName": "validation:auc", "Value": 0.8, "Timestamp": START + 1075}]
    assert (job["TrainingStartTime"], job["TrainingEndTime"]) == (START + 60, START + 1090)
    transitions = job["SecondaryStatusTransitions"]
    assert [each["Status"] for each in transitions] == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all(one["EndTime"] == two["StartTime"] for one, two in pairwise(transitions))


def test_a_clock_that_jumps_still_gives_each_phase_its_own_time(account: Account) -> None:
    account.train()
    account.now += 500
    account.core.advance()
    assert [each["StartTime"] - START for each in describe(account)["SecondaryStatusTransitions"]] == [0, 60, 75]


def test_the_executor_gets_what_the_request_says(account: Account) -> None:
    algorithm = {
        "TrainingImage": IMAGE,
        "TrainingInputMode": "File",
        "MetricDefinitions": [{"Name": "auc", "Regex": "auc:(\\S+)"}],
    }
    account.train(AlgorithmSpecification=algorithm, Environment={"A": "1"})
    account.wait(75)
    request = account.executors.training["j1"]
    assert (request.image, request.hyperparameters, request.environment) == (IMAGE, {"num_round": "10"}, {"A": "1"})
    assert (request.channels[0].name, request.channels[0].s3_uri) == ("train", "s3://b/train/")
    assert request.channels[0].compression == "None"
    assert (request.metric_definitions[0].name, request.max_runtime_seconds) == ("auc", 3600)


@pytest.mark.parametrize(("asked", "got"), [("File", ("File", "Pipe")), ("FastFile", ("FastFile", "Pipe"))])
def test_a_channel_has_the_jobs_input_mode_or_its_own(account: Account, asked: str, got: tuple[str, str]) -> None:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/train/"}}
    account.train(
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": asked},
        InputDataConfig=[
            {"ChannelName": "train", "DataSource": source},
            {"ChannelName": "validation", "DataSource": source, "InputMode": "Pipe"},
        ],
    )
    account.wait(75)
    assert tuple(channel.input_mode for channel in account.executors.training["j1"].channels) == got


def test_fast_file_reads_no_manifest(account: Account) -> None:
    source = {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": "s3://b/train/"}}
    with pytest.raises(AwsError, match="FastFile mode needs the S3DataType S3Prefix, not ManifestFile"):
        account.train(
            AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "FastFile"},
            InputDataConfig=[{"ChannelName": "train", "DataSource": source}],
        )


def test_a_failed_container_fails_the_job_with_its_reason(account: Account) -> None:
    account.train()
    account.wait(100)
    account.finish_training(result=Finished.FAILED, failure_reason="ClientError: no label", artifact_uri=None)
    job = describe(account)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"] == "ClientError: no label"
    assert "ClientError: no label" in [line.message for line in account.logs]


@pytest.mark.parametrize("seconds", [0, 65, 100])
def test_a_stopped_job_is_stopping_then_stopped(account: Account, seconds: int) -> None:
    account.train()
    account.wait(seconds)
    account.call("StopTrainingJob", TrainingJobName="j1")
    assert describe(account)["TrainingJobStatus"] == "Stopping"
    if account.executors.training:
        assert account.executors.asked_to_stop == ["j1"]
        account.finish_training(result=Finished.STOPPED)
    account.wait(10)
    job = describe(account)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")


@pytest.mark.parametrize("result", list(Finished))
def test_a_job_over_its_runtime_is_stopped_as_max_runtime_exceeded_with_its_artifact(
    account: Account, result: Finished
) -> None:
    account.train(StoppingCondition={"MaxRuntimeInSeconds": 100})
    account.wait(160)
    assert account.executors.asked_to_stop == ["j1"]
    account.finish_training(result=result)
    job = describe(account)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == ARTIFACT


def test_an_outcome_after_the_end_changes_nothing(account: Account) -> None:
    account.train()
    account.wait(100)
    account.finish_training()
    account.wait(20)
    account.finish_training(result=Finished.FAILED)
    assert describe(account)["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize("ending", [Finished.COMPLETED, Finished.FAILED])
def test_a_finished_job_can_not_be_stopped(account: Account, ending: Finished) -> None:
    account.train()
    account.wait(100)
    account.finish_training(result=ending)
    account.wait(20)
    message = account.refused("StopTrainingJob", {"TrainingJobName": "j1"})
    assert message == f"The request was rejected because the training job is in status {ending.value}."


@pytest.mark.parametrize("operation", ["DescribeTrainingJob", "StopTrainingJob"])
def test_an_unknown_job_is_not_found(account: Account, operation: str) -> None:
    assert account.refused(operation, {"TrainingJobName": "none"}).startswith("Requested resource not found")


def test_a_name_is_taken_also_after_the_job_ended(account: Account) -> None:
    account.train()
    message = account.refused("CreateTrainingJob", training(), "ResourceInUse")
    assert message.startswith(
        "Training job names must be unique within an AWS account and region, and a training job with this name "
        "already exists (arn:aws:sagemaker:us-east-1:123456789012:training-job/j1"
    )


def channel(uri: str, name: str = "train") -> dict[str, Any]:
    return {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"InputDataConfig": [channel("s3://b/none/")]},
            "ValidationException",
            'No S3 objects found under S3 URL "s3://b/none/" given in input data source.',
        ),
        (
            {"InputDataConfig": [channel("s3://nobucket/x")]},
            "ValidationException",
            'No S3 objects found under S3 URL "s3://nobucket/x"',
        ),
        ({"InputDataConfig": [channel("s3://b/train/")] * 2}, "ValidationException", "Duplicate channel name: train"),
        ({"OutputDataConfig": {"S3OutputPath": "s3://nobucket/out"}}, "ValidationException", "does not exist"),
        ({"OutputDataConfig": {"S3OutputPath": "https://b/out"}}, "ValidationException", "Invalid S3 URI"),
        (
            {"AlgorithmSpecification": {"TrainingImage": "python:3", "TrainingInputMode": "File"}},
            "ValidationException",
            'Using non-ECR image "python:3"',
        ),
        ({"AlgorithmSpecification": None}, "ValidationException", "Value null at 'algorithmSpecification'"),
        (
            {"AlgorithmSpecification": {"TrainingInputMode": "File"}},
            "ValidationException",
            "Value null at 'algorithmSpecification.trainingImage'",
        ),
        (
            {"ResourceConfig": {"VolumeSizeInGB": 1}},
            "ValidationException",
            "2 validation errors detected: Value null at 'resourceConfig.instanceType'",
        ),
        ({"EnableManagedSpotTraining": True}, "ValidationException", "Invalid MaxWaitTimeInSeconds"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 2}},
            "ValidationException",
            "It is only supported when EnableManagedSpotTraining is set to true",
        ),
        (
            {"AlgorithmSpecification": {"AlgorithmName": "x", "TrainingInputMode": "File"}},
            "ValidationException",
            "Algorithm x does not exist",
        ),
        (
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]},
            "ValidationException",
            "Duplicate tag key: a",
        ),
        ({"Tags": [{"Key": "aws:x", "Value": "1"}]}, "ValidationException", "reserved"),
    ],
)
def test_what_can_not_run_is_refused_and_leaves_nothing(
    account: Account, changes: dict[str, Any], code: str, message: str
) -> None:
    assert message in account.refused("CreateTrainingJob", training(**changes), code)
    assert account.call("ListTrainingJobs")["TrainingJobSummaries"] == []
    account.wait()
    assert account.events == []


def test_the_quota_counts_instances_of_jobs_that_run(account: Account) -> None:
    account.change(quotas={"ml.m5.xlarge for training job usage": 1})
    account.train()
    message = account.refused("CreateTrainingJob", training("j2"), "ResourceLimitExceeded")
    assert message.startswith(
        "The account-level service limit 'ml.m5.xlarge for training job usage' is 1 Instances, with current "
        "utilization of 1 Instances and a request delta of 1 Instances. Please contact AWS support"
    )
    account.wait(100)
    account.finish_training()
    account.wait(20)
    account.train("j2")


def test_spot_jobs_have_a_quota_of_their_own(account: Account) -> None:
    account.change(quotas={"ml.m5.xlarge for spot training job usage": 0})
    account.train()
    spot = {
        "EnableManagedSpotTraining": True,
        "StoppingCondition": {"MaxRuntimeInSeconds": 10, "MaxWaitTimeInSeconds": 20},
    }
    message = account.refused("CreateTrainingJob", training("j2", **spot), "ResourceLimitExceeded")
    assert "spot training job usage" in message


def test_final_metrics_are_datapoints_of_the_job(account: Account) -> None:
    account.train()
    account.wait(100)
    account.finish_training()
    point = account.metrics[0]
    assert (point.namespace, point.name, point.value) == ("/aws/sagemaker/TrainingJobs", "validation:auc", 0.8)
    assert point.dimensions == {"TrainingJobName": "j1"}
