from typing import Any

import pytest

from tests.local_aws.sagemaker.tuning import RANGES, Account, definition, tuning

NEW_DATA = definition()["InputDataConfig"][0]
NEW_DATA = [{**NEW_DATA, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://b/new/"}}}]
ETA_FIXED = {
    "ContinuousParameterRanges": RANGES["ContinuousParameterRanges"][1:],
    "IntegerParameterRanges": RANGES["IntegerParameterRanges"],
}


@pytest.fixture
def account() -> Account:
    account = Account()
    account.tune("old", Strategy="Bayesian")
    account.finish("old")
    return account


def warm(kind: str = "IdenticalDataAndAlgorithm", parent: str = "old", **changes: Any) -> dict[str, Any]:
    parents = [{"HyperParameterTuningJobName": parent}]
    request = tuning("new", **{"Strategy": "Bayesian", **changes})
    return {**request, "WarmStartConfig": {"ParentHyperParameterTuningJobs": parents, "WarmStartType": kind}}


def begin(account: Account, request: dict[str, Any]) -> dict[str, Any]:
    account.core.call("CreateHyperParameterTuningJob", request)
    return account.finish("new")


def value(child: dict[str, Any]) -> float:
    return float(child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"])


def test_a_warm_start_begins_where_its_parent_ended(account: Account) -> None:
    begin(account, warm(RandomSeed=8))
    account.tune("cold", Strategy="Bayesian", RandomSeed=8)
    account.finish("cold")
    first = {name: sum(value(child) for child in account.children(name)[:3]) / 3 for name in ("new", "cold")}
    assert first["new"] > first["cold"]
    assert {child["TrainingJobName"].split("-")[0] for child in account.children("new")} == {"new"}


def test_the_best_of_all_may_be_one_of_the_parents(account: Account) -> None:
    account.script.objective = lambda parameters: [0.1]
    described = begin(account, warm())
    parent = account.describe("old")["BestTrainingJob"]
    assert described["OverallBestTrainingJob"] == parent
    assert value(described["BestTrainingJob"]) == 0.1


def test_other_data_is_for_transfer_learning_which_has_no_best_of_all(account: Account) -> None:
    request = warm("TransferLearning", job=definition(InputDataConfig=NEW_DATA))
    described = begin(account, request)
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert "OverallBestTrainingJob" not in described
    identical = {**warm(job=definition(InputDataConfig=NEW_DATA)), "HyperParameterTuningJobName": "third"}
    assert "use TransferLearning for other data" in account.refused(identical)


def test_a_hyperparameter_may_become_static(account: Account) -> None:
    static = {**definition()["StaticHyperParameters"], "eta": "0.3"}
    described = begin(account, warm(ParameterRanges=ETA_FIXED, job=definition(StaticHyperParameters=static)))
    assert "eta" not in described["BestTrainingJob"]["TunedHyperParameters"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"parent": "none"}, "[none] of the warm start can't be found"),
        ({"Strategy": "Hyperband", "StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 9}}}, "Bayesian and"),
        (
            {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:map"}},
            "The objective metric must be the same",
        ),
        ({"ParameterRanges": ETA_FIXED}, "only in one of them: [eta]"),
        (
            {"ParameterRanges": {
                **ETA_FIXED, "CategoricalParameterRanges": [{"Name": "eta", "Values": ["0.1", "0.2"]}]
            }},
            "The type of the hyperparameter [eta] must be the same",
        ),
        (
            {"ResourceLimits": {"MaxNumberOfTrainingJobs": 495, "MaxParallelTrainingJobs": 2}},
            "together [501] can't be more than [500]",
        ),
    ],
)  # fmt: skip
def test_a_warm_start_must_be_like_its_parent(account: Account, changes: dict[str, Any], message: str) -> None:
    assert message in account.refused(warm("TransferLearning", **changes))


def test_a_parent_must_have_ended(account: Account) -> None:
    account.tune("busy")
    assert "must be in a terminal state" in account.refused(warm(parent="busy"))


def test_at_most_ten_static_hyperparameters_may_change() -> None:
    account = Account()
    names = ("gamma", "lambda", "subsample", "colsample_bytree", "colsample_bylevel", "colsample_bynode")
    more = ("max_delta_step", "seed", "max_leaves", "max_bin", "num_parallel_tree")
    static = definition()["StaticHyperParameters"]
    for name, number in (("old", "1"), ("new", "0.5")):
        given = {**static, **dict.fromkeys(names, number), **dict.fromkeys(more, "1" if name == "old" else "2")}
        request = {**warm(job=definition(StaticHyperParameters=given)), "HyperParameterTuningJobName": name}
        if name == "old":
            del request["WarmStartConfig"]
            account.core.call("CreateHyperParameterTuningJob", request)
            account.finish("old")
        else:
            assert "these are 11" in account.refused(request)
