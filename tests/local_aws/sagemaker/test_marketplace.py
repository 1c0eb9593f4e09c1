"""Products of AWS Marketplace: refused without a subscription, and without isolation from networks."""

from typing import Any

import pytest

from tests.local_aws.sagemaker.puppets import ARTIFACT, IMAGE, ROLE, Account, algorithm, package, training, unversioned

NOT_SUBSCRIBED = "Caller is not subscribed to the marketplace offering."


@pytest.fixture
def product(account: Account) -> str:
    """The ARN of an algorithm that a seller offers."""
    arn = account.core.call("CreateAlgorithm", algorithm())["AlgorithmArn"]
    account.wait(5)
    return account.core.offer(arn)


@pytest.fixture
def model_product(account: Account) -> str:
    """The ARN of a model package that a seller offers."""
    arn = account.core.call("CreateModelPackage", unversioned(ModelPackageName="p1"))["ModelPackageArn"]
    account.wait(5)
    return account.core.offer(arn)


def job(arn: str, **changes: Any) -> dict[str, Any]:
    return training(AlgorithmSpecification={"AlgorithmName": arn, "TrainingInputMode": "File"}, **changes)


def model(arn: str, **changes: Any) -> dict[str, Any]:
    container = {"ModelPackageName": arn, **changes.pop("container", {})}
    return {"ModelName": "m1", "ExecutionRoleArn": ROLE, "PrimaryContainer": container, **changes}


def test_a_product_has_an_account_and_an_id_of_its_own_and_is_in_no_list(account: Account, product: str) -> None:
    described = account.call("DescribeAlgorithm", AlgorithmName=product)
    assert described["AlgorithmArn"] == product
    assert ":865070037744:" in product
    assert described["ProductId"].startswith("prod-")
    assert len(account.call("ListAlgorithms")["AlgorithmSummaryList"]) == 1


def test_an_algorithm_is_trained_only_by_a_subscriber_and_without_a_network(account: Account, product: str) -> None:
    assert account.refused("CreateTrainingJob", job(product, EnableNetworkIsolation=True)) == NOT_SUBSCRIBED
    account.core.subscribe(product)
    said = account.refused("CreateTrainingJob", job(product))
    assert said == "EnableNetworkIsolation must be true for jobs using SageMaker Marketplace algorithms."
    account.core.call("CreateTrainingJob", job(product, EnableNetworkIsolation=True))
    account.wait(200)
    assert account.executors.training["j1"].image == IMAGE


def test_a_subscription_that_ended_is_none(account: Account, product: str) -> None:
    account.core.subscribe(product)
    account.core.subscribe(product, ends=True)

    assert account.refused("CreateTrainingJob", job(product, EnableNetworkIsolation=True)) == NOT_SUBSCRIBED


def test_a_model_of_a_product_s_algorithm_is_a_product_too(account: Account, product: str) -> None:
    source = {"AlgorithmName": product, "ModelDataUrl": ARTIFACT}
    request = {"ModelPackageName": "mine", "SourceAlgorithmSpecification": {"SourceAlgorithms": [source]}}
    assert account.refused("CreateModelPackage", request) == NOT_SUBSCRIBED
    account.core.subscribe(product)
    account.core.call("CreateModelPackage", request)
    account.wait(5)

    (container,) = account.call("DescribeModelPackage", ModelPackageName="mine")["InferenceSpecification"]["Containers"]
    assert container["ProductId"].startswith("prod-")
    assert "EnableNetworkIsolation must be true" in account.refused("CreateModel", model("mine"))
    account.core.call("CreateModel", model("mine", EnableNetworkIsolation=True))


def test_a_package_is_deployed_only_by_a_subscriber_without_network_and_environment(
    account: Account, model_product: str
) -> None:
    isolated = model(model_product, EnableNetworkIsolation=True)
    assert account.refused("CreateModel", isolated) == NOT_SUBSCRIBED
    account.core.subscribe(model_product)
    assert "EnableNetworkIsolation must be true" in account.refused("CreateModel", model(model_product))
    said = account.refused("CreateModel", model(model_product, container={"Environment": {"A": "1"}}))
    assert said == (
        "Environment variable map cannot be specified when using a ModelPackage subscribed from AWS Marketplace."
    )
    account.core.call("CreateModel", isolated)
    assert account.call("DescribeModel", ModelName="m1")["PrimaryContainer"] == {"ModelPackageName": model_product}


def test_a_product_s_package_is_described_also_without_a_subscription(account: Account, model_product: str) -> None:
    (container,) = account.call("DescribeModelPackage", ModelPackageName=model_product)["InferenceSpecification"][
        "Containers"
    ]
    assert container["ProductId"].startswith("prod-")
    assert len(account.call("ListModelPackages")["ModelPackageSummaryList"]) == 1


def test_what_nobody_offers_can_t_be_subscribed_to_and_versions_are_not_offered(account: Account) -> None:
    account.call("CreateModelPackageGroup", ModelPackageGroupName="g1")
    version = account.core.call("CreateModelPackage", package())["ModelPackageArn"]
    with pytest.raises(Exception, match="is no product"):
        account.core.subscribe("arn:aws:sagemaker:us-east-1:865070037744:algorithm/none")
    with pytest.raises(Exception, match="is a version of a group"):
        account.core.offer(version)
