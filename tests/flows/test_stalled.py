"""Invocations that stall while others act: what they decided from old rows is never carried out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import pytest

from tests.drops import csv
from tests.steps import assert_settled, ended
from tests.world import World, a_world
from yardmaster.records import Stage, WaitKind

SPEC = """
algorithm: xgboost
data: {label: churned, positive: "yes"}
evaluate: {gate: [{metric: auc, min: 0.8}]}
deploy: {canary: {min_requests: 20, max_error_rate: 0.3, step_weights: [20, 80, 100]}}
"""
PENDING = SPEC + "register: {approval_status: PendingManualApproval}\n"
STALL = 50.0
"""Seconds: a function that changes endpoints is ended after 60."""


def first_release(world: World, spec: str) -> None:
    # Endpoints change so fast that a rollback is over before the one who stalls goes on.
    world.core.settings = replace(world.core.settings, instance_start_seconds=5, weight_change_seconds=5)
    world.script.quality = {"*": 0.8}
    world.put("churn/spec.yaml", spec)
    world.put("churn/data/month-1.csv", csv(1, 200))
    if spec is PENDING:
        approve(world, 1)
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)
    world.traffic = 40


def approve(world: World, number: int) -> None:
    world.run(lambda: world.stage("churn", number) is Stage.REGISTERED)
    world.command("approve", world.release("churn", number))


@dataclass
class Stall:
    """One invocation of `function` stands still before its n-th call, while others act and the world goes on.

    `at` is when it stood still; None if it never came so far. `reach`: the most calls that any invocation made while
    the stall was possible.
    """

    function: str
    number: int
    reach: int = 0
    at: float | None = None

    def arm(self, world: World, when: Callable[[], bool], act: Callable[[], object]) -> None:
        def meanwhile(function: str, call: int, operation: str) -> None:
            if self.at is not None or function != self.function or not when():
                return
            self.reach = max(self.reach, call + 1)
            if call == self.number:
                self.at = world.now
                act()
                world.run_for(STALL)

        world.meanwhile = meanwhile


def everywhere(function: str) -> Iterator[Stall]:
    """Yield a stall that never happens, then one at each call that an invocation was seen to make."""
    number, reach, stood = -1, 0, 0
    while number < reach:
        stall = Stall(function, number)
        yield stall
        number, reach, stood = number + 1, max(reach, stall.reach), stood + (stall.at is not None)
    assert stood > 3, f"{function} stood still {stood} times only"


@pytest.mark.parametrize(
    ("function", "stage"),
    [
        ("deploy_canary", Stage.REGISTERED),
        ("deploy_canary", Stage.DEPLOYING),
        ("judge_canary", Stage.DEPLOYING),
        ("judge_canary", Stage.CANARY),
        ("judge_canary", Stage.PROMOTING),
    ],
)
def test_a_rollback_wins_over_an_invocation_that_stalls_anywhere(function: str, stage: Stage) -> None:
    for stall in everywhere(function):
        with a_world() as world:
            first_release(world, SPEC)
            stall.arm(world, partial(stands, world, stage), partial(say, world, "rollback", 2))
            world.put("churn/data/month-2.csv", csv(2, 200))
            world.run(partial(ended, world, 2))
            refused = stage is Stage.REGISTERED
            expected = Stage.LIVE if refused or stall.at is None else Stage.ROLLED_BACK
            assert world.stage("churn", 2) is expected, f"call {stall.number}\n" + "\n".join(world.story())
            assert refused or stall.at is None or world.now < stall.at + 900
            assert_settled(world, 2400)


def stands(world: World, stage: Stage) -> bool:
    return world.stage("churn", 2) is stage


def say(world: World, command: str, number: int) -> None:
    world.command(command, world.release("churn", number))


@pytest.mark.parametrize("stage", [Stage.DEPLOYING, Stage.CANARY, Stage.PROMOTING, Stage.ROLLING_BACK])
def test_a_second_judge_may_overtake_one_that_stalls_anywhere(stage: Stage) -> None:
    bad = stage is Stage.ROLLING_BACK
    for stall in everywhere("judge_canary"):
        with a_world() as world:
            first_release(world, SPEC)
            if bad:
                world.script.invocation_errors = {f"*release-{world.release('churn', 1).id}*": 0.0, "*": 0.9}
            stall.arm(world, partial(stands, world, stage), partial(wake, world))
            world.put("churn/data/month-2.csv", csv(2, 200))
            world.run(partial(ended, world, 2))
            expected = Stage.ROLLED_BACK if bad else Stage.LIVE
            assert world.stage("churn", 2) is expected, f"call {stall.number}\n" + "\n".join(world.story())
            assert_settled(world, 2400)


def wake(world: World) -> None:
    """Look at the second release now, as a late or doubled event would."""
    release = world.release("churn", 2)
    detail = {"model": "churn", "release": release.id, "stage": release.stage.value, "function": "judge_canary"}
    world.send({"id": "", "source": "yardmaster.yardmaster", "detail-type": "Release Due", "detail": detail})


def test_a_later_approval_may_overtake_a_deployment_that_stalls_anywhere() -> None:
    for stall in everywhere("deploy_canary"):
        with a_world() as world:
            first_release(world, PENDING)
            for month in (2, 3):
                world.put(f"churn/data/month-{month}.csv", csv(month, 200))
            world.run(partial(both_wait, world))
            stall.arm(world, partial(stands, world, Stage.REGISTERED), partial(say, world, "approve", 3))
            world.command("approve", world.release("churn", 2))
            world.run_for(1)
            if stall.at is None:
                world.command("approve", world.release("churn", 3))
            world.run(partial(both_ended, world))
            stages = [world.stage("churn", 2), world.stage("churn", 3)]
            assert stages in (
                [Stage.REPLACED, Stage.LIVE],
                [Stage.SUPERSEDED, Stage.LIVE],
                [Stage.LIVE, Stage.REPLACED],
            ), f"call {stall.number}\n" + "\n".join(world.story())
            assert_settled(world, 2400)


def both_wait(world: World) -> bool:
    return [world.stage("churn", number) for number in (2, 3)] == [Stage.REGISTERED, Stage.REGISTERED]


def both_ended(world: World) -> bool:
    """A release whose baseline was replaced is tested against the new one, and asks a person again."""
    for number in (2, 3):
        release = world.release("churn", number)
        if release.stage is Stage.REGISTERED and release.attempt == 2 and release.commands[1:] == ():
            asked = release.waiting_for is not None and release.waiting_for.kind is WaitKind.APPROVAL
            if asked:
                world.command("approve", release)
    return ended(world, 2) and ended(world, 3)


def test_a_drop_whose_spec_comes_while_it_finds_none_goes_on() -> None:
    for stall in everywhere("prepare_data"):
        with a_world() as world:
            stall.arm(world, lambda: True, partial(world.put, "churn/spec.yaml", SPEC))
            world.put("churn/data/month-1.csv", csv(1, 200))
            world.run_for(1)
            if stall.at is None:
                world.put("churn/spec.yaml", SPEC)
            world.run(partial(live, world), hours=2)
            assert len(world.sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 1


def live(world: World) -> bool:
    return world.stage("churn", 1) is Stage.LIVE
