import json
import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.bus import Faults
from local_aws.envelopes import ACCOUNT
from local_aws.function_spec import FunctionSpec
from local_aws.server import LocalAws
from local_aws.targets import DeliveryError
from tests.local_aws.house.support import Queue
from tests.waiting import eventually

Rule = Callable[..., None]


@pytest.fixture
def rule(local: LocalAws, queue: Queue, request: pytest.FixtureRequest) -> Iterator[Rule]:
    """Make a rule whose target is the test's queue (or another); it goes away with the test."""
    events = local.client("events")
    made: list[str] = []

    def make(pattern: dict[str, Any], state: str = "ENABLED", name: str = "", **target: Any) -> None:
        name = name or f"rule-{len(made)}-{abs(hash(request.node.name))}"
        events.put_rule(Name=name, EventPattern=json.dumps(pattern), State=state)
        answer = events.put_targets(Rule=name, Targets=[{"Id": "one", "Arn": queue.arn, **target}])
        assert answer["FailedEntryCount"] == 0
        made.append(name)

    yield make
    for name in made:
        events.remove_targets(Rule=name, Ids=["one"])
        events.delete_rule(Name=name)


@pytest.fixture(autouse=True)
def no_faults(local: LocalAws) -> Iterator[None]:
    yield
    local.bus.faults = Faults()


def put(local: LocalAws, **entry: Any) -> dict[str, Any]:
    whole = {"Source": "yardmaster.test", "DetailType": "Release Due", "Detail": '{"stage": "canary"}', **entry}
    answer: dict[str, Any] = local.client("events").put_events(Entries=[whole])
    return answer


def bodies(queue: Queue) -> list[Any]:
    return [json.loads(message["Body"]) for message in eventually(queue.messages)]


def test_an_event_reaches_a_queue_whole(local: LocalAws, rule: Rule, queue: Queue) -> None:
    rule({"source": ["yardmaster.test"], "detail": {"stage": ["canary"]}})
    answer = put(local, Resources=["arn:aws:s3:::data"])
    event = bodies(queue)[0]
    assert event["id"] == answer["Entries"][0]["EventId"]
    assert (event["account"], event["region"], event["version"]) == (ACCOUNT, "us-east-1", "0")
    assert (event["source"], event["detail-type"]) == ("yardmaster.test", "Release Due")
    assert event["detail"] == {"stage": "canary"}
    assert event["resources"] == ["arn:aws:s3:::data"]
    assert abs(local.clock.now() - time_of(event)) < 600


def time_of(event: dict[str, Any]) -> float:
    from datetime import datetime

    return datetime.strptime(event["time"] + "+0000", "%Y-%m-%dT%H:%M:%SZ%z").timestamp()


def test_an_event_reaches_a_function(
    local: LocalAws, rule: Rule, make_function: Callable[..., FunctionSpec], queue: Queue
) -> None:
    spec = make_function(
        "woken",
        f"""
import boto3
def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl={queue.url!r}, MessageBody=event["detail"]["stage"])
""",
        timeout=60,
    )
    rule({"source": ["yardmaster.test"]}, Arn=spec.arn)
    put(local)
    assert eventually(queue.messages)[0]["Body"] == "canary"


def test_only_enabled_rules_that_match_deliver(local: LocalAws, rule: Rule, queue: Queue) -> None:
    rule({"source": ["yardmaster.test"]}, state="DISABLED")
    rule({"source": ["yardmaster.other"]})
    rule({"source": ["yardmaster.test"], "detail": {"last": [True]}})
    put(local)
    put(local, Detail='{"last": true}')
    assert [event["detail"] for event in bodies(queue)] == [{"last": True}]


def test_one_rule_that_fails_does_not_stop_the_others(local: LocalAws, rule: Rule, queue: Queue) -> None:
    rule({"source": ["yardmaster.test"]}, Arn="arn:aws:lambda:us-east-1:123456789012:function:gone")
    rule({"source": ["yardmaster.test"]})
    put(local)
    assert len(bodies(queue)) == 1


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"Input": '{"constant": 1}'}, {"constant": 1}),
        ({"InputPath": "$.detail"}, {"stage": "canary"}),
        ({"InputPath": "$.detail-type"}, "Release Due"),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"stage": "$.detail.stage", "what": "$.detail", "none": "$.detail.none"},
                    "InputTemplate": '{"say": "stage <stage>", "stage": <stage>, "all": <what>, "none": <none>}',
                }
            },
            {"say": "stage canary", "stage": "canary", "all": {"stage": "canary"}, "none": None},
        ),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"stage": "$.detail.stage"},
                    "InputTemplate": '"it is <stage> <unknown>"',
                }
            },
            "it is canary <unknown>",
        ),
    ],
)
def test_targets_get_their_input(
    local: LocalAws, rule: Rule, queue: Queue, target: dict[str, Any], expected: Any
) -> None:
    rule({"source": ["yardmaster.test"]}, **target)
    put(local)
    body = eventually(queue.messages)[0]["Body"]
    assert (body if isinstance(expected, str) else json.loads(body)) == expected


def test_what_cannot_be_delivered_goes_to_the_dead_letter_queue(local: LocalAws, rule: Rule, queue: Queue) -> None:
    gone = "arn:aws:lambda:us-east-1:123456789012:function:gone"
    rule({"source": ["yardmaster.test"]}, Arn=gone, DeadLetterConfig={"Arn": queue.arn}, name="to-nowhere")
    put(local)
    message = eventually(queue.messages)[0]
    attributes = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["detail"] == {"stage": "canary"}
    assert attributes["RULE_ARN"].endswith(":rule/to-nowhere")
    assert attributes["TARGET_ARN"] == gone
    assert attributes["ERROR_CODE"] == "RESOURCE_NOT_FOUND"


def test_a_retryable_failure_is_retried_as_often_as_the_rule_says(
    local: LocalAws, rule: Rule, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[str] = []

    def busy(arn: str, _payload: Any, _parameters: Any = None) -> None:
        attempts.append(arn)
        raise DeliveryError("THROTTLING", "Rate exceeded", retryable=True)

    monkeypatch.setattr(local.bus.targets, "send", busy)
    rule(
        {"source": ["yardmaster.test"]},
        DeadLetterConfig={"Arn": queue.arn},
        RetryPolicy={"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 3600},
    )
    put(local)
    attributes = eventually(queue.messages)[0]["MessageAttributes"]
    assert len(attempts) == 3
    assert attributes["RETRY_ATTEMPTS"]["StringValue"] == "2"
    assert attributes["EXHAUSTED_RETRY_CONDITION"]["StringValue"] == "MaximumRetryAttempts"


def test_put_events_answers_per_entry_like_aws(local: LocalAws) -> None:
    good = {"Source": "yardmaster.test", "DetailType": "x", "Detail": "{}"}
    entries = [
        good,
        good | {"Source": "aws.sagemaker"},
        good | {"Detail": "not json"},
        good | {"Detail": "[1]"},
        good | {"DetailType": ""},
    ]
    answer = local.client("events").put_events(Entries=entries)
    codes = [entry.get("ErrorCode") for entry in answer["Entries"]]
    assert codes == [
        None,
        "NotAuthorizedForSourceException",
        "MalformedDetail",
        "MalformedDetail",
        "InvalidArgument",
    ]
    assert answer["FailedEntryCount"] == 4


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"EventPattern": '{"source": [{"prefixx": "a"}]}'}, "InvalidEventPatternException"),
        ({"EventPattern": '{"source": "a"}'}, "InvalidEventPatternException"),
        ({"ScheduleExpression": "cron(nonsense)"}, "ValidationException"),
        ({"ScheduleExpression": "rate(1 minutes)"}, "ValidationException"),
    ],
)
def test_put_rule_refuses_what_aws_refuses(local: LocalAws, parameters: dict[str, str], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        local.client("events").put_rule(Name="bad", **parameters)
    assert refused.value.response["Error"]["Code"] == code


def test_a_target_that_local_aws_cannot_reach_is_refused_in_words(local: LocalAws, rule: Rule) -> None:
    with pytest.raises(ClientError, match="local AWS delivers to"):
        rule({"source": ["a"]}, Arn="arn:aws:states:us-east-1:123456789012:stateMachine:one")


def test_event_patterns_can_be_tried(local: LocalAws) -> None:
    event = {"source": "a", "detail-type": "b", "detail": {}, "id": "1", "account": "1", "time": "t", "region": "r"}
    events = local.client("events")
    assert events.test_event_pattern(EventPattern='{"source": ["a"]}', Event=json.dumps(event))["Result"]
    assert not events.test_event_pattern(EventPattern='{"source": ["c"]}', Event=json.dumps(event))["Result"]


def test_events_can_be_lost_copied_and_shuffled(local: LocalAws, rule: Rule, queue: Queue) -> None:
    rule({"source": [{"prefix": "yardmaster"}]})
    local.bus.faults.lose(sources=("yardmaster.lost",), detail_types=("Lost",))
    put(local, Source="yardmaster.lost")
    put(local, DetailType="Lost")
    local.bus.faults.copies = 2
    twice = put(local)["Entries"][0]["EventId"]
    received: list[str] = []

    def look() -> bool:
        received.extend(json.loads(message["Body"])["id"] for message in queue.messages())
        return len(received) >= 2

    eventually(look)
    assert received == [twice, twice]


def test_shuffled_events_arrive_in_another_order(local: LocalAws, rule: Rule, queue: Queue) -> None:
    rule({"source": ["yardmaster.test"]})
    local.bus.faults.shuffle = random.Random(1)
    entries = [{"Source": "yardmaster.test", "DetailType": "n", "Detail": json.dumps({"n": n})} for n in range(8)]
    local.client("events").put_events(Entries=entries)
    received: list[int] = []

    def look() -> bool:
        received.extend(json.loads(message["Body"])["detail"]["n"] for message in queue.messages())
        return len(received) == 8

    eventually(look)
    assert sorted(received) == list(range(8))
    assert received != list(range(8))
