"""A job that found no instances: another attempt, a growing pause, and since when it is so."""

from dataclasses import replace

import pytest

from tests.unit.cli.builders import NOW, release
from yardmaster.records import Release, Stage, WaitKind
from yardmaster.rules import evaluating, lacking, stages, testing
from yardmaster.rules.evaluating import JobState
from yardmaster.rules.testing import JobFacts, NoCapacity

HOUR = 3600.0
NONE = "CapacityError: Unable to provision requested ML compute capacity."


def test_a_training_job_that_found_no_instances_says_nothing_of_the_release() -> None:
    job = JobFacts("t", "Failed", "Failed", NONE, has_artifact=False)
    assert testing.after_training(job, "t") == NoCapacity(f"training job t: {NONE}")


@pytest.mark.parametrize("other", ["InProgress", "Completed", "Stopping"])
@pytest.mark.parametrize("role", ["candidate", "baseline"])
def test_one_test_without_instances_makes_both_wait(role: str, other: str) -> None:
    jobs = {name: JobState(name, other, "") for name in ("candidate", "baseline")}
    found = evaluating.after_transforms(jobs | {role: JobState("t", "Failed", NONE)})
    assert found == NoCapacity(f"the {role}'s transform job t: {NONE}")


@pytest.mark.parametrize("first", ["candidate", "baseline"])
def test_a_test_that_failed_for_its_own_sake_is_not_made_anew(first: str) -> None:
    second = "baseline" if first == "candidate" else "candidate"
    jobs = {first: JobState("a", "Failed", NONE), second: JobState("b", "Failed", "AlgorithmError: bad row")}
    found = evaluating.after_transforms(jobs)
    assert isinstance(found, evaluating.Broken)
    assert "AlgorithmError: bad row" in found.reason


def in_training(release: Release, at: float) -> Release:
    moved = stages.move(replace(release, stage=Stage.PREPARED), Stage.TRAINING, "training job", at)
    return replace(moved, training_job="job", tuning_job="tuning")


def test_a_training_begins_anew_with_its_next_attempt() -> None:
    found = lacking.again(in_training(release(Stage.PREPARED), NOW), "CapacityError: none", NOW + 60)
    assert (found.stage, found.attempt, found.training_job, found.tuning_job) == (Stage.PREPARED, 2, None, None)
    assert found.reason == "no instances: CapacityError: none"
    assert found.waiting_for is not None
    assert (found.waiting_for.kind, found.waiting_for.subject) == (WaitKind.CAPACITY, "CapacityError: none")
    assert (found.waiting_for.since, found.waiting_for.next_try, found.due) == (NOW + 60, NOW + 360, NOW + 360)


def test_tests_begin_anew_with_the_model_that_was_trained() -> None:
    tested = replace(release(Stage.TESTING), training_job="job", transform_jobs={"candidate": "c"})
    found = lacking.again(tested, "CapacityError: none", NOW)
    assert (found.stage, found.attempt, found.training_job, found.transform_jobs) == (Stage.TESTING, 2, "job", {})


@pytest.mark.parametrize("stage", [Stage.TRAINING, Stage.TESTING])
def test_the_pause_doubles_up_to_an_hour_and_an_hour_of_it_is_long(stage: Stage) -> None:
    now, found, pauses, long = NOW, release(stage), [], []
    for _ in range(7):
        found = lacking.again(in_training(found, now) if stage is Stage.TRAINING else found, "none", now)
        assert found.waiting_for is not None
        assert found.waiting_for.since == NOW
        pauses.append(((found.due or 0.0) - now) / 60)
        long.append(found.waiting_for.long)
        now = found.due or 0.0
    assert pauses == [5, 10, 20, 40, 60, 60, 60]
    assert long == [False, False, False, False, True, True, True]


def test_an_earlier_lack_that_was_overcome_counts_no_more() -> None:
    lacked = lacking.again(in_training(release(Stage.PREPARED), NOW), "none", NOW)
    tested = stages.move(in_training(lacked, NOW + 400), Stage.TESTING, "completed", NOW + 900)
    found = lacking.again(tested, "none", NOW + 9 * HOUR)
    assert found.waiting_for is not None
    assert found.waiting_for.since == NOW + 9 * HOUR
