"""Jobs for which the region has no instances: they wait for them, and are made anew; nothing fails."""

from typing import Any

import pytest

from tests.drops import SPEC, csv
from tests.fakes.errors import refusal
from tests.steps import JOURNEY, assert_settled, ended, visited
from tests.world import World
from yardmaster.records import Release, Stage, WaitKind
from yardmaster.rules.spend import from_dict

NONE = "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different instance type."
TUNED = """
algorithm: xgboost
data: {label: churned, positive: "yes"}
tune:
  objective_metric_name: validation:auc
  objective_type: Maximize
  max_jobs: 2
  max_parallel_jobs: 2
  hyperparameter_ranges: {eta: {type: continuous, min: 0.1, max: 0.5}}
deploy: none
"""


def start(world: World, spec: str = SPEC) -> None:
    world.script.quality = {"*": 0.9}
    world.put("churn/spec.yaml", spec)
    world.put("churn/data/month-1.csv", csv(1))


def waits(world: World, model: str = "churn") -> bool:
    found = world.table.find_number(model, 1)
    return found is not None and found.waiting_for is not None and found.waiting_for.kind is WaitKind.CAPACITY


def training_jobs(world: World) -> list[str]:
    listed = world.sagemaker.list_training_jobs()["TrainingJobSummaries"]
    return sorted(one["TrainingJobName"] for one in listed)


def live(world: World) -> Release:
    world.run(lambda: ended(world, 1), hours=12)
    release = world.release("churn", 1)
    assert release.stage is Stage.LIVE, world.story()
    assert world.errors == []
    world.run_for(600)
    ledger = from_dict(*world.table.get_ledger())
    assert (ledger.running, ledger.waiting, ledger.refused) == ({}, {}, {})
    return release


@pytest.mark.parametrize("delivered", [0, 1, 2])
def test_a_training_job_that_found_no_instances_is_made_anew(world: World, delivered: int) -> None:
    world.keep = lambda event: delivered > 0 or event["source"] != "aws.sagemaker"
    world.copies = max(delivered, 1)
    world.script.fails = {"ym-churn-*-1": NONE}
    start(world)
    world.run(lambda: waits(world))
    waiting = world.release("churn", 1).waiting_for
    assert waiting is not None
    assert NONE in waiting.subject
    assert waiting.next_try == pytest.approx(world.now + 300, abs=120)

    release = live(world)
    assert visited(release) == [*JOURNEY[:3], "prepared", "training", *JOURNEY[3:], "live"]
    assert (release.attempt, release.failures) == (2, 0)
    assert training_jobs(world) == [f"ym-churn-{release.id}-{attempt}" for attempt in (1, 2)]
    assert_settled(world)


def test_the_pause_grows_and_somebody_hears_of_it_after_an_hour(world: World) -> None:
    world.script.fails = {"ym-churn-*": NONE}
    start(world)
    world.run_for(6 * 3600)
    # After 5, 10, 20, 40 and 60 minutes, and each time some until the job has failed.
    assert 6 <= world.release("churn", 1).attempt <= 10
    assert len([one for one in world.sns.sent if "churn #1" in one.subject]) == 1
    world.script.fails = {}
    live(world)


def test_no_job_of_the_day_is_used_by_what_never_ran(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_JOBS_PER_DAY", "2")
    world.script.fails = {"ym-churn-*-1": NONE, "ym-churn-*-2": NONE}
    start(world)
    live(world)


@pytest.mark.parametrize("lacking", ["candidate", "baseline"])
def test_tests_that_found_no_instances_are_made_anew_both(world: World, lacking: str) -> None:
    start(world)
    world.run(lambda: ended(world, 1))
    world.traffic = 600
    world.script.fails = {f"ym-churn-*-1-{lacking}": NONE}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: ended(world, 2), hours=12)
    release = world.release("churn", 2)
    assert release.stage is Stage.LIVE, world.story()
    assert release.transform_jobs == {role: f"ym-churn-{release.id}-2-{role}" for role in ("candidate", "baseline")}
    assert any(step.reason.startswith(f"no instances: the {lacking}'s transform job") for step in release.history)
    assert world.errors == []


def test_a_tuning_job_whose_jobs_found_no_instances_is_made_anew(world: World) -> None:
    world.script.fails = {"ym-churn-*-1-*": NONE}
    start(world, TUNED)
    assert live(world).attempt == 2


def test_a_lack_that_shows_at_once_is_waited_for_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    create = world.sagemaker.create_training_job
    there = [False]

    def lacking(**request: Any) -> Any:
        if not there[0]:
            raise refusal("CapacityError", NONE, "CreateTrainingJob", 400)
        return create(**request)

    monkeypatch.setattr(world.sagemaker, "create_training_job", lacking, raising=False)
    start(world)
    world.run(lambda: waits(world))
    assert world.stage("churn", 1) is Stage.PREPARED
    there[0] = True
    assert live(world).attempt == 1


def test_who_wants_the_same_waits_without_asking(world: World) -> None:
    world.script.fails = {"ym-churn-*-1": NONE}
    start(world)
    world.run(lambda: waits(world))
    asked = world.calls["start_training sagemaker:CreateTrainingJob"]
    world.put("other/spec.yaml", SPEC)
    world.put("other/data/month-1.csv", csv(3))
    world.run(lambda: waits(world, "other"))
    assert world.calls["start_training sagemaker:CreateTrainingJob"] == asked
    world.run(lambda: ended(world, 1, "other"))
    live(world)


@pytest.mark.parametrize("call", range(16))
def test_wherever_a_function_dies_the_job_is_made_anew_once(world: World, call: int) -> None:
    world.script.fails = {"ym-churn-*-1": NONE}
    killed: list[str] = []

    def kill(function: str, number: int, operation: str) -> bool:
        if killed or number != call or function not in {"test_candidate", "start_training"} or not has_failed(world):
            return False
        killed.append(operation)
        return True

    world.kill = kill
    start(world)
    world.run(lambda: ended(world, 1), hours=12)
    assert world.stage("churn", 1) is Stage.LIVE, world.story()
    assert len(training_jobs(world)) == 2
    assert killed or call > 12


def has_failed(world: World) -> bool:
    listed = world.sagemaker.list_training_jobs(StatusEquals="Failed")
    return bool(listed["TrainingJobSummaries"])
