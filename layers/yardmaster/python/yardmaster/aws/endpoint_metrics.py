"""What CloudWatch knows of an endpoint's variants, minute by minute."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from yardmaster.records import Counts, Minute

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.type_defs import DimensionTypeDef, MetricDataQueryTypeDef

MINUTE, HOUR = 60, 3600
_LATENCY = "ModelLatency"


@dataclass(frozen=True)
class _Series:
    """One metric of one variant, by one statistic."""

    variant: str
    metric: str
    statistic: str


def minutes(
    client: "CloudWatchClient",
    endpoint: str,
    canary: str,
    baseline: str,
    start: float,
    end: float,
    thresholds: Mapping[str, float] | None = None,
) -> list[Minute]:
    """Return what two variants answered between two times, in order; minutes without data of either are absent.

    InvocationModelErrors counts what the container did not answer with 2XX, Invocation5XXErrors what the caller got as
    5XX: the same request may be in both, so the larger of the two is taken, not the sum. How many requests took longer
    than a threshold is their percentile rank (`PR`) times their number.

    Args:
        client: For CloudWatch.
        endpoint: The endpoint's name.
        canary: One variant's name.
        baseline: The other's.
        start: The first time.
        end: The last time.
        thresholds: Latencies by name, in seconds.
    """
    statistics = [("Invocations", "Sum"), ("Invocation5XXErrors", "Sum"), ("InvocationModelErrors", "Sum")]
    ranks = {name: _above(seconds) for name, seconds in (thresholds or {}).items()}
    if ranks:
        statistics += [(_LATENCY, "SampleCount"), *((_LATENCY, rank) for rank in ranks.values())]
    wanted = [_Series(variant, metric, statistic) for variant in (canary, baseline) for metric, statistic in statistics]
    found: dict[float, dict[str, dict[str, float]]] = {}
    for series, at, value in _read(client, endpoint, wanted, MINUTE, start, end):
        key = series.metric if series.statistic == "Sum" else series.statistic
        found.setdefault(at, {canary: {}, baseline: {}})[series.variant][key] = value
    return [
        Minute(at, _counts(variants[canary], ranks), _counts(variants[baseline], ranks))
        for at, variants in sorted(found.items())
    ]


def requests(
    client: "CloudWatchClient", endpoint: str, variants: Sequence[str], start: float, end: float
) -> list[float]:
    """Return the requests of an endpoint in each minute between two times; a minute without data had none.

    Args:
        client: For CloudWatch.
        endpoint: The endpoint's name.
        variants: Those that may have served.
        start: The first time, a whole minute.
        end: The last time.
    """
    found = [0.0] * int((end - start) // MINUTE)
    wanted = [_Series(variant, "Invocations", "Sum") for variant in variants]
    for _, at, value in _read(client, endpoint, wanted, MINUTE, start, end):
        if 0 <= (place := int((at - start) // MINUTE)) < len(found):
            found[place] += value
    return found


def usual_p95(client: "CloudWatchClient", endpoint: str, variant: str, start: float, end: float) -> float | None:
    """Return a variant's 95th percentile of latency between two times, in seconds; None if nothing was measured.

    The mean of the hours' percentiles, by their requests: CloudWatch cuts longer periods at days.
    """
    wanted = [_Series(variant, _LATENCY, statistic) for statistic in ("p95", "SampleCount")]
    hours: dict[float, dict[str, float]] = {}
    for series, at, value in _read(client, endpoint, wanted, HOUR, start, end):
        hours.setdefault(at, {})[series.statistic] = value
    whole = [found for found in hours.values() if len(found) == len(wanted) and found["SampleCount"]]
    count = sum(found["SampleCount"] for found in whole)
    return sum(found["p95"] * found["SampleCount"] for found in whole) / count / 1e6 if count else None


def _read(
    client: "CloudWatchClient", endpoint: str, wanted: list[_Series], period: int, start: float, end: float
) -> Iterator[tuple[_Series, float, float]]:
    """Yield each datapoint: its series, the beginning of its period, and its value."""
    queries = [_query(f"m{index}", endpoint, series, period) for index, series in enumerate(wanted)]
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries,
        StartTime=datetime.fromtimestamp(start, UTC),
        EndTime=datetime.fromtimestamp(end, UTC),
        ScanBy="TimestampAscending",
    )
    for result in (result for page in pages for result in page["MetricDataResults"]):
        series = wanted[int(result["Id"][1:])]
        for at, value in zip(result["Timestamps"], result["Values"], strict=True):
            yield series, at.timestamp(), value


def _query(identifier: str, endpoint: str, series: _Series, period: int) -> "MetricDataQueryTypeDef":
    dimensions: list[DimensionTypeDef] = [
        {"Name": "EndpointName", "Value": endpoint},
        {"Name": "VariantName", "Value": series.variant},
    ]
    return {
        "Id": identifier,
        "MetricStat": {
            "Metric": {"Namespace": "AWS/SageMaker", "MetricName": series.metric, "Dimensions": dimensions},
            "Period": period,
            "Stat": series.statistic,
        },
    }


def _above(seconds: float) -> str:
    """Return the statistic of the share, in per cent, of values above a latency; ModelLatency is in microseconds."""
    return f"PR({seconds * 1e6:.0f}:)"


def _counts(found: dict[str, float], ranks: Mapping[str, str]) -> Counts:
    requests = round(found.get("Invocations", 0))
    errors = round(max(found.get("Invocation5XXErrors", 0), found.get("InvocationModelErrors", 0)))
    requests = max(requests, errors)
    measured = found.get("SampleCount", 0)
    slow = {name: min(round(found[rank] / 100 * measured), requests) for name, rank in ranks.items() if rank in found}
    return Counts(requests, errors, slow)
