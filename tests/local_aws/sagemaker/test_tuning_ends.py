"""How tuning jobs and their training jobs end before their time: criteria, limits, early stopping."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from local_aws.sagemaker.errors import AwsError
from tests.local_aws.sagemaker.tuning import Account, tuning

LIMITS = {"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 2}


@pytest.fixture
def account() -> Account:
    return Account()


def flat(parameters: Mapping[str, str]) -> Sequence[float]:
    del parameters
    return [0.7]


def climbing(parameters: Mapping[str, str]) -> Sequence[float]:
    """Return nine epochs towards eta: the larger it is, the better the job is from the beginning."""
    return [float(parameters["eta"]) * epoch / 9 for epoch in range(1, 10)]


def test_a_tuning_job_is_complete_once_its_target_is_reached(account: Account) -> None:
    account.tune(ResourceLimits=LIMITS, TuningJobCompletionCriteria={"TargetObjectiveMetricValue": 0.8})
    described = account.finish()
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert described["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] >= 0.8
    assert len(account.children()) < 20
    assert described["TrainingJobStatusCounters"]["InProgress"] == 0


def test_a_target_to_minimize_is_reached_from_above(account: Account) -> None:
    account.script.objective = lambda parameters: [abs(float(parameters["eta"]) - 0.5)]
    objective = {"Type": "Minimize", "MetricName": "validation:logloss"}
    criteria = {"TargetObjectiveMetricValue": 0.1}
    account.tune(
        ResourceLimits=LIMITS, HyperParameterTuningJobObjective=objective, TuningJobCompletionCriteria=criteria
    )
    best = account.finish()["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]
    assert best["Value"] <= 0.1
    assert best["Type"] == "Minimize"
    assert best["Value"] == min(
        child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        for child in account.children(SortBy="FinalObjectiveMetricValue")
    )


@pytest.mark.parametrize(
    ("criteria", "stale"),
    [
        ({"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 4}}, 4),
        ({"ConvergenceDetected": {"CompleteOnConvergence": "Enabled"}}, 10),
        ({}, 19),
    ],
)
def test_a_search_that_gets_no_better_may_end_it(account: Account, criteria: dict[str, Any], stale: int) -> None:
    account.script.objective = flat
    account.tune(ResourceLimits={**LIMITS, "MaxParallelTrainingJobs": 1}, TuningJobCompletionCriteria=criteria)
    described = account.finish()
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    details = described["TuningJobCompletionDetails"]
    assert details["NumberOfTrainingJobsObjectiveNotImproving"] == stale
    assert ("ConvergenceDetectedTime" in details) is (stale >= 10)
    assert len(account.children()) == stale + 1


def test_the_maximum_runtime_stops_what_runs(account: Account) -> None:
    account.tune(ResourceLimits={**LIMITS, "MaxRuntimeInSeconds": 300})
    described = account.finish()
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert 300 <= described["ConsumedResources"]["RuntimeInSeconds"] <= 320
    assert described["TrainingJobStatusCounters"]["Stopped"] == 2
    assert described["ObjectiveStatusCounters"]["Failed"] == 2


def test_what_is_stopped_with_its_tuning_job_is_never_the_best(account: Account) -> None:
    account.script.objective = climbing
    account.tune(ResourceLimits=LIMITS)
    account.wait(150)
    account.call("StopHyperParameterTuningJob", HyperParameterTuningJobName="tune")
    described = account.finish()
    stopped = account.children(StatusEquals="Stopped")
    names = [child["TrainingJobName"] for child in stopped]
    metrics = [account.call("DescribeTrainingJob", TrainingJobName=name)["FinalMetricDataList"] for name in names]
    assert all(metrics), "they had told something of their objective"
    assert [child["ObjectiveStatus"] for child in stopped] == ["Failed", "Failed"]
    assert "BestTrainingJob" not in described


def test_early_stopping_keeps_the_objective_of_what_it_stops(account: Account) -> None:
    account.script.objective = climbing
    account.tune(ResourceLimits=LIMITS, TrainingJobEarlyStoppingType="Auto")
    described = account.finish()
    stopped = account.children(StatusEquals="Stopped")
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert 0 < len(stopped) < 18
    assert described["ObjectiveStatusCounters"] == {"Succeeded": 20, "Pending": 0, "Failed": 0}
    for child in stopped:
        eta, value = child["TunedHyperParameters"]["eta"], child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        assert value == pytest.approx(float(eta) / 9), "the first epoch told it"
    assert described["BestTrainingJob"]["TrainingJobStatus"] == "Completed"


def test_without_early_stopping_all_run_to_their_end(account: Account) -> None:
    account.script.objective = climbing
    account.tune(ResourceLimits=LIMITS)
    assert account.finish()["TrainingJobStatusCounters"]["Completed"] == 20


def test_hyperband_stops_most_jobs_and_none_of_the_best(account: Account) -> None:
    account.script.objective = climbing
    resources = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}
    account.tune(Strategy="Hyperband", StrategyConfig=resources, ResourceLimits=LIMITS)
    described = account.finish()
    counters = described["TrainingJobStatusCounters"]
    assert counters["Stopped"] >= 5
    assert counters["Completed"] + counters["Stopped"] == 20
    best = max(float(child["TunedHyperParameters"]["eta"]) for child in account.children())
    assert float(described["BestTrainingJob"]["TunedHyperParameters"]["eta"]) == best


@pytest.mark.parametrize("seconds", [0, 40, 150])
def test_a_tuning_job_can_be_stopped_at_any_time(account: Account, seconds: float) -> None:
    account.tune()
    account.wait(seconds)
    account.call("StopHyperParameterTuningJob", HyperParameterTuningJobName="tune")
    assert account.finish()["HyperParameterTuningJobStatus"] == "Stopped"
    before = len(account.children())
    account.wait(1000)
    assert len(account.children()) == before


def test_only_a_tuning_job_in_progress_can_be_stopped(account: Account) -> None:
    account.tune()
    account.finish()
    with pytest.raises(AwsError, match="is in status Completed"):
        account.call("StopHyperParameterTuningJob", HyperParameterTuningJobName="tune")


def test_training_jobs_without_an_objective_are_no_success(account: Account) -> None:
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
    request = tuning()
    request["TrainingJobDefinition"]["AlgorithmSpecification"]["TrainingImage"] = image
    account.script.objective = None
    account.script.metrics = {"*": {"train:auc": 0.9}}
    account.core.call("CreateHyperParameterTuningJob", request)
    described = account.finish()
    assert described["ObjectiveStatusCounters"] == {"Succeeded": 0, "Pending": 0, "Failed": 6}
    assert "BestTrainingJob" not in described
