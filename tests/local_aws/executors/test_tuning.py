"""A tuning job whose training jobs really train, two at a time."""

import time

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


def test_a_tuning_job_finds_a_model_of_real_training_jobs(
    executors: ProcessExecutors, store: MemoryObjectStore
) -> None:
    core = SageMaker(
        clock=time.time,
        executors=executors,
        emit=lambda _: None,
        put_metric=lambda _: None,
        put_log=lambda _: None,
        store=store,
        settings=AT_ONCE,
    )
    limits = {"MaxNumberOfTrainingJobs": 5, "MaxParallelTrainingJobs": 2}
    job = definition(InputDataConfig=CHANNELS)
    core.call(
        "CreateHyperParameterTuningJob",
        tuning(Strategy="Bayesian", ResourceLimits=limits, TrainingJobEarlyStoppingType="Auto", job=job),
    )
    name = {"HyperParameterTuningJobName": "tune"}

    def ended() -> bool:
        core.advance()
        status = core.call("DescribeHyperParameterTuningJob", name)["HyperParameterTuningJobStatus"]
        return bool(status != "InProgress")

    eventually(ended)
    described = core.call("DescribeHyperParameterTuningJob", name)
    assert described["HyperParameterTuningJobStatus"] == "Completed"
    assert described["ObjectiveStatusCounters"]["Succeeded"] == 5
    best = described["BestTrainingJob"]
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] > 0.9
    child = core.call("DescribeTrainingJob", {"TrainingJobName": best["TrainingJobName"]})
    model = store.read(child["ModelArtifacts"]["S3ModelArtifacts"])
    assert artifacts.read_file(model, "xgboost-model")
