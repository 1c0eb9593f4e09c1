"""People are told."""

import time
from collections.abc import Generator
from dataclasses import replace

from tests.drops import PENDING
from tests.sam.place import Place
from tests.sam.scenes.base import Answer, scene
from yardmaster.flows.advance import commit
from yardmaster.records import Batch, BatchStage, Endpoint, Stage, WaitKind
from yardmaster.rules import batches, sleep
from yardmaster.rules.stages import move, wait_for_quota

Playing = Generator[None, Answer, None]


@scene("send_notification/release_live")
def what_the_history_has_of_the_day_is_told(place: Place) -> Playing:
    """The event speaks of another ending than the row: the row counts."""
    release = place.candidate(Stage.TRAINING)
    commit(place.yard, release, move(release, Stage.CANCELLED, "by hand", time.time()), time.time())
    answer = yield
    assert answer == {"result": "churn #7 was cancelled: by hand"}
    (told,) = place.told()
    assert told["Subject"] == "churn #7 was cancelled: by hand"
    assert "yardmaster retrain 'churn#7'" in told["Message"]
    assert told["MessageAttributes"]["stage"]["Value"] == "cancelled"


@scene("send_notification/release_failed")
def a_failure_is_told_with_its_reason(place: Place) -> Playing:
    release = place.candidate(Stage.TRAINING)
    failed = move(release, Stage.FAILED, "training job failed: AlgorithmError: no rows", time.time())
    commit(place.yard, release, failed, time.time())
    yield
    (told,) = place.told()
    assert told["Subject"] == "churn #7 failed: training job failed: AlgorithmError: no rows"


@scene("send_notification/release_asks")
def an_approval_is_asked_for(place: Place) -> Playing:
    place.baseline()
    release = place.candidate(Stage.REGISTERED, PENDING)
    place.step("deploy_canary")
    answer = yield
    assert release.package_arn is not None
    assert answer == {"result": "churn #7 waits for an approval"}
    (told,) = place.told()
    assert "yardmaster approve" in told["Message"]
    assert told["MessageAttributes"]["needs_person"]["Value"] == "true"


@scene("send_notification/release_waits_long")
def a_long_wait_is_told(place: Place) -> Playing:
    release = place.candidate(Stage.PREPARED)
    hour_ago = time.time() - 3700
    release = commit(place.yard, release, wait_for_quota(release, "1 Instances", hour_ago), hour_ago)
    commit(place.yard, release, wait_for_quota(release, "1 Instances", time.time()), time.time())
    answer = yield
    assert answer == {"result": "churn #7 waits for a quota of the account"}
    (told,) = place.told()
    assert "1 Instances" in told["Message"]


def a_batch(identifier: str) -> Batch:
    """Return a batch whose rows are checked."""
    batch = Batch(identifier, "churn", "nightly")
    known = batches.new_batch(batch, "the schedule fired", time.time())
    return batches.move(known, BatchStage.WAITING, "checked", time.time())


def running(identifier: str) -> Batch:
    return batches.move(a_batch(identifier), BatchStage.RUNNING, "transform job", time.time())


@scene("send_notification/batch_completed")
def the_end_of_a_batch_is_told(place: Place) -> Playing:
    """The event speaks of other rows than the batch: its own row counts."""
    batch = batches.move(running("q5xk2m7a"), BatchStage.COMPLETED, "5 predictions by churn #7", time.time())
    uri = "s3://yardmaster-bucket/churn/predictions/nightly/2026-03-04/"
    place.yard.table.save_batch(replace(batch, uri=uri), time.time())
    yield
    (told,) = place.told()
    assert told["Subject"] == "churn: predictions completed: 5 predictions by churn #7"
    assert uri in told["Message"]


@scene("send_notification/batch_failed")
def the_failure_of_a_batch_names_the_line(place: Place) -> Playing:
    reason = "transform job failed: file part-2.csv, line 17"
    batch = batches.move(running("q5xk2m7b"), BatchStage.FAILED, reason, time.time())
    place.yard.table.save_batch(batch, time.time())
    yield
    (told,) = place.told()
    assert "file part-2.csv, line 17" in told["Message"]


@scene("send_notification/batch_asks")
def a_batch_asks_for_its_spec(place: Place) -> Playing:
    batch = batches.new_batch(Batch("q5xk2m7c", "churn", "nightly"), "the schedule fired", time.time())
    batch = batches.wait(batch, WaitKind.SPEC, "churn/spec.yaml", "there is none yet", time.time())
    place.yard.table.save_batch(batch, time.time())
    answer = yield
    assert answer == {"result": "churn: predictions wait for its spec"}
    (told,) = place.told()
    assert "Upload one: yardmaster spec churn spec.yaml" in told["Message"]


@scene("send_notification/batch_waits_long")
def a_batch_that_waits_for_an_hour_is_told_of(place: Place) -> Playing:
    batch = batches.wait_for_instances(running("q5xk2m7d"), "CapacityError: none", time.time())
    batch = batches.wait(batch, WaitKind.CAPACITY, "none", "", time.time(), time.time() - 3700)
    place.yard.table.save_batch(batch, time.time())
    answer = yield
    assert answer == {"result": "churn: predictions wait for instances that AWS does not have now"}


@scene("send_notification/endpoint_stopped")
def the_stop_of_an_endpoint_is_told(place: Place) -> Playing:
    """The event speaks of another stop than the row: the row counts."""
    row = sleep.entered(
        Endpoint("churn", "churn", revision=0), "stopped", "no request for 2h", "", time.time(), saves="saves a lot"
    )
    place.yard.table.save_endpoint(row)
    yield
    (told,) = place.told()
    assert told["Subject"] == "Endpoint churn is stopped: no request for 2h"
    assert "That saves a lot." in told["Message"]
