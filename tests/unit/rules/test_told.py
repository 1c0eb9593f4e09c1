"""What of a release is told, and how the messages read."""

from dataclasses import replace
from typing import Any

import pytest

from yardmaster.records import (
    Batch,
    BatchStage,
    BatchStep,
    DropKind,
    Endpoint,
    Release,
    Source,
    Stage,
    Step,
    Waiting,
    WaitKind,
)
from yardmaster.rules import batches, notice, sleep, spend, stages
from yardmaster.rules.notice import Notice, Place
from yardmaster.rules.notice_of_others import notice_of_batch, notice_of_endpoint
from yardmaster.rules.notice_of_release import notice_of
from yardmaster.rules.standing import longest_hours
from yardmaster.rules.told import FRESH, Ending, Wait, tales
from yardmaster.rules.told_of_others import batch_tales, endpoint_tales

NOW = 1_772_600_000.0
PLACE = Place("yardmaster", "bucket", "eu-west-1")
PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/ym-churn/7"


def release(*history: Stage, kind: DropKind = DropKind.FILE, **more: Any) -> Release:
    steps = [Step(stage, NOW - 10 * (len(history) - at), f"reason {at}") for at, stage in enumerate(history)]
    source = Source("bucket", "churn/data/jan.csv", "v1", "jan", kind)
    known: dict[str, Any] = {"reason": steps[-1].reason if steps else "", "package_arn": PACKAGE}
    found = Release("mfzwizdt", "churn", 7, source, history[-1] if history else Stage.RECEIVED, history=tuple(steps))
    return replace(found, **{**known, **more})


def keys(found: Release, now: float = NOW) -> list[str]:
    return [tale.key for tale in tales(found, now)]


TOLD = sorted(stages.ENDED - {Stage.REPLACED})


@pytest.mark.parametrize("stage", TOLD)
def test_every_ending_is_told_in_words_with_its_reason_and_what_to_do(stage: Stage) -> None:
    found = release(Stage.RECEIVED, Stage.PREPARED, stage)
    (tale,) = tales(found, NOW)
    told = notice_of(found, tale, PLACE, NOW)

    assert told.subject.startswith("churn #7 ")
    assert "reason 2" in told.subject
    assert "Why: reason 2" in told.body
    assert "What to do next:" in told.body
    assert (
        "https://eu-west-1.console.aws.amazon.com/s3/object/bucket?region=eu-west-1&prefix=churn/STATUS.md" in told.body
    )
    assert (told.stage, told.needs_person, told.failed) == (stage.value, False, stage is Stage.FAILED)


def test_endings_are_called_differently() -> None:
    ends = [release(Stage.RECEIVED, stage) for stage in TOLD]
    subjects = [notice_of(one, tales(one, NOW)[0], PLACE, NOW).subject for one in ends]
    assert len(set(subjects)) == len(TOLD)


@pytest.mark.parametrize("stage", sorted(set(Stage) - set(TOLD)))
def test_what_is_no_ending_is_not_told(stage: Stage) -> None:
    assert tales(release(Stage.RECEIVED, stage), NOW) == []


def test_an_ending_that_was_left_again_is_told_until_it_is_a_day_old() -> None:
    found = release(Stage.RECEIVED, Stage.LIVE, Stage.REPLACED, Stage.LIVE)
    assert keys(found) == ["0001-live", "0003-live"]
    assert keys(found, NOW + FRESH - 25) == ["0003-live"]
    assert keys(found, NOW + FRESH) == []
    second = notice_of(found, tales(found, NOW)[1], PLACE, NOW)
    assert second.subject.startswith("churn #7 is live again")


def test_a_note_within_an_ending_is_no_second_ending() -> None:
    assert keys(release(Stage.RECEIVED, Stage.LIVE, Stage.LIVE)) == ["0001-live"]


# --- Waits ------------------------------------------------------------------------------------------------------------


def waits(kind: WaitKind, subject: str = "it", since: float = NOW - 4000, **more: Any) -> Release:
    return release(Stage.RECEIVED, Stage.REGISTERED, waiting_for=Waiting(kind, subject, since, **more))


@pytest.mark.parametrize("kind", list(WaitKind))
def test_every_kind_of_wait_says_since_when_for_what_and_what_ends_it(kind: WaitKind) -> None:
    found = waits(kind, "the very thing", position=3, next_try=NOW + 300, long=True)
    (tale,) = tales(found, NOW)
    told = notice_of(found, tale, PLACE, NOW)

    assert told.subject.startswith("churn #7 waits for ")
    for said in ("the very thing", "Place in the queue: 3", "Next try: ", "(1h 6m)", "What to do next:"):
        assert said in told.body
    assert told.needs_person == (kind in stages.ASKING)


def test_kinds_of_waits_are_called_differently() -> None:
    found = [waits(kind, long=True) for kind in WaitKind]
    assert len({notice_of(one, tales(one, NOW)[0], PLACE, NOW).subject for one in found}) == len(WaitKind)


@pytest.mark.parametrize("kind", list(WaitKind))
def test_a_wait_is_told_at_once_if_it_needs_a_person_and_else_when_it_is_long(kind: WaitKind) -> None:
    assert len(tales(waits(kind), NOW)) == (kind in stages.ASKING)
    assert len(tales(waits(kind, long=True), NOW)) == 1


def test_another_question_is_another_wait_and_another_holder_is_not() -> None:
    assert keys(waits(WaitKind.PERSON, "a")) != keys(waits(WaitKind.PERSON, "b"))
    assert keys(waits(WaitKind.ENDPOINT, "a", long=True)) == keys(waits(WaitKind.ENDPOINT, "b", long=True))


def test_a_question_offers_the_commands_that_answer_it() -> None:
    found = waits(WaitKind.PERSON, "yardmaster resume or rollback churn #7")
    body = notice_of(found, tales(found, NOW)[0], replace(PLACE, stack="prod"), NOW).body
    assert "yardmaster --stack prod resume --reason \"...\" 'churn#7'" in body
    assert "yardmaster --stack prod rollback --reason \"...\" 'churn#7'" in body
    assert "promote" not in body


def test_an_approval_of_somebody_elses_package_names_it() -> None:
    found = waits(WaitKind.APPROVAL, "arn:aws:sagemaker:eu-west-1:123456789012:model-package/scaler/3")
    body = notice_of(found, tales(found, NOW)[0], PLACE, NOW).body
    assert "Approve the model package in SageMaker's registry: arn:aws" in body
    assert "yardmaster approve" not in body


@pytest.mark.parametrize("kind", [WaitKind.QUOTA, WaitKind.ENDPOINT, WaitKind.CAP, WaitKind.CAPACITY])
def test_a_wait_lasts_from_its_first_look_whatever_its_words_and_is_long_after_an_hour(kind: WaitKind) -> None:
    first = stages.wait(release(Stage.RECEIVED), NOW + 300, Waiting(kind, "1 of 1", since=NOW))
    later = stages.wait(first, NOW + 900, Waiting(kind, "2 of 2", since=NOW + 3599))
    last = stages.wait(later, NOW + 900, Waiting(kind, "2 of 2", since=NOW + 3600))
    after = stages.wait(last, NOW + 900, Waiting(kind, "2 of 2", since=NOW + 3601))
    assert [
        one.waiting_for and (one.waiting_for.since, one.waiting_for.long) for one in (first, later, last, after)
    ] == [
        (NOW, False),
        (NOW, False),
        (NOW, True),
        (NOW, True),
    ]


def test_another_question_begins_another_wait() -> None:
    first = stages.wait(release(Stage.RECEIVED), None, Waiting(WaitKind.PERSON, "a", since=NOW))
    second = stages.wait(first, None, Waiting(WaitKind.PERSON, "b", since=NOW + 9))
    assert second.waiting_for == Waiting(WaitKind.PERSON, "b", since=NOW + 9)


# --- What is in a message ---------------------------------------------------------------------------------------------


def rejected(**more: Any) -> Notice:
    found = release(Stage.RECEIVED, Stage.EVALUATED, Stage.REJECTED, **more)
    return notice_of(found, tales(found, NOW)[0], PLACE, NOW)


def test_figures_stand_beside_those_of_the_release_in_service() -> None:
    evaluation = {
        "uri": "s3://bucket/churn/releases/0007-jan/evaluation-1.json",
        "verdict": "fail",
        "reason": "auc 0.8123 < baseline 0.8410 - 0.005",
        "rows": 2383,
        "candidate": {"auc": 0.81234, "recall": None},
        "baseline": {"auc": 0.841},
        "overfit": [],
    }
    body = rejected(evaluation=evaluation).body
    assert "On 2,383 test rows:\n  auc 0.8123, before 0.841\n  recall -" in body
    assert "Gate: fail: auc 0.8123 < baseline 0.8410 - 0.005" in body
    assert "prefix=churn/releases/0007-jan/evaluation-1.json" in body


def test_a_canary_that_was_judged_and_its_endpoint_are_linked() -> None:
    body = rejected(deploy={"endpoint": "churn-eu", "started_at": NOW - 900}).body
    assert "prefix=churn/releases/0007-jan/decision.json" in body
    assert "https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/endpoints/churn-eu" in body


def test_only_what_can_be_done_is_offered() -> None:
    assert "yardmaster approve" in rejected().body
    assert "yardmaster approve" not in rejected(package_arn=None).body
    assert "yardmaster retrain" in rejected().body
    assert "yardmaster retrain" not in rejected(kind=DropKind.ARTIFACT).body


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (DropKind.FILE, "Mend the file and upload it again: s3://bucket/churn/data/jan.csv"),
        (DropKind.FOLDER, "Mend the files and upload them again, churn/data/jan.csv last."),
        (DropKind.SPLIT, "Mend the files and upload them again, churn/data/jan.csv last."),
        (DropKind.ARTIFACT, "Mend the archive and upload it again: s3://bucket/churn/data/jan.csv"),
        (DropKind.PACKAGE, "Mend the model package and register it again."),
    ],
)
def test_a_refused_drop_says_what_to_upload(kind: DropKind, said: str) -> None:
    found = release(Stage.RECEIVED, Stage.REFUSED, kind=kind)
    assert said in notice_of(found, tales(found, NOW)[0], PLACE, NOW).body


def test_a_subject_is_short_one_line_and_ascii_whatever_the_reason() -> None:
    found = replace(
        release(Stage.RECEIVED, Stage.FAILED), history=(Step(Stage.FAILED, NOW, "größer\n\tals " + "x" * 300),)
    )
    told = notice_of(found, tales(found, NOW)[0], PLACE, NOW)
    assert len(told.subject) <= 99
    assert told.subject.startswith("churn #7 failed: gr?" + "?er als xxx")
    assert told.subject.endswith("...")
    assert "größer" in told.body


def test_a_long_body_is_cut_before_sns_refuses_it() -> None:
    text = notice.body("head", ["x" * 400_000], [], [], "the sender")
    assert len(text) < 33_000
    assert text.endswith("the sender\n")


@pytest.mark.parametrize(
    ("region", "console"),
    [
        ("us-east-1", "https://us-east-1.console.aws.amazon.com/"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_links_lead_to_the_regions_own_console(region: str, console: str) -> None:
    assert replace(PLACE, region=region).object("a/b").startswith(console)


def batch(*stages: BatchStage, **more: Any) -> Batch:
    steps = tuple(BatchStep(stage, NOW - 10 * (len(stages) - at), f"reason {at}") for at, stage in enumerate(stages))
    return replace(Batch("q5", "churn", "nightly", stage=stages[-1], reason=steps[-1].reason, history=steps), **more)


def of_batch(found: Batch, now: float = NOW) -> Notice:
    (tale,) = batch_tales(found, now)
    return notice_of_batch(found, tale, PLACE, now)


def test_a_batch_names_its_results_or_what_went_wrong() -> None:
    told = of_batch(batch(BatchStage.RUNNING, BatchStage.COMPLETED, uri="s3://bucket/churn/predictions/1/"))
    assert told.subject == "churn: predictions completed: reason 1"
    assert "results: s3://bucket/churn/predictions/1/" in told.body
    assert "prefix=churn/predictions/1/" in told.body
    assert "What to do next" not in told.body
    failed = of_batch(batch(BatchStage.RUNNING, BatchStage.FAILED))
    assert failed.failed
    assert "Mend what is named" in failed.body
    assert failed.key != told.key


@pytest.mark.parametrize(
    ("stage", "told"),
    [
        (BatchStage.COMPLETED, True),
        (BatchStage.FAILED, True),
        (BatchStage.REFUSED, True),
        (BatchStage.CANCELLED, True),
        (BatchStage.UNCHANGED, False),
        (BatchStage.WAITING, False),
        (BatchStage.RUNNING, False),
    ],
)
def test_of_a_batch_its_end_is_told_for_a_day_unless_nothing_has_changed(stage: BatchStage, told: bool) -> None:
    found = batch(BatchStage.RECEIVED, stage)
    assert bool(batch_tales(found, NOW)) is told
    assert batch_tales(found, NOW + FRESH) == []


def test_a_batch_that_waits_for_a_person_asks_at_once_and_any_other_after_an_hour() -> None:
    asks = batches.wait(batch(BatchStage.RECEIVED), WaitKind.SPEC, "churn/spec.yaml", "there is none", NOW)
    told = of_batch(asks)
    assert (told.needs_person, told.failed) == (True, False)
    assert told.subject == "churn: predictions wait for its spec"
    assert "Upload one: yardmaster spec churn spec.yaml" in told.body

    short = batches.wait(batch(BatchStage.WAITING), WaitKind.QUOTA, "no quota", "checked", NOW)
    assert batch_tales(short, NOW) == []
    long = batches.wait(short, WaitKind.QUOTA, "no quota, again", "checked", NOW + 3600)
    told = of_batch(long, NOW + 3600)
    assert not told.needs_person
    assert "What it waits for: no quota, again" in told.body
    assert "yardmaster cancel-batch 'q5'" in told.body
    longer = batches.wait(long, WaitKind.QUOTA, "no quota, still", "checked", NOW + 7200)
    assert of_batch(longer, NOW + 7200).key == told.key


def test_a_batch_that_finds_no_instances_again_and_again_waits_since_the_first_time() -> None:
    found, now = batch(BatchStage.RECEIVED, BatchStage.WAITING), NOW
    for _ in range(8):
        running = batches.move(found, BatchStage.RUNNING, "transform job", now)
        found = batches.wait_for_instances(running, "CapacityError: none", now + 60)
        now += 600
    waiting = found.waiting_for
    assert waiting is not None
    assert (waiting.since, waiting.long) == (NOW + 60, True)
    assert found.attempt == 9


def test_a_batch_that_waits_for_tomorrows_room_is_looked_at_after_an_hour() -> None:
    room = spend.Wait("a day's cap", 1, NOW, NOW + 9 * 3600)
    waits = batches.wait_for_room(batch(BatchStage.WAITING), room, NOW)
    assert waits.due == NOW + 3600
    assert batch_tales(waits, NOW) == []
    waits = batches.wait_for_room(waits, room, NOW + 3600)
    assert len(batch_tales(waits, NOW + 3600)) == 1


def of_endpoint(row: Endpoint) -> list[Notice]:
    return [notice_of_endpoint(row, tale, PLACE, NOW) for tale in endpoint_tales(row, NOW)]


def test_an_endpoint_says_what_it_saves_and_how_to_start_it() -> None:
    row = sleep.entered(Endpoint("churn", "churn"), "stopping", "no request for 2h", "", NOW - 200)
    assert of_endpoint(row) == []
    row = sleep.entered(row, "stopped", "no request for 2h", "", NOW - 100, saves="saves 0.23 USD an hour")
    (told,) = of_endpoint(row)
    assert "That saves 0.23 USD an hour" in told.body
    assert "yardmaster start 'churn'" in told.body
    assert not told.needs_person

    row = sleep.entered(row, "starting", "started by alice", "alice", NOW - 50)
    row = sleep.entered(row, "stopped", "it could not be started: no role", "alice", NOW, failed=True)
    stopped, failed = of_endpoint(row)
    assert stopped == told
    assert failed.needs_person
    assert failed.failed
    assert failed.subject == "Endpoint churn could not be started: it could not be started: no role"
    assert "(by alice)" in failed.body


def test_each_stop_of_an_endpoint_is_another_and_is_news_for_a_day() -> None:
    row = sleep.entered(Endpoint("churn", "churn"), "stopped", "idle", "", NOW - FRESH)
    row = sleep.entered(row, "stopped", "idle", "", NOW - 100)
    row = sleep.entered(row, "stopped", "idle", "", NOW)
    assert len({one.key for one in of_endpoint(row)}) == 2


# --- What stands still ------------------------------------------------------------------------------------------------


def test_what_stands_longest_counts_unless_it_waits_for_a_person_or_ended() -> None:
    hours = 3600.0
    moved = release(Stage.RECEIVED, Stage.TRAINING)
    still = replace(moved, history=(Step(Stage.TRAINING, NOW - 5 * hours, ""),))
    asks = replace(still, waiting_for=Waiting(WaitKind.APPROVAL, "", NOW - 90 * hours))
    ended = replace(still, stage=Stage.FAILED, history=(Step(Stage.FAILED, NOW - 90 * hours, ""),))
    approved = replace(still, waiting_for=Waiting(WaitKind.ENDPOINT, "", NOW - 2 * hours))
    assert longest_hours([moved, still, asks, ended, approved], NOW) == 5.0
    assert longest_hours([approved, asks, ended], NOW) == 2.0
    assert longest_hours([asks, ended], NOW) is None
    assert longest_hours([], NOW) is None
    assert longest_hours([replace(still, history=(), created_at=NOW - 7 * hours)], NOW) == 7.0


def test_tales_are_of_two_kinds() -> None:
    found = replace(
        release(Stage.RECEIVED, Stage.REJECTED, Stage.REGISTERED), waiting_for=Waiting(WaitKind.APPROVAL, "a", NOW)
    )
    assert [type(tale) for tale in tales(found, NOW)] == [Ending, Wait]
