"""Spot capacity that is taken back, and comes again or not; and jobs that AWS ends for reasons of its own."""

from typing import Any

import pytest

from local_aws.sagemaker.core import NO_CAPACITY
from local_aws.sagemaker.errors import AwsError
from local_aws.sagemaker.executors.base import Finished
from tests.local_aws.sagemaker.puppets import ARTIFACT, START, Account, algorithm, training, transform

SPOT: dict[str, Any] = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 3000, "MaxWaitTimeInSeconds": 7200},
}
CHECKPOINTS = {"S3Uri": "s3://b/checkpoints/"}
DKR = "683313688378.dkr.ecr.us-east-1.amazonaws.com"


def describe(account: Account) -> dict[str, Any]:
    return account.call("DescribeTrainingJob", TrainingJobName="j1")


def interrupt(account: Account, seconds: float | None) -> None:
    account.core.provoke("training-jobs", "j1", "interrupt", seconds=seconds)
    if account.executors.interrupted:
        account.executors.interrupted.clear()
        account.finish_training(result=Finished.STOPPED, artifact_uri=None, metrics=())
    account.wait()


def test_a_job_that_is_interrupted_once_goes_on_and_is_billed_for_what_ran(account: Account) -> None:
    account.train(**SPOT)
    account.wait(60 + 15 + 100)
    interrupt(account, 600)
    waiting = describe(account)
    account.wait(600 + 60 + 15 + 200)
    account.finish_training()
    account.wait(15)

    job = describe(account)
    assert (waiting["TrainingJobStatus"], waiting["SecondaryStatus"]) == ("InProgress", "Interrupted")
    assert [each["Status"] for each in job["SecondaryStatusTransitions"]] == [
        "Starting", "Downloading", "Training", "Interrupted",
        "Starting", "Downloading", "Training", "Uploading", "Completed",
    ]  # fmt: skip
    assert job["TrainingStartTime"] == START + 60
    assert job["TrainingTimeInSeconds"] == (15 + 100) + (15 + 200 + 15)
    assert job["BillableTimeInSeconds"] == round(0.3 * job["TrainingTimeInSeconds"])
    sent = [detail["SecondaryStatus"] for detail in account.sent("Training Job")]
    assert sent == [each["Status"] for each in job["SecondaryStatusTransitions"]]


def test_the_container_has_its_grace_before_the_job_is_interrupted(account: Account) -> None:
    account.train(**SPOT)
    account.wait(100)
    for _ in range(2):
        account.core.provoke("training-jobs", "j1", "interrupt", seconds=60)
    assert account.executors.interrupted == ["j1"]
    assert describe(account)["SecondaryStatus"] == "Training"


@pytest.mark.parametrize("result", [Finished.COMPLETED, Finished.FAILED])
def test_a_container_that_was_faster_than_the_interruption_has_ended(account: Account, result: Finished) -> None:
    account.train(**SPOT)
    account.wait(100)
    account.core.provoke("training-jobs", "j1", "interrupt", seconds=60)
    account.finish_training(result=result)
    account.wait(15)
    assert describe(account)["TrainingJobStatus"] == result.value


@pytest.mark.parametrize(
    ("at", "then"),
    [(0, ["Starting"]), (65, ["Starting", "Downloading", "Interrupted"])],
    ids=["never launched", "while downloading"],
)
def test_a_job_that_finds_no_capacity_again_is_given_up_at_its_longest_wait(
    account: Account, at: float, then: list[str]
) -> None:
    account.train(**SPOT)
    account.wait(at)
    interrupt(account, None)
    account.wait(7199 - at)
    assert describe(account)["TrainingJobStatus"] == "InProgress"
    account.wait(1 + 10)
    job = describe(account)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
    assert [each["Status"] for each in job["SecondaryStatusTransitions"]] == [*then, "Stopping", "MaxWaitTimeExceeded"]
    assert not account.executors.training


def test_a_job_that_still_trains_at_its_longest_wait_may_leave_a_model(account: Account) -> None:
    account.train(**SPOT)
    account.wait(100)
    interrupt(account, 6000)
    account.wait(7100)
    assert account.executors.asked_to_stop == ["j1"]
    account.finish_training(result=Finished.STOPPED)
    job = describe(account)
    assert (job["SecondaryStatus"], job["ModelArtifacts"]) == ("MaxWaitTimeExceeded", {"S3ModelArtifacts": ARTIFACT})


def test_the_longest_run_counts_what_ran_and_not_what_waited(account: Account) -> None:
    account.train(**SPOT)
    account.wait(60 + 2000)
    interrupt(account, 3000)
    account.wait(3000 + 60 + 999)
    assert account.executors.asked_to_stop == []
    account.wait(1)
    assert account.executors.asked_to_stop == ["j1"]
    account.finish_training(result=Finished.STOPPED)
    assert describe(account)["SecondaryStatus"] == "MaxRuntimeExceeded"


def test_who_waits_can_be_told_that_there_is_capacity_now(account: Account) -> None:
    account.train(**SPOT)
    account.wait(100)
    interrupt(account, None)
    interrupt(account, 0)
    assert describe(account)["SecondaryStatus"] == "Starting"


def test_a_stop_during_the_interruption_stops_the_job(account: Account) -> None:
    account.train(**SPOT)
    account.wait(100)
    account.core.provoke("training-jobs", "j1", "interrupt", seconds=60)
    account.call("StopTrainingJob", TrainingJobName="j1")
    account.finish_training(result=Finished.STOPPED, artifact_uri=None)
    assert describe(account)["SecondaryStatus"] == "Stopped"


def test_a_job_of_the_usual_kind_is_never_interrupted(account: Account) -> None:
    account.train()
    account.wait(100)
    with pytest.raises(AwsError, match="j1 does not run on spot capacity: nothing interrupts it"):
        account.core.provoke("training-jobs", "j1", "interrupt")


def test_a_job_that_has_ended_is_not_interrupted_and_does_not_fail(account: Account) -> None:
    account.train(**SPOT)
    account.wait(100)
    account.finish_training()
    with pytest.raises(AwsError, match="j1 is Uploading: it neither waits nor trains"):
        account.core.provoke("training-jobs", "j1", "interrupt")
    account.wait(20)
    with pytest.raises(AwsError, match="j1 is Completed: it can't fail any more"):
        account.core.provoke("training-jobs", "j1", "fail")


@pytest.mark.parametrize("seconds", [0, 70, 100])
@pytest.mark.parametrize(("reason", "said"), [("", NO_CAPACITY), ("InternalServerError: x", "InternalServerError: x")])
def test_a_job_fails_for_a_reason_of_aws_own(account: Account, seconds: float, reason: str, said: str) -> None:
    account.train()
    account.wait(seconds)
    account.core.provoke("training-jobs", "j1", "fail", reason)
    account.finish_training(result=Finished.STOPPED)
    account.wait(100)
    job = describe(account)
    assert (job["TrainingJobStatus"], job["FailureReason"]) == ("Failed", said)
    assert account.sent("Training Job")[-1]["FailureReason"] == said


@pytest.mark.parametrize("seconds", [0, 70])
def test_a_transform_job_fails_too(account: Account, seconds: float) -> None:
    account.model()
    account.core.call("CreateTransformJob", transform())
    account.wait(seconds)
    account.core.provoke("transform-jobs", "t1", "fail")
    account.finish_transform(result=Finished.STOPPED)
    job = account.call("DescribeTransformJob", TransformJobName="t1")
    assert (job["TransformJobStatus"], job["FailureReason"]) == ("Failed", NO_CAPACITY)
    with pytest.raises(AwsError, match="t1 is Failed: it can't fail any more"):
        account.core.provoke("transform-jobs", "t1", "fail")


def test_what_else_nobody_can_provoke(account: Account) -> None:
    with pytest.raises(ValueError, match="there are training-jobs/<name>/interrupt"):
        account.core.provoke("transform-jobs", "t1", "interrupt")
    with pytest.raises(AwsError, match="Requested resource not found"):
        account.core.provoke("training-jobs", "none", "fail")


def test_the_executor_learns_where_checkpoints_are_kept(account: Account) -> None:
    account.train(CheckpointConfig=CHECKPOINTS, **SPOT)
    account.wait(75)
    request = account.executors.training["j1"]
    assert (request.checkpoint_uri, request.checkpoint_path) == ("s3://b/checkpoints", "/opt/ml/checkpoints")
    assert describe(account)["CheckpointConfig"] == CHECKPOINTS


def of_image(image: str) -> dict[str, Any]:
    return {"TrainingImage": image, "TrainingInputMode": "File"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 59}}, "greater than or equal to"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 60}}, "Invalid MaxWaitTimeInSeconds"),
        ({"AlgorithmSpecification": of_image(f"{DKR}/linear-learner:1")}, "at most 3600"),
        ({"AlgorithmSpecification": of_image(f"{DKR}/knn@sha256:{'0' * 64}")}, "at most 3600"),
        ({"CheckpointConfig": {"S3Uri": "s3://nobucket/x"}}, "does not exist"),
        ({"CheckpointConfig": {"S3Uri": "https://b/x"}}, "Invalid S3 URI"),
    ],
)
def test_spot_jobs_that_can_not_be_are_refused(account: Account, changes: dict[str, Any], message: str) -> None:
    assert message in account.refused("CreateTrainingJob", training(**{**SPOT, **changes}))


@pytest.mark.parametrize("path", ["/opt/ml", "/opt/ml/../etc", "/checkpoints", "checkpoints"])
def test_checkpoints_lie_below_opt_ml(account: Account, path: str) -> None:
    config: dict[str, Any] = {"CheckpointConfig": {**CHECKPOINTS, "LocalPath": path}}
    account.refused("CreateTrainingJob", training(**SPOT, **config), "UnknownOperationException")


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"AlgorithmSpecification": of_image("123456789012.dkr.ecr.us-east-1.amazonaws.com/linear-learner:mine")},
        {
            "AlgorithmSpecification": of_image(f"{DKR}/linear-learner:1"),
            "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 3600},
        },
    ],
    ids=["XGBoost", "an image of one's own", "an hour"],
)
def test_what_goes_on_from_checkpoints_or_is_ones_own_may_wait_long(account: Account, changes: dict[str, Any]) -> None:
    account.train(**{**SPOT, **changes})


@pytest.mark.parametrize("keeps", [True, False])
def test_a_product_that_keeps_no_checkpoints_may_wait_an_hour(account: Account, keeps: bool) -> None:
    account.core.call("CreateAlgorithm", algorithm())
    account.wait(60)
    arn = account.core.offer("arn:aws:sagemaker:us-east-1:123456789012:algorithm/forest")
    account.core.subscribe(arn)
    account.wait(60)
    named: dict[str, Any] = {"AlgorithmSpecification": {"AlgorithmName": arn, "TrainingInputMode": "File"}}
    request = training(**SPOT, **named, EnableNetworkIsolation=True)
    if keeps:
        account.core.call("CreateTrainingJob", {**request, "CheckpointConfig": CHECKPOINTS})
    else:
        assert "at most 3600" in account.refused("CreateTrainingJob", request)
