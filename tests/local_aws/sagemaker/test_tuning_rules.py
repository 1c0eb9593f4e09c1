"""What CreateHyperParameterTuningJob refuses, each request wrong in one way."""

from typing import Any

import pytest

from local_aws.sagemaker.errors import AwsError
from tests.local_aws.sagemaker.puppets import IMAGE
from tests.local_aws.sagemaker.tuning import GRID, RANGES, Account, definition, tuning

AWS = "382416733822.dkr.ecr.us-east-1.amazonaws.com"
OWN = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"
LIMITS = {"MaxNumberOfTrainingJobs": 6, "MaxParallelTrainingJobs": 2}
HYPERBAND = {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}
METRICS = [{"Name": "auc", "Regex": "auc=(.*)"}]


@pytest.fixture
def account() -> Account:
    return Account()


def continuous(low: str, high: str, scaling: str = "Auto", name: str = "eta") -> dict[str, Any]:
    one = {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scaling}
    return {"ParameterRanges": {"ContinuousParameterRanges": [one]}}


def integer(low: str, high: str, scaling: str = "Auto", name: str = "max_depth") -> dict[str, Any]:
    one = {"Name": name, "MinValue": low, "MaxValue": high, "ScalingType": scaling}
    return {"ParameterRanges": {"IntegerParameterRanges": [one]}}


def job(**changes: Any) -> dict[str, Any]:
    return {"job": definition(**changes)}


def algorithm(image: str = OWN, **members: Any) -> dict[str, Any]:
    specification = {"TrainingImage": image, "TrainingInputMode": "File", **members}
    return job(AlgorithmSpecification=specification)


def objective(name: str) -> dict[str, Any]:
    return {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": name}}


def first_party(container: str, metric: str, ranges: dict[str, Any], **static: str) -> dict[str, Any]:
    """Return a tuning job of one of AWS's own algorithms."""
    specification = {"TrainingImage": f"{AWS}/{container}:1", "TrainingInputMode": "File"}
    given = definition(AlgorithmSpecification=specification, StaticHyperParameters=static)
    return {**objective(metric), **ranges, "job": given}


LEARNER = {"predictor_type": "binary_classifier"}
REFUSED: list[tuple[dict[str, Any], str]] = [
    (continuous("0.5", "0.5"), "must be less than MaxValue"),
    (continuous("1", "0"), "must be less than MaxValue"),
    (continuous("none", "1"), "isn't a valid number"),
    (continuous("0", "inf"), "isn't a valid number"),
    (continuous("0", "1", "Logarithmic"), "needs a range of values greater than 0"),
    (continuous("0", "1", "ReverseLogarithmic"), "needs a range within 0<=x<1.0"),
    (continuous("-1", "0.5", "ReverseLogarithmic"), "needs a range within 0<=x<1.0"),
    (continuous("0", "2"), "isn't valid for the XGBoost algorithm: it must be in [0, 1]"),
    (continuous("0", "1", name="etta"), "[etta] isn't known to the XGBoost algorithm"),
    (integer("1.5", "3"), "isn't a valid number"),
    (integer("1", "10", "ReverseLogarithmic"), "isn't available for the integer hyperparameter"),
    (integer("0", "10", "Logarithmic"), "needs a range of values greater than 0"),
    (integer("1", "5"), "The total number of hyperparameter combinations for the provided ranges [5.0]"),
    ({"ParameterRanges": {}}, "searches over 1 to 30 hyperparameters"),
    ({"ParameterRanges": {**RANGES, **continuous("0", "1", name="max_depth")["ParameterRanges"]}}, "Duplicate"),
    (
        {"ParameterRanges": {"CategoricalParameterRanges": [{"Name": "booster", "Values": ["dart", "dart"]}]}},
        "are not unique",
    ),
    (
        {
            "ParameterRanges": {
                "ContinuousParameterRanges": [{"Name": f"x{at}", "MinValue": "0", "MaxValue": "1"} for at in range(30)],
                "IntegerParameterRanges": RANGES["IntegerParameterRanges"],
            }
        },
        "searches over 1 to 30 hyperparameters; this one has 31",
    ),
    (job(StaticHyperParameters={"num_round": "9", "eta": "0.1"}), "[eta] can't be both static and in the parameter"),
    (objective("train:auc"), "[train:auc], isn't valid for the"),
    (objective("validation:good"), "[validation:good], isn't valid for the"),
    (algorithm(IMAGE, MetricDefinitions=METRICS), "You can't override the metric definitions"),
    (algorithm(MetricDefinitions=METRICS), "A metric is required for this hyperparameter tuning job objective"),
    ({**algorithm(MetricDefinitions=[{"Name": "auc", "Regex": "("}]), **objective("auc")}, "[auc] is invalid"),
    ({"ResourceLimits": {**LIMITS, "MaxParallelTrainingJobs": 7}}, "can't be greater than MaxNumberOfTrainingJobs"),
    ({"ResourceLimits": {"MaxParallelTrainingJobs": 2}}, "MaxNumberOfTrainingJobs is required unless"),
    ({"ResourceLimits": {**LIMITS, "MaxRuntimeInSeconds": 119}}, "greater than or equal to 120"),
    ({"Strategy": "Grid"}, "Only categorical parameter ranges are supported"),
    ({"Strategy": "Grid", "ParameterRanges": GRID}, "must be equal to the number of combinations [3]"),
    ({"Strategy": "Hyperband"}, "MaxResource of HyperbandStrategyConfig can't be inferred"),
    (
        {"Strategy": "Hyperband", "StrategyConfig": HYPERBAND, "TrainingJobEarlyStoppingType": "Auto"},
        "must be Off when Strategy is Hyperband",
    ),
    (
        {"Strategy": "Hyperband", "StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 9, "MaxResource": 9}}},
        "MinResource [9] must be less than MaxResource [9]",
    ),
    ({"StrategyConfig": HYPERBAND}, "can only be provided when Strategy is Hyperband"),
    (
        {"TuningJobCompletionCriteria": {"BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 2}}},
        "greater than or equal to 3",
    ),
    ({"HyperParameterTuningJobObjective": None}, "hyperParameterTuningJobObjective"),
    ({"ParameterRanges": None}, "parameterRanges"),
    (job(ResourceConfig=None), "resourceConfig"),
    (job(InputDataConfig=None), "inputDataConfig"),
    (job(OutputDataConfig={"S3OutputPath": "s3://elsewhere/out"}), "does not exist in the selected region"),
    (job(EnableManagedSpotTraining=True), "Invalid MaxWaitTimeInSeconds"),
    (
        first_party("linear-learner", "validation:auc", continuous("0.1", "1", name="wd"), **LEARNER),
        f"[validation:auc], isn't valid for the [{AWS}/linear-learner:1] algorithm. Choose a valid objective metric.",
    ),
    (
        first_party("linear-learner", "train:objective_loss", continuous("0.1", "1", name="wd"), **LEARNER),
        "[train:objective_loss], isn't valid for the",
    ),
    (
        first_party("linear-learner", "validation:objective_loss", integer("1", "99", name="epochs"), **LEARNER),
        "[epochs] of the Linear Learner algorithm can't be tuned. Choose from [l1, learning_rate, mini_batch_size",
    ),
    (
        first_party("linear-learner", "test:recall", continuous("0", "1", name="learning_rate"), **LEARNER),
        "The value [0.0] in the range of the hyperparameter [learning_rate] isn't valid for the Linear Learner alg",
    ),
    (
        first_party("kmeans", "test:msd", integer("0", "10", name="extra_center_factor"), k="3", feature_dim="2"),
        "isn't valid for the K-Means algorithm: it must be one of the following: 'auto'; or an integer greater than",
    ),
    (
        first_party("kmeans", "test:msd", integer("2", "99", name="k"), feature_dim="2"),
        "[k] of the K-Means algorithm",
    ),
    (first_party("knn", "test:mse", integer("1", "9", name="kk")), "[kk] isn't known to the k-NN algorithm."),
    (first_party("kmeans", "train:msd", integer("1", "10", name="epochs")), "[train:msd], isn't valid for the"),
    (first_party("knn", "test:accuracy", integer("1", "2000", name="k")), "it must be an integer between 1 and 1024"),
    (first_party("pca", "test:mse", continuous("0", "1", name="wd")), "[test:mse], isn't valid for the"),
    (
        first_party("randomcutforest", "test:f1", integer("50", "100", name="num_trees")),
        "randomcutforest runs on AWS; local AWS has sagemaker-xgboost:1.7-1, linear-learner:1, kmeans:1, pca:1, knn:1",
    ),
    (algorithm(f"{AWS}/knn:1", MetricDefinitions=METRICS), "You can't override the metric definitions"),
    (algorithm("docker.io/mine:1", MetricDefinitions=[{"Name": "validation:auc", "Regex": "(.*)"}]), "non-ECR image"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[message[:60] for _, message in REFUSED])
def test_a_request_that_is_wrong_in_one_way_is_refused_in_words(
    account: Account, changes: dict[str, Any], message: str
) -> None:
    assert message in account.refused(tuning(**changes))
    listed = account.call("ListHyperParameterTuningJobs")
    assert listed["HyperParameterTuningJobSummaries"] == []


@pytest.mark.parametrize(
    "changes",
    [
        continuous("0.1", "1", "Logarithmic"),
        continuous("0", "0.9", "ReverseLogarithmic"),
        integer("1", "6"),
        {"Strategy": "Grid", "ParameterRanges": GRID, "ResourceLimits": {**LIMITS, "MaxNumberOfTrainingJobs": 3}},
        {"Strategy": "Hyperband", "StrategyConfig": HYPERBAND},
        {"ResourceLimits": {"MaxParallelTrainingJobs": 2, "MaxRuntimeInSeconds": 120}},
        {**algorithm(MetricDefinitions=METRICS), **objective("auc"), **continuous("0", "9", name="mine")},
        first_party(
            "linear-learner", "validation:binary_f_beta",
            continuous("0.00001", "100", name="positive_example_weight_mult"), **LEARNER,
        ),
        first_party("kmeans", "test:ssd", integer("4", "10", name="extra_center_factor"), k="3", feature_dim="2"),
        first_party("knn", "test:mse", integer("1", "1024", name="k"), predictor_type="regressor"),
        {
            **algorithm(MetricDefinitions=METRICS), **objective("auc"), "Strategy": "Hyperband",
            "job": definition(
                AlgorithmSpecification={
                    "TrainingImage": OWN, "TrainingInputMode": "File", "MetricDefinitions": METRICS,
                },
                StaticHyperParameters={"epochs": "9"},
            ),
        },
    ],
)  # fmt: skip
def test_what_aws_allows_is_accepted(account: Account, changes: dict[str, Any]) -> None:
    account.tune(**changes)
    assert account.describe()["HyperParameterTuningJobStatus"] == "InProgress"


@pytest.mark.parametrize("name", ["a" * 33, "a_b", "-a"])
def test_names_have_32_characters_at_most(account: Account, name: str) -> None:
    assert "hyperParameterTuningJobName" in account.refused(tuning(name))


def test_a_name_is_taken_whatever_its_case(account: Account) -> None:
    account.tune("Tune")
    assert "already exists" in account.refused(tuning("tune"), "ResourceInUse")


@pytest.mark.parametrize("member", ["TrainingJobDefinitions", "Autotune"])
def test_what_is_not_simulated_is_refused(account: Account, member: str) -> None:
    value = {"TrainingJobDefinitions": [definition()], "Autotune": {"Mode": "Enabled"}}[member]
    assert member in account.refused({**tuning(), member: value}, "UnknownOperationException")


def test_the_instances_of_all_parallel_training_jobs_must_be_within_the_quota() -> None:
    account = Account(quotas={"ml.m5.xlarge for training job usage": 1})
    message = account.refused(tuning(), "ResourceLimitExceeded")
    assert "a request delta of 2 Instances" in message
    account.tune(ResourceLimits={**LIMITS, "MaxParallelTrainingJobs": 1})
    assert account.finish()["TrainingJobStatusCounters"]["Completed"] == 6


@pytest.mark.parametrize(
    "operation",
    [
        "DescribeHyperParameterTuningJob",
        "StopHyperParameterTuningJob",
        "ListTrainingJobsForHyperParameterTuningJob",
    ],
)
def test_an_unknown_tuning_job_is_not_found(account: Account, operation: str) -> None:
    with pytest.raises(AwsError) as caught:
        account.call(operation, HyperParameterTuningJobName="none")
    assert caught.value.code == "ResourceNotFound"


def test_a_first_party_algorithm_is_told_the_objective_and_tuned_for_it() -> None:
    account = Account()
    account.script.objective = lambda parameters: [float(parameters["wd"])]
    changes = first_party("linear-learner", "validation:objective_loss", continuous("0.1", "1", name="wd"), **LEARNER)
    changes["HyperParameterTuningJobObjective"]["Type"] = "Minimize"
    account.tune(**changes)
    described = account.finish()
    static = described["TrainingJobDefinition"]["StaticHyperParameters"]
    assert static == {**LEARNER, "_tuning_objective_metric": "validation:objective_loss"}
    assert described["TrainingJobStatusCounters"]["Completed"] == 6
    wds = [float(child["TunedHyperParameters"]["wd"]) for child in account.children()]
    assert float(described["BestTrainingJob"]["TunedHyperParameters"]["wd"]) == min(wds)
