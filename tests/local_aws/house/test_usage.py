"""What local AWS counts: operations by name, DynamoDB's units, and the account of a stack at `/_local/usage`."""

import json
import urllib.request
from typing import Any

import pytest

from local_aws.capacity import Index, item_size, read_units, write_units
from local_aws.iam.calls import Call
from local_aws.metering import entries
from local_aws.operations import operation_of
from local_aws.server import LocalAws
from local_aws.usage import Calls, Spent, Usage
from tests.local_aws.house.support import make_table

INDEXES = [Index(("open", "due")), Index(("model", "number"))]
LEAN = [Index(("open", "due"), frozenset({"pk", "open", "due"}))]


def request(method: str, path: str, query: str = "", **headers: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, **headers}


def item(size: int, **attributes: dict[str, str]) -> dict[str, dict[str, str]]:
    return {"pk": {"S": "x" * (size - 2)}, **attributes}


@pytest.mark.parametrize(
    ("environ", "service", "body", "operation"),
    [
        (request("POST", "/", HTTP_X_AMZ_TARGET="DynamoDB_20120810.GetItem"), "dynamodb", b"", "GetItem"),
        (request("POST", "/service/Granite/operation/GetMetricData"), "monitoring", b"", "GetMetricData"),
        (request("POST", "/"), "sts", b"Action=GetCallerIdentity&Version=1", "GetCallerIdentity"),
        (request("POST", "/endpoints/churn/invocations"), "sagemaker", b"", "InvokeEndpoint"),
        (request("GET", "/bucket/a/b.csv"), "s3", b"", "GetObject"),
        (request("HEAD", "/bucket/a/b.csv"), "s3", b"", "HeadObject"),
        (request("PUT", "/bucket/a"), "s3", b"", "PutObject"),
        (request("PUT", "/bucket/a", HTTP_X_AMZ_COPY_SOURCE="b/c"), "s3", b"", "CopyObject"),
        (request("POST", "/bucket/a", "uploads"), "s3", b"", "CreateMultipartUpload"),
        (request("PUT", "/bucket/a", "uploadId=1&partNumber=2"), "s3", b"", "UploadPart"),
        (request("POST", "/bucket/a", "uploadId=1"), "s3", b"", "CompleteMultipartUpload"),
        (request("GET", "/bucket", "list-type=2&prefix=a"), "s3", b"", "ListObjectsV2"),
        (request("GET", "/bucket", "versions&prefix=a"), "s3", b"", "ListObjectVersions"),
    ],
)
def test_a_request_tells_its_operation(environ: dict[str, Any], service: str, body: bytes, operation: str) -> None:
    assert operation_of(environ, service, body) == operation


def test_an_item_is_as_large_as_its_names_and_values() -> None:
    assert item_size({"pk": {"S": "ö"}, "n": {"N": "-1234"}, "b": {"BOOL": True}}) == (2 + 2) + (1 + 3) + (1 + 1)


@pytest.mark.parametrize(
    ("operation", "consistent", "response", "units"),
    [
        ("GetItem", True, {}, 1.0),
        ("GetItem", False, {"Item": item(4096)}, 0.5),
        ("GetItem", True, {"Item": item(4097)}, 2.0),
        ("Query", False, {"Items": []}, 0.5),
        ("Query", False, {"Items": [item(4096), item(4097)]}, 1.5),
        ("PutItem", False, {}, 0.0),
    ],
)
def test_a_read_takes_units_of_four_kilobytes(
    operation: str, consistent: bool, response: dict[str, Any], units: float
) -> None:
    assert read_units(operation, {"ConsistentRead": consistent}, response) == units


OPEN = {"open": {"S": "1"}, "due": {"N": "5"}}


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        (None, item(1024), 1),
        (None, item(1025), 2),
        (item(2048), item(10), 2),
        (item(10), None, 1),
        (None, item(10, **OPEN), 2),
        (item(10, **OPEN), item(10), 2),
        (item(10, **OPEN), item(10, **OPEN), 1),
        (item(10, **OPEN), item(11, **OPEN), 2),
        (item(10, **OPEN), item(10, **OPEN | {"due": {"N": "6"}}), 3),
    ],
    ids=["new", "larger", "shrinks", "deleted", "into an index", "out of it", "same", "other content", "other key"],
)
def test_a_write_takes_units_for_the_table_and_for_each_index(before: Any, after: Any, units: float) -> None:
    assert write_units(before, after, INDEXES) == units
    assert write_units(before, after, INDEXES, transactional=True) == 2 * units


def test_an_index_takes_units_for_what_it_projects_and_only_if_that_changes() -> None:
    small, large = item(100, **OPEN), {**item(100, **OPEN), "body": {"S": "x" * 3000}}

    assert write_units(small, large, LEAN) == 4
    assert write_units(small, large, [Index(("open", "due"))]) == 8
    assert write_units(large, large | {"due": {"N": "6"}}, LEAN) == 4 + 2


def test_five_statistics_of_a_metric_are_paid_once() -> None:
    def query(metric: str, variant: str) -> dict[str, Any]:
        dimensions = [{"Name": "VariantName", "Value": variant}]
        return {"MetricStat": {"Metric": {"MetricName": metric, "Dimensions": dimensions}, "Period": 60, "Stat": "Sum"}}

    queries = [query("ModelLatency", "a")] * 5 + [query("ModelLatency", "b")] * 6 + [query("Invocations", "a")]

    assert entries(Call("monitoring", "GetMetricData", {"MetricDataQueries": queries})) == 1 + 2 + 1


def test_runs_and_starts_of_a_function_are_summed_apart() -> None:
    usage = Usage()
    usage.ran("wake", Spent(2.0, 0.5, 60.0, start=True))
    for peak in (70.0, 65.0):
        usage.ran("wake", Spent(0.1, 0.01, peak))
    usage.called("wake", "events", "PutEvents", Calls(1, entries=3))

    told = usage.as_json()

    runs = told["functions"]["wake"]
    assert (runs["starts"], runs["start_cpu_seconds"], runs["invocations"], runs["peak_mib"]) == (1, 0.5, 2, 70.0)
    assert runs["seconds"] == pytest.approx(0.2)
    assert [(row["caller"], row["calls"], row["entries"]) for row in told["calls"]] == [("wake", 1, 3)]


def test_calls_are_told_with_what_is_charged_for_them(local: LocalAws) -> None:
    dynamodb = make_table(local, "metered")
    before = usage_of(local)
    dynamodb.put_item(TableName="metered", Item={"pk": {"S": "a"}, "body": {"S": "x" * 3000}})
    dynamodb.get_item(TableName="metered", Key={"pk": {"S": "none"}}, ConsistentRead=True)
    entry = {"Source": "test", "DetailType": "Metered", "Detail": "{}"}
    local.client("events").put_events(Entries=[entry, entry])
    after = usage_of(local)

    def grown(operation: str, figure: str) -> float:
        return float(after[operation][figure] - before.get(operation, {}).get(figure, 0))

    assert (grown("PutItem", "calls"), grown("PutItem", "write_units")) == (1, 3)
    assert (grown("GetItem", "calls"), grown("GetItem", "read_units")) == (1, 1)
    assert (grown("PutEvents", "calls"), grown("PutEvents", "entries")) == (1, 2)


def usage_of(local: LocalAws) -> dict[str, dict[str, Any]]:
    with urllib.request.urlopen(f"{local.endpoint}/_local/usage", timeout=20) as answer:  # noqa: S310
        rows = json.load(answer)["calls"]
    return {row["operation"]: row for row in rows if row["caller"] == "local"}
