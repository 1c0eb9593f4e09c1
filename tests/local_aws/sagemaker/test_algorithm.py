from typing import Any

import pytest

from tests.local_aws.sagemaker import tuning
from tests.local_aws.sagemaker.puppets import ARTIFACT, IMAGE, Account, algorithm, training

ARN = "arn:aws:sagemaker:us-east-1:123456789012:algorithm/forest"


@pytest.fixture
def forest(account: Account) -> Account:
    """An account with an algorithm."""
    account.core.call("CreateAlgorithm", algorithm())
    account.wait(5)
    return account


def by_name(name: str = "forest", **changes: Any) -> dict[str, Any]:
    """Return a right request for a training job of an algorithm."""
    return training(AlgorithmSpecification={"AlgorithmName": name, "TrainingInputMode": "File"}, **changes)


def test_an_algorithm_is_described_by_name_and_by_arn_and_listed(forest: Account) -> None:
    by_its_name = forest.call("DescribeAlgorithm", AlgorithmName="forest")
    assert by_its_name == forest.call("DescribeAlgorithm", AlgorithmName=ARN)
    assert (by_its_name["AlgorithmArn"], by_its_name["AlgorithmStatus"]) == (ARN, "Completed")
    assert by_its_name["TrainingSpecification"]["TrainingImage"] == IMAGE
    assert "ProductId" not in by_its_name
    assert [one["AlgorithmName"] for one in forest.call("ListAlgorithms")["AlgorithmSummaryList"]] == ["forest"]


def test_an_algorithm_is_pending_at_first_and_can_t_be_used(account: Account) -> None:
    account.core.call("CreateAlgorithm", algorithm())
    assert account.call("DescribeAlgorithm", AlgorithmName="forest")["AlgorithmStatus"] == "Pending"
    assert "is Pending, not Completed" in account.refused("CreateTrainingJob", by_name())


def test_names_are_unique_and_a_deleted_one_is_free(forest: Account) -> None:
    assert f"Algorithm already exists: {ARN}" in forest.refused("CreateAlgorithm", algorithm())
    forest.call("DeleteAlgorithm", AlgorithmName="forest")
    assert "does not exist" in forest.refused("DescribeAlgorithm", {"AlgorithmName": "forest"})
    forest.core.call("CreateAlgorithm", algorithm())


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"TrainingImage": "docker.io/forest:1"}, "Using non-ECR image"),
        ({"SupportedHyperParameters": [{"Name": "a", "Type": "FreeText"}] * 2}, "Duplicate hyperparameter names: [a]"),
        (
            {
                "SupportedHyperParameters": [
                    {"Name": "a", "Type": "FreeText", "IsRequired": True, "DefaultValue": "1"},
                ]
            },
            "can't be required and have a default value",
        ),
        ({"MetricDefinitions": []}, "isn't in the metric definitions"),
    ],
)
def test_a_specification_that_contradicts_itself_is_refused(
    account: Account, changes: dict[str, Any], says: str
) -> None:
    assert says in account.refused("CreateAlgorithm", algorithm(**changes))
    assert account.call("ListAlgorithms")["AlgorithmSummaryList"] == []


@pytest.mark.parametrize("name", ["forest", ARN])
def test_a_training_job_runs_the_algorithm_s_image_with_its_metrics_and_defaults(forest: Account, name: str) -> None:
    forest.core.call("CreateTrainingJob", by_name(name))
    forest.wait(200)

    request = forest.executors.training["j1"]
    assert request.image == IMAGE
    assert request.hyperparameters == {"num_round": "10", "eta": "0.3"}
    assert [(one.name, one.regex) for one in request.metric_definitions] == [("validation:auc", "auc=([0-9.]+)")]
    described = forest.call("DescribeTrainingJob", TrainingJobName="j1")
    assert described["AlgorithmSpecification"] == {"AlgorithmName": name, "TrainingInputMode": "File"}
    assert described["HyperParameters"] == {"num_round": "10"}


def channel(name: str = "train", **changes: Any) -> dict[str, Any]:
    (found,) = training()["InputDataConfig"]
    return {**found, "ChannelName": name, **changes}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"HyperParameters": {}}, "needs the hyperparameters [num_round]"),
        ({"HyperParameters": {"num_round": "10", "depth": "3"}}, "The hyperparameter [depth] isn't one of"),
        ({"HyperParameters": {"num_round": "0"}}, "The value [0] of the hyperparameter [num_round]"),
        ({"HyperParameters": {"num_round": "1.5"}}, "The value [1.5]"),
        ({"HyperParameters": {"num_round": "10", "eta": "2"}}, "The value [2] of the hyperparameter [eta]"),
        ({"HyperParameters": {"num_round": "10", "eta": "fast"}}, "The value [fast]"),
        ({"HyperParameters": {"num_round": "10", "booster": "linear"}}, "The value [linear]"),
        ({"InputDataConfig": [channel("valid")]}, "The channel [valid] isn't one of the algorithm's"),
        ({"InputDataConfig": [channel("validation")]}, "needs the channels [train]"),
        ({"InputDataConfig": [channel(ContentType="text/libsvm")]}, "takes [text/csv], not [text/libsvm]"),
        ({"InputDataConfig": [channel(InputMode="Pipe")]}, "takes the input modes [File], not [Pipe]"),
        (
            {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}},
            "The instance type [ml.m5.large] isn't supported by the algorithm",
        ),
        (
            {"ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 1}},
            "doesn't support distributed training",
        ),
    ],
)
def test_a_job_that_the_algorithm_does_not_allow_is_refused(
    forest: Account, changes: dict[str, Any], says: str
) -> None:
    assert says in forest.refused("CreateTrainingJob", by_name(**changes))
    assert forest.call("ListTrainingJobs")["TrainingJobSummaries"] == []


@pytest.mark.parametrize(
    ("specification", "says"),
    [
        ({"AlgorithmName": "forest", "TrainingImage": IMAGE}, "mutually exclusive"),
        (
            {"AlgorithmName": "forest", "MetricDefinitions": [{"Name": "a", "Regex": "a=(.*)"}]},
            "You can't override the metric definitions",
        ),
        ({"AlgorithmName": "trees"}, "Algorithm trees does not exist"),
        ({"AlgorithmName": ARN.replace("123456789012", "210987654321")}, "does not exist"),
        ({}, "trainingImage"),
    ],
)
def test_an_algorithm_is_named_alone_and_rightly(forest: Account, specification: dict[str, Any], says: str) -> None:
    given = training(AlgorithmSpecification={"TrainingInputMode": "File", **specification})
    assert says in forest.refused("CreateTrainingJob", given)


def test_an_algorithm_that_lists_no_hyperparameters_takes_any(account: Account) -> None:
    account.core.call("CreateAlgorithm", algorithm(SupportedHyperParameters=[]))
    account.wait(5)
    account.core.call("CreateTrainingJob", by_name(HyperParameters={"anything": "goes"}))


ETA = {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0", "MaxValue": "1"}]}


def search(**changes: Any) -> dict[str, Any]:
    """Return a right request for a tuning job of an algorithm."""
    job = tuning.definition(
        AlgorithmSpecification={"AlgorithmName": "forest", "TrainingInputMode": "File"},
        StaticHyperParameters={"num_round": "10"},
    )
    return tuning.tuning(job=job, **{"ParameterRanges": ETA, **changes})


def test_a_tuning_job_searches_what_the_algorithm_lets_it(forest: Account) -> None:
    forest.core.call("CreateHyperParameterTuningJob", search())
    forest.wait(200)

    requests = list(forest.executors.training.values())
    assert {one.image for one in requests} == {IMAGE}
    assert all(one.hyperparameters["_tuning_objective_metric"] == "validation:auc" for one in requests)
    assert all(0 <= float(one.hyperparameters["eta"]) <= 1 for one in requests)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "validation:auc"}},
            "isn't valid for the algorithm",
        ),
        (
            {"HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:f1"}},
            "[validation:f1], isn't valid for the algorithm",
        ),
        (
            {"ParameterRanges": {"ContinuousParameterRanges": [{"Name": "eta", "MinValue": "0", "MaxValue": "3"}]}},
            "The value [3.0] in the range of [eta]",
        ),
        (
            {"ParameterRanges": {**ETA, "CategoricalParameterRanges": [{"Name": "booster", "Values": ["a", "b"]}]}},
            "The hyperparameter [booster] of the algorithm isn't tunable",
        ),
        (
            {"ParameterRanges": {"ContinuousParameterRanges": [{"Name": "alpha", "MinValue": "0", "MaxValue": "3"}]}},
            "The hyperparameter [alpha] of the algorithm isn't tunable",
        ),
    ],
)
def test_a_search_that_the_algorithm_does_not_allow_is_refused(
    forest: Account, changes: dict[str, Any], says: str
) -> None:
    assert says in forest.refused("CreateHyperParameterTuningJob", search(**changes))


def packaged(name: str = "p1", **changes: Any) -> dict[str, Any]:
    """Return a right request for a model package of an algorithm."""
    source = {"AlgorithmName": "forest", "ModelDataUrl": ARTIFACT, **changes}
    return {"ModelPackageName": name, "SourceAlgorithmSpecification": {"SourceAlgorithms": [source]}}


def deploy(account: Account, package: str = "p1", **changes: Any) -> dict[str, Any]:
    return {
        "ModelName": "m1",
        "ExecutionRoleArn": training()["RoleArn"],
        "PrimaryContainer": {"ModelPackageName": package},
        **changes,
    }


def test_a_package_of_an_algorithm_serves_its_image_with_an_artifact(forest: Account) -> None:
    forest.core.call("CreateModelPackage", packaged())
    forest.wait(5)
    forest.core.call("CreateModel", deploy(forest))
    forest.config("c1", {**_variant(), "InstanceType": "ml.m5.large"})
    forest.endpoint()

    (request,) = forest.executors.hosting.values()
    assert [(one.image, one.model_data_url) for one in request.containers] == [(IMAGE, ARTIFACT)]
    described = forest.call("DescribeModelPackage", ModelPackageName="p1")
    assert described["SourceAlgorithmSpecification"]["SourceAlgorithms"][0]["AlgorithmName"] == "forest"
    assert described["InferenceSpecification"]["Containers"][0]["ModelDataUrl"] == ARTIFACT


def _variant() -> dict[str, Any]:
    return {"VariantName": "a", "ModelName": "m1", "InitialInstanceCount": 1}


def test_a_package_in_the_making_makes_no_model(forest: Account) -> None:
    forest.core.call("CreateModelPackage", packaged())

    assert "is Pending, not Completed" in forest.refused("CreateModel", deploy(forest))


def test_instance_types_that_the_package_does_not_name_are_refused(forest: Account) -> None:
    forest.core.call("CreateModelPackage", packaged())
    forest.wait(5)
    forest.core.call("CreateModel", deploy(forest))

    variant = {**_variant(), "InstanceType": "ml.c5.large"}
    said = forest.refused("CreateEndpointConfig", {"EndpointConfigName": "c1", "ProductionVariants": [variant]})
    assert "[ml.c5.large] isn't supported by the model package" in said


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        (packaged(AlgorithmName="trees"), "Algorithm trees does not exist"),
        ({**packaged(), "InferenceSpecification": {"Containers": [{"Image": IMAGE}]}}, "can't be given together"),
    ],
)
def test_a_package_needs_one_source(forest: Account, request_: dict[str, Any], says: str) -> None:
    assert says in forest.refused("CreateModelPackage", request_)


def test_an_algorithm_without_an_inference_specification_makes_no_package(account: Account) -> None:
    request = algorithm()
    del request["InferenceSpecification"]
    account.core.call("CreateAlgorithm", request)
    account.wait(5)

    assert "has no InferenceSpecification" in account.refused("CreateModelPackage", packaged())
