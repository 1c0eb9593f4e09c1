"""The transition table: every stage has a meaning, ends are ends, and what is not in the table is a bug."""

import pytest

from tests.unit.cli.builders import NOW, release
from yardmaster.records import Stage, Step, Waiting, WaitKind
from yardmaster.rules import stages


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_has_a_meaning_and_its_transitions(stage: Stage) -> None:
    assert stages.MEANING[stage]
    assert stage in stages.TRANSITIONS


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage not in stages.ENDED])
def test_every_open_stage_can_be_cancelled_and_can_fail(stage: Stage) -> None:
    assert {Stage.CANCELLED, Stage.FAILED} <= stages.TRANSITIONS[stage]


def test_every_stage_can_be_reached_and_the_first_by_a_drop_that_is_trained_again() -> None:
    reached = {ahead for targets in stages.TRANSITIONS.values() for ahead in targets}
    again = {stage for stage, targets in stages.TRANSITIONS.items() if Stage.RECEIVED in targets}

    assert reached == set(Stage)
    assert again == stages.ENDED - {Stage.LIVE, Stage.REPLACED, Stage.UNCHANGED}


def test_every_open_stage_leads_to_live() -> None:
    def leads(stage: Stage, seen: frozenset[Stage]) -> bool:
        return stage is Stage.LIVE or any(
            leads(ahead, seen | {stage}) for ahead in stages.TRANSITIONS[stage] - seen - {stage}
        )

    back = {Stage.ROLLING_BACK}
    assert all(leads(stage, frozenset()) for stage in set(Stage) - stages.ENDED - back)


def test_a_move_writes_history_and_ends_waiting_and_failures() -> None:
    waiting = Waiting(WaitKind.QUOTA, "ml.m5.xlarge", since=NOW - 60)
    before = release(Stage.PREPARED, waiting_for=waiting, failures=3, due=NOW)

    after = stages.move(before, Stage.TRAINING, "a job runs", NOW, due=NOW + 600)

    assert (after.stage, after.reason, after.due) == (Stage.TRAINING, "a job runs", NOW + 600)
    assert after.history == (*before.history, Step(Stage.TRAINING, NOW, "a job runs"))
    assert after.waiting_for is None
    assert after.failures == 0


@pytest.mark.parametrize(
    ("here", "there"),
    [
        (Stage.RECEIVED, Stage.LIVE),
        (Stage.LIVE, Stage.CANARY),
        (Stage.REFUSED, Stage.PREPARED),
        (Stage.CANARY, Stage.LIVE),
        (Stage.REJECTED, Stage.LIVE),
        (Stage.TRAINING, Stage.TRAINING),
    ],
)
def test_a_move_that_is_not_in_the_table_raises(here: Stage, there: Stage) -> None:
    with pytest.raises(stages.TransitionError, match=f"{here} -> {there}"):
        stages.move(release(here), there, "why not", NOW)


def test_waiting_for_the_same_thing_keeps_the_time_since_when() -> None:
    first = stages.wait(release(), NOW, Waiting(WaitKind.QUOTA, "instances", since=NOW))
    again = stages.wait(first, NOW + 300, Waiting(WaitKind.QUOTA, "instances", since=NOW + 300))
    other = stages.wait(first, NOW + 300, Waiting(WaitKind.ENDPOINT, "churn", since=NOW + 300))

    assert again.waiting_for is not None
    assert again.waiting_for.since == NOW
    assert other.waiting_for is not None
    assert other.waiting_for.since == NOW + 300
