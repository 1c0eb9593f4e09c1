"""Every right is needed: with one action, or one resource, less, a journey is denied just that, and ends otherwise."""

from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from local_aws.iam.ledger import Ledger
from local_aws.template.sam import read
from tests.rights import LEDGER, TEMPLATE, Stack, stack
from tests.sam.reduced import JOURNEYS, STACKS, Order, Right, rights, stack_of, without
from tests.world import World, a_world
from tools.rights_reasons import reasons
from yardmaster.records import Stage

REASONS = reasons(read(TEMPLATE))
Outcome = tuple[object, ...]


class StoppedError(Exception):
    """A function was denied something: the rest of the journey tells nothing new."""


@dataclass
class Recorded:
    """Journeys with all rights of a stack: how they end, and which of them needs a right soonest."""

    ends: dict[str, Outcome] = field(default_factory=dict)
    soonest: dict[Right, tuple[int, str]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def recorded() -> dict[str, Recorded]:
    return {name: record(template) for name, template in STACKS.items()}


def record(template: Stack) -> Recorded:
    found = Recorded()
    for name in JOURNEYS:
        order = Order()
        found.ends[name], denied = play(name, template, order)
        assert denied == set(), f"{name} lacks a right"
        LEDGER.merge(order)
        for right, first in order.first.items():
            found.soonest[right] = min(found.soonest.get(right, (first, name)), (first, name))
    return found


def play(name: str, template: Stack, ledger: Ledger) -> tuple[Outcome, set[str]]:
    """Let a journey run, at most to the first call of a function that is denied; tell its end, and what was denied."""
    with a_world(template, ledger) as world:
        world.watch = lambda: stop_if_denied(world)
        with suppress(StoppedError, AssertionError):
            JOURNEYS[name](world)
        return outcome(world), {error.action for error in world.gate.denied}


def stop_if_denied(world: World) -> None:
    if not world.gate.denied:
        return
    told = any(word in error for error in world.errors for word in ("AccessDenied", "(403)", "permissions"))
    if told or any(stage is Stage.FAILED for _, stage in stages_of(world)):
        raise StoppedError


def stages_of(world: World) -> list[tuple[str, Stage]]:
    releases = [one for model in world.table.all_models() for one in world.table.releases_of(model.name)]
    return [(one.title, one.stage) for one in releases]


def outcome(world: World) -> Outcome:
    """What is seen of a journey: stages, errors of functions, logs, metrics, and what was kept of failures.

    Also what a canary's history says of its answers, what is known of the account's quotas, and what is left of
    checkpoints: a right that is missing there stops nothing.
    """
    releases = [one for model in world.table.all_models() for one in world.table.releases_of(model.name)]
    answers = [step.reason for one in releases for step in one.history if "the canary's answers" in step.reason]
    seen = tuple(stages_of(world)), tuple(world.errors), tuple(answers)
    counts = [len(world.logs), len(world.measured), len(world.failed), len(world.table.get_quotas())]
    return *seen, *counts, sum("/checkpoints/" in key for key in world.keys(""))


def is_excused(right: Right) -> bool:
    role = stack().rights.roles[right.role].resource
    return right.action is not None and any(
        reason.excuses(role, right.policy, right.statement, right.action) for reason in REASONS
    )


@pytest.mark.parametrize("right", [right for right in rights() if not is_excused(right)], ids=lambda right: right.id)
def test_without_one_right_a_journey_is_denied_it_and_ends_otherwise(
    right: Right, recorded: dict[str, Recorded]
) -> None:
    full = recorded[stack_of(right)]
    assert right in full.soonest, "no journey needs it"
    _, journey = full.soonest[right]

    ended, denied = play(journey, without(right), Ledger())

    if right.action:
        assert denied == {right.action}, journey
    else:
        assert len(denied) == 1, journey
    assert ended != full.ends[journey], journey


def test_the_template_grants_enough_rights_that_this_means_something() -> None:
    assert len(list(rights())) > 160


def test_parameters_only_add_rights_so_that_one_account_speaks_of_all() -> None:
    usual, own = (one.rights.roles for one in STACKS.values())
    for name, role in usual.items():
        assert {policy.name: policy for policy in role.policies}.items() <= {
            policy.name: policy for policy in own[name].policies
        }.items(), name
