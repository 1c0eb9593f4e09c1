"""A whole stack in one thread on a virtual clock: the real handlers, rules and simulator, no process, no socket.

S3 and DynamoDB are fakes in memory; SageMaker is the simulator with scripted executors; the bus matches the template's
own rules, and may lose, double and shuffle what it carries. The template's own policies decide what each function, and
each job, may do. Time moves only in `World.run`.
"""

import importlib.util
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from local_aws.iam.ledger import Ledger
from local_aws.patterns import matches
from local_aws.sagemaker.core import SageMaker
from local_aws.sagemaker.executors.base import Answer, Invocation
from local_aws.sagemaker.executors.script import Script
from local_aws.sagemaker.executors.scripted import ScriptedExecutors
from local_aws.sagemaker.store import S3ObjectStore
from local_aws.sagemaker.telemetry import Datapoint
from local_aws.statistics import Period, statistic
from local_aws.template import event_patterns
from local_aws.template.planned import REGION
from local_aws.template.resource import made_up_name
from tests.fakes.autoscaling import FakeAutoscaling
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.errors import refusal
from tests.fakes.s3 import FakeS3
from tests.fakes.sagemaker import FakeSageMaker
from tests.fakes.scheduler import FakeScheduler
from tests.fakes.service_quotas import FakeServiceQuotas
from tests.fakes.sns import FakeSns
from tests.fakes.watched import Make, Watched
from tests.rights import LEDGER, STACK, TEMPLATE, Facts, Gate, Stack, stack
from yardmaster.aws.table import ReleaseTable
from yardmaster.flows import spec_in_force
from yardmaster.flows import yard as yard_module
from yardmaster.records import Batch, Endpoint, Model, Release, Stage
from yardmaster.spec.parse import parse_spec

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

ROOT = Path(__file__).parents[1]
PREFIX = "ym"
BUCKET = made_up_name(STACK, "Bucket", 63).lower()
TABLE = made_up_name(STACK, "Table", 255)
START = 1_772_600_000.0
TICK = 60.0
RETRIES = (60.0, 120.0)
"""Lambda tries a failed asynchronous invocation again after one and two minutes."""
FUNCTION_SECONDS = 900.0
SWEEP = 300.0
SCHEDULED = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


class Killed(BaseException):
    """The platform ended the invocation: nothing in it can catch this, as in life."""


@cache
def patterns() -> dict[str, list[dict[str, Any]]]:
    return event_patterns(TEMPLATE, STACK, {}, {"Bucket": BUCKET})


parsed = cache(parse_spec)
"""A journey reads the same few specs again and again, and YAML is slow."""


@cache
def app(function: str) -> ModuleType:
    path = ROOT / "functions" / function / "app.py"
    spec = importlib.util.spec_from_file_location(f"app_{function}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class _Invocation:
    function: str
    calls: int = 0
    dead: bool = False


class World:
    """One stack. Knobs may be turned at any time; `log` tells what happened, for a failing test's reader."""

    def __init__(self, patch: pytest.MonkeyPatch, template: Stack, ledger: Ledger) -> None:
        self.now = START
        self.script = Script()
        self.keep: Callable[[dict[str, Any]], bool] = lambda event: True
        """Says which events arrive."""
        self.copies = 1
        self.shuffle: random.Random | None = None
        self.ticking = True
        self.kill: Callable[[str, int, str], bool] = lambda function, call, operation: False
        """Says whether an invocation dies before its n-th call to AWS."""
        self.repeat: Callable[[str, int, str], bool] = lambda function, call, operation: False
        """Says whether the answer to a call is lost, so that the client makes it again."""
        self.meanwhile: Callable[[str, int, str], None] = lambda function, call, operation: None
        """What happens in the world before an invocation's n-th call to AWS."""
        self.watch: Callable[[], None] = lambda: None
        """Looks at the world after each delivery, and may raise to end a journey."""
        self.metrics_status = "Complete"
        """What GetMetricData says of each of its results."""
        self.alarms: dict[str, str] = {}
        """CloudWatch alarms and their states."""
        self.traffic = 0.0
        """Requests a minute to every endpoint, sent in each virtual minute that passes."""
        self.unanswered = 0
        """Requests that no container answered."""
        self.rows: Callable[[int], bytes] = lambda number: b"1,2"
        """The body of the n-th request of a minute."""
        self.answered: Callable[[str, Answer], Answer] = lambda variant, answer: answer
        """What a variant's container answers, for a model whose own code is wrong."""
        self.log: list[str] = []
        self.errors: list[str] = []
        self.failed: list[tuple[str, dict[str, Any]]] = []
        """What the on-failure queue got: the function, and the event that it failed on three times."""
        self.logs: list[tuple[str, str, str]] = []
        """What the containers of jobs and endpoints wrote to CloudWatch Logs: group, stream, message."""
        self.measured: list[Datapoint] = []
        """What jobs published of their own metrics; AWS itself publishes those of endpoints."""
        self.bus_is_down = False
        """Whether schedules can't send their events."""
        self.undelivered: list[dict[str, Any]] = []
        """What the schedules' dead-letter queue got."""
        self.attempt = 0
        """How often the running invocation was tried before."""
        self.calls: Counter[str] = Counter()
        self.events: list[dict[str, Any]] = []
        self._queue: list[tuple[float, int, str, dict[str, Any], int, str]] = []
        self._sequence = 0
        self._ids = 0
        self._running: _Invocation | None = None
        self.sweeping = False
        """Whether stop_idle_endpoints is woken every five minutes, as its schedule does."""
        self._points: dict[tuple[str, str, str], dict[float, list[float]]] = {}
        self._next_tick = START
        self._last_minute = START
        self._template = template
        self._make(patch, ledger)

    def _make(self, patch: pytest.MonkeyPatch, ledger: Ledger) -> None:
        self.s3 = FakeS3(BUCKET)
        self.dynamodb = FakeDynamoDB(self.clock)
        self.sns = FakeSns()
        self.gate = Gate(
            self._template.rights,
            Facts(lambda arn: self.core.tags_of(arn), self._template.environment["KMS_KEY_ARN"] or None),
            ledger,
        )
        store = S3ObjectStore(cast("S3Client", self.s3))
        self.executors = ScriptedExecutors(
            store, self.clock, self.script, access=self.gate.jobs, log=lambda *line: self.logs.append(line)
        )
        self.autoscaling = FakeAutoscaling()
        self.service_quotas = FakeServiceQuotas(lambda: self.core.settings.quotas)
        self.scheduler = FakeScheduler(self.clock, self._fire)
        self.core = SageMaker(
            clock=self.clock,
            executors=self.executors,
            emit=self.send,
            put_metric=self._put_metric,
            put_log=lambda line: None,
            store=store,
            access=self.gate.jobs,
            scaling=self.autoscaling,
            put_capture=store.write,
        )
        self.sagemaker = FakeSageMaker(self.core)
        self.table = ReleaseTable(cast("DynamoDBClient", self.dynamodb), TABLE)
        clients = {
            "s3": self.s3,
            "dynamodb": self.dynamodb,
            "sagemaker": self.sagemaker,
            "application-autoscaling": self.autoscaling,
            "scheduler": self.scheduler,
            "logs": SimpleNamespace(get_paginator=lambda name: SimpleNamespace(paginate=self._log_events)),
            "events": SimpleNamespace(put_events=self._put_events),
            "sns": self.sns,
            "service-quotas": self.service_quotas,
            "cloudwatch": SimpleNamespace(
                get_paginator=lambda name: SimpleNamespace(
                    paginate=self._list_metrics if name == "list_metrics" else self._metric_data
                ),
                describe_alarms=self._describe_alarms,
            ),
            "resourcegroupstaggingapi": SimpleNamespace(
                get_paginator=lambda name: SimpleNamespace(paginate=self._tagged_resources)
            ),
        }
        clients = {service: Watched(service, one, self._around) for service, one in clients.items()}
        patch.setattr(yard_module, "client", clients.__getitem__)
        patch.setattr(spec_in_force, "parse_spec", parsed)
        for name, value in {**self._template.environment, "AWS_REGION": REGION}.items():
            patch.setenv(name, value)

    def clock(self) -> float:
        return self.now

    # --- what a person or a service does ---------------------------------------------------------------------------

    def put(self, key: str, body: bytes | str) -> dict[str, Any]:
        """Upload an object; its event goes to the bus."""
        data = body.encode() if isinstance(body, str) else body
        version = self.s3.put_object(Bucket=BUCKET, Key=key, Body=data)["VersionId"]
        event = s3_event(key, version, len(data), self.now)
        self.send(event)
        return event

    def delete(self, key: str) -> None:
        self.s3.delete_object(Bucket=BUCKET, Key=key)
        event = s3_event(key, "", 0, self.now)
        event["detail-type"] = "Object Deleted"
        self.send(event)

    def command(self, command: str, release: Release, reason: str = "because", **more: Any) -> dict[str, Any]:
        """Say what a person wants; its event goes to the bus."""
        event = command_event(command, release, reason, self.now)
        event["detail"] |= more
        self.send(event)
        return event

    def say(self, command: str, endpoint: str, reason: str = "because", **more: Any) -> dict[str, Any]:
        """Say what a person wants of an endpoint; its event goes to the bus."""
        said = {"command": command, "endpoint": endpoint, "model": "", "reason": reason, "by": "alice", **more}
        event = envelope(f"yardmaster.{STACK}", "Release Command", said, self.now)
        self.send(event)
        return event

    def sweep(self) -> Any:
        """Let stop_idle_endpoints look at all endpoints now."""
        return self.invoke("stop_idle_endpoints", SCHEDULED)

    def hide_quotas(self) -> None:
        """Let Service Quotas answer nobody: that there is no room is found out by asking for it."""
        self.service_quotas.fails = {"ListAWSDefaultServiceQuotas", "GetServiceQuota"}

    def cancel_batch(self, batch: Batch, reason: str = "because") -> None:
        """Say that nobody wants a batch any more; the event goes to the bus."""
        detail = {"command": "cancel", "model": batch.model, "batch": batch.id, "reason": reason, "by": "alice"}
        self.send(envelope(f"yardmaster.{STACK}", "Batch Command", detail, self.now))

    def send(self, event: dict[str, Any]) -> None:
        """Put an event on the bus: it reaches every function that a rule of the template names, if it arrives."""
        event["id"] = event["id"] or self._id()
        self.events.append(event)
        if not self.keep(event):
            return
        for function, rules in patterns().items():
            if any(matches(rule, event) for rule in rules):
                for _ in range(self.copies):
                    self._enqueue(function, event, 0, self._delay())

    def invoke_later(self, function: str, event: dict[str, Any]) -> None:
        """Queue an event for a function, as a rule does: with Lambda's retries, and the on-failure queue at the end."""
        self._enqueue(function, event, 0, 0)

    def invoke(self, function: str, event: dict[str, Any], request: str = "") -> Any:
        """Call a handler now; `request` is Lambda's id of the invocation, the same for its retries."""
        module = app(function)
        module.time = SimpleNamespace(time=self.clock)  # type: ignore[attr-defined]
        left = FUNCTION_SECONDS * 1000
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: left, aws_request_id=request or self._id())
        before, self._running = self._running, _Invocation(function)
        try:
            return module.handler(event, context)
        finally:
            self._running = before

    # --- time ------------------------------------------------------------------------------------------------------

    def run(self, until: Callable[[], bool], hours: float = 48.0) -> None:
        """Let time pass until something holds; fails when it never does."""
        deadline = self.now + hours * 3600
        while True:
            self._work()
            if until():
                return
            if self.now >= deadline:
                raise AssertionError("\n".join([f"not reached in {hours} virtual hours", *self.story()]))
            self._advance(deadline)

    def run_for(self, seconds: float) -> None:
        end = self.now + seconds
        self.run(lambda: self.now >= end, seconds / 3600 + 1)

    def _work(self) -> None:
        self.core.advance()
        self.scheduler.tick()
        while ready := [entry for entry in self._queue if entry[0] <= self.now]:
            entry = self.shuffle.choice(ready) if self.shuffle else min(ready)
            self._queue.remove(entry)
            self._deliver(*entry[2:])
            self.watch()
            self.core.advance()

    def _advance(self, deadline: float) -> None:
        times = [self._next_tick, deadline, *(entry[0] for entry in self._queue)]
        times += [
            due
            for due in (self.core.next_due(), self.executors.next_due(), self.scheduler.next_due())
            if due is not None
        ]
        self.now = max(self.now + 0.001, min(times))
        while self.traffic and self._last_minute + 60 <= self.now:
            self._send_requests(self._last_minute)
            self._last_minute += 60
        self._last_minute = self._last_minute if self.traffic else self.now
        if self.now >= self._next_tick:
            self._next_tick += TICK
            if self.sweeping and self.now % SWEEP < TICK:
                self._enqueue("stop_idle_endpoints", SCHEDULED, len(RETRIES), 0)
            if self.ticking:
                self._enqueue("wake_releases", {"source": "aws.events", "detail": {}}, len(RETRIES), 0)

    def _deliver(self, function: str, event: dict[str, Any], attempt: int, request: str) -> None:
        try:
            self.attempt = attempt
            result = self.invoke(function, event, request)
            self.log.append(f"{self.now - START:8.1f} {function}: {result}")
        except (Exception, Killed) as error:
            self.log.append(f"{self.now - START:8.1f} {function}: {type(error).__name__}: {error}")
            self.errors.append(f"{function}: {type(error).__name__}: {error}")
            if attempt < len(RETRIES):
                self._enqueue(function, event, attempt + 1, RETRIES[attempt], request)
            else:
                self._give_up(function, event)

    def _give_up(self, function: str, event: dict[str, Any]) -> None:
        """Keep an event as Lambda does, with the function's own rights."""
        with suppress(ClientError):
            message = {"QueueUrl": self._template.queue}
            self.gate.as_function(function, "sqs:SendMessage", message, lambda: self.failed.append((function, event)))

    def _enqueue(self, function: str, event: dict[str, Any], attempt: int, delay: float, request: str = "") -> None:
        self._sequence += 1
        self._queue.append((self.now + delay, self._sequence, function, event, attempt, request or self._id()))

    def _id(self) -> str:
        self._ids += 1
        return f"{self._ids:08d}-0000-0000-0000-000000000000"

    def _delay(self) -> float:
        return self.shuffle.choice([0.0, 0.0, 1.0, 30.0, 300.0]) if self.shuffle else 0.0

    # --- what functions call ---------------------------------------------------------------------------------------

    def _around(self, operation: str, params: Mapping[str, Any], call: Make) -> Any:
        running = self._running
        if running is None:
            return call()
        if running.dead:
            raise Killed("a dead invocation's `finally`, which nobody runs in life")
        number, running.calls = running.calls, running.calls + 1
        self.calls[f"{running.function} {operation}"] += 1
        self.meanwhile(running.function, number, operation)
        if self.kill(running.function, number, operation):
            running.dead = True
            raise Killed(f"before call {number}, {operation}")
        call = partial(self.gate.as_function, running.function, operation, params, call)
        if self.repeat(running.function, number, operation):
            with suppress(ClientError):
                call()
        return call()

    def _put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        for entry in Entries:
            self.send(envelope(entry["Source"], entry["DetailType"], json.loads(entry["Detail"]), self.now))
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in Entries]}

    def _fire(self, target: dict[str, Any], detail: dict[str, Any]) -> None:
        """Send a schedule's event as EventBridge Scheduler does, with the rights of its role; else to its queue."""
        sent = target["EventBridgeParameters"]
        entry = {"Source": sent["Source"], "DetailType": sent["DetailType"], "Detail": json.dumps(detail)}
        role = target["RoleArn"].rpartition("/")[2]
        put = partial(self._put_events, [entry])
        try:
            if self.bus_is_down:
                raise refusal("InternalException", "the bus does not answer", "PutEvents", 500)
            self.gate.as_role(role, "events:PutEvents", {"Entries": [entry]}, put)
        except ClientError:
            message = {"QueueUrl": target["DeadLetterConfig"]["Arn"].replace(":", "/")}
            with suppress(ClientError):
                self.gate.as_role(role, "sqs:SendMessage", message, lambda: self.undelivered.append(entry))

    def _log_events(self, logGroupName: str, logStreamNamePrefix: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        found = [one for one in self.logs if one[0] == logGroupName and one[1].startswith(logStreamNamePrefix)]
        yield {"events": [{"logStreamName": stream, "message": message} for _, stream, message in found]}

    def _put_metric(self, point: Datapoint) -> None:
        if "EndpointName" not in point.dimensions:
            self.measured.append(point)
        if point.namespace in {"AWS/SageMaker", "/aws/sagemaker/Endpoints"}:
            key = (point.dimensions["EndpointName"], point.dimensions["VariantName"], point.name)
            minute = point.at // 60 * 60
            self._points.setdefault(key, {}).setdefault(minute, []).append(point.value)

    def _metric_data(self, **request: Any) -> Iterator[dict[str, Any]]:
        start, end = request["StartTime"].timestamp(), request["EndTime"].timestamp()
        results = []
        for query in request["MetricDataQueries"]:
            asked = query["MetricStat"]
            metric, period = asked["Metric"], asked["Period"]
            found = {one["Name"]: one["Value"] for one in metric["Dimensions"]}
            by_minute = self._points.get((found["EndpointName"], found["VariantName"], metric["MetricName"]), {})
            periods: dict[float, list[float]] = {}
            for at in sorted(at for at in by_minute if start // period * period <= at < end):
                periods.setdefault(at // period * period, []).extend(by_minute[at])
            compute = statistic(asked["Stat"])
            results.append(
                {
                    "Id": query["Id"],
                    "Timestamps": [datetime.fromtimestamp(at, UTC) for at in periods],
                    "Values": [compute(Period(sorted(values))) for values in periods.values()],
                    "StatusCode": self.metrics_status,
                }
            )
        yield {"MetricDataResults": results}

    def _list_metrics(self, Namespace: str, MetricName: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        for endpoint, variant, metric in self._points:
            named = {"EndpointName": endpoint, "VariantName": variant}
            if metric == MetricName:
                yield {"Metrics": [{"Dimensions": [{"Name": name, "Value": value} for name, value in named.items()]}]}

    def _tagged_resources(self, TagFilters: list[dict[str, Any]], **_: Any) -> Iterator[dict[str, Any]]:  # noqa: N803
        for arn, tags in self.core.tagged("endpoint"):
            if all(one["Key"] in tags for one in TagFilters):
                listed = [{"Key": key, "Value": value} for key, value in tags.items()]
                yield {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": listed}]}

    def _describe_alarms(self, AlarmNames: list[str], AlarmTypes: list[str]) -> dict[str, Any]:  # noqa: N803
        there = [name for name in AlarmNames if name in self.alarms]
        return {
            "MetricAlarms": [
                {"AlarmName": name, "StateValue": self.alarms[name], "StateReason": "too many"} for name in there
            ]
        }

    def _send_requests(self, minute: float) -> None:
        """One minute of traffic: routed by weight, answered by the containers, counted by variant."""
        for row in self.table.all_endpoints():
            for number in range(int(self.traffic)):
                try:
                    route = self.core.route(row.name, None, (number + 0.5) / self.traffic)
                except Exception:
                    self.unanswered += int(self.traffic) - number
                    break
                asked = Invocation(self.rows(number), "text/csv", "text/csv")
                try:
                    answer = self.answered(route.variant, self.executors.invoke(route.hosting_id, asked))
                except ConnectionError:
                    self.unanswered += 1
                    answer = None
                self.core.record(route, answer, asked)

    # --- what a test asks ------------------------------------------------------------------------------------------

    def release(self, model: str, number: int) -> Release:
        found = self.table.find_number(model, number)
        assert found is not None, f"no {model} #{number}"
        return found

    def stage(self, model: str, number: int) -> Stage | None:
        found = self.table.find_number(model, number)
        return found.stage if found else None

    def batches(self, model: str) -> list[Batch]:
        """Return a model's batches, the oldest first."""
        return list(self.table.batches_of(model))[::-1]

    def model(self, name: str) -> Model:
        found = self.table.get_model(name)
        assert found is not None
        return found

    def endpoint(self, name: str) -> Endpoint:
        found = self.table.get_endpoint(name)
        assert found is not None
        return found

    def weights(self, endpoint: str) -> dict[str, float]:
        answer = self.sagemaker.describe_endpoint(EndpointName=endpoint)
        return {variant["VariantName"]: variant["CurrentWeight"] for variant in answer["ProductionVariants"]}

    def keys(self, prefix: str) -> list[str]:
        answer = self.s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [item["Key"] for item in answer.get("Contents", [])]

    def read(self, key: str) -> str:
        body: bytes = self.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body.decode()

    def story(self) -> list[str]:
        """Return what happened, for the reader of a failing test."""
        lines = [f"virtual time {self.now - START:.0f} s", *self.log[-30:]]
        for model in self.table.all_models():
            for release in self.table.releases_of(model.name):
                lines.append(f"{release.title} {release.stage} due {release.due} {release.waiting_for}")
                lines += [f"    {step.at - START:8.1f} {step.stage}: {step.reason}" for step in release.history]
            lines += [f"{batch.title} {batch.name} {batch.stage}: {batch.reason}" for batch in self.batches(model.name)]
        return lines


@contextmanager
def a_world(template: Stack | None = None, ledger: Ledger = LEDGER) -> Iterator[World]:
    """Make a world whose rights are the template's, or others."""
    with pytest.MonkeyPatch.context() as patch:
        yield World(patch, template or stack(), ledger)


def envelope(source: str, detail_type: str, detail: dict[str, Any], at: float) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "",
        "detail-type": detail_type,
        "source": source,
        "account": "123456789012",
        "time": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": "us-east-1",
        "resources": [],
        "detail": detail,
    }


def command_event(command: str, release: Release, reason: str, at: float) -> dict[str, Any]:
    said = {"command": command, "model": release.model, "release": release.id, "reason": reason, "by": "alice"}
    return envelope(f"yardmaster.{STACK}", "Release Command", said, at)


def s3_event(key: str, version: str, size: int, at: float) -> dict[str, Any]:
    detail = {"bucket": {"name": BUCKET}, "object": {"key": key, "size": size, "version-id": version}}
    return envelope("aws.s3", "Object Created", detail, at)
