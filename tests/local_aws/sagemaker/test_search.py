"""Search as a person uses it: by metrics, hyperparameters, tags and data; and what it refuses."""

from typing import Any

import pytest

from local_aws.sagemaker.executors.base import MetricValue
from tests.local_aws.sagemaker import tuning
from tests.local_aws.sagemaker.puppets import START, Account

AUCS = {"a": 0.8, "b": 0.95, "c": 0.9}
ETAS = {"a": "0.05", "b": "0.7", "c": "1.2", "d": "auto"}


@pytest.fixture
def trained(account: Account) -> Account:
    """Four jobs, one a minute; d failed, and has no metrics; c's metric has a dot in its name."""
    for name, eta in ETAS.items():
        account.train(
            name,
            Tags=[{"Key": "yardmaster", "Value": "s"}, {"Key": "yardmaster:model", "Value": f"m.{name}"}],
            HyperParameters={"eta": eta, "tree.method": "hist"},
            EnableManagedSpotTraining=False,
        )
        account.wait(60)
    for name, auc in AUCS.items():
        metrics = [MetricValue("validation:auc", auc, account.now)]
        if name == "c":
            metrics.append(MetricValue("top.5 accuracy", 0.5, account.now))
        account.finish_training(name, metrics=tuple(metrics))
    account.wait(60)
    return account


def found(account: Account, *filters: tuple[str, ...], **params: Any) -> str:
    """Return the names of the jobs that a search finds, in their order."""
    expression = {"SearchExpression": {"Filters": [condition(*each) for each in filters]}} if filters else {}
    request = {"Resource": "TrainingJob", "SortBy": "CreationTime", "SortOrder": "Ascending", **expression, **params}
    return "".join(each["TrainingJob"]["TrainingJobName"] for each in account.core.call("Search", request)["Results"])


def condition(name: str, asked: str, value: str | None = None) -> dict[str, str]:
    return {"Name": name, "Operator": asked} | ({} if value is None else {"Value": value})


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ([("Metrics.validation:auc", "GreaterThan", "0.85")], "bc"),
        ([("Metrics.validation:auc", "LessThanOrEqualTo", "0.9")], "ac"),
        ([("Metrics.validation:auc", "Equals", "0.95")], "b"),
        ([("Metrics.validation:auc", "Exists")], "abc"),
        ([("metrics.validation:auc", "NotExists")], "d"),
        ([("Metrics.top.5 accuracy", "GreaterThan", "0")], "c"),
        ([("Metrics.validation:auc", "GreaterThan", "0.85"), ("HyperParameters.eta", "LessThan", "1.0")], "b"),
        ([("HyperParameters.tree.method", "Equals", "hist"), ("TrainingJobStatus", "Equals", "InProgress")], "d"),
        ([("Tags.yardmaster:model", "Equals", "m.b")], "b"),
        ([("Tags.yardmaster:model", "In", "m.a,m.c")], "ac"),
        ([("SecondaryStatusTransitions.Status", "Equals", "Completed")], "abc"),
        ([("EnableManagedSpotTraining", "Equals", "false")], "abcd"),
        ([("ResourceConfig.InstanceCount", "GreaterThanOrEqualTo", "1")], "abcd"),
        ([("CreationTime", "GreaterThanOrEqualTo", "2026-03-04T04:55:20.000000Z")], "cd"),
        ([("TuningJobArn", "Exists")], ""),
        ([("ModelArtifacts", "Exists")], "abcd"),
    ],
)
def test_jobs_are_found_by_what_a_person_asks(trained: Account, filters: list[tuple[str, ...]], expected: str) -> None:
    assert START == 1_772_600_000
    assert found(trained, *filters) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1.0", "ab"), ("1", "ab"), ("0.7", "a"), ("0", "")],
)
def test_a_whole_number_cuts_the_decimals_of_hyperparameters(trained: Account, value: str, expected: str) -> None:
    assert found(trained, ("HyperParameters.eta", "LessThan", value)) == expected
    # 0.05 and 0.7 count as 0 beside a whole number, and so are not above it.
    assert ("a" in found(trained, ("HyperParameters.eta", "GreaterThan", "0"))) is False
    assert found(trained, ("HyperParameters.eta", "GreaterThan", "0.0")) == "abc"
    assert found(trained, ("HyperParameters.eta", "Equals", "auto")) == "d"


def test_a_filter_of_a_name_alone_asks_whether_it_is_there(trained: Account) -> None:
    expression = {"Filters": [{"Name": "TrainingEndTime"}]}
    assert found(trained, SearchExpression=expression) == "abc"


@pytest.mark.parametrize(
    ("key", "descending", "ascending"),
    [
        ("Metrics.validation:auc", "bcad", "acbd"),
        ("HyperParameters.eta", "dcba", "abcd"),
        ("Tags.yardmaster:model", "dcba", "abcd"),
        ("TrainingJobName", "dcba", "abcd"),
    ],
)
def test_any_property_sorts_and_what_lacks_it_comes_last(
    trained: Account, key: str, descending: str, ascending: str
) -> None:
    assert found(trained, SortBy=key, SortOrder="Descending") == descending
    assert found(trained, SortBy=key, SortOrder="Ascending") == ascending


def test_a_channel_is_found_by_its_name_and_its_place_together(trained: Account) -> None:
    def channels(*filters: tuple[str, ...]) -> dict[str, Any]:
        nested = [{"NestedPropertyName": "InputDataConfig", "Filters": [condition(*each) for each in filters]}]
        return {"NestedFilters": nested}

    place = "InputDataConfig.DataSource.S3DataSource.S3Uri"
    train = ("InputDataConfig.ChannelName", "Equals", "train")
    assert found(trained, SearchExpression=channels(train, (place, "Contains", "b/train"))) == "abcd"
    assert found(trained, SearchExpression=channels(train, (place, "Contains", "other-bucket/"))) == ""
    assert found(trained, (place, "Contains", "b/train")) == "abcd"


def test_an_or_within_an_and_finds_what_is_not_ours(trained: Account) -> None:
    trained.train("e", Tags=[])
    trained.train("f", Tags=[{"Key": "yardmaster", "Value": "other"}])
    foreign = {
        "Operator": "Or",
        "Filters": [condition("Tags.yardmaster", "NotExists"), condition("Tags.yardmaster", "NotEquals", "s")],
    }
    running = condition("TrainingJobStatus", "Equals", "InProgress")
    assert found(trained, SearchExpression={"Filters": [running], "SubExpressions": [foreign]}) == "ef"


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (condition("Metric.auc", "Exists"), "Unknown property name: Metric.auc is no property of TrainingJob"),
        (condition("Metrics", "Exists"), "Unknown property name"),
        (condition("InputDataConfig.Nonsense", "Exists"), "Unknown property name"),
        (condition("TrainingJobName.First", "Exists"), "Unknown property name"),
        (condition("Metrics.validation:auc", "Contains", "0.9"), "Contains is not supported for number properties"),
        (condition("Metrics.validation:auc", "GreaterThan", "high"), "is no number"),
        (condition("CreationTime", "In", "2026"), "In is not supported for time properties"),
        (condition("Tags.yardmaster", "GreaterThan", "3"), "GreaterThan is not supported for text properties"),
        (condition("ModelArtifacts", "Equals", "x"), "Equals is not supported for structure properties"),
        (condition("HyperParameters.eta", "LessThan", "small"), "is no number"),
    ],
)
def test_what_a_property_does_not_take_is_refused(trained: Account, asked: dict[str, str], message: str) -> None:
    request = {"Resource": "TrainingJob", "SearchExpression": {"Filters": [asked]}}
    assert message in trained.refused("Search", request)


def test_metrics_are_of_training_jobs_only(trained: Account) -> None:
    assert "Unknown property name" in trained.refused(
        "Search", {"Resource": "HyperParameterTuningJob", "SortBy": "Metrics.auc"}
    )
    assert "Unknown property name" in trained.refused("Search", {"Resource": "TrainingJob", "SortBy": "Accuracy"})


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ({}, "needs at least one of"),
        ({"Operator": "Or"}, "needs at least one of"),
        ({"Filters": [condition("TrainingJobName", "Exists")] * 21}, "length less than or equal to 20"),
        ({"SubExpressions": [{"Filters": [condition("TrainingJobName", "Exists")] * 20}] * 3}, "at most 50"),
        ({"Filters": [condition("TrainingJobName", "Equals", "x" * 1025)]}, "length less than or equal to 1024"),
        (
            {"NestedFilters": [{"NestedPropertyName": "ResourceConfig", "Filters": [condition("a", "Exists")]}]},
            "is no list",
        ),
        (
            {
                "NestedFilters": [
                    {"NestedPropertyName": "InputDataConfig", "Filters": [condition("TrainingJobName", "Exists")]}
                ]
            },
            "is not below its NestedPropertyName",
        ),
    ],
)
def test_an_expression_of_another_form_is_refused(trained: Account, expression: dict[str, Any], message: str) -> None:
    assert message in trained.refused("Search", {"Resource": "TrainingJob", "SearchExpression": expression})


def test_a_search_across_accounts_is_refused(account: Account) -> None:
    request = {"Resource": "TrainingJob", "CrossAccountFilterOption": "CrossAccount"}
    assert "CrossAccountFilterOption" in account.refused("Search", request, "UnknownOperationException")


def test_a_tuning_job_and_its_training_jobs_are_found_by_the_same_tags() -> None:
    account = tuning.Account()
    account.tune()
    described = account.finish()
    mine = {"Filters": [condition("Tags.yardmaster", "Equals", "s")]}

    (one,) = account.call("Search", Resource="HyperParameterTuningJob", SearchExpression=mine)["Results"]
    jobs = account.call("Search", Resource="TrainingJob", SearchExpression=mine, SortBy="Metrics.validation:auc")

    job = one["HyperParameterTuningJob"]
    assert job["HyperParameterTuningJobName"] == "tune"
    assert job["BestTrainingJob"] == described["BestTrainingJob"]
    assert job["Tags"] == [{"Key": "yardmaster", "Value": "s"}]
    assert jobs["TotalHits"] == {"Value": 6, "Relation": "EqualTo"}
    found = [each["TrainingJob"] for each in jobs["Results"]]
    assert found[0]["TrainingJobName"] == job["BestTrainingJob"]["TrainingJobName"]
    assert {each["TuningJobArn"] for each in found} == {job["HyperParameterTuningJobArn"]}
    assert {each["HyperParameters"]["_tuning_objective_metric"] for each in found} == {"validation:auc"}
    values = [each["FinalMetricDataList"][0]["Value"] for each in found]
    assert values == sorted(values, reverse=True)


def test_a_tuning_job_is_found_by_its_status_and_its_best() -> None:
    account = tuning.Account()
    account.tune()
    account.finish()
    best = "BestTrainingJob.FinalHyperParameterTuningJobObjectiveMetric.Value"
    for name, asked, value, count in [
        ("HyperParameterTuningJobStatus", "Equals", "Completed", 1),
        ("HyperParameterTuningJobStatus", "Equals", "Stopped", 0),
        (best, "GreaterThan", "0.1", 1),
        (best, "GreaterThan", "1", 0),
        ("HyperParameterTuningJobConfig.Strategy", "Equals", "Random", 1),
    ]:
        expression = {"Filters": [condition(name, asked, value)]}
        answer = account.call("Search", Resource="HyperParameterTuningJob", SearchExpression=expression, SortBy=best)
        assert len(answer["Results"]) == count, (name, value)
