from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.cloudwatch import put_log
from local_aws.sagemaker.telemetry import Datapoint, LogLine
from local_aws.server import LocalAws

DIMENSIONS = {"EndpointName": "churn", "VariantName": "release-a"}
LIST = [{"Name": name, "Value": value} for name, value in DIMENSIONS.items()]


def query(name: str, stat: str, namespace: str = "AWS/SageMaker", **more: Any) -> dict[str, Any]:
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": LIST}
    return {
        "Id": "q" + stat.lower().replace(".", "_"),
        "MetricStat": {"Metric": metric, "Period": 60, "Stat": stat, **more},
    }


def minute_of(at: float) -> float:
    return at - at % 60


def test_the_simulators_datapoints_come_back_by_minute_on_the_virtual_clock(local: LocalAws) -> None:
    at = minute_of(local.clock.now())
    for n in range(1, 101):
        local.cloudwatch.put(Datapoint("AWS/SageMaker", "ModelLatency", DIMENSIONS, n * 1000.0, at + 1, "Microseconds"))
    local.cloudwatch.put(Datapoint("AWS/SageMaker", "ModelLatency", DIMENSIONS, 5.0, at + 61, "Microseconds"))
    answer = local.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query("ModelLatency", stat) for stat in ("p95", "Sum", "SampleCount", "tm90")],
        StartTime=datetime.fromtimestamp(at, UTC),
        EndTime=datetime.fromtimestamp(at + 120, UTC),
        ScanBy="TimestampAscending",
    )
    results = {one["Id"]: one for one in answer["MetricDataResults"]}
    assert results["qp95"]["Values"] == [pytest.approx(95_050), 5.0]
    assert results["qsum"]["Values"] == [5_050_000, 5]
    assert results["qsamplecount"]["Values"] == [100, 1]
    assert results["qp95"]["Timestamps"] == [datetime.fromtimestamp(at + n, UTC) for n in (0, 60)]
    assert results["qp95"]["StatusCode"] == "Complete"


def test_the_namespace_counts(local: LocalAws) -> None:
    at = minute_of(local.clock.now())
    local.cloudwatch.put(Datapoint("AWS/SageMaker", "Invocations", DIMENSIONS, 1.0, at))
    answer = local.client("cloudwatch").get_metric_data(
        MetricDataQueries=[query("Invocations", "Sum", "Other")],
        StartTime=datetime.fromtimestamp(at, UTC),
        EndTime=datetime.fromtimestamp(at + 60, UTC),
    )
    assert answer["MetricDataResults"][0]["Values"] == []


def test_what_clients_put_can_be_asked_for_in_both_ways(local: LocalAws) -> None:
    cloudwatch = local.client("cloudwatch")
    at = datetime.fromtimestamp(minute_of(local.clock.now()), UTC)
    cloudwatch.put_metric_data(
        Namespace="Mine",
        MetricData=[
            {"MetricName": "Seconds", "Dimensions": LIST, "Timestamp": at, "Values": [1.0, 3.0], "Counts": [3.0, 1.0]},
            {"MetricName": "Seconds", "Dimensions": LIST, "Timestamp": at, "Value": 5.0, "Unit": "Seconds"},
        ],
    )
    end = datetime.fromtimestamp(at.timestamp() + 60, UTC)
    common = {"Namespace": "Mine", "MetricName": "Seconds", "Dimensions": LIST, "StartTime": at, "EndTime": end}
    points = cloudwatch.get_metric_statistics(
        **common, Period=60, Statistics=["Sum", "SampleCount"], ExtendedStatistics=["p50"]
    )["Datapoints"]
    assert [(point["Timestamp"], point["Sum"], point["SampleCount"]) for point in points] == [(at, 11.0, 5.0)]
    assert points[0]["ExtendedStatistics"] == {"p50": 1.0}
    listed = cloudwatch.list_metrics(Namespace="Mine")["Metrics"]
    assert [(one["MetricName"], one["Dimensions"]) for one in listed] == [("Seconds", LIST)]


def test_math_and_nonsense_are_refused_in_words(local: LocalAws) -> None:
    cloudwatch = local.client("cloudwatch")
    at = datetime.fromtimestamp(local.clock.now(), UTC)
    span = {"StartTime": at, "EndTime": datetime.fromtimestamp(at.timestamp() + 60, UTC)}
    for one, words in (
        ({"Id": "e", "Expression": "SUM(METRICS())"}, "does not evaluate expressions"),
        (query("Invocations", "Median"), "not supported"),
        (query("Invocations", "Sum", Period=61), "multiple of 60"),
    ):
        with pytest.raises(ClientError, match=words):
            cloudwatch.get_metric_data(MetricDataQueries=[one], **span)


def test_log_lines_of_the_simulator_are_in_cloudwatch_logs(local: LocalAws) -> None:
    at = local.clock.now()
    for text in ("[0]\ttrain-auc:0.8", "[1]\ttrain-auc:0.9"):
        put_log(LogLine("/aws/sagemaker/TrainingJobs", "ym-churn/algo-1", text, at))
    answer = local.client("logs").get_log_events(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamName="ym-churn/algo-1"
    )
    assert [event["message"] for event in answer["events"]] == ["[0]\ttrain-auc:0.8", "[1]\ttrain-auc:0.9"]
