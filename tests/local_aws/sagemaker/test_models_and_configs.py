from typing import Any

import pytest

from tests.local_aws.sagemaker.puppets import ARTIFACT, IMAGE, Account, config, model, package, variant


def test_a_model_is_described_as_it_was_created(account: Account) -> None:
    account.model()
    described = account.call("DescribeModel", ModelName="m1")
    assert described["PrimaryContainer"] == {"Image": IMAGE, "ModelDataUrl": ARTIFACT}
    assert described["ModelArn"] == "arn:aws:sagemaker:us-east-1:123456789012:model/m1"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://b/none.tar.gz"}},
            "Could not find model data at s3://b/none.tar.gz.",
        ),
        ({"PrimaryContainer": {"Image": "nginx"}}, 'Using non-ECR image "nginx"'),
        ({"PrimaryContainer": None}, "Either PrimaryContainer or Containers"),
        ({"PrimaryContainer": {"ModelDataUrl": ARTIFACT}}, "must have an Image"),
        ({"ExecutionRoleArn": None}, "Value null at 'executionRoleArn'"),
    ],
)
def test_a_model_that_can_not_be_is_refused(account: Account, changes: dict[str, Any], message: str) -> None:
    assert message in account.refused("CreateModel", model(**changes))


def test_a_model_exists_once(account: Account) -> None:
    account.model()
    message = account.refused("CreateModel", model())
    assert message == 'Cannot create already existing model "arn:aws:sagemaker:us-east-1:123456789012:model/m1".'


@pytest.mark.parametrize("operation", ["DescribeModel", "DeleteModel"])
def test_an_unknown_model_is_not_found(account: Account, operation: str) -> None:
    assert account.refused(operation, {"ModelName": "x"}).startswith('Could not find model "arn:')


def test_a_deleted_model_frees_its_name(account: Account) -> None:
    account.model()
    account.call("DeleteModel", ModelName="m1")
    account.model()


def test_a_model_of_a_package_takes_its_container_once_it_is_approved(account: Account) -> None:
    account.call("CreateModelPackageGroup", ModelPackageGroupName="g1")
    arn = account.core.call("CreateModelPackage", package())["ModelPackageArn"]
    request = model(PrimaryContainer={"ModelPackageName": arn})
    assert "not Approved" in account.refused("CreateModel", request)
    account.call("UpdateModelPackage", ModelPackageArn=arn, ModelApprovalStatus="Approved")
    account.core.call("CreateModel", request)
    account.config("c1", variant())
    account.endpoint()
    assert account.executors.hosting["e1/a/1"].containers[0].model_data_url == ARTIFACT


def test_a_configuration_keeps_weight_zero_and_defaults_to_one(account: Account) -> None:
    account.model()
    unweighted = variant("b")
    del unweighted["InitialVariantWeight"]
    account.config("c1", variant("a", weight=0), unweighted)
    variants = account.call("DescribeEndpointConfig", EndpointConfigName="c1")["ProductionVariants"]
    assert [each["InitialVariantWeight"] for each in variants] == [0.0, 1.0]


@pytest.mark.parametrize(
    ("variants", "message"),
    [
        ([variant("a"), variant("a")], "Duplicate production variant name: a"),
        ([variant(model_name="none")], 'Could not find model "arn:'),
        ([variant(InstanceType=None)], "Value null at 'productionVariants.1.member.instanceType'"),
        ([variant(InitialInstanceCount=0)], "Member must have value greater than or equal to 1"),
        ([variant(weight=-1)], "Member must have value greater than or equal to 0"),
        ([variant(f"v{at}") for at in range(11)], "Member must have length less than or equal to 10"),
    ],
)
def test_a_configuration_that_can_not_be_is_refused(
    account: Account, variants: list[dict[str, Any]], message: str
) -> None:
    account.model()
    assert message in account.refused("CreateEndpointConfig", config("c1", *variants))


@pytest.mark.parametrize("member", ["AsyncInferenceConfig", "ExplainerConfig"])
def test_what_is_not_simulated_is_said_and_not_ignored(account: Account, member: str) -> None:
    account.model()
    members = {
        "AsyncInferenceConfig": {"OutputConfig": {"S3OutputPath": "s3://b/x"}},
        "ExplainerConfig": {"ClarifyExplainerConfig": {"ShapConfig": {"ShapBaselineConfig": {"ShapBaseline": "1"}}}},
    }
    request = config() | {member: members[member]}
    assert member in account.refused("CreateEndpointConfig", request, "UnknownOperationException")


def test_a_configuration_exists_once(account: Account) -> None:
    account.model()
    account.config()
    message = account.refused("CreateEndpointConfig", config())
    assert message.startswith('Cannot create already existing endpoint configuration "arn:')


@pytest.mark.parametrize("operation", ["DescribeEndpointConfig", "DeleteEndpointConfig"])
def test_an_unknown_configuration_is_not_found(account: Account, operation: str) -> None:
    message = account.refused(operation, {"EndpointConfigName": "x"})
    assert message.startswith('Could not find endpoint configuration "arn:')


def test_a_configuration_in_use_can_be_deleted_as_on_aws(account: Account) -> None:
    account.serve()
    account.call("DeleteEndpointConfig", EndpointConfigName="c1")
    assert account.status() == "InService"
