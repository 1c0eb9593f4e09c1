"""Caps reached by many at once, on the real handlers: everybody waits or runs, and in the end all have run."""

from dataclasses import replace

import pytest

from tests.drops import SPEC, UNSHARED, csv
from tests.steps import ended
from tests.world import World
from yardmaster.records import Release, Stage, WaitKind
from yardmaster.rules.spend import from_dict

PEOPLE = ["ann", "bob", "cat", "dan", "eve"]


def caps(patch: pytest.MonkeyPatch, **most: int) -> None:
    for name, value in most.items():
        patch.setenv(f"MAX_{name.upper()}", str(value))


def drop(world: World, model: str, count: int, spec: str = UNSHARED) -> None:
    world.put(f"{model}/spec.yaml", spec)
    for number in range(1, count + 1):
        world.put(f"{model}/data/month-{number}.csv", csv(number + 100 * len(model) + ord(model[0]), 200))


def releases(world: World, *models: str) -> list[Release]:
    return [one for model in models for one in world.table.releases_of(model)]


def running_jobs(world: World) -> int:
    training = world.sagemaker.list_training_jobs(StatusEquals="InProgress", MaxResults=100)["TrainingJobSummaries"]
    transforms = world.sagemaker.list_transform_jobs(StatusEquals="InProgress", MaxResults=100)["TransformJobSummaries"]
    return len(training) + len(transforms)


def watch_jobs(world: World, most: int) -> list[int]:
    seen: list[int] = []

    def look() -> None:
        seen.append(running_jobs(world))
        assert seen[-1] <= most, world.story()

    world.watch = look
    return seen


def assert_nothing_is_left(world: World) -> None:
    world.watch = lambda: None
    world.run_for(3600)
    ledger = from_dict(*world.table.get_ledger())
    assert (ledger.running, ledger.waiting, ledger.refused) == ({}, {}, {})


def test_25_drops_of_5_people_reach_the_cap_at_once_and_all_come_through(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    caps(monkeypatch, jobs_at_once=4)
    seen = watch_jobs(world, 4)
    for person in PEOPLE:
        drop(world, person, 5)
    world.run(lambda: len(releases(world, *PEOPLE)) == 25, hours=1)
    world.run(lambda: any(one.waiting_for and one.waiting_for.kind is WaitKind.CAP for one in releases(world, *PEOPLE)))

    waiting = [one.waiting_for for one in releases(world, *PEOPLE) if one.waiting_for]
    assert {one.subject for one in waiting if one.kind is WaitKind.CAP} <= {
        "MaxJobsAtOnce: 4 jobs at once",
        "room for those that waited before it",
    }
    assert all(one.position and one.next_try for one in waiting if one.kind is WaitKind.CAP)

    world.run(lambda: all(ended(world, number, person) for person in PEOPLE for number in range(1, 6)), hours=60)
    assert max(seen) == 4
    assert all(one.stage is not Stage.FAILED for one in releases(world, *PEOPLE)), world.story()
    assert_nothing_is_left(world)


def test_they_come_through_though_others_write_between_every_two_calls(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    caps(monkeypatch, jobs_at_once=3)
    watch_jobs(world, 3)
    inside: list[str] = []

    def meanwhile(function: str, call: int, operation: str) -> None:
        """Between reading the ledger and writing it, another drop's function runs."""
        if operation != "dynamodb:PutItem" or function != "start_training" or inside:
            return
        others = [one for one in releases(world, "bob", "cat") if one.stage is Stage.PREPARED]
        if others:
            inside.append(others[0].id)
            try:
                due = {"detail-type": "Release Due", "detail": {"release": others[0].id}}
                world.invoke("start_training", due)
            finally:
                inside.pop()

    world.meanwhile = meanwhile
    for person in ("ann", "bob", "cat"):
        drop(world, person, 3)
    people = ("ann", "bob", "cat")
    world.run(lambda: all(ended(world, number, one) for one in people for number in (1, 2, 3)), hours=60)
    assert all(one.stage is not Stage.FAILED for one in releases(world, *people)), world.story()
    world.meanwhile = lambda function, call, operation: None
    assert_nothing_is_left(world)


def test_one_persons_many_drops_let_the_other_through(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    caps(monkeypatch, jobs_at_once=2)
    drop(world, "many", 12)
    world.run(lambda: sum(one.waiting_for is not None for one in releases(world, "many")) >= 8, hours=2)
    drop(world, "one", 1)
    world.run(lambda: ended(world, 1, "one"), hours=10)

    over = [one for one in releases(world, "many") if one.stage not in {Stage.PREPARED, Stage.RECEIVED}]
    assert len(over) < 8, world.story()


def test_with_no_event_delivered_everybody_still_comes_through(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    caps(monkeypatch, jobs_at_once=1)
    for person in PEOPLE[:2]:
        drop(world, person, 2)
    world.run(lambda: len(releases(world, *PEOPLE[:2])) == 4, hours=1)
    world.keep = lambda event: event["detail-type"] == "Release Due"
    world.run(lambda: all(ended(world, number, one) for one in PEOPLE[:2] for number in (1, 2)), hours=100)
    assert_nothing_is_left(world)


def test_a_full_day_waits_for_midnight(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    caps(monkeypatch, jobs_per_day=3)
    drop(world, "ann", 2)
    world.run(lambda: ended(world, 1, "ann") and world.release("ann", 2).waiting_for is not None, hours=5)
    waiting = world.release("ann", 2).waiting_for
    assert waiting is not None
    assert waiting.subject == "MaxJobsPerDay: 3 jobs a day"
    assert waiting.next_try is not None
    assert waiting.next_try % 86400 == 0
    before = waiting.next_try

    world.run(lambda: ended(world, 2, "ann"), hours=60)
    assert world.now > before


def test_what_can_never_run_is_refused_with_the_parameter(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    caps(monkeypatch, hours_per_day=1)
    drop(world, "ann", 1, f"{UNSHARED}train: {{max_run: 3h}}\n")
    world.run(lambda: ended(world, 1, "ann"))
    assert world.stage("ann", 1) is Stage.REFUSED
    assert "it needs 3 instance-hours at most, above this stack's MaxInstanceHoursPerDay of 1" in (
        world.release("ann", 1).reason
    )


@pytest.mark.parametrize("stage", [Stage.PREPARED, Stage.TRAINING, Stage.TESTING, Stage.REGISTERED])
def test_cancel_ends_a_release_wherever_it_is_and_stops_its_jobs(
    world: World, monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    caps(monkeypatch, jobs_at_once=2)
    if stage is Stage.PREPARED:
        monkeypatch.setenv("MAX_JOBS_AT_ONCE", "1")
        drop(world, "bob", 1)
        world.run(lambda: world.stage("bob", 1) is Stage.TRAINING)
    spec = SPEC + "register: {approval_status: PendingManualApproval}\n"
    drop(world, "ann", 1, spec)

    def there() -> bool:
        if world.stage("ann", 1) is not stage:
            return False
        return stage is not Stage.TESTING or bool(world.release("ann", 1).transform_jobs)

    world.run(there)
    world.command("cancel", world.release("ann", 1))
    world.run(lambda: world.stage("ann", 1) is Stage.CANCELLED, hours=1)

    assert "cancel by alice" in world.release("ann", 1).reason
    world.run(lambda: running_jobs(world) == 0 or stage is Stage.PREPARED, hours=1)
    world.run_for(7200)
    assert_nothing_is_left(world)


@pytest.mark.parametrize("at", range(24))
@pytest.mark.parametrize("operation", ["training", "testing"])
def test_cancelled_while_its_job_is_made_by_a_function_that_dies_nothing_runs_on(
    world: World, at: int, operation: str
) -> None:
    function = "start_training" if operation == "training" else "test_candidate"
    done: list[int] = []

    def kill(called: str, call: int, what: str) -> bool:
        if called != function or call != at or done or world.stage("ann", 1) not in {Stage.PREPARED, Stage.TESTING}:
            return False
        done.append(call)
        world.command("cancel", world.release("ann", 1))
        return True

    world.kill = kill
    drop(world, "ann", 1)
    world.run(lambda: ended(world, 1, "ann"), hours=5)
    world.run_for(1800)

    if done:
        assert world.stage("ann", 1) is Stage.CANCELLED, world.story()
    assert running_jobs(world) == 0
    assert_nothing_is_left(world)


@pytest.mark.parametrize("delivered", [True, False])
def test_a_full_quota_is_found_out_by_one_and_believed_by_all(world: World, delivered: bool) -> None:
    world.hide_quotas()
    world.core.settings = replace(world.core.settings, quotas={"ml.m5.xlarge for training job usage": 2})
    world.keep = lambda event: delivered or event["source"] != "aws.sagemaker"
    for person in PEOPLE:
        drop(world, person, 3)
    world.run(lambda: sum(one.waiting_for is not None for one in releases(world, *PEOPLE)) >= 13, hours=2)
    waits = [one.waiting_for for one in releases(world, *PEOPLE) if one.waiting_for]
    assert {one.kind for one in waits} == {WaitKind.QUOTA}
    assert all("ml.m5.xlarge for training job usage' is 2 Instances" in one.subject for one in waits)
    assert world.calls["start_training sagemaker:CreateTrainingJob"] == 3

    people = [(number, person) for person in PEOPLE for number in (1, 2, 3)]
    world.run(lambda: all(ended(world, number, person) for number, person in people), hours=60)
    assert all(one.stage is not Stage.FAILED for one in releases(world, *PEOPLE)), world.story()
    # Fifteen that were made, and a refusal for each time that there might have been room.
    assert world.calls["start_training sagemaker:CreateTrainingJob"] < 45
    assert_nothing_is_left(world)
