"""CloudWatch over our own datapoints: put into moto's backend, below the wire, since boto3 speaks CBOR on it.

moto has no percentiles, forgets to compare namespaces and scans every datapoint. Metric math is refused, in words:
moto answers it with nothing.
"""

from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend, MetricDatum
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult
from moto.logs.models import LogsBackend, logs_backends

from local_aws.clock import Clock
from local_aws.envelopes import ACCOUNT, REGION
from local_aws.metrics import MetricKey, Metrics
from local_aws.sagemaker.telemetry import Datapoint, LogLine
from local_aws.seams import Seams
from local_aws.statistics import StatisticError, StatisticSet, statistic


class CloudWatch:
    """Answers CloudWatch's metric operations."""

    def __init__(self, clock: Clock) -> None:
        """Begin without datapoints."""
        self.metrics = Metrics()
        self._clock = clock

    def install(self, seams: Seams) -> None:
        """Take the place of moto's own metrics.

        Raises:
            SeamError: moto has changed.
        """
        seams.replace(
            CloudWatchBackend,
            "put_metric_data",
            "self namespace metric_data",
            lambda backend, namespace, metric_data: self._put_metric_data(backend, namespace, metric_data),
        )
        seams.replace(
            CloudWatchBackend,
            "get_metric_data",
            "self queries start_time end_time scan_by",
            lambda _backend, queries, start_time, end_time, scan_by="TimestampAscending": self.get_metric_data(
                queries, start_time, end_time, scan_by
            ),
        )
        seams.replace(
            CloudWatchBackend,
            "get_all_metrics",
            "self",
            lambda _backend: [
                MetricDatum(key.namespace, key.name, 0.0, [{"Name": n, "Value": v} for n, v in key.dimensions], None)
                for key in self.metrics.keys()  # noqa: SIM118  (not a dict)
            ],
        )
        # A lambda: moto finds operations by looking for plain functions.
        seams.replace(
            CloudWatchResponse,
            "get_metric_statistics",
            "self",
            lambda response: self._get_metric_statistics(response),
        )

    def put(self, point: Datapoint) -> None:
        """Take a datapoint of the simulator."""
        key = MetricKey.of(point.namespace, point.name, point.dimensions)
        self.metrics.put(key, point.value, point.at, point.unit)

    def get_metric_data(
        self, queries: list[dict[str, Any]], start: datetime, end: datetime, scan_by: str
    ) -> list[dict[str, Any]]:
        """Answer GetMetricData: one result per query whose ReturnData isn't false."""
        if start >= end:
            raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
        results = [self._result(query, _epoch(start), _epoch(end)) for query in queries]
        if scan_by != "TimestampAscending":
            for result in results:
                result["timestamps"].reverse()
                result["values"].reverse()
        return [result for query, result in zip(queries, results, strict=True) if query.get("ReturnData", True)]

    def _result(self, query: dict[str, Any], start: float, end: float) -> dict[str, Any]:
        if "MetricStat" not in query:
            raise ValidationError(f"Query {query.get('Id')}: local AWS does not evaluate expressions, only MetricStat.")
        asked = query["MetricStat"]
        metric = asked["Metric"]
        compute = _statistic(asked["Stat"])
        key = MetricKey.of(metric["Namespace"], metric["MetricName"], _dimensions(metric.get("Dimensions")))
        points = [
            (at, value)
            for at, period in self.metrics.periods(key, start, end, _period(asked["Period"]))
            if (value := compute(period)) is not None
        ]
        return {
            "id": query["Id"],
            "label": query.get("Label") or metric["MetricName"],
            "timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in points],
            "values": [value for _, value in points],
            "status_code": "Complete",
        }

    def _get_metric_statistics(self, response: CloudWatchResponse) -> ActionResult:
        basic = response._get_param("Statistics", []) or []
        extended = response._get_param("ExtendedStatistics", []) or []
        if not basic and not extended:
            raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
        start, end = _epoch(response._get_param("StartTime")), _epoch(response._get_param("EndTime"))
        if start >= end:
            raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
        name = response._get_param("MetricName")
        dimensions = _dimensions(response._get_param("Dimensions", []))
        key = MetricKey.of(response._get_param("Namespace"), name, dimensions)
        computed = {one: _statistic(one) for one in (*basic, *extended)}
        unit = self.metrics.unit(key)
        points = []
        for at, period in self.metrics.periods(key, start, end, _period(response._get_param("Period"))):
            values = {one: compute(period) for one, compute in computed.items()}
            point: dict[str, Any] = {"Timestamp": datetime.fromtimestamp(at, UTC), "Unit": unit}
            point |= {one: values[one] for one in basic}
            if extended:
                point["ExtendedStatistics"] = {one: values[one] for one in extended if values[one] is not None}
            points.append(point)
        return ActionResult({"Label": name, "Datapoints": points})

    def _put_metric_data(self, backend: CloudWatchBackend, namespace: str, metric_data: list[dict[str, Any]]) -> None:
        for number, datum in enumerate(metric_data, 1):
            backend._validate_parameters_put_metric_data(datum, number)
        for datum in metric_data:
            self._put_datum(namespace, datum)

    def _put_datum(self, namespace: str, datum: dict[str, Any]) -> None:
        key = MetricKey.of(namespace, datum["MetricName"], _dimensions(datum.get("Dimensions")))
        at = _epoch(datum["Timestamp"]) if datum.get("Timestamp") else self._clock.now()
        unit = datum.get("Unit") or "None"
        if datum.get("Values"):
            counts = datum.get("Counts") or [1] * len(datum["Values"])
            for value, count in zip(datum["Values"], counts, strict=True):
                self.metrics.put(key, float(value), at, unit, int(float(count)))
        elif summary := datum.get("StatisticValues"):
            names = ("SampleCount", "Sum", "Minimum", "Maximum")
            self.metrics.put_set(key, StatisticSet(*(float(summary[name]) for name in names)), at, unit)
        else:
            self.metrics.put(key, float(datum.get("Value", 0)), at, unit)


def put_log(line: LogLine) -> None:
    """Put one log line of the simulator into moto's CloudWatch Logs; group and stream are created when missing."""
    backend: LogsBackend = logs_backends[ACCOUNT][REGION]
    if line.group not in backend.groups:
        backend.create_log_group(line.group, tags={})
    if line.stream not in backend.groups[line.group].streams:
        backend.create_log_stream(line.group, line.stream)
    backend.put_log_events(line.group, line.stream, [{"timestamp": int(line.at * 1000), "message": line.message}])


def _statistic(name: str) -> Any:
    try:
        return statistic(name)
    except StatisticError as error:
        raise ValidationError(str(error)) from error


def _period(value: Any) -> int:
    seconds = int(value)
    if seconds not in (1, 5, 10, 20, 30) and (seconds <= 0 or seconds % 60):
        raise ValidationError("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
    return seconds


def _dimensions(dimensions: list[dict[str, str]] | None) -> dict[str, str]:
    return {one["Name"]: one["Value"] for one in dimensions or []}


def _epoch(moment: datetime) -> float:
    """Return epoch seconds; moto hands over UTC without saying so."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
