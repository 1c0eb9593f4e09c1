"""A tuning job whose training jobs really train, two at a time."""

import time
from typing import Any

import pytest

from local_aws.sagemaker.core import SageMaker
from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.settings import SimulatorSettings
from local_aws.sagemaker.store import MemoryObjectStore
from tests.local_aws.sagemaker.tuning import definition, tuning
from tests.waiting import eventually

AT_ONCE = SimulatorSettings(
    tuning_start_seconds=0,
    training_start_seconds=0,
    warm_start_seconds=0,
    training_download_seconds=0,
    training_upload_seconds=0,
)
CHANNELS = [
    {
        "ChannelName": name,
        "ContentType": "text/csv",
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://b/{name}/"}},
    }
    for name in ("train", "validation")
]


LIMITS = {"MaxNumberOfTrainingJobs": 5, "MaxParallelTrainingJobs": 2}
LINEAR_LEARNER = "382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1"


@pytest.fixture
def core(executors: ProcessExecutors, store: MemoryObjectStore) -> SageMaker:
    return SageMaker(
        clock=time.time,
        executors=executors,
        emit=lambda _: None,
        put_metric=lambda _: None,
        put_log=lambda _: None,
        store=store,
        settings=AT_ONCE,
    )


def tuned(core: SageMaker, name: str, **changes: Any) -> dict[str, Any]:
    """Run a tuning job to its end, and describe it."""
    core.call("CreateHyperParameterTuningJob", tuning(name, ResourceLimits=LIMITS, **changes))
    asked = {"HyperParameterTuningJobName": name}

    def ended() -> bool:
        core.advance()
        status = core.call("DescribeHyperParameterTuningJob", asked)["HyperParameterTuningJobStatus"]
        return bool(status != "InProgress")

    eventually(ended)
    return core.call("DescribeHyperParameterTuningJob", asked)


def test_a_tuning_job_finds_a_model_of_real_training_jobs(core: SageMaker, store: MemoryObjectStore) -> None:
    job = definition(InputDataConfig=CHANNELS)
    described = tuned(core, "tune", Strategy="Bayesian", TrainingJobEarlyStoppingType="Auto", job=job)
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert described["ObjectiveStatusCounters"]["Succeeded"] == 5
    best = described["BestTrainingJob"]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] > 0.9
    child = core.call("DescribeTrainingJob", {"TrainingJobName": best["TrainingJobName"]})
    model = store.read(child["ModelArtifacts"]["S3ModelArtifacts"])
    assert artifacts.read_file(model, "xgboost-model")


@pytest.mark.parametrize(("metric", "direction"), [("objective_loss", "Minimize"), ("roc_auc_score", "Maximize")])
def test_a_linear_learner_is_tuned_for_a_published_objective(core: SageMaker, metric: str, direction: str) -> None:
    ranges = {
        "ContinuousParameterRanges": [
            {"Name": "learning_rate", "MinValue": "0.00001", "MaxValue": "1", "ScalingType": "Logarithmic"},
            {"Name": "wd", "MinValue": "0.0000001", "MaxValue": "1", "ScalingType": "Logarithmic"},
        ],
        "CategoricalParameterRanges": [{"Name": "use_bias", "Values": ["true", "false"]}],
    }
    job = definition(
        InputDataConfig=CHANNELS,
        AlgorithmSpecification={"TrainingImage": LINEAR_LEARNER, "TrainingInputMode": "File"},
        StaticHyperParameters={"predictor_type": "binary_classifier"},
    )
    objective = {"Type": direction, "MetricName": f"validation:{metric}"}
    name = f"linear-{metric.partition('_')[0]}"
    described = tuned(core, name, HyperParameterTuningJobObjective=objective, ParameterRanges=ranges, job=job)
    assert described["ObjectiveStatusCounters"]["Succeeded"] == 5
    children = core.call(
        "ListTrainingJobsForHyperParameterTuningJob", {"HyperParameterTuningJobName": name, "MaxResults": 100}
    )["TrainingJobSummaries"]
    values = [child["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for child in children]
    assert len(set(values)) > 3  # what is searched over has an effect
    best = described["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    assert best == (min(values) if direction == "Minimize" else max(values))
