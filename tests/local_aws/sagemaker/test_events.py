from typing import Any

import pytest

from local_aws.sagemaker.executors.base import Finished
from local_aws.sagemaker.settings import drop_every_event
from tests.local_aws.sagemaker.puppets import START, Account, config, model, package, transform, variant

TRAINING = {
    "TrainingJobName", "TrainingJobArn", "TrainingJobStatus", "SecondaryStatus", "HyperParameters",
    "AlgorithmSpecification", "RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig", "VpcConfig",
    "StoppingCondition", "CreationTime", "LastModifiedTime", "SecondaryStatusTransitions", "Tags",
}  # fmt: skip
TRANSFORM = {
    "TransformJobName", "TransformJobArn", "TransformJobStatus", "ModelName", "MaxConcurrentTransforms",
    "MaxPayloadInMB", "BatchStrategy", "Environment", "TransformInput", "TransformOutput", "TransformResources",
    "CreationTime", "Tags",
}  # fmt: skip
ENDPOINT = {
    "EndpointName", "EndpointArn", "EndpointConfigName", "ProductionVariants", "EndpointStatus", "CreationTime",
    "LastModifiedTime", "Tags",
}  # fmt: skip


def test_a_training_job_tells_every_phase_in_the_apis_casing(account: Account) -> None:
    account.train()
    account.wait(100)
    account.finish_training()
    account.wait(20)
    told = account.sent("Training Job")
    assert [(each["TrainingJobStatus"], each["SecondaryStatus"]) for each in told] == [
        ("InProgress", "Starting"),
        ("InProgress", "Downloading"),
        ("InProgress", "Training"),
        ("InProgress", "Uploading"),
        ("Completed", "Completed"),
    ]
    assert set(told[0]) == TRAINING
    assert set(told[-1]) == TRAINING | {"TrainingStartTime", "TrainingEndTime", "ModelArtifacts"}
    assert told[-1]["Tags"] == {"yardmaster": "s"}
    assert told[0]["CreationTime"] == START * 1000
    assert told[0]["OutputDataConfig"] == {"KmsKeyId": "", "S3OutputPath": "s3://b/out"}
    source = told[0]["InputDataConfig"][0]["DataSource"]["S3DataSource"]
    assert source["S3DataDistributionType"] == "FullyReplicated"


def test_a_failed_job_tells_its_reason(account: Account) -> None:
    account.train()
    account.wait(100)
    account.finish_training(result=Finished.FAILED, failure_reason="AlgorithmError: x", artifact_uri=None)
    last = account.sent("Training Job")[-1]
    assert (last["TrainingJobStatus"], last["FailureReason"]) == ("Failed", "AlgorithmError: x")
    assert "ModelArtifacts" not in last


def test_a_transform_job_tells_its_beginning_and_end(account: Account) -> None:
    account.model()
    account.core.call("CreateTransformJob", transform())
    account.wait(100)
    account.finish_transform()
    told = account.sent("Transform Job")
    assert [each["TransformJobStatus"] for each in told] == ["InProgress", "Completed"]
    assert set(told[0]) == TRANSFORM
    assert set(told[1]) == TRANSFORM | {"TransformStartTime", "TransformEndTime"}


def test_an_endpoint_tells_its_statuses_in_upper_snake_case(account: Account) -> None:
    account.serve()
    swap = [{"VariantName": "a", "DesiredWeight": 5}, {"VariantName": "b", "DesiredWeight": 95}]
    account.change(fail_scaling=lambda _: True)
    account.call("UpdateEndpointWeightsAndCapacities", EndpointName="e1", DesiredWeightsAndCapacities=swap)
    account.wait(40)
    account.core.update_system("e1", 1)
    account.wait(1)
    account.call("DeleteEndpoint", EndpointName="e1")
    account.wait()
    told = account.sent("Endpoint")
    assert [each["EndpointStatus"] for each in told] == [
        "CREATING",
        "IN_SERVICE",
        "UPDATING",
        "ROLLING_BACK",
        "IN_SERVICE",
        "SYSTEM_UPDATING",
        "IN_SERVICE",
        "DELETING",
    ]
    assert all(set(each) == ENDPOINT for each in told)
    assert told[2]["ProductionVariants"][0] == {
        "VariantName": "a",
        "CurrentWeight": 95,
        "DesiredWeight": 5,
        "CurrentInstanceCount": 1,
        "DesiredInstanceCount": 1,
    }
    assert told[1]["LastModifiedTime"] == (START + 120) * 1000


def test_a_failed_endpoint_tells_its_reason(account: Account) -> None:
    account.executors.broken = {"/a/"}
    account.serve()
    last = account.sent("Endpoint")[-1]
    assert last["EndpointStatus"] == "FAILED"
    assert "did not pass the ping health check" in last["FailureReason"]


def test_models_and_configurations_tell_of_their_creation(account: Account) -> None:
    account.core.call("CreateModel", model(Tags=[{"Key": "k", "Value": "v"}]))
    account.core.call("CreateEndpointConfig", config("c1", variant("a")))
    account.wait()
    told = account.sent("Model")[0]
    assert set(told) == {"ModelName", "PrimaryContainer", "ExecutionRoleArn", "CreationTime", "ModelArn", "Tags"}
    assert told["Tags"] == {"k": "v"}
    told = account.sent("Endpoint Config")[0]
    assert set(told) == {"EndpointConfigName", "EndpointConfigArn", "ProductionVariants", "CreationTime", "Tags"}


def test_model_packages_write_times_as_iso(account: Account) -> None:
    account.call("CreateModelPackageGroup", ModelPackageGroupName="g1")
    account.core.call("CreateModelPackage", package(ModelApprovalStatus="Approved"))
    account.wait(5)
    told = account.sent("Model Package")[0]
    assert told["CreationTime"] == "2026-03-04T04:53:20Z"
    assert told["InferenceSpecification"]["Containers"][0]["ImageDigest"].startswith("sha256:")
    assert set(told) == {
        "ModelPackageGroupName",
        "ModelPackageVersion",
        "ModelPackageArn",
        "CreationTime",
        "InferenceSpecification",
        "ModelPackageStatus",
        "ModelPackageStatusDetails",
        "CertifyForMarketplace",
        "ModelApprovalStatus",
        "LastModifiedTime",
    }


def test_the_envelope_is_eventbridges(account: Account) -> None:
    account.train()
    account.wait()
    event = {name: value for name, value in account.events[0].items() if name not in ("id", "detail")}
    assert event == {
        "version": "0",
        "detail-type": "SageMaker Training Job State Change",
        "source": "aws.sagemaker",
        "account": "123456789012",
        "time": "2026-03-04T04:53:20Z",
        "region": "us-east-1",
        "resources": ["arn:aws:sagemaker:us-east-1:123456789012:training-job/j1"],
    }


def test_nothing_is_emitted_before_the_core_advances(account: Account) -> None:
    account.train()
    assert account.events == []


def test_events_can_be_doubled_with_an_id_each(account: Account) -> None:
    account.change(event_copies=2)
    account.train()
    account.wait()
    assert len(account.events) == 2
    assert account.events[0]["id"] != account.events[1]["id"]
    assert account.events[0]["detail"] == account.events[1]["detail"]


@pytest.mark.parametrize(
    ("lost", "count"), [(drop_every_event, 0), (lambda event: event["detail"].get("SecondaryStatus") == "Starting", 2)]
)
def test_events_can_get_lost_and_the_job_goes_on(account: Account, lost: Any, count: int) -> None:
    account.change(drop_events=lost)
    account.train()
    account.wait(100)
    assert len(account.events) == count
    assert account.call("DescribeTrainingJob", TrainingJobName="j1")["SecondaryStatus"] == "Training"


def test_the_same_history_gives_the_same_events() -> None:
    def history() -> list[dict[str, Any]]:
        account = Account()
        account.serve()
        account.train()
        account.wait(100)
        return account.events

    assert history() == history()
