"""`yardmaster remove` and batches of predictions: schedules and what is under way go, and nothing comes back."""

from typing import Any

import pytest

from tests.drops import SPEC
from tests.flows.test_remove import remove_one, run
from tests.flows.test_run_batch_transform import HOURLY, NIGHTLY, jobs, rows
from tests.steps import drop
from tests.world import World
from yardmaster.records import BatchStage, WaitKind
from yardmaster.rules import batches
from yardmaster.rules.spend import from_dict


def claims(world: World) -> set[str]:
    ledger = from_dict(*world.table.get_ledger())
    return {*ledger.running, *ledger.waiting}


def running(world: World, spec: str = SPEC + HOURLY) -> None:
    """A model that is live, with a batch whose job runs, and another that waits for room."""
    world.put("churn/predict/nightly/a.csv", rows(3))
    drop(world, 1, spec=spec)
    world.script.transform_seconds = 1800
    world.run(lambda: [one.stage for one in open_ones(world)] == [BatchStage.RUNNING], hours=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAX_JOBS_AT_ONCE", "1")
        world.put("churn/predict/b.csv", rows(2))
        world.run(lambda: sorted(one.stage for one in open_ones(world)) == [BatchStage.RUNNING, BatchStage.WAITING])
    assert len(claims(world)) == 2


def open_ones(world: World) -> list[Any]:
    return [one for one in world.batches("churn") if one.stage not in batches.ENDED]


def test_schedules_and_what_is_under_way_are_shown_and_left_alone_without_yes(world: World) -> None:
    running(world)
    for code, said in (remove_one(world, yes=False), run(world, yes=False)[:2]):
        assert code == 1
        (name,) = world.scheduler.schedules
        assert f"schedule {name}: each time it fires, a transform job costs money" in said
        for batch in open_ones(world):
            assert f"{batch.title} is under way ({batch.stage.value})" in said
        assert "transform job ym-churn-" in said
    assert len(open_ones(world)) == 2


def test_a_removed_models_batches_end_and_its_schedules_do_not_come_back(world: World) -> None:
    running(world)

    code, said = remove_one(world, yes=True)

    assert code == 0, said
    assert world.scheduler.schedules == {}
    assert said.count("sent: cancel churn batch ") == 2
    assert {one.stage for one in world.batches("churn")} <= batches.ENDED
    assert claims(world) == set()
    before = len(world.batches("churn")), len(jobs(world))
    world.run_for(2 * 86400)
    assert (len(world.batches("churn")), len(jobs(world))) == before
    assert world.model("churn").due is None
    assert [event["Status"] for event in transforms(world) if event["Status"] == "InProgress"] == []


def transforms(world: World) -> list[dict[str, Any]]:
    found = world.sagemaker.list_transform_jobs()["TransformJobSummaries"]
    return [{"Status": one["TransformJobStatus"]} for one in found]


def test_a_schedule_that_fires_late_for_a_removed_model_is_refused_in_words(world: World) -> None:
    world.put("churn/predict/nightly/a.csv", rows(3))
    drop(world, 1, spec=SPEC + NIGHTLY)
    target = next(iter(world.scheduler.schedules.values())).fields["Target"]
    remove_one(world, yes=True)
    known = len(world.batches("churn"))

    detail = {"model": "churn", "name": "nightly", "scheduled": "2026-03-05T06:00:00Z"}
    world._fire(target, detail)
    world.run_for(3600)

    *_, late = world.batches("churn")
    assert len(world.batches("churn")) == known + 1
    assert late.stage is BatchStage.REFUSED
    assert "spec.yaml was deleted" in late.reason
    assert jobs(world) == []


def test_a_batch_that_waited_for_its_spec_does_not_wake_with_the_next_one(world: World) -> None:
    world.put("churn/spec.yaml", "algorithm: nonsense")
    world.put("churn/predict/b.csv", rows(2))
    world.run_for(60)
    (waiting,) = open_ones(world)
    assert waiting.waiting_for.kind is WaitKind.SPEC

    code, said = remove_one(world, yes=True)

    assert code == 0, said
    drop(world, 1, spec=SPEC)
    world.run_for(3600)
    assert [one.stage for one in world.batches("churn")] == [BatchStage.REFUSED]
    assert jobs(world) == []


def test_with_the_whole_stack_schedules_rows_and_claims_go_and_stay_gone_if_it_wakes(world: World) -> None:
    running(world)

    code, said, _ = run(world, yes=True)

    assert code == 0, said
    assert world.scheduler.schedules == {}
    assert ": cancelled" in said
    assert open_ones(world) == []
    assert claims(world) == set()
    assert {one["Status"] for one in transforms(world)} <= {"Completed", "Stopped"}

    count = len(jobs(world))
    world.ticking, world.keep = True, lambda event: True
    world.run_for(2 * 3600)
    assert len(jobs(world)) == count
    assert world.errors == []
    assert {one.stage for one in world.batches("churn")} <= batches.ENDED


def test_with_the_whole_stack_a_batch_of_a_model_without_a_row_ends_too(world: World) -> None:
    world.put("churn/predict/b.csv", rows(2))
    world.run_for(60)
    assert run(world, yes=True)[0] == 0
    assert [one.stage for one in world.batches("churn")] == [BatchStage.CANCELLED]


def test_a_batch_that_is_moved_at_that_moment_is_named(world: World) -> None:
    running(world)
    save = world.table.save_batch
    moved = open_ones(world)[0]

    def first(batch: Any, now: float, *, silent: bool = False) -> Any:
        if batch.id == moved.id and batch.stage is BatchStage.CANCELLED:
            save(moved, now, silent=True)
        return save(batch, now, silent=silent)

    world.table.save_batch = first  # type: ignore[method-assign]
    _, said, _ = run(world, yes=True)
    assert f"{moved.title} is being moved: say it again" in said
    assert [one.id for one in open_ones(world)] == [moved.id]
