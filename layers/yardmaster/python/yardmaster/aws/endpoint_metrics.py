"""What CloudWatch knows of an endpoint's variants, minute by minute."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDataQueryTypeDef

MINUTE = 60
_METRICS = ("Invocations", "Invocation5XXErrors", "InvocationModelErrors")


@dataclass(frozen=True)
class VariantMinute:
    """One minute of one variant: requests, and how many of them the model or the platform failed."""

    start: float
    requests: int
    errors: int


def minutes(
    client: "CloudWatchClient", endpoint: str, variants: tuple[str, ...], start: float, end: float
) -> dict[str, dict[float, VariantMinute]]:
    """Return each variant's minutes between two times, by the minute's start; minutes without data are absent.

    InvocationModelErrors counts what the container did not answer with 2XX, Invocation5XXErrors what the caller got as
    5XX: the same request may be in both, so the larger of the two is taken, not the sum.
    """
    names = [(variant, metric) for variant in variants for metric in _METRICS]
    queries: list[MetricDataQueryTypeDef] = [
        _query(f"m{index}", endpoint, variant, metric) for index, (variant, metric) in enumerate(names)
    ]
    values: dict[str, dict[float, dict[str, float]]] = {variant: {} for variant in variants}
    paginator = client.get_paginator("get_metric_data")
    for page in paginator.paginate(
        MetricDataQueries=queries,
        StartTime=datetime.fromtimestamp(start, UTC),
        EndTime=datetime.fromtimestamp(end, UTC),
        ScanBy="TimestampAscending",
    ):
        for result in page["MetricDataResults"]:
            variant, metric = names[int(result["Id"][1:])]
            for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                values[variant].setdefault(at.timestamp(), {})[metric] = value
    return {variant: {at: _minute(at, found) for at, found in by.items()} for variant, by in values.items()}


def _query(identifier: str, endpoint: str, variant: str, metric: str) -> "MetricDataQueryTypeDef":
    dimensions: list[DimensionTypeDef] = [
        {"Name": "EndpointName", "Value": endpoint},
        {"Name": "VariantName", "Value": variant},
    ]
    return {
        "Id": identifier,
        "MetricStat": {
            "Metric": {"Namespace": "AWS/SageMaker", "MetricName": metric, "Dimensions": dimensions},
            "Period": MINUTE,
            "Stat": "Sum",
        },
    }


def _minute(at: float, found: dict[str, float]) -> VariantMinute:
    requests = round(found.get("Invocations", 0))
    errors = round(max(found.get("Invocation5XXErrors", 0), found.get("InvocationModelErrors", 0)))
    return VariantMinute(at, max(requests, errors), errors)
