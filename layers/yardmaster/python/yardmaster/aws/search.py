"""SageMaker's Search: training and tuning jobs by tag, metric, hyperparameter, time, and where their data lies.

Search is eventually consistent: a job of the last minute may be missing. Source of names, operators and limits:
Amazon SageMaker API Reference, Search, Filter, NestedFilters and SearchRecord.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from yardmaster.aws import tags

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

_PAGE = 100
_IN_A_FILTER = 20
"""Names of 45 characters; a filter's value has at most 1024."""
_IN_A_LIST = 20
_PLACE = "InputDataConfig.DataSource.S3DataSource.S3Uri"


@dataclass(frozen=True)
class Condition:
    """A filter in Search's own words: `Metrics.validation:auc`, `GreaterThan`, `0.9`; Exists takes no value."""

    name: str
    operator: str
    value: str | None = None

    def filter(self) -> dict[str, str]:
        """Return it as Search takes it."""
        given = {} if self.value is None else {"Value": self.value}
        return {"Name": self.name, "Operator": self.operator, **given}


@dataclass(frozen=True)
class Query:
    """What is searched.

    Attributes:
        conditions: All of them hold.
        foreign_to: Tag and value that a job must *not* have; None for any.
        place: Bucket and prefix (`bucket/churn/`) that the name of a channel's data contains; None for anywhere.
        sort_by: A property; by default the newest come first.
    """

    conditions: tuple[Condition, ...] = ()
    foreign_to: tuple[str, str] | None = None
    place: str | None = None
    sort_by: str = "CreationTime"
    descending: bool = True


@dataclass(frozen=True)
class FoundJob:
    """A training job, or a tuning job with what its best training job has.

    Attributes:
        created: When; `seconds`: how long it trained, None before its end.
        metrics: The final value of each metric; of a tuning job the best value of its objective.
        hyperparameters: As SageMaker writes them; of a tuning job those that were searched, of its best training job.
        channels: Where each channel's data is.
        tuning_job: The tuning job that a training job belongs to.
        best: Of a tuning job, the name of its best training job. `trials`: how many have ended, and were asked for.
    """

    name: str
    status: str
    created: float
    seconds: float | None
    metrics: dict[str, float]
    hyperparameters: dict[str, str]
    channels: dict[str, str]
    tags: dict[str, str] = field(default_factory=dict)
    failure_reason: str = ""
    tuning_job: str | None = None
    best: str | None = None
    trials: str = ""


def tagged(key: str, value: str) -> Condition:
    """Return the condition that a job has this tag."""
    return Condition(f"Tags.{key}", "Equals", value)


def has_status(status: str, *, tuning: bool = False) -> Condition:
    """Return the condition that a training job, or a tuning job, is in a status."""
    return Condition("HyperParameterTuningJobStatus" if tuning else "TrainingJobStatus", "Equals", status)


def created_since(at: float) -> Condition:
    """Return the condition that a job is not older."""
    # Search's own form of a time: UTC, and nothing that says so.
    return Condition(
        "CreationTime", "GreaterThanOrEqualTo", datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    )


def training_jobs(client: "SageMakerClient", query: Query) -> Iterator[FoundJob]:
    """Yield the training jobs, page by page, as they are asked for; those of tuning jobs have its tags too."""
    for record in _records(client, "TrainingJob", _expression(query), query):
        yield _training_job(record)


def tuning_jobs(client: "SageMakerClient", query: Query) -> Iterator[FoundJob]:
    """Yield the tuning jobs, page by page; a query's `place` is not looked at, as Search has no filter for it."""
    for record in _records(client, "HyperParameterTuningJob", _expression(query), query):
        yield _tuning_job(record)


def named(client: "SageMakerClient", names: Sequence[str]) -> dict[str, FoundJob]:
    """Return those training jobs that there are, by name."""
    found: dict[str, FoundJob] = {}
    for some in _parts(names, _IN_A_FILTER * _IN_A_LIST):
        filters = [Condition("TrainingJobName", "In", ",".join(few)).filter() for few in _parts(some, _IN_A_FILTER)]
        records = _records(client, "TrainingJob", {"Filters": filters, "Operator": "Or"}, Query())
        found |= {job.name: job for job in map(_training_job, records)}
    return found


def _parts(names: Sequence[str], size: int) -> list[Sequence[str]]:
    return [names[start : start + size] for start in range(0, len(names), size)]


def _records(
    client: "SageMakerClient", resource: Any, expression: dict[str, Any], query: Query
) -> Iterator[dict[str, Any]]:
    asked: dict[str, Any] = {"SearchExpression": expression} if expression else {}
    pages = client.get_paginator("search").paginate(
        Resource=resource,
        SortBy=query.sort_by,
        SortOrder="Descending" if query.descending else "Ascending",
        PaginationConfig={"PageSize": _PAGE},
        **asked,
    )
    for page in pages:
        for result in page["Results"]:
            record: dict[str, Any] = dict(result)
            yield record[resource]


def _expression(query: Query) -> dict[str, Any]:
    """Return the search expression; Search refuses an empty one."""
    expression: dict[str, Any] = {}
    if query.conditions:
        expression["Filters"] = [condition.filter() for condition in query.conditions]
    if query.place is not None:
        inside = Condition(_PLACE, "Contains", query.place).filter()
        expression["NestedFilters"] = [{"NestedPropertyName": "InputDataConfig", "Filters": [inside]}]
    if query.foreign_to is not None:
        key, value = query.foreign_to
        # Nothing says whether NotEquals finds what has no such tag.
        without = (Condition(f"Tags.{key}", "NotExists"), Condition(f"Tags.{key}", "NotEquals", value))
        expression["SubExpressions"] = [{"Operator": "Or", "Filters": [each.filter() for each in without]}]
    return expression


def _training_job(record: dict[str, Any]) -> FoundJob:
    tuning_arn = record.get("TuningJobArn")
    return FoundJob(
        name=record["TrainingJobName"],
        status=record["TrainingJobStatus"],
        created=record["CreationTime"].timestamp(),
        seconds=record.get("TrainingTimeInSeconds"),
        metrics={metric["MetricName"]: metric["Value"] for metric in record.get("FinalMetricDataList", [])},
        hyperparameters=dict(record.get("HyperParameters", {})),
        channels=_channels(record),
        tags=tags.as_dict(record.get("Tags", [])),
        failure_reason=record.get("FailureReason", ""),
        tuning_job=tuning_arn.rpartition("/")[2] if tuning_arn else None,
    )


def _tuning_job(record: dict[str, Any]) -> FoundJob:
    config, best = record["HyperParameterTuningJobConfig"], record.get("BestTrainingJob", {})
    created, ended = record["CreationTime"].timestamp(), record.get("HyperParameterTuningEndTime")
    objective = best.get("FinalHyperParameterTuningJobObjectiveMetric")
    counters = record.get("TrainingJobStatusCounters", {})
    over = sum(counters.get(status, 0) for status in ("Completed", "NonRetryableError", "Stopped"))
    asked = config.get("ResourceLimits", {}).get("MaxNumberOfTrainingJobs")
    return FoundJob(
        name=record["HyperParameterTuningJobName"],
        status=record["HyperParameterTuningJobStatus"],
        created=created,
        seconds=ended.timestamp() - created if ended else None,
        metrics={objective["MetricName"]: objective["Value"]} if objective else {},
        hyperparameters=dict(best.get("TunedHyperParameters", {})),
        channels=_channels(record.get("TrainingJobDefinition", {})),
        tags=tags.as_dict(record.get("Tags", [])),
        failure_reason=record.get("FailureReason", ""),
        best=best.get("TrainingJobName"),
        trials=f"{over} of {asked}" if asked else str(over),
    )


def _channels(record: dict[str, Any]) -> dict[str, str]:
    """Return where the channels are that lie in S3; other people's jobs may have others."""
    sources = {channel["ChannelName"]: channel["DataSource"] for channel in record.get("InputDataConfig", [])}
    return {name: source["S3DataSource"]["S3Uri"] for name, source in sources.items() if "S3DataSource" in source}
