import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.clock import iso
from local_aws.schedule_expressions import ExpressionError, parse_expression
from local_aws.server import LocalAws
from tests.local_aws.house.support import Queue
from tests.waiting import eventually

NOW = datetime(2026, 3, 4, 12, 26, 13, tzinfo=UTC).timestamp()  # a Wednesday
OFF = {"Mode": "OFF"}
ROLE = "arn:aws:iam::123456789012:role/scheduler"


@pytest.mark.parametrize(
    ("expression", "zone", "expected"),
    [
        ("rate(1 minute)", "UTC", ["2026-03-04T12:27:13Z", "2026-03-04T12:28:13Z"]),
        ("rate(5 minutes)", "UTC", ["2026-03-04T12:31:13Z"]),
        ("rate(2 hours)", "UTC", ["2026-03-04T14:26:13Z"]),
        ("rate(1 day)", "UTC", ["2026-03-05T12:26:13Z"]),
        ("cron(0/15 * * * ? *)", "UTC", ["2026-03-04T12:30:00Z", "2026-03-04T12:45:00Z"]),
        ("cron(0 6 * * ? *)", "UTC", ["2026-03-05T06:00:00Z", "2026-03-06T06:00:00Z"]),
        ("cron(0 6 * * ? *)", "Europe/Berlin", ["2026-03-05T05:00:00Z"]),
        ("cron(0 6 29 3 ? *)", "Europe/Berlin", ["2026-03-29T04:00:00Z"]),
        ("cron(0 8 ? * MON-FRI *)", "UTC", ["2026-03-05T08:00:00Z", "2026-03-06T08:00:00Z", "2026-03-09T08:00:00Z"]),
        ("cron(0 8 ? * 2-6 *)", "UTC", ["2026-03-05T08:00:00Z", "2026-03-06T08:00:00Z", "2026-03-09T08:00:00Z"]),
        ("cron(0 8 ? * 1 *)", "UTC", ["2026-03-08T08:00:00Z"]),
        ("cron(0 0 ? * 6#2 *)", "UTC", ["2026-03-13T00:00:00Z"]),
        ("cron(0 0 ? * 6L *)", "UTC", ["2026-03-27T00:00:00Z"]),
        ("cron(0 0 L * ? *)", "UTC", ["2026-03-31T00:00:00Z"]),
        ("cron(0 9 1 1 ? 2027-2028)", "UTC", ["2027-01-01T09:00:00Z", "2028-01-01T09:00:00Z", None]),
        ("cron(0 9 1 1 ? 2020)", "UTC", [None]),
        ("at(2026-03-05T08:00:00)", "Europe/Berlin", ["2026-03-05T07:00:00Z", None]),
        ("at(2026-03-04T08:00:00)", "UTC", [None]),
    ],
)
def test_an_expression_fires_when_aws_says(expression: str, zone: str, expected: list[str | None]) -> None:
    parsed = parse_expression(expression, zone)
    at: float | None = NOW
    fired = []
    for _ in expected:
        assert at is not None
        at = parsed.next_after(at, NOW)
        fired.append(None if at is None else iso(at))
    assert fired == expected


@pytest.mark.parametrize(
    ("expression", "zone"),
    [
        *(
            (expression, "UTC")
            for expression in (
                "rate(0 minutes)",
                "rate(1 minutes)",
                "rate(5 minute)",
                "rate(5 seconds)",
                "cron(nonsense)",
                "cron(* * * * * *)",
                "cron(0 6 ? * ? *)",
                "cron(0 6 * * ?)",
                "cron(0 25 * * ? *)",
                "cron(60 6 * * ? *)",
                "cron(0 6 32 * ? *)",
                "cron(0 6 ? * 0 *)",
                "cron(0 6 ? * 8 *)",
                "cron(0 6 ? * FOO *)",
                "cron(0 6 * * ? 1800)",
                "cron(a 6 * * ? *)",
                "at(tomorrow)",
                "every day",
            )
        ),
        ("rate(1 minute)", "Europe/Nowhere"),
    ],
)
def test_nonsense_is_refused(expression: str, zone: str) -> None:
    with pytest.raises(ExpressionError):
        parse_expression(expression, zone)


@pytest.fixture
def schedule(local: LocalAws, queue: Queue, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Create a schedule of EventBridge Scheduler; it goes away with the test."""
    scheduler = local.client("scheduler")
    name = re.sub(r"\W", "-", request.node.name)[:64]
    made = []

    def create(expression: str, target: dict[str, Any] | None = None, **parameters: Any) -> str:
        whole = {"Arn": queue.arn, "RoleArn": ROLE, **(target or {})}
        answer = scheduler.create_schedule(
            Name=name, ScheduleExpression=expression, FlexibleTimeWindow=OFF, Target=whole, **parameters
        )
        made.append(name)
        return str(answer["ScheduleArn"])

    yield create
    for one in made:
        try:
            scheduler.delete_schedule(Name=one)
        except scheduler.exceptions.ResourceNotFoundException:
            continue  # it deleted itself


def read(queue: Queue, count: int = 1) -> list[dict[str, Any]]:
    received: list[dict[str, Any]] = []

    def look() -> bool:
        received.extend(json.loads(message["Body"]) for message in queue.messages())
        return len(received) >= count

    eventually(look)
    return received


def test_a_rules_schedule_fires_each_virtual_minute(local: LocalAws, queue: Queue) -> None:
    events = local.client("events")
    arn = events.put_rule(Name="every-minute", ScheduleExpression="rate(1 minute)")["RuleArn"]
    events.put_targets(Rule="every-minute", Targets=[{"Id": "one", "Arn": queue.arn}])
    first, second = read(queue, 2)[:2]
    events.remove_targets(Rule="every-minute", Ids=["one"])
    events.delete_rule(Name="every-minute")
    assert (first["source"], first["detail-type"], first["detail"]) == ("aws.events", "Scheduled Event", {})
    assert first["resources"] == [arn]
    times = [datetime.fromisoformat(event["time"]).timestamp() for event in (first, second)]
    assert 55 <= times[1] - times[0] <= 65


def test_nothing_fires_while_a_stack_is_made(local: LocalAws, queue: Queue) -> None:
    events, began = local.client("events"), local.clock.now()
    with local._schedules.held():
        events.put_rule(Name="early", ScheduleExpression="rate(1 minute)")
        events.put_targets(Rule="early", Targets=[{"Id": "one", "Arn": queue.arn}])
        eventually(lambda: local.clock.now() > began + 150)
        assert queue.messages() == []
    assert read(queue)
    events.remove_targets(Rule="early", Ids=["one"])
    events.delete_rule(Name="early")


def test_a_schedule_only_rule_gets_no_events(local: LocalAws, queue: Queue) -> None:
    events = local.client("events")
    events.put_rule(Name="yearly", ScheduleExpression="cron(0 0 1 1 ? 2099)")
    events.put_targets(Rule="yearly", Targets=[{"Id": "one", "Arn": queue.arn}])
    events.put_rule(Name="marker", EventPattern='{"source": ["marker"]}')
    events.put_targets(Rule="marker", Targets=[{"Id": "one", "Arn": queue.arn}])
    events.put_events(Entries=[{"Source": "marker", "DetailType": "x", "Detail": "{}"}])
    assert [event["source"] for event in read(queue)] == ["marker"]


def test_the_schedulers_default_payload_has_a_text_as_detail(schedule: Any, queue: Queue) -> None:
    arn = schedule("rate(1 minute)")
    event = read(queue)[0]
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.scheduler", "Scheduled Event", "{}")
    assert event["resources"] == [arn]


def test_the_schedulers_input_gets_its_context(schedule: Any, queue: Queue) -> None:
    text = '{"action": "stop", "arn": "<aws.scheduler.schedule-arn>", "try": "<aws.scheduler.attempt-number>"}'
    arn = schedule("rate(1 minute)", {"Input": text})
    assert read(queue)[0] == {"action": "stop", "arn": arn, "try": "1"}


@pytest.mark.parametrize(
    "target",
    [
        {
            "Arn": "arn:aws:events:us-east-1:123456789012:event-bus/default",
            "EventBridgeParameters": {"DetailType": "Batch Due", "Source": "yardmaster.scheduled"},
            "Input": '{"model": "churn"}',
        },
        {
            "Arn": "arn:aws:scheduler:::aws-sdk:eventbridge:putEvents",
            "Input": json.dumps(
                {
                    "Entries": [
                        {
                            "Source": "yardmaster.scheduled",
                            "DetailType": "Batch Due",
                            "Detail": '{"model": "churn"}',
                        }
                    ]
                }
            ),
        },
    ],
    ids=["bus", "put-events"],
)
def test_a_schedule_sends_events(local: LocalAws, schedule: Any, queue: Queue, target: dict[str, Any]) -> None:
    events = local.client("events")
    events.put_rule(Name="batch", EventPattern='{"source": ["yardmaster.scheduled"]}')
    events.put_targets(Rule="batch", Targets=[{"Id": "one", "Arn": queue.arn}])
    schedule("rate(1 minute)", target)
    event = read(queue)[0]
    events.remove_targets(Rule="batch", Ids=["one"])
    assert (event["detail-type"], event["detail"]) == ("Batch Due", {"model": "churn"})


def test_a_one_time_schedule_fires_once_and_deletes_itself(local: LocalAws, schedule: Any, queue: Queue) -> None:
    soon = datetime.fromtimestamp(local.clock.now() + 60, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    schedule(f"at({soon})", ActionAfterCompletion="DELETE")
    assert read(queue)[0]["time"].startswith(soon)
    eventually(lambda: not local.client("scheduler").list_schedules()["Schedules"])


@pytest.mark.parametrize(
    ("expression", "parameters"),
    [
        ("cron(nonsense)", {}),
        ("rate(1 minutes)", {}),
        ("rate(1 minute)", {"ScheduleExpressionTimezone": "Europe/Nowhere"}),
    ],
)
def test_nonsense_is_refused_at_creation(schedule: Any, expression: str, parameters: dict[str, str]) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        schedule(expression, **parameters)


def test_a_target_that_schedules_do_not_reach_is_refused(schedule: Any) -> None:
    with pytest.raises(ClientError, match="Lambda, SQS and EventBridge"):
        schedule("rate(1 minute)", {"Arn": "arn:aws:ecs:us-east-1:123456789012:cluster/x"})
