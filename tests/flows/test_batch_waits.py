"""Batches that must wait: for a quota, for instances, under the stack's caps; and models whose endpoint sleeps."""

from typing import Any

import pytest

from tests.drops import SPEC
from tests.flows.test_faults import set_simulator
from tests.flows.test_run_batch_transform import HOURLY, NIGHTLY, done, jobs, results, rows
from tests.flows.test_spend import assert_nothing_is_left, caps
from tests.flows.test_start_endpoint import asleep
from tests.flows.test_stop_idle_endpoints import stopped
from tests.steps import drop
from tests.world import World
from yardmaster.records import Batch, BatchStage, Waiting, WaitKind

QUOTA = "ml.m5.xlarge for transform job usage"
NO_ROOM = "CapacityError: Unable to provision requested ML compute capacity"


def waiting(world: World, kind: WaitKind) -> list[tuple[Batch, Waiting]]:
    found = [(one, one.waiting_for) for one in world.batches("churn") if one.waiting_for]
    return [(one, what) for one, what in found if what.kind is kind]


def all_completed(world: World, count: int) -> bool:
    return [one.stage for one in world.batches("churn")] == [BatchStage.COMPLETED] * count


def test_a_batch_waits_for_a_quota_without_counting_failures_and_goes_on_when_there_is_room(world: World) -> None:
    drop(world, 1, spec=SPEC)
    set_simulator(world, quotas={QUOTA: 0})
    world.put("churn/predict/x.csv", rows(3))
    world.run(lambda: bool(waiting(world, WaitKind.QUOTA)), hours=1)
    world.run_for(6 * 3600)

    ((batch, wait),) = waiting(world, WaitKind.QUOTA)
    assert QUOTA in wait.subject
    assert (batch.stage, batch.failures) == (BatchStage.WAITING, 0)
    assert wait.next_try is not None
    assert wait.next_try > world.now

    set_simulator(world, quotas={})
    world.run(lambda: all_completed(world, 1), hours=1)
    assert len(jobs(world)) == 1
    assert_nothing_is_left(world)


def test_a_batch_that_a_quota_parked_is_woken_by_the_end_of_another_job(world: World) -> None:
    drop(world, 1, spec=SPEC)
    set_simulator(world, quotas={QUOTA: 1})
    world.script.transform_seconds = 1800.0
    world.put("churn/predict/x.csv", rows(3))
    world.run(lambda: len(jobs(world)) == 1, hours=1)
    world.put("churn/predict/y.csv", rows(4))
    world.run(lambda: bool(waiting(world, WaitKind.QUOTA)), hours=1)
    world.ticking = False

    world.run(lambda: len(jobs(world)) == 2, hours=2)
    assert waiting(world, WaitKind.QUOTA) == []
    world.ticking = True
    world.run(lambda: all_completed(world, 2), hours=2)


def test_a_job_that_finds_no_instances_is_tried_again_under_another_name(world: World) -> None:
    drop(world, 1, spec=SPEC)
    world.script.fails = {"*-1-batch": NO_ROOM}
    world.put("churn/predict/x.csv", rows(3))
    world.run(lambda: bool(waiting(world, WaitKind.CAPACITY)), hours=1)
    ((batch, wait),) = waiting(world, WaitKind.CAPACITY)
    assert (batch.stage, batch.attempt) == (BatchStage.WAITING, 2)
    assert wait.subject == NO_ROOM

    world.run(lambda: done(world), hours=1)
    (batch,) = world.batches("churn")
    assert batch.stage is BatchStage.COMPLETED, batch.reason
    assert [name[-8:] for name in sorted(jobs(world))] == ["-1-batch", "-2-batch"]
    assert len(results(world, batch)["x.csv"]) == 4
    assert_nothing_is_left(world)


def test_five_files_under_a_cap_of_one_job_run_one_after_the_other_and_know_their_place(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(world, 1, spec=SPEC)
    caps(monkeypatch, jobs_at_once=1)
    most: list[int] = []

    def look() -> None:
        running = world.sagemaker.list_transform_jobs(StatusEquals="InProgress")["TransformJobSummaries"]
        most.append(len(running))

    world.watch = look
    for name in "abcde":
        world.put(f"churn/predict/{name}.csv", rows(3, ord(name)))
    world.run(lambda: len(waiting(world, WaitKind.CAP)) == 4, hours=1)
    places = [wait.position for _, wait in waiting(world, WaitKind.CAP)]
    assert sorted(place for place in places if place) == [1, 2, 3, 4]
    assert {wait.subject for _, wait in waiting(world, WaitKind.CAP)} <= {
        "MaxJobsAtOnce: 1 jobs at once",
        "room for those that waited before it",
    }
    assert all(wait.next_try for _, wait in waiting(world, WaitKind.CAP))

    world.run(lambda: all_completed(world, 5), hours=10)
    assert max(most) == 1
    assert_nothing_is_left(world)


def test_a_batch_that_waits_for_room_can_be_cancelled_and_gives_its_place_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(world, 1, spec=SPEC)
    caps(monkeypatch, jobs_at_once=1)
    for name in "ab":
        world.put(f"churn/predict/{name}.csv", rows(3, ord(name)))
    world.run(lambda: len(waiting(world, WaitKind.CAP)) == 1, hours=1)
    ((last, _),) = waiting(world, WaitKind.CAP)
    world.cancel_batch(last)
    world.run(lambda: done(world, 2), hours=2)
    assert {one.stage for one in world.batches("churn")} == {BatchStage.COMPLETED, BatchStage.CANCELLED}
    assert len(jobs(world)) == 1
    assert_nothing_is_left(world)


def test_a_model_whose_endpoint_is_stopped_predicts_and_the_endpoint_stays_stopped(world: World) -> None:
    asleep(world)
    world.put("churn/predict/x.csv", rows(3))
    world.run(lambda: done(world), hours=1)
    assert all_completed(world, 1), world.batches("churn")[0].reason
    assert stopped(world)


def test_the_next_firing_does_not_score_again_what_is_being_scored(world: World) -> None:
    drop(world, 1, spec=SPEC + HOURLY)
    world.script.transform_seconds = 3 * 3600.0
    world.put("churn/predict/nightly/a.csv", rows(3))
    world.run(lambda: any(one.stage is BatchStage.UNCHANGED for one in world.batches("churn")))
    running, next_one = [one for one in world.batches("churn") if one.inputs or one.stage is BatchStage.UNCHANGED][:2]
    assert running.stage is BatchStage.RUNNING
    assert next_one.reason == f"the same files and the same model as in {running.id}, which is under way"
    assert len(jobs(world)) == 1


def test_a_job_that_failed_is_no_reason_to_leave_the_next_firing_out(world: World) -> None:
    drop(world, 1, spec=SPEC + HOURLY)
    world.put("churn/predict/nightly/a.csv", rows(3))
    world.script.refuses = lambda job, body: (400, b"no")
    world.run(lambda: any(one.stage is BatchStage.FAILED for one in world.batches("churn")))
    world.script.refuses = None
    world.run(lambda: any(one.stage is BatchStage.COMPLETED and one.files for one in world.batches("churn")))
    assert len(jobs(world)) == 2


def test_with_no_event_but_the_schedules_own_a_batch_ends_all_the_same(world: World) -> None:
    drop(world, 1, spec=SPEC + NIGHTLY)
    world.put("churn/predict/nightly/a.csv", rows(3))
    world.run_for(60)

    def is_due(event: dict[str, Any]) -> bool:
        return str(event["detail-type"]) == "Batch Due"

    world.keep = is_due
    world.run(lambda: done(world))
    assert all_completed(world, 1), "\n".join(world.story())
    assert world.errors == []


def test_events_that_come_twice_and_in_any_order_score_five_files_once_each(world: World) -> None:
    drop(world, 1, spec=SPEC)
    world.copies = 3
    for name in "abcde":
        world.put(f"churn/predict/{name}.csv", rows(3, ord(name)))
    world.run(lambda: done(world, 5))
    assert all_completed(world, 5), "\n".join(world.story())
    assert len(jobs(world)) == 5
