from typing import Any

import pytest

from tests.local_aws.sagemaker.puppets import IMAGE, START, Account, package, unversioned


@pytest.fixture
def registry(account: Account) -> Account:
    account.call("CreateModelPackageGroup", ModelPackageGroupName="g1")
    return account


def create(account: Account, **changes: Any) -> str:
    arn: str = account.core.call("CreateModelPackage", package(**changes))["ModelPackageArn"]
    return arn


def approve(account: Account, arn: str, status: str = "Approved", **more: Any) -> None:
    account.call("UpdateModelPackage", ModelPackageArn=arn, ModelApprovalStatus=status, **more)


def test_versions_count_up_and_a_deleted_number_is_not_given_again(registry: Account) -> None:
    arns = [create(registry), create(registry)]
    assert [arn.rsplit("/", 2)[-2:] for arn in arns] == [["g1", "1"], ["g1", "2"]]
    registry.call("DeleteModelPackage", ModelPackageName=arns[1])
    assert create(registry).endswith("/g1/3")


def test_a_version_waits_for_approval_and_is_pending_then_completed(registry: Account) -> None:
    arn = create(registry)
    described = registry.call("DescribeModelPackage", ModelPackageName=arn)
    assert (described["ModelPackageStatus"], described["ModelApprovalStatus"]) == ("Pending", "PendingManualApproval")
    assert described["InferenceSpecification"]["Containers"][0]["Image"] == IMAGE
    registry.wait(5)
    assert registry.call("DescribeModelPackage", ModelPackageName=arn)["ModelPackageStatus"] == "Completed"


def test_events_tell_the_completion_and_which_members_changed(registry: Account) -> None:
    arn = create(registry)
    registry.wait(5)
    approve(registry, arn, ApprovalDescription="looks good")
    approve(registry, arn)
    approve(registry, arn, "Rejected")
    registry.wait()
    told = [
        (each["ModelApprovalStatus"], each.get("UpdatedModelPackageFields")) for each in registry.sent("Model Package")
    ]
    assert told == [
        ("PendingManualApproval", None),
        ("Approved", ["ApprovalDescription", "ModelApprovalStatus"]),
        ("Rejected", ["ModelApprovalStatus"]),
    ]


def test_a_repeated_client_token_gives_the_first_answer(registry: Account) -> None:
    first = create(registry, ClientToken="t-1")
    assert create(registry, ClientToken="t-1") == first
    assert len(registry.call("ListModelPackages", ModelPackageGroupName="g1")["ModelPackageSummaryList"]) == 1
    changed = package(ClientToken="t-1", ModelApprovalStatus="Approved")
    registry.refused("CreateModelPackage", changed, "ConflictException")


def test_customer_properties_are_merged_and_removed(registry: Account) -> None:
    arn = create(registry, CustomerMetadataProperties={"a": "1", "b": "2"})
    registry.call(
        "UpdateModelPackage",
        ModelPackageArn=arn,
        CustomerMetadataProperties={"c": "3"},
        CustomerMetadataPropertiesToRemove=["a"],
    )
    described = registry.call("DescribeModelPackage", ModelPackageName=arn)
    assert described["CustomerMetadataProperties"] == {"b": "2", "c": "3"}
    registry.call("UpdateModelPackage", ModelPackageArn=arn, CustomerMetadataPropertiesToRemove=["b", "c"])
    assert "CustomerMetadataProperties" not in registry.call("DescribeModelPackage", ModelPackageName=arn)


def test_a_group_with_packages_can_not_be_deleted(registry: Account) -> None:
    arn = create(registry)
    group = {"ModelPackageGroupName": "g1"}
    assert "cannot be deleted" in registry.refused("DeleteModelPackageGroup", group, "ConflictException")
    registry.call("DeleteModelPackage", ModelPackageName=arn)
    registry.core.call("DeleteModelPackageGroup", group)
    assert registry.refused("DescribeModelPackageGroup", group).endswith("does not exist.")


def test_a_group_exists_once(registry: Account) -> None:
    message = registry.refused("CreateModelPackageGroup", {"ModelPackageGroupName": "g1"})
    assert message.startswith("Model Package Group already exists: arn:")


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("DescribeModelPackageGroup", {"ModelPackageGroupName": "x"}),
        ("DeleteModelPackageGroup", {"ModelPackageGroupName": "x"}),
        ("ListModelPackages", {"ModelPackageGroupName": "x"}),
        ("DescribeModelPackage", {"ModelPackageName": "x"}),
        ("DeleteModelPackage", {"ModelPackageName": "x"}),
        ("UpdateModelPackage", {"ModelPackageArn": "arn:aws:sagemaker:us-east-1:123456789012:model-package/x/1"}),
        ("CreateModelPackage", package("x")),
    ],
)
def test_what_is_unknown_does_not_exist(account: Account, operation: str, params: dict[str, Any]) -> None:
    assert account.refused(operation, params).endswith("does not exist.")


def test_an_unversioned_package_has_a_name_of_its_own(account: Account) -> None:
    request = unversioned()
    account.core.call("CreateModelPackage", request | {"ModelPackageName": "p1"})
    assert account.call("DescribeModelPackage", ModelPackageName="p1")["ModelPackageName"] == "p1"
    account.refused("CreateModelPackage", request | {"ModelPackageName": "p1"})
    assert "Exactly one" in account.refused("CreateModelPackage", request)


def test_lists_show_one_group_or_one_type(registry: Account) -> None:
    registry.core.call("CreateModelPackage", unversioned(ModelPackageName="p1"))
    approve(registry, create(registry))
    create(registry)

    def listed(**params: Any) -> list[str]:
        found = registry.call("ListModelPackages", **params)["ModelPackageSummaryList"]
        return [each["ModelPackageArn"].split("/", 1)[1] for each in found]

    assert listed() == ["p1"]
    assert sorted(listed(ModelPackageType="Both")) == ["g1/1", "g1/2", "p1"]
    assert listed(ModelPackageGroupName="g1", SortOrder="Descending") == ["g1/2", "g1/1"]
    assert listed(ModelPackageGroupName="g1", ModelApprovalStatus="Approved") == ["g1/1"]


def test_approvals_since_a_watermark_are_found_by_one_search(registry: Account) -> None:
    early, late = create(registry), create(registry)
    approve(registry, early)
    registry.wait(3600)
    approve(registry, late)
    expression = {
        "Filters": [
            {"Name": "ModelApprovalStatus", "Operator": "Equals", "Value": "Approved"},
            {"Name": "LastModifiedTime", "Operator": "GreaterThan", "Value": "2026-03-04T05:00:00Z"},
        ]
    }
    found = registry.call("Search", Resource="ModelPackage", SearchExpression=expression)["Results"]
    assert [each["ModelPackage"]["ModelPackageArn"] for each in found] == [late]
    assert found[0]["ModelPackage"]["LastModifiedTime"] == START + 3600


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"ModelApprovalStatus": "Approved"}, "does not apply to model packages that are not versioned"),
        ({"InferenceSpecification": {"Containers": [{"Image": IMAGE}]}}, "needs SupportedTransformInstanceTypes and"),
        (
            {"InferenceSpecification": {"Containers": [{"Image": IMAGE, "Environment": {"A": "1"}}]}},
            "Environment variable map cannot be specified when using non-versioned ModelPackages",
        ),
        ({"InferenceSpecification": None}, "InferenceSpecification or SourceAlgorithmSpecification must be given"),
    ],
)
def test_what_an_unversioned_package_lacks_or_can_t_have_is_refused(
    account: Account, changes: dict[str, Any], says: str
) -> None:
    assert says in account.refused("CreateModelPackage", unversioned(ModelPackageName="p1", **changes))
    assert account.call("ListModelPackages")["ModelPackageSummaryList"] == []


def test_a_model_is_registered_by_its_arn_and_brings_its_containers(registry: Account) -> None:
    registry.model()
    arn = "arn:aws:sagemaker:us-east-1:123456789012:model/m1"
    version = registry.call("CreateModelPackage", ModelPackageGroupName="g1", SourceUri=arn)["ModelPackageArn"]

    described = registry.call("DescribeModelPackage", ModelPackageName=version)

    assert described["SourceUri"] == arn
    assert described["InferenceSpecification"]["Containers"][0]["Image"] == IMAGE
    both = package(SourceUri=arn)
    assert "can't be given together" in registry.refused("CreateModelPackage", both)
    missing = {"ModelPackageGroupName": "g1", "SourceUri": arn.replace("m1", "m2")}
    assert "Could not find model" in registry.refused("CreateModelPackage", missing)
