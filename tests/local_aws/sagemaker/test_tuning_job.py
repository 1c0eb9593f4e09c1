import re

import pytest

from tests.local_aws.sagemaker.puppets import START
from tests.local_aws.sagemaker.tuning import GRID, Account


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.mark.parametrize("strategy", ["Random", "Bayesian"])
def test_a_tuning_job_launches_all_its_training_jobs_and_names_the_best(account: Account, strategy: str) -> None:
    account.tune(Strategy=strategy)
    described = account.finish()
    children = account.children(SortBy="FinalObjectiveMetricValue", SortOrder="Descending")
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert described["TrainingJobStatusCounters"]["Completed"] == 6
    assert described["ObjectiveStatusCounters"] == {"Succeeded": 6, "Pending": 0, "Failed": 0}
    assert described["BestTrainingJob"] == children[0]
    values = [each["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for each in children]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 6


def test_no_more_training_jobs_run_at_once_than_are_allowed(account: Account) -> None:
    account.tune()
    most = 0
    for _ in range(60):
        account.wait(10)
        most = max(most, account.describe()["TrainingJobStatusCounters"]["InProgress"])
    assert most == 2


def test_a_training_job_has_the_names_tags_and_hyperparameters_of_its_tuning_job(account: Account) -> None:
    account.tune()
    arn = account.finish()["HyperParameterTuningJobArn"]
    assert arn == "arn:aws:sagemaker:us-east-1:123456789012:hyper-parameter-tuning-job/tune"
    child = account.children()[0]
    assert re.fullmatch(r"tune-001-[0-9a-f]{8}", child["TrainingJobName"])
    job = account.call("DescribeTrainingJob", TrainingJobName=child["TrainingJobName"])
    assert job["TuningJobArn"] == arn
    static = {"num_round": "10", "objective": "binary:logistic", "_tuning_objective_metric": "validation:auc"}
    assert job["HyperParameters"] == {**static, **child["TunedHyperParameters"]}
    assert set(child["TunedHyperParameters"]) == {"eta", "alpha", "max_depth"}
    tags = account.call("ListTags", ResourceArn=job["TrainingJobArn"])["Tags"]
    assert tags == [{"Key": "yardmaster", "Value": "s"}]
    final = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
    assert final["validation:auc"] == child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]


def test_the_tuning_job_tells_its_statuses_and_its_training_jobs_name_it(account: Account) -> None:
    account.tune()
    arn = account.finish()["HyperParameterTuningJobArn"]
    account.wait(0)
    told = account.sent("HyperParameter Tuning Job")
    assert [each["HyperParameterTuningJobStatus"] for each in told] == ["InProgress", "Completed"]
    assert told[1]["TrainingJobStatusCounters"]["Completed"] == 6
    assert told[1]["Tags"] == {"yardmaster": "s"}
    assert told[0]["CreationTime"] == START * 1000
    assert "BestTrainingJob" not in told[1]
    assert {each["TuningJobArn"] for each in account.sent("Training Job")} == {arn}


def test_a_stopped_tuning_job_stops_its_training_jobs_and_keeps_the_best(account: Account) -> None:
    account.tune()
    account.wait(300)
    best = account.describe()["BestTrainingJob"]
    account.call("StopHyperParameterTuningJob", HyperParameterTuningJobName="tune")
    assert account.describe()["HyperParameterTuningJobStatus"] == "Stopping"
    described = account.finish()
    assert described["HyperParameterTuningJobStatus"] == "Stopped"
    assert described["TrainingJobStatusCounters"]["InProgress"] == 0
    assert described["TrainingJobStatusCounters"]["Stopped"] == 2
    assert described["BestTrainingJob"] == best
    told = [each["HyperParameterTuningJobStatus"] for each in account.sent("HyperParameter Tuning Job")]
    assert told == ["InProgress", "Stopping", "Stopped"]


def test_a_failed_training_job_does_not_stop_the_others(account: Account) -> None:
    account.script.fails = {"tune-002-*": "AlgorithmError: no"}
    account.tune()
    described = account.finish()
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert described["TrainingJobStatusCounters"]["NonRetryableError"] == 1
    assert described["ObjectiveStatusCounters"] == {"Succeeded": 5, "Pending": 0, "Failed": 1}
    assert account.children(StatusEquals="Failed")[0]["FailureReason"] == "AlgorithmError: no"


def test_a_tuning_job_fails_if_all_its_training_jobs_fail(account: Account) -> None:
    account.script.fails = {"tune-*": "AlgorithmError: no"}
    account.tune()
    described = account.finish()
    assert described["HyperParameterTuningJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("All training jobs failed.")
    assert "BestTrainingJob" not in described


def test_a_grid_tries_each_combination_once(account: Account) -> None:
    account.tune(Strategy="Grid", ParameterRanges=GRID, ResourceLimits={"MaxParallelTrainingJobs": 2})
    described = account.finish()
    assert described["TrainingJobStatusCounters"]["Completed"] == 3
    tried = {child["TunedHyperParameters"]["tree_method"] for child in account.children()}
    assert tried == {"exact", "hist", "approx"}
