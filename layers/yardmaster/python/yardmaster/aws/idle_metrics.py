"""Whether anybody asks an endpoint's variants, and whether they are measured at all (CloudWatch).

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import MetricDataQueryTypeDef

QUERIES = 500
"""The most that one call of GetMetricData takes."""


@dataclass(frozen=True)
class Metric:
    """One metric of variants, and its statistic."""

    namespace: str
    name: str
    statistic: str


REQUESTS = Metric("AWS/SageMaker", "Invocations", "Sum")
LIFE = Metric("/aws/sagemaker/Endpoints", "MemoryUtilization", "Average")
"""Instances publish it whether anybody asks them or not."""

Variant = tuple[str, str]
"""The names of an endpoint and of its variant."""


@dataclass
class Datapoints:
    """A variant's values by the beginning of their period; `complete` once CloudWatch says so."""

    values: dict[float, float]
    complete: bool = False


def read(
    client: "CloudWatchClient", metric: Metric, variants: Sequence[Variant], start: float, end: float, period: int
) -> dict[Variant, Datapoints]:
    """Return one metric of up to 500 variants, with one call unless CloudWatch wants to give it in parts.

    Args:
        client: For CloudWatch.
        metric: Which.
        variants: Of which variants.
        start: The first time, at the beginning of a period.
        end: The last time, at the end of one.
        period: Seconds of a datapoint.
    """
    found = {variant: Datapoints({}) for variant in variants}
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[_query(f"m{at}", metric, variant, period) for at, variant in enumerate(variants)],
        StartTime=datetime.fromtimestamp(start, UTC),
        EndTime=datetime.fromtimestamp(end, UTC),
        ScanBy="TimestampAscending",
    )
    for result in (result for page in pages for result in page["MetricDataResults"]):
        series = found[variants[int(result["Id"][1:])]]
        series.complete = result.get("StatusCode") == "Complete"
        for at, value in zip(result["Timestamps"], result["Values"], strict=True):
            series.values[at.timestamp()] = value
    return found


def variants_of_endpoints(client: "CloudWatchClient") -> Iterator[Variant]:
    """Yield the variants of the account's endpoints that were asked something in the last two weeks.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
    """
    pages = client.get_paginator("list_metrics").paginate(Namespace=REQUESTS.namespace, MetricName=REQUESTS.name)
    for metric in (metric for page in pages for metric in page["Metrics"]):
        named = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
        if named.keys() == {"EndpointName", "VariantName"}:
            yield named["EndpointName"], named["VariantName"]


def _query(identifier: str, metric: Metric, variant: Variant, period: int) -> "MetricDataQueryTypeDef":
    endpoint, name = variant
    return {
        "Id": identifier,
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": name}],
            },
            "Period": period,
            "Stat": metric.statistic,
        },
    }
