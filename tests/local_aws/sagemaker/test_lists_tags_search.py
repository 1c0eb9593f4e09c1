from typing import Any

import pytest

from tests.local_aws.sagemaker.puppets import START, Account

ARN = "arn:aws:sagemaker:us-east-1:123456789012:training-job/j1"


@pytest.fixture
def jobs(account: Account) -> Account:
    """Five jobs, one a minute; j0 to j2 of release r1, the others of r2."""
    for at in range(5):
        release = "r1" if at < 3 else "r2"
        account.train(
            f"j{at}",
            Tags=[{"Key": "yardmaster:release", "Value": release}],
            HyperParameters={"num_round": str(10 * at)},
        )
        account.wait(60)
    return account


def names(answer: dict[str, Any]) -> list[str]:
    return [each["TrainingJobName"] for each in answer["TrainingJobSummaries"]]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, ["j0", "j1", "j2", "j3", "j4"]),
        ({"SortOrder": "Descending"}, ["j4", "j3", "j2", "j1", "j0"]),
        ({"NameContains": "3"}, ["j3"]),
        ({"StatusEquals": "Completed"}, []),
        ({"CreationTimeAfter": START + 100, "CreationTimeBefore": START + 200}, ["j2", "j3"]),
        ({"SortBy": "Name", "MaxResults": 2}, ["j0", "j1"]),
    ],
)
def test_lists_filter_sort_and_cut(jobs: Account, params: dict[str, Any], expected: list[str]) -> None:
    assert names(jobs.call("ListTrainingJobs", **params)) == expected


def test_pages_follow_each_other_and_end_without_a_token(jobs: Account) -> None:
    first = jobs.call("ListTrainingJobs", MaxResults=3)
    second = jobs.call("ListTrainingJobs", MaxResults=3, NextToken=first["NextToken"])
    assert names(first) + names(second) == ["j0", "j1", "j2", "j3", "j4"]
    assert "NextToken" not in second


@pytest.mark.parametrize("token", ["nonsense", "!!", "MTA6YWFhYQ=="])
def test_a_token_of_another_list_is_refused(jobs: Account, token: str) -> None:
    assert jobs.refused("ListTrainingJobs", {"NextToken": token}).startswith("Invalid NextToken")


@pytest.mark.parametrize(
    ("operation", "member", "count"),
    [("ListModels", "Models", 2), ("ListEndpointConfigs", "EndpointConfigs", 1), ("ListEndpoints", "Endpoints", 1)],
)
def test_every_kind_can_be_listed(account: Account, operation: str, member: str, count: int) -> None:
    account.serve()
    assert len(account.call(operation)[member]) == count


def test_tags_are_added_overwritten_and_deleted(account: Account) -> None:
    account.train()
    tags = [{"Key": "yardmaster", "Value": "other"}, {"Key": "b", "Value": "2"}]
    account.call("AddTags", ResourceArn=ARN, Tags=tags)
    assert account.call("ListTags", ResourceArn=ARN)["Tags"] == tags
    account.call("DeleteTags", ResourceArn=ARN, TagKeys=["yardmaster", "not there"])
    assert account.call("ListTags", ResourceArn=ARN)["Tags"] == tags[1:]


def test_a_resource_has_at_most_fifty_tags_and_must_exist(account: Account) -> None:
    account.train()
    many = [{"Key": f"k{at}", "Value": ""} for at in range(50)]
    assert "more than 50 tags" in account.refused("AddTags", {"ResourceArn": ARN, "Tags": many})
    gone = {"ResourceArn": ARN.replace("j1", "none"), "Tags": many[:1]}
    assert account.refused("AddTags", gone).startswith("Could not find the resource")


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ({"Filters": [{"Name": "Tags.yardmaster:release", "Operator": "Equals", "Value": "r1"}]}, "210"),
        ({"Filters": [{"Name": "Tags.yardmaster:release", "Operator": "NotEquals", "Value": "r1"}]}, "43"),
        ({"Filters": [{"Name": "Tags.none", "Operator": "Exists"}]}, ""),
        ({"Filters": [{"Name": "Tags.none", "Operator": "NotExists"}]}, "43210"),
        ({"Filters": [{"Name": "TrainingJobName", "Operator": "Contains", "Value": "J3"}]}, "3"),
        ({"Filters": [{"Name": "TrainingJobName", "Operator": "In", "Value": "j1,j4"}]}, "41"),
        ({"Filters": [{"Name": "TrainingJobName", "Value": "j2"}]}, "2"),
        ({"Filters": [{"Name": "HyperParameters.num_round", "Operator": "GreaterThan", "Value": "20"}]}, "43"),
        ({"Filters": [{"Name": "HyperParameters.num_round", "Operator": "LessThanOrEqualTo", "Value": "20"}]}, "210"),
        (
            {"Filters": [{"Name": "CreationTime", "Operator": "GreaterThanOrEqualTo", "Value": "2026-03-04T04:55:20"}]},
            "432",
        ),
        ({"Filters": [{"Name": "CreationTime", "Operator": "LessThan", "Value": str(START + 60)}]}, "0"),
        (
            {
                "Operator": "Or",
                "Filters": [
                    {"Name": "TrainingJobName", "Operator": "Equals", "Value": "j0"},
                    {"Name": "TrainingJobName", "Operator": "Equals", "Value": "j4"},
                ],
            },
            "40",
        ),
        (
            {
                "Filters": [{"Name": "Tags.yardmaster:release", "Operator": "Equals", "Value": "r1"}],
                "SubExpressions": [
                    {
                        "Operator": "Or",
                        "Filters": [
                            {"Name": "TrainingJobName", "Operator": "Equals", "Value": "j0"},
                            {"Name": "TrainingJobName", "Operator": "Equals", "Value": "j4"},
                        ],
                    }
                ],
            },
            "0",
        ),
        (
            {
                "NestedFilters": [
                    {
                        "NestedPropertyName": "InputDataConfig",
                        "Filters": [
                            {"Name": "InputDataConfig.ChannelName", "Operator": "Equals", "Value": "train"},
                            {"Name": "InputDataConfig.ContentType", "Operator": "Equals", "Value": "none"},
                        ],
                    }
                ]
            },
            "",
        ),
        (
            {
                "NestedFilters": [
                    {
                        "NestedPropertyName": "InputDataConfig",
                        "Filters": [
                            {
                                "Name": "InputDataConfig.DataSource.S3DataSource.S3Uri",
                                "Operator": "Contains",
                                "Value": "s3://b/train",
                            }
                        ],
                    }
                ]
            },
            "43210",
        ),
    ],
)
def test_a_search_finds_what_its_filters_say(jobs: Account, expression: dict[str, Any], expected: str) -> None:
    request = {"Resource": "TrainingJob", "SortBy": "CreationTime", "SearchExpression": expression}
    found = jobs.core.call("Search", request)
    assert "".join(each["TrainingJob"]["TrainingJobName"][1:] for each in found["Results"]) == expected
    assert found["TotalHits"]["Value"] == len(expected)


def test_a_search_is_sorted_and_paged(jobs: Account) -> None:
    request = {"Resource": "TrainingJob", "SortBy": "TrainingJobName", "SortOrder": "Ascending", "MaxResults": 3}
    first = jobs.core.call("Search", request)
    second = jobs.core.call("Search", request | {"NextToken": first["NextToken"]})
    found = [each["TrainingJob"]["TrainingJobName"] for each in first["Results"] + second["Results"]]
    assert found == ["j0", "j1", "j2", "j3", "j4"]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"Name": "TrainingJobName", "Operator": "Equals"}, "needs a Value"),
        ({"Name": "CreationTime", "Operator": "LessThan", "Value": "soon"}, "is no time in ISO 8601"),
        ({"Name": "TrainingJobName", "Operator": "LessThan", "Value": "3"}, "is not supported for text properties"),
    ],
)
def test_a_filter_that_makes_no_sense_is_refused(jobs: Account, condition: dict[str, Any], message: str) -> None:
    request = {"Resource": "TrainingJob", "SearchExpression": {"Filters": [condition]}}
    assert message in jobs.refused("Search", request)


def test_endpoints_and_groups_can_be_searched_and_pipelines_can_not(account: Account) -> None:
    account.serve()
    account.call("CreateModelPackageGroup", ModelPackageGroupName="g1")
    assert account.call("Search", Resource="Endpoint")["Results"][0]["Endpoint"]["EndpointName"] == "e1"
    assert len(account.call("Search", Resource="ModelPackageGroup")["Results"]) == 1
    assert "Search for Pipeline" in account.refused("Search", {"Resource": "Pipeline"}, "UnknownOperationException")
