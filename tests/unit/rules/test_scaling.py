"""What a shift does to registrations for automatic scaling, besides its changes of the endpoint."""

from dataclasses import replace
from typing import Any

import pytest

from yardmaster.records import Scaling, ScalingPolicy
from yardmaster.rules import scaling
from yardmaster.rules.shift import (
    MAX_TRIES,
    Deregister,
    EndpointFacts,
    Phase,
    PutPolicy,
    Register,
    Settled,
    SetWeights,
    Shift,
    Update,
    VariantState,
)

NEW, OLD = "release-b", "release-a"
CONFIGS = {"shared": "c-shared", "alone": "c-alone", "before": "c-before"}
BY_HAND = Scaling(1, 7, (ScalingPolicy("by-hand", "StepScaling", {"Cooldown": 60}),))
OURS = Scaling(1, 5, (ScalingPolicy(scaling.POLICY, "TargetTrackingScaling", {"TargetValue": 750.0}),))
SHIFT = Shift("churn", NEW, OLD, CONFIGS, (5.0, 95.0, 100.0), Phase.STEP)
LAST = replace(SHIFT, phase=Phase.LAST, step=2)
BACK = replace(SHIFT, phase=Phase.BACK, step=1)


def facts(config: str, there: dict[str, Scaling] | None, **weights: float) -> EndpointFacts:
    given = {name.replace("_", "-"): weight for name, weight in weights.items()}
    variants = tuple(VariantState(name, weight, 2) for name, weight in given.items())
    return EndpointFacts("InService", config, variants, scaling=there)


def shared(there: dict[str, Scaling] | None, old: float = 95, new: float = 5) -> EndpointFacts:
    return facts("c-shared", there, release_a=old, release_b=new)


def alone(there: dict[str, Scaling]) -> EndpointFacts:
    return facts("c-alone", there, release_b=100)


def test_a_variant_is_deregistered_before_it_is_removed() -> None:
    change = scaling.next_change(LAST, shared({OLD: OURS}))

    assert isinstance(change, Deregister)
    assert (change.variant, change.before) == (OLD, OURS)
    assert isinstance(scaling.next_change(LAST, shared({})), Update)
    assert isinstance(scaling.next_change(LAST, shared({NEW: OURS})), Update)


def test_the_baseline_is_not_scaled_in_from_the_second_step_on() -> None:
    second = replace(SHIFT, step=1)
    change = scaling.next_change(second, shared({OLD: BY_HAND}))

    assert isinstance(change, Register)
    assert change.scaling == replace(BY_HAND, scale_in_suspended=True, schedule_suspended=True)
    assert scaling.remembered(second, change).kept_scaling == BY_HAND
    assert isinstance(scaling.next_change(second, shared({OLD: change.scaling})), SetWeights)


@pytest.mark.parametrize("there", [{}, {OLD: OURS}])
def test_a_way_back_begins_with_the_weights_whatever_is_registered(there: dict[str, Scaling]) -> None:
    assert isinstance(scaling.next_change(BACK, shared(there, 5, 95)), SetWeights)


def test_the_spec_is_registered_first_and_then_gets_its_policy() -> None:
    wanted = replace(LAST, scaling=OURS)

    assert isinstance(scaling.next_change(wanted, alone({})), Register)
    change = scaling.next_change(wanted, alone({NEW: replace(OURS, policies=())}))
    assert isinstance(change, PutPolicy)
    assert change.policy == OURS.policies[0]
    assert isinstance(scaling.next_change(wanted, alone({NEW: OURS})), Settled)


def test_what_aws_adds_to_a_policy_is_no_difference() -> None:
    (policy,) = OURS.policies
    more = replace(OURS, policies=(replace(policy, settings={**policy.settings, "DisableScaleIn": False}),))

    assert isinstance(scaling.next_change(replace(LAST, scaling=OURS), alone({NEW: more})), Settled)


@pytest.mark.parametrize(("kept", "carried"), [(BY_HAND, True), (OURS, False), (Scaling(1, 3), True), (None, False)])
def test_only_what_somebody_else_registered_goes_over_without_the_spec(kept: Scaling | None, carried: bool) -> None:
    change = scaling.next_change(replace(LAST, kept_scaling=kept), alone({}))

    assert isinstance(change, Register if carried else Settled)


def test_the_pause_of_scaling_in_does_not_go_over() -> None:
    state = replace(LAST, kept_scaling=BY_HAND)
    held = replace(BY_HAND, scale_in_suspended=True, max_capacity=9)

    kept = scaling.remembered(state, Deregister(OLD, held, "")).kept_scaling

    assert kept == replace(BY_HAND, max_capacity=9)


def test_a_registration_that_is_refused_again_and_again_holds_nothing_up() -> None:
    refused, change = replace(LAST, scaling=OURS), Register(NEW, OURS, None, "")
    for _ in range(MAX_TRIES):
        assert isinstance(scaling.next_change(refused, alone({})), Register)
        refused = scaling.refused(refused, change, "No.")

    settled = scaling.next_change(refused, alone({}))

    assert isinstance(settled, Settled)
    assert settled.reason.endswith("without automatic scaling, which was refused: No.")


def test_registrations_are_not_looked_at_while_a_step_lasts() -> None:
    assert not scaling.matters(SHIFT, {OLD, NEW})
    assert scaling.matters(SHIFT, {OLD, NEW, "somebody-elses"})
    assert scaling.matters(replace(SHIFT, step=1), {OLD, NEW})
    assert not scaling.matters(replace(SHIFT, step=1, step_started_at=1.0), {OLD, NEW})
    assert scaling.matters(LAST, {NEW})


def test_a_shift_keeps_its_registrations_in_the_row() -> None:
    state = replace(LAST, scaling=OURS, kept_scaling=BY_HAND)
    row: dict[str, Any] = state.to_dict()

    assert Shift.from_dict(row) == state
    assert Shift.from_dict({key: value for key, value in row.items() if "scaling" not in key}) == LAST
