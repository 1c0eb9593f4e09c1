"""The shift: one change at a time, capacity before weight, the full vector, and no belief without looking."""

from dataclasses import replace

import pytest

from yardmaster.records import Stage
from yardmaster.rules import shift as rules
from yardmaster.rules.shift import (
    Busy,
    Create,
    Delete,
    EndpointFacts,
    Phase,
    SetCapacity,
    Settled,
    SetWeights,
    Shift,
    Stuck,
    Update,
    VariantState,
)

OLD, NEW = "release-old", "release-new"
CONFIGS = {"shared": "c-shared", "alone": "c-alone", "before": "c-before"}
SHARED = Shift("churn", NEW, OLD, CONFIGS, (5.0, 95.0, 100.0), Phase.STEP)
FIRST = Shift("churn", NEW, None, {"alone": "c-alone"}, (100.0,), Phase.FIRST)


def facts(
    config: str = "c-shared",
    weights: tuple[float, float] | None = (95, 5),
    counts: tuple[int, int] = (2, 1),
    status: str = "InService",
    failure: str = "",
) -> EndpointFacts:
    """Return an endpoint; without weights it has the new variant alone."""
    if weights is None:
        return EndpointFacts(status, config, (VariantState(NEW, 100, counts[1]),), failure)
    variants = tuple(VariantState(name, weights[at], counts[at]) for at, name in enumerate((OLD, NEW)))
    return EndpointFacts(status, config, variants, failure)


def at_step(step: int) -> Shift:
    return replace(SHARED, step=step)


def test_the_first_release_makes_its_endpoint_and_then_it_is_settled() -> None:
    assert isinstance(rules.next_change(FIRST, None), Create)
    assert isinstance(rules.next_change(FIRST, facts("c-alone", None)), Settled)


UNMADE = replace(FIRST, made=True, phase=Phase.BACK)


@pytest.mark.parametrize("status", ["InService", "UpdateRollbackFailed", "Failed"])
def test_an_endpoint_that_was_made_for_a_release_goes_with_it(status: str) -> None:
    assert isinstance(rules.next_change(UNMADE, facts("c-alone", None, status=status)), Delete)
    assert not rules.is_back(UNMADE, facts("c-alone", None))


@pytest.mark.parametrize("status", ["Creating", "Updating", "Deleting"])
def test_it_is_not_deleted_before_sagemaker_lets_it_be(status: str) -> None:
    assert isinstance(rules.next_change(UNMADE, facts("c-alone", None, status=status)), Busy)


def test_what_is_gone_is_settled_and_what_may_just_be_asked_for_is_told_apart() -> None:
    assert isinstance(rules.next_change(UNMADE, None), Settled)
    assert rules.may_be_in_the_making(UNMADE)
    assert not rules.may_be_in_the_making(rules.asked(UNMADE, Delete("")))
    assert not rules.may_be_in_the_making(FIRST)


def test_that_it_was_made_for_the_release_is_kept_in_the_row() -> None:
    assert Shift.from_dict(UNMADE.to_dict()) == UNMADE
    before = {name: value for name, value in FIRST.to_dict().items() if name != "made"}
    assert not Shift.from_dict(before).made


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"])
def test_an_endpoint_that_changes_is_waited_for(status: str) -> None:
    assert isinstance(rules.next_change(SHARED, facts(status=status)), Busy)


def test_the_second_variant_comes_by_a_configuration_and_has_its_weights_from_it() -> None:
    assert rules.next_change(SHARED, facts("c-before", None)) == Update(
        "c-shared", "move endpoint churn from c-before to c-shared"
    )
    assert isinstance(rules.next_change(SHARED, facts()), Settled)


def test_capacity_comes_before_weight_and_is_what_the_baseline_has_now() -> None:
    grown = facts(counts=(3, 1))

    assert rules.next_change(at_step(1), grown) == SetCapacity(
        NEW, 3, "release-new needs 3 instances before its traffic, has 1"
    )
    after = rules.next_change(at_step(1), facts(counts=(3, 3)))
    assert isinstance(after, SetWeights)
    assert after.weights == {OLD: 5.0, NEW: 95.0}


def test_a_weight_change_is_the_full_vector_and_sums_to_a_hundred() -> None:
    for step in (0, 1):
        assert sum(rules.wanted_weights(at_step(step)).values()) == 100
    drifted = rules.next_change(SHARED, facts(weights=(95, 50)))
    assert drifted == SetWeights(
        {OLD: 95.0, NEW: 5.0}, "release-old 95, release-new 50 -> release-old 95, release-new 5"
    )


def test_an_endpoint_in_service_with_the_old_weights_is_not_believed() -> None:
    wanted = at_step(1)
    asked = rules.asked(wanted, SetWeights(rules.wanted_weights(wanted), ""))

    rolled_back = rules.next_change(asked, facts(weights=(95, 5), counts=(2, 2)))

    assert isinstance(rolled_back, SetWeights)


def test_a_change_that_is_not_taken_three_times_is_given_up_with_sagemakers_reason() -> None:
    shift, endpoint = SHARED, facts("c-before", None, failure="no capacity in the zone")
    for _ in range(rules.MAX_TRIES):
        change = rules.next_change(shift, endpoint)
        assert isinstance(change, Update)
        shift = rules.asked(shift, change)

    stuck = rules.next_change(shift, endpoint)

    assert isinstance(stuck, Stuck)
    assert "after 3 tries" in stuck.reason
    assert "no capacity in the zone" in stuck.reason


def test_another_change_counts_its_tries_anew() -> None:
    first = rules.asked(rules.asked(SHARED, Update("c-shared", "")), Update("c-shared", ""))

    assert first.tries == 2
    assert rules.asked(first, SetCapacity(NEW, 2, "")).tries == 1


def test_the_last_step_removes_the_old_variant() -> None:
    last = replace(SHARED, phase=Phase.LAST, step=2)

    assert isinstance(rules.next_change(last, facts(weights=(5, 95))), Update)
    assert isinstance(rules.next_change(last, facts("c-alone", None)), Settled)


def test_on_the_way_back_the_traffic_goes_first_and_the_variant_after() -> None:
    back = replace(SHARED, phase=Phase.BACK)

    first = rules.next_change(back, facts(weights=(5, 95)))
    assert isinstance(first, SetWeights)
    assert first.weights == {OLD: 100.0, NEW: 0.0}
    assert isinstance(rules.next_change(back, facts(weights=(100, 0))), Update)
    alone = EndpointFacts("InService", "c-before", (VariantState(OLD, 100, 2),))
    assert isinstance(rules.next_change(back, alone), Settled)


def test_a_failed_or_missing_endpoint_is_stuck_with_a_reason() -> None:
    failed = rules.next_change(SHARED, facts(status="Failed", failure="the ping failed"))

    assert failed == Stuck("endpoint churn failed: the ping failed")
    assert isinstance(rules.next_change(SHARED, None), Stuck)


def test_the_way_back_from_a_failed_endpoint_deletes_it_and_makes_it_again_with_the_baseline() -> None:
    back = replace(SHARED, phase=Phase.BACK)

    delete = rules.next_change(back, facts(status="Failed", failure="the ping failed"))
    assert isinstance(delete, Delete)
    create = rules.next_change(rules.asked(back, delete), None)
    assert create == Create(SHARED.configs["before"], "make endpoint churn again, with the baseline")
    again = rules.asked(back, create)
    assert isinstance(rules.next_change(again, facts(status="Failed", failure="no instances")), Stuck)


def test_an_endpoint_that_a_person_deleted_is_not_made_again() -> None:
    assert isinstance(rules.next_change(replace(SHARED, phase=Phase.BACK), None), Stuck)


@pytest.mark.parametrize(("phase", "config"), [(Phase.BACK, "before"), (Phase.LAST, "alone")])
def test_a_mixture_after_a_failed_rollback_is_mended_by_a_whole_configuration(phase: Phase, config: str) -> None:
    change = rules.next_change(replace(SHARED, phase=phase), facts(status="UpdateRollbackFailed"))

    assert isinstance(change, Update)
    assert change.config == SHARED.configs[config]


def test_a_mixture_under_a_canary_is_no_canary_any_more() -> None:
    assert isinstance(rules.next_change(SHARED, facts(status="UpdateRollbackFailed")), Stuck)


def test_a_shift_survives_its_row() -> None:
    shift = replace(SHARED, phase=Phase.BACK, end=Stage.INCONCLUSIVE, started_at=1.5, asked="update c", tries=2)

    assert Shift.from_dict(shift.to_dict()) == shift
