"""Invocations that stall while others act: what they decided from old rows is never carried out."""

from collections.abc import Callable
from dataclasses import replace

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
MOST_CALLS = 60
"""No invocation makes more; a test asserts it."""


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


def stall(world: World, function: str, number: int, when: Callable[[], bool], act: Callable[[], object]) -> list[float]:
    """Let one invocation stand still before its n-th call, while something happens and the world goes on.

    Returns:
        When it stood still: empty if it never came so far.
    """
    stalled: list[float] = []

    def meanwhile(found: str, call: int, operation: str) -> None:
        if not stalled and (found, call) == (function, number) and when():
            stalled.append(world.now)
            act()
            world.run_for(STALL)

    world.meanwhile = meanwhile
    return stalled


def share(world: World) -> float:
    """Return the second release's share of the traffic in per cent."""
    return world.weights("churn").get(f"release-{world.release('churn', 2).id}", 0.0)


@pytest.mark.parametrize(
    ("function", "stage"),
    [
        ("deploy_canary", Stage.DEPLOYING),
        ("judge_canary", Stage.DEPLOYING),
        ("judge_canary", Stage.CANARY),
        ("judge_canary", Stage.PROMOTING),
    ],
)
def test_a_rollback_wins_over_an_invocation_that_stalls_anywhere(function: str, stage: Stage) -> None:
    reached = False
    for number in range(MOST_CALLS):
        with a_world() as world:
            first_release(world, SPEC)
            stalled = stall(
                world,
                function,
                number,
                lambda: world.stage("churn", 2) is stage,
                lambda: world.command("rollback", world.release("churn", 2)),
            )
            world.put("churn/data/month-2.csv", csv(2, 200))
            shares = followed_until_ended(world, stalled)
            if not stalled:
                assert world.stage("churn", 2) is Stage.LIVE
                if reached:
                    return
                continue
            reached = True
            assert world.stage("churn", 2) is Stage.ROLLED_BACK, f"call {number}\n" + "\n".join(world.story())
            assert world.now < stalled[0] + 900
            assert shares[-1] == 0.0
            assert_settled(world, 2400)
    raise AssertionError(f"an invocation makes more than {MOST_CALLS} calls")


def followed_until_ended(world: World, stalled: list[float]) -> list[float]:
    """Return the second release's share at each moment after the stall."""
    shares: list[float] = []

    def look() -> bool:
        if world.stage("churn", 2) is None or not stalled:
            return ended(world, 2)
        shares.append(share(world))
        return ended(world, 2)

    world.run(look)
    return shares


@pytest.mark.parametrize("stage", [Stage.DEPLOYING, Stage.CANARY, Stage.PROMOTING, Stage.ROLLING_BACK])
def test_a_second_judge_may_overtake_one_that_stalls_anywhere(stage: Stage) -> None:
    bad = stage is Stage.ROLLING_BACK
    for number in range(MOST_CALLS):
        with a_world() as world:
            first_release(world, SPEC)
            if bad:
                world.script.invocation_errors = {f"*release-{world.release('churn', 1).id}*": 0.0, "*": 0.9}
            stalled = stall(
                world, "judge_canary", number, lambda: world.stage("churn", 2) is stage, lambda: wake(world)
            )
            world.put("churn/data/month-2.csv", csv(2, 200))
            world.run(lambda: ended(world, 2))
            expected = Stage.ROLLED_BACK if bad else Stage.LIVE
            assert world.stage("churn", 2) is expected, f"call {number}\n" + "\n".join(world.story())
            assert_settled(world, 2400)
            if not stalled:
                return
    raise AssertionError(f"an invocation makes more than {MOST_CALLS} calls")


def wake(world: World) -> None:
    """Look at the second release now, as a late or doubled event would."""
    release = world.release("churn", 2)
    detail = {"model": "churn", "release": release.id, "stage": release.stage.value, "function": "judge_canary"}
    world.send({"id": "", "source": "yardmaster.yardmaster", "detail-type": "Release Due", "detail": detail})


def test_a_later_approval_may_overtake_a_deployment_that_stalls_anywhere() -> None:
    for number in range(MOST_CALLS):
        with a_world() as world:
            first_release(world, PENDING)
            for month in (2, 3):
                world.put(f"churn/data/month-{month}.csv", csv(month, 200))
            waiting = (Stage.REGISTERED, Stage.REGISTERED)
            world.run(lambda: (world.stage("churn", 2), world.stage("churn", 3)) == waiting)  # noqa: B023 - called here
            stalled = stall(
                world,
                "deploy_canary",
                number,
                lambda: world.stage("churn", 2) is Stage.REGISTERED,
                lambda: world.command("approve", world.release("churn", 3)),
            )
            world.command("approve", world.release("churn", 2))
            world.run(lambda: world.now > (stalled[0] if stalled else 0.0))  # noqa: B023 - called here
            if not stalled:
                world.command("approve", world.release("churn", 3))
            world.run(lambda: both_ended(world))
            stages = [world.stage("churn", 2), world.stage("churn", 3)]
            assert stages in (
                [Stage.REPLACED, Stage.LIVE],
                [Stage.SUPERSEDED, Stage.LIVE],
                [Stage.LIVE, Stage.REPLACED],
            ), f"call {number}\n" + "\n".join(world.story())
            assert_settled(world, 2400)
            if not stalled:
                return
    raise AssertionError(f"an invocation makes more than {MOST_CALLS} calls")


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
    for number in range(MOST_CALLS):
        with a_world() as world:
            stalled = stall(
                world,
                "prepare_data",
                number,
                lambda: True,
                lambda: world.put("churn/spec.yaml", SPEC),
            )
            world.put("churn/data/month-1.csv", csv(1, 200))
            world.run_for(1)
            if not stalled:
                world.put("churn/spec.yaml", SPEC)
            world.run(lambda: world.stage("churn", 1) is Stage.LIVE, hours=2)
            assert len(world.sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 1
            if not stalled:
                return
    raise AssertionError(f"an invocation makes more than {MOST_CALLS} calls")
