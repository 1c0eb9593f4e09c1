"""Who is told what: each ending once, each wait that needs a person or lasts long once, whatever becomes of events."""

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.drops import PENDING, SPEC, csv
from tests.rights import STACK, stack
from tests.steps import drop, ended, unseen_canary
from tests.world import World, a_world, envelope
from yardmaster.records import Batch, BatchStage, BatchStep, Endpoint, Stage, WaitKind
from yardmaster.rules import sleep

TOPIC = stack().environment["TOPIC_ARN"]
ANN, BOB = "ann@example.com", "bob@example.com"
NOTIFY = f"{SPEC}notify: {{email: {ANN}}}\n"


def heads(world: World) -> list[str]:
    """Return the subjects of what was sent, up to the reason."""
    return [one.subject.partition(":")[0] for one in world.sns.sent]


def two_releases(world: World) -> None:
    """One goes live, the next is rejected, a third one is refused."""
    drop(world, 1, spec=NOTIFY)
    drop(world, 2, quality=0.0)
    world.put("churn/data/month-3.csv", csv(3).replace("green", "green,extra", 1))
    world.run(lambda: ended(world, 3))
    world.run_for(900)


TOLD = ["churn #1 is live", "churn #2 was rejected", "churn #3 was refused"]


def test_each_ending_is_told_once_with_reason_and_what_to_do(world: World) -> None:
    two_releases(world)

    assert heads(world) == TOLD
    live, rejected, refused = world.sns.sent
    assert "yardmaster rollback --reason \"...\" 'churn#1'" in live.body
    assert world.release("churn", 2).reason in rejected.body
    assert "auc" in rejected.body
    assert "yardmaster approve --reason \"...\" 'churn#2'" in rejected.body
    assert "evaluation: https://us-east-1.console.aws.amazon.com/s3/object/" in rejected.body
    assert "month-3.csv" in refused.body
    assert refused.attributes == {
        "model": ["churn"],
        "about": ["release"],
        "stage": ["refused"],
        "needs_person": ["false"],
        "to": [ANN],
    }


def test_events_that_come_twice_late_and_shuffled_tell_nothing_twice(world: World) -> None:
    world.copies, world.shuffle = 2, random.Random(1)
    two_releases(world)
    world.run_for(3600)

    assert Counter(heads(world)) == Counter(TOLD)


def test_an_event_that_comes_once_the_release_is_further_tells_its_ending_all_the_same(world: World) -> None:
    late: list[dict[str, Any]] = []

    def keep(event: dict[str, Any]) -> bool:
        if event["detail"].get("stage") == "live":
            late.append(event)
            return False
        return True

    world.keep = keep
    drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 300
    drop(world, 2)
    world.traffic = 0
    world.run(lambda: world.stage("churn", 1) is Stage.REPLACED)
    for event in late:
        world.invoke_later("send_notification", event)
    world.run_for(60)

    assert heads(world) == ["churn #1 is live", "churn #2 is live"]


def test_an_ending_of_days_ago_is_no_news(world: World) -> None:
    live: list[dict[str, Any]] = []

    def keep(event: dict[str, Any]) -> bool:
        if event["detail"].get("stage") == "live":
            live.append(event)
        return bool(event["detail"].get("stage") != "live")

    world.keep = keep
    drop(world, 1, spec=SPEC)
    world.run_for(2 * 86400)
    world.invoke("send_notification", live[0])

    assert world.sns.sent == []


@pytest.mark.parametrize("operation", ["dynamodb:GetItem", "dynamodb:PutItem", "sns:Publish"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_death_before_any_call_loses_nothing(operation: str, times: int) -> None:
    """Only one between sending and its note may send twice; the retries are the same invocation's."""
    with a_world() as world:
        world.kill = lambda function, call, asked: (
            function == "send_notification" and asked == operation and world.attempt < times
        )
        two_releases(world)
        assert Counter(heads(world)) == Counter(TOLD)


def test_a_death_after_sending_sends_again_rather_than_never(world: World) -> None:
    sent: list[int] = []

    def kill(function: str, call: int, operation: str) -> bool:
        if function != "send_notification" or operation != "dynamodb:PutItem" or world.attempt > 0:
            return False
        sent.append(len(world.sns.sent))
        return call > 1  # not the claim, but the note

    world.kill = kill
    two_releases(world)
    assert Counter(heads(world)) == Counter([*TOLD, *TOLD])
    assert any(sent)


def test_what_somebody_is_about_to_tell_is_left_to_them_until_they_are_dead(world: World) -> None:
    drop(world, 1, spec=SPEC)
    event = next(event for event in world.events if event["detail"].get("stage") == "live")
    about = f"release-{world.release('churn', 1).id}"
    for row in [key for key in world.dynamodb._rows if key[0] == f"NOTICE#{about}"]:
        del world.dynamodb._rows[row]
    world.sns.sent.clear()
    (tale,) = [step for step in world.release("churn", 1).history if step.stage is Stage.LIVE]
    place = world.release("churn", 1).history.index(tale)
    assert world.table.claim_notice(about, f"{place:04d}-live", "somebody", world.now)

    world.invoke("send_notification", event)
    assert world.sns.sent == []

    world.run_for(1000)
    world.invoke("send_notification", event)
    assert heads(world) == ["churn #1 is live"]


# --- Waits ------------------------------------------------------------------------------------------------------------


def test_a_drop_without_a_spec_asks_for_it_at_once_and_once(world: World) -> None:
    world.put("churn/data/month-1.csv", csv(1, 200))
    world.run_for(26 * 3600)

    (asked,) = world.sns.sent
    assert asked.subject == "churn #1 waits for its spec"
    assert "Upload one: yardmaster spec churn spec.yaml" in asked.body
    assert asked.attributes["needs_person"] == ["true"]


def test_an_approval_is_asked_for_once_though_it_is_waited_for_for_days(world: World) -> None:
    world.put("churn/spec.yaml", PENDING)
    world.put("churn/data/month-1.csv", csv(1, 200))
    world.run_for(3 * 86400)

    assert heads(world) == ["churn #1 waits for an approval"]
    assert "Yes: yardmaster approve" in world.sns.sent[0].body
    waiting = world.release("churn", 1).waiting_for
    assert waiting is not None
    assert waiting.long


def test_each_question_of_a_canary_is_asked_once(world: World) -> None:
    unseen_canary(world)
    world.run_for(8 * 3600)
    asked = [one for one in world.sns.sent if one.attributes["needs_person"] == ["true"]]
    assert [one.subject for one in asked] == ["churn #2 waits for your decision"]
    assert "yardmaster promote --reason \"...\" 'churn#2'" in asked[0].body
    assert "yardmaster rollback --reason \"...\" 'churn#2'" in asked[0].body


def test_a_quota_is_told_of_after_an_hour_and_once(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    quotas = {f"ml.m5.xlarge for {kind} usage": 0 for kind in ("training job", "spot training job")}
    world.core.settings = replace(world.core.settings, quotas=quotas)
    world.hide_quotas()
    world.put("churn/data/month-1.csv", csv(1, 200))
    world.run(lambda: _waits(world, WaitKind.QUOTA))
    began = world.now
    world.run_for(3300)
    assert world.sns.sent == []
    world.run(lambda: world.sns.sent != [], hours=1)
    assert 3600 <= world.now - began <= 3600 + 600
    world.run_for(5 * 3600)

    (told,) = world.sns.sent
    assert told.subject == "churn #1 waits for a quota of the account"
    assert "ml.m5.xlarge for training job usage" in told.body
    assert "Next try: " in told.body
    assert told.attributes["needs_person"] == ["false"]


def _waits(world: World, kind: WaitKind) -> bool:
    found = world.table.find_number("churn", 1)
    return found is not None and found.waiting_for is not None and found.waiting_for.kind is kind


# --- Addresses --------------------------------------------------------------------------------------------------------


def test_an_address_is_asked_to_confirm_once_and_then_gets_what_is_its_models(world: World) -> None:
    world.put("churn/spec.yaml", NOTIFY)
    world.put("other/spec.yaml", SPEC)
    world.put("churn/spec.yaml", NOTIFY + "# again\n")
    world.run_for(60)
    assert world.sns.asked == [ANN]
    assert f"missing then: {ANN}" in world.read("churn/STATUS.md")

    world.sns.confirm(ANN)
    world.put("churn/spec.yaml", NOTIFY + "# and again\n")
    world.put("churn/data/month-1.csv", csv(1, 200).replace("green", "green,extra", 1))
    world.put("other/data/month-1.csv", csv(2, 200).replace("green", "green,extra", 1))
    world.run(lambda: ended(world, 1) and ended(world, 1, "other"))
    world.run_for(60)

    assert [one.partition(":")[0] for one in world.sns.mailbox(ANN)] == ["churn #1 was refused"]
    assert len(world.sns.sent) == 2
    assert "missing then" not in world.read("churn/STATUS.md")


def test_whom_the_spec_names_no_more_gets_nothing_from_that_moment(world: World) -> None:
    world.put("churn/spec.yaml", f"{SPEC}notify: {{email: [{ANN}, {BOB}]}}\n")
    world.put("other/spec.yaml", f"{SPEC}notify: {{email: {ANN.upper()}}}\n")
    world.run_for(60)
    world.sns.confirm(ANN)
    world.sns.confirm(BOB)
    world.put("churn/spec.yaml", f"{SPEC}notify: {{email: {BOB}}}\n")
    world.put("churn/data/month-1.csv", csv(1, 200).replace("green", "green,extra", 1))
    world.put("other/data/month-1.csv", csv(2, 200).replace("green", "green,extra", 1))
    world.run(lambda: ended(world, 1) and ended(world, 1, "other"))
    world.run_for(60)

    assert [one.partition(":")[0] for one in world.sns.mailbox(ANN)] == ["other #1 was refused"]
    assert [one.partition(":")[0] for one in world.sns.mailbox(BOB)] == ["churn #1 was refused"]
    assert sorted(world.sns.asked) == [ANN, BOB]

    world.delete("churn/spec.yaml")
    world.run_for(60)
    assert world.model("churn").notify == ()
    world.put("churn/data/month-2.csv", csv(3, 200))
    world.run_for(60)
    assert world.sns.sent[-1].mailboxes == []


def test_a_spec_that_is_refused_leaves_those_who_are_told(world: World) -> None:
    world.put("churn/spec.yaml", NOTIFY)
    world.run_for(60)
    world.put("churn/spec.yaml", "algorithm: nonsense")
    world.run_for(60)
    world.sns.confirm(ANN)
    world.put("churn/data/month-1.csv", csv(1, 200))
    world.run_for(60)
    assert world.sns.mailbox(ANN) == ["churn #1 waits for its spec"]


def test_two_specs_at_once_ask_the_same_address_and_keep_it(world: World) -> None:
    """Both look before either subscribes; SNS knows one subscription, with the one filter that all ask for."""
    before = world.sns.get_paginator("list_subscriptions_by_topic").paginate
    met: list[str] = []

    def meanwhile(function: str, call: int, operation: str) -> None:
        if operation == "sns:Subscribe" and not met:
            met.append(function)
            other = next(event for event in world.events if event["detail"].get("object", {}).get("key") == OTHER)
            world.invoke("apply_spec", other)

    OTHER = "other/spec.yaml"  # noqa: N806
    world.keep = lambda event: event["detail"].get("object", {}).get("key") != OTHER
    world.put(OTHER, NOTIFY)
    world.meanwhile = meanwhile
    world.put("churn/spec.yaml", NOTIFY)
    world.run_for(60)

    assert met == ["apply_spec"]
    assert world.errors == []
    assert [one["Endpoint"] for page in before(TopicArn=TOPIC) for one in page["Subscriptions"]] == [ANN]
    assert (world.model("churn").notify, world.model("other").notify) == ((ANN,), (ANN,))


def test_who_subscribed_by_hand_keeps_getting_everything(world: World) -> None:
    world.sns.by_hand(TOPIC, ANN)
    world.put("churn/spec.yaml", NOTIFY)
    world.put("other/spec.yaml", SPEC)
    world.put("other/data/month-1.csv", csv(2, 200).replace("green", "green,extra", 1))
    world.run(lambda: ended(world, 1, "other"))
    world.run_for(60)
    assert world.errors == []
    assert world.sns.asked == []
    assert len(world.sns.mailbox(ANN)) == 1


def test_who_runs_the_stack_is_told_of_failures_only() -> None:
    operators = stack((("AlarmEmail", "ops@example.com"),))
    with a_world(operators) as world:
        drop(world, 1, spec=SPEC)
        world.script.fails = {"ym-churn-*": "AlgorithmError: no luck"}
        drop(world, 2)
        world.run_for(60)
        alarms = operators.environment["ALARM_TOPIC_ARN"]
        assert heads(world) == ["churn #1 is live", "churn #2 failed", "churn #2 failed"]
        assert [one.topic for one in world.sns.sent] == [TOPIC, TOPIC, alarms]
        assert "AlgorithmError: no luck" in world.sns.sent[2].body
        assert world.errors == []


# --- Batches and endpoints --------------------------------------------------------------------------------------------


def batch_event(identifier: str, at: float, **detail: Any) -> dict[str, Any]:
    said = {"model": "churn", "batch": identifier, "stage": "completed", "moved": True, **detail}
    return envelope(f"yardmaster.{STACK}", "Batch State Change", said, at)


def week(world: World) -> None:
    world.put("churn/predict/week.csv", "number,colour,truth\n3,red,1\n7,blue,0\n")


def test_the_end_of_a_batch_is_told_once_by_its_row_whatever_becomes_of_events(world: World) -> None:
    drop(world, 1, spec=NOTIFY)
    world.run_for(60)
    world.sns.sent.clear()
    world.copies, world.shuffle = 2, random.Random(3)
    week(world)
    world.run(lambda: [one.stage for one in world.batches("churn")] == [BatchStage.COMPLETED])
    world.run_for(3600)

    (batch,) = world.batches("churn")
    (told,) = world.sns.sent
    assert told.subject.startswith("churn: predictions completed: 2 predictions by churn #1")
    assert str(batch.uri) in told.body
    assert told.attributes["to"] == [ANN]


def test_an_event_that_says_otherwise_than_the_batch_tells_what_the_batch_is(world: World) -> None:
    steps = (
        BatchStep(BatchStage.RUNNING, world.now, "job"),
        BatchStep(BatchStage.FAILED, world.now, "file b, line 17"),
    )
    batch = Batch("q5", "churn", "nightly", stage=BatchStage.FAILED, reason="file b, line 17", history=steps)
    world.table.save_batch(batch, world.now)
    event = batch_event("q5", world.now, reason="all is well")
    world.send(event)
    world.send({**event, "id": "another"})
    world.send(batch_event("nobody", world.now))
    world.run_for(60)
    assert [one.subject for one in world.sns.sent] == ["churn: predictions failed: file b, line 17"]


def test_the_end_of_a_batch_of_days_ago_is_no_news(world: World) -> None:
    step = BatchStep(BatchStage.FAILED, world.now - 2 * 86400, "file b, line 17")
    world.table.save_batch(Batch("q5", "churn", stage=BatchStage.FAILED, history=(step,)), world.now)
    world.send(batch_event("q5", world.now))
    world.run_for(60)
    assert world.sns.sent == []


def test_a_batch_without_a_spec_asks_for_it_at_once_and_once(world: World) -> None:
    week(world)
    world.run_for(3 * 3600)
    assert [one.subject for one in world.sns.sent] == ["churn: predictions wait for its spec"]
    assert world.sns.sent[0].attributes["needs_person"] == ["true"]


def test_a_batch_that_waits_for_a_quota_is_told_of_after_an_hour_and_once(world: World) -> None:
    drop(world, 1, spec=SPEC)
    world.run_for(60)
    world.sns.sent.clear()
    world.core.settings = replace(world.core.settings, quotas={"ml.m5.xlarge for transform job usage": 0})
    week(world)
    began = world.now
    world.run(lambda: world.sns.sent != [], hours=2)
    assert 3600 <= world.now - began <= 3600 + 660
    world.run_for(5 * 3600)
    (told,) = world.sns.sent
    assert told.subject == "churn: predictions wait for a quota of the account"
    assert "yardmaster cancel-batch" in told.body


def test_a_stop_of_an_endpoint_is_told_once_by_its_row_whatever_becomes_of_events(world: World) -> None:
    drop(world, 1, spec=SPEC)
    world.run_for(60)
    world.sns.sent.clear()
    world.copies, world.shuffle = 2, random.Random(4)
    for day in (1, 2):
        world.say("stop_endpoint", "churn", f"night {day}")
        world.run(lambda: world.endpoint("churn").state == "stopped", hours=1)
        world.run_for(600)
        world.say("start_endpoint", "churn", "morning")
        world.run(lambda: world.endpoint("churn").state == "", hours=1)
    world.run_for(600)

    assert [one.subject for one in world.sns.sent] == [
        f"Endpoint churn is stopped: stopped by alice: night {day}" for day in (1, 2)
    ]
    assert "That saves 1 × ml.m5.large" in world.sns.sent[0].body
    assert "yardmaster start 'churn'" in world.sns.sent[0].body


def test_an_event_that_comes_once_the_endpoint_serves_again_tells_its_stop_all_the_same(world: World) -> None:
    row = sleep.entered(Endpoint("churn", "churn", revision=0), "stopped", "no requests for 2h", "", world.now)
    world.table.save_endpoint(sleep.entered(row, "", "started by alice: it serves", "alice", world.now + 60))
    said = {"model": "churn", "endpoint": "churn", "state": "stopped", "reason": "anything"}
    event = envelope(f"yardmaster.{STACK}", "Endpoint State Change", said, world.now)
    world.run_for(3600)
    world.send(event)
    world.send({**event, "id": "again"})
    world.send({**event, "id": "other", "detail": {**said, "endpoint": "nobody"}})
    world.run_for(60)
    assert [one.subject for one in world.sns.sent] == ["Endpoint churn is stopped: no requests for 2h"]
    assert world.errors == []
