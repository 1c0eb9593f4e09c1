"""Hyperparameter tuning jobs (SageMaker)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from yardmaster.aws import endings, sagemaker_errors, tags, training_job
from yardmaster.aws.training_job import TrainingJobRequest
from yardmaster.records import Trial

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class SearchRange:
    """A hyperparameter that is searched: from `low` to `high`, or one of `values`; all as text, as SageMaker has it."""

    name: str
    kind: str
    low: str = ""
    high: str = ""
    scaling: str = "Auto"
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class TuningJobRequest:
    """A tuning job as we ask for it.

    Attributes:
        name: At most 32 characters; its training jobs' names begin with it.
        training: What each training job is; its hyperparameters are those that all share.
        ranges: What is searched.
        metric, goal: The objective, and `Maximize` or `Minimize`.
        max_jobs: None for a grid, which SageMaker counts itself.
        max_run: Seconds of the whole tuning job.
        rounds: For Hyperband: the least and the most rounds of a training job.
        target, not_improving, convergence: When it is done before it had all its training jobs.
        parents: The tuning jobs to start from.
    """

    name: str
    training: TrainingJobRequest
    ranges: tuple[SearchRange, ...]
    metric: str
    goal: str
    strategy: str
    max_jobs: int | None
    max_parallel_jobs: int
    max_run: int
    early_stopping: str
    tags: dict[str, str]
    rounds: tuple[int, int] | None = None
    target: float | None = None
    not_improving: int | None = None
    convergence: bool = False
    seed: int | None = None
    parents: tuple[str, ...] = ()
    warm_start_type: str = "TransferLearning"


@dataclass(frozen=True)
class TuningJob:
    """A tuning job as SageMaker describes it.

    Attributes:
        status: `InProgress`, `Completed`, `Failed`, `Stopping` or `Stopped`.
        best: The name of its own best training job; None if none has published the objective.
        best_objective: That one's value.
        ended_jobs: How many of its training jobs have ended.
        hyperparameters: The names of all that it searches or sets.
        created, ended: Times.
    """

    name: str
    status: str
    failure_reason: str
    metric: str
    goal: str
    best: str | None
    best_objective: float | None
    ended_jobs: int
    hyperparameters: frozenset[str]
    channels: dict[str, str]
    image: str
    created: float
    ended: float | None


def create(client: "SageMakerClient", request: TuningJobRequest) -> None:
    """Start a tuning job; a repeat of the same request is fine.

    Raises:
        QuotaError: The account may not run it now.
        NameTakenError: Another job has the name.
    """
    try:
        client.create_hyper_parameter_tuning_job(**_body(request))
    except ClientError as error:
        if not sagemaker_errors.is_taken(error):
            raise sagemaker_errors.translate(error) from error
        there = describe(client, request.name)
        wanted = (request.training.channel_uris, request.training.runs)
        if there is None or (there.channels, there.image) != wanted:
            raise sagemaker_errors.NameTakenError(f"tuning job {request.name} exists, for other data") from error


def describe(client: "SageMakerClient", name: str) -> TuningJob | None:
    """Return a job, or None if there is none."""
    try:
        answer = client.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    except ClientError as error:
        if sagemaker_errors.is_not_found(error):
            return None
        raise
    config: dict[str, Any] = dict(answer["HyperParameterTuningJobConfig"])
    definition: dict[str, Any] = dict(answer["TrainingJobDefinition"])
    best: dict[str, Any] = dict(answer.get("BestTrainingJob", {}))
    counters = answer["TrainingJobStatusCounters"]
    ended = answer.get("HyperParameterTuningEndTime")
    return TuningJob(
        name=name,
        status=answer["HyperParameterTuningJobStatus"],
        failure_reason=answer.get("FailureReason", ""),
        metric=config["HyperParameterTuningJobObjective"]["MetricName"],
        goal=config["HyperParameterTuningJobObjective"]["Type"],
        best=best.get("TrainingJobName"),
        best_objective=best.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value"),
        ended_jobs=counters.get("Completed", 0) + counters.get("NonRetryableError", 0) + counters.get("Stopped", 0),
        hyperparameters=frozenset({*_searched(config), *_set(definition)}),
        channels={
            channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
            for channel in definition.get("InputDataConfig", [])
        },
        image=definition["AlgorithmSpecification"].get("TrainingImage")
        or definition["AlgorithmSpecification"].get("AlgorithmName", ""),
        created=answer["CreationTime"].timestamp(),
        ended=ended.timestamp() if ended else None,
    )


def trials(client: "SageMakerClient", name: str) -> list[Trial]:
    """Return the training jobs of a tuning job, the oldest first."""
    pages = client.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job").paginate(
        HyperParameterTuningJobName=name, SortBy="CreationTime", SortOrder="Ascending"
    )
    return [_trial(dict(one)) for page in pages for one in page["TrainingJobSummaries"]]


def stop(client: "SageMakerClient", name: str) -> bool:
    """Stop a job and its training jobs, unless it has ended; return whether there is one."""
    return endings.stopped(lambda: client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name))


def _trial(row: dict[str, Any]) -> Trial:
    def at(name: str) -> float | None:
        return row[name].timestamp() if row.get(name) else None

    return Trial(
        name=row["TrainingJobName"],
        status=row["TrainingJobStatus"],
        hyperparameters=dict(row["TunedHyperParameters"]),
        objective=row.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value"),
        created=row["CreationTime"].timestamp(),
        started=at("TrainingStartTime"),
        ended=at("TrainingEndTime"),
        failure_reason=row.get("FailureReason", ""),
    )


def _searched(config: dict[str, Any]) -> Iterator[str]:
    for ranges in config.get("ParameterRanges", {}).values():
        yield from (one["Name"] for one in ranges)


def _set(definition: dict[str, Any]) -> Iterator[str]:
    # SageMaker itself adds some, with an underscore.
    yield from (name for name in definition.get("StaticHyperParameters", {}) if not name.startswith("_"))


def _body(request: TuningJobRequest) -> dict[str, Any]:
    body: dict[str, Any] = {
        "HyperParameterTuningJobName": request.name,
        "HyperParameterTuningJobConfig": _config(request),
        "TrainingJobDefinition": {
            "StaticHyperParameters": request.training.hyperparameters,
            **training_job.definition(request.training),
        },
        # SageMaker gives them to the training jobs too.
        "Tags": tags.as_list(request.tags),
    }
    if request.parents:
        body["WarmStartConfig"] = {
            "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": name} for name in request.parents],
            "WarmStartType": request.warm_start_type,
        }
    return body


def _config(request: TuningJobRequest) -> dict[str, Any]:
    limits = {"MaxParallelTrainingJobs": request.max_parallel_jobs, "MaxRuntimeInSeconds": request.max_run}
    if request.max_jobs is not None:
        limits["MaxNumberOfTrainingJobs"] = request.max_jobs
    config: dict[str, Any] = {
        "Strategy": request.strategy,
        "HyperParameterTuningJobObjective": {"Type": request.goal, "MetricName": request.metric},
        "ResourceLimits": limits,
        "ParameterRanges": _ranges(request),
        "TrainingJobEarlyStoppingType": request.early_stopping,
    }
    if request.rounds is not None:
        least, most = request.rounds
        config["StrategyConfig"] = {"HyperbandStrategyConfig": {"MinResource": least, "MaxResource": most}}
    if criteria := _criteria(request):
        config["TuningJobCompletionCriteria"] = criteria
    if request.seed is not None:
        config["RandomSeed"] = request.seed
    return config


def _ranges(request: TuningJobRequest) -> dict[str, Any]:
    def limits(kind: str) -> list[dict[str, str]]:
        return [
            {"Name": one.name, "MinValue": one.low, "MaxValue": one.high, "ScalingType": one.scaling}
            for one in request.ranges
            if one.kind == kind
        ]

    return {
        "ContinuousParameterRanges": limits("continuous"),
        "IntegerParameterRanges": limits("integer"),
        "CategoricalParameterRanges": [
            {"Name": one.name, "Values": list(one.values)} for one in request.ranges if one.kind == "categorical"
        ],
    }


def _criteria(request: TuningJobRequest) -> dict[str, Any]:
    criteria: dict[str, Any] = {}
    if request.target is not None:
        criteria["TargetObjectiveMetricValue"] = request.target
    if request.not_improving is not None:
        criteria["BestObjectiveNotImproving"] = {"MaxNumberOfTrainingJobsNotImproving": request.not_improving}
    if request.convergence:
        criteria["ConvergenceDetected"] = {"CompleteOnConvergence": "Enabled"}
    return criteria
