"""What AWS would charge for what local AWS counted, by the pinned prices of `prices.json`.

Durations are modelled, since nothing here is Lambda: the processor's seconds of this machine, stretched by the share of
a processor that a function's memory gives it; a wait for each call; new TLS connections where they can't have lasted.
"""

import json
import socket
import ssl
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from botocore.httpsession import create_urllib3_context, where

from tests.tls import https

_PUT_LIKE = ("Put", "Copy", "Upload", "CreateMultipart", "CompleteMultipart", "List")
LOG_EVENT_BYTES = 26
"""What CloudWatch Logs adds to each event, in bytes."""


@dataclass(frozen=True)
class Line:
    """One line of a bill."""

    what: str
    amount: float
    unit: str
    usd: float


@dataclass(frozen=True)
class Function:
    """What the template says of a function."""

    name: str
    memory_mb: int
    traced: bool


@dataclass(frozen=True)
class Period:
    """What was used in a while: rows and functions as `/_local/usage` tells them, and log lines with their bytes."""

    calls: list[dict[str, Any]]
    functions: dict[str, dict[str, float]]
    log_lines: int = 0
    log_bytes: int = 0

    def count(self, service: str, *operations: str) -> int:
        """Return the calls of a service's operations; of all of them, if none is named."""
        rows = (row for row in self.calls if row["service"] == service)
        return sum(row["calls"] for row in rows if not operations or row["operation"] in operations)


def between(before: Mapping[str, Any], after: Mapping[str, Any], callers: Iterable[str]) -> Period:
    """Return what some callers used between two answers of `/_local/usage`."""
    wanted = set(callers)
    earlier = {_key(row): row for row in before["calls"]}
    rows = [_less(row, earlier.get(_key(row), {})) for row in after["calls"] if row["caller"] in wanted]
    functions = {name: _less(runs, before["functions"].get(name, {})) for name, runs in after["functions"].items()}
    return Period(
        [row for row in rows if row["calls"]], {name: runs for name, runs in functions.items() if runs["invocations"]}
    )


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["caller"], row["service"], row["operation"]


def _less(row: Mapping[str, Any], earlier: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value - earlier.get(name, 0) if isinstance(value, int | float) and name != "peak_mib" else value
        for name, value in row.items()
    }


def price(name: str) -> float:
    """Return a price for one unit, in dollars."""
    found = _pinned()["prices"][name]
    return float(found["usd"]) / float(found["per"])


def assumed(name: str) -> Any:
    """Return the value of an assumption."""
    return _pinned()["assumptions"][name]["value"]


@cache
def _pinned() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(__file__).with_name("prices.json").read_text())
    return found


def bill(period: Period, functions: Mapping[str, Function], starts: Mapping[str, float] | None = None) -> list[Line]:
    """Return the lines of a bill; their sum is the price.

    Args:
        period: What was used.
        functions: All functions by name.
        starts: The processor's seconds of a start, of those functions that begin with a new process: it is billed too.
    """
    reads = sum(row["read_units"] for row in period.calls)
    writes = sum(row["write_units"] for row in period.calls)
    s3 = [row for row in period.calls if row["service"] == "s3"]
    puts = sum(row["calls"] for row in s3 if row["operation"].startswith(_PUT_LIKE))
    gets = sum(row["calls"] for row in s3) - puts
    logged = (period.log_bytes + LOG_EVENT_BYTES * period.log_lines) / 1e9
    invocations = sum(runs["invocations"] for runs in period.functions.values())
    traced = sum(runs["invocations"] for name, runs in period.functions.items() if functions[name].traced)
    amounts = [
        ("Lambda requests", invocations, "requests", "lambda_request"),
        ("Lambda duration", gb_seconds(period, functions, starts), "GB-seconds", "lambda_gb_second_arm64"),
        ("EventBridge events of our own", _entries(period, "events"), "events", "eventbridge_custom_event"),
        ("DynamoDB reads", reads, "units", "dynamodb_read_unit"),
        ("DynamoDB writes", writes, "units", "dynamodb_write_unit"),
        ("S3 PUT, LIST", puts, "requests", "s3_put"),
        ("S3 GET", gets, "requests", "s3_get"),
        ("CloudWatch GetMetricData", _entries(period, "monitoring"), "metrics", "cloudwatch_metric_read"),
        ("SQS", period.count("sqs"), "requests", "sqs_request"),
        ("SNS", period.count("sns"), "requests", "sns_publish"),
        ("X-Ray", traced, "traces", "xray_trace"),
        ("CloudWatch Logs", logged, "GB", "logs_gb"),
        ("SageMaker control", period.count("sagemaker"), "calls", "sagemaker_control_call"),
    ]
    return [Line(what, amount, unit, amount * price(name)) for what, amount, unit, name in amounts]


def total(lines: Iterable[Line]) -> float:
    """Return a bill's sum, in dollars."""
    return sum(line.usd for line in lines)


def gb_seconds(period: Period, functions: Mapping[str, Function], starts: Mapping[str, float] | None = None) -> float:
    """Return the billed GB-seconds of all functions, as modelled."""
    return sum(_gb_seconds(period, functions[name], (starts or {}).get(name, 0.0)) for name in period.functions)


def _gb_seconds(period: Period, function: Function, start: float) -> float:
    runs = period.functions[function.name]
    calls = [row for row in period.calls if row["caller"] == function.name]
    latency = assumed("latency_seconds")
    waits = float(sum(row["calls"] * latency.get(row["service"], max(latency.values())) for row in calls))
    begun = start + authorities_seconds() if start else 0.0
    cpu = begun + runs["cpu_seconds"] + _connects(calls, int(runs["invocations"])) * connect_seconds()
    share = min(1.0, function.memory_mb / float(assumed("vcpu_memory_mb")))
    # Rounded up to the millisecond: half of one, on average.
    seconds: float = cpu / share + waits + 0.0005 * runs["invocations"]
    return seconds * function.memory_mb / 1024


def _connects(calls: list[dict[str, Any]], invocations: int) -> int:
    """Return how often a function connects: AWS may close what is idle for a minute, so each invocation does anew."""
    by_service: Counter[str] = Counter()
    for row in calls:
        by_service[row["service"]] += row["calls"]
    return sum(min(count, invocations) for count in by_service.values())


@cache
def authorities_seconds() -> float:
    """Return the processor's seconds to read botocore's list of authorities: a function does so once in its life."""
    return min(
        _seconds_of(lambda: ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(where())) for _ in "1234567"
    )


@cache
def connect_seconds() -> float:
    """Return the processor's seconds of a new TLS connection: the handshake, with a list that was read before."""
    with tempfile.TemporaryDirectory() as folder, https(Path(folder)) as server:
        context = create_urllib3_context()
        context.load_verify_locations(where())
        context.load_verify_locations(server.authority)
        return min(_seconds_of(lambda: _connect(context, server.port)) for _ in range(30))


def _connect(context: ssl.SSLContext, port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as raw, context.wrap_socket(raw, server_hostname="localhost"):
        pass


def _seconds_of(work: Callable[[], None]) -> float:
    """Return what this thread alone took: the server of a handshake is another one."""
    began = time.thread_time()
    work()
    return time.thread_time() - began


def _entries(period: Period, service: str) -> int:
    return sum(row["entries"] for row in period.calls if row["service"] == service)
