"""An endpoint that AWS puts into every state while a canary runs on it."""

import pytest

from tests.drops import SPEC, csv
from tests.steps import assert_settled, drop, ended
from tests.world import World
from yardmaster.records import Stage


@pytest.fixture
def canary(world: World) -> World:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.script.quality = {"*": 0.9}
    world.traffic = 200
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)
    return world


@pytest.mark.parametrize("status", ["SystemUpdating", "RollingBack", "Updating"])
@pytest.mark.parametrize("seconds", [90.0, 1800.0])
def test_a_busy_endpoint_is_waited_out(canary: World, status: str, seconds: float) -> None:
    canary.core.put_in_status("churn", status, seconds=seconds)
    canary.run(lambda: ended(canary, 2))

    assert canary.stage("churn", 2) is Stage.LIVE
    assert canary.errors == []
    assert_settled(canary)


def test_a_failed_endpoint_is_made_again_with_the_baseline(canary: World) -> None:
    canary.core.put_in_status("churn", "Failed", "all instances were lost")
    canary.run(lambda: ended(canary, 2), hours=4)

    rolled_back = canary.release("churn", 2)
    assert rolled_back.stage is Stage.ROLLED_BACK
    assert rolled_back.reason == "endpoint churn failed: all instances were lost"
    assert canary.stage("churn", 1) is Stage.LIVE
    assert_settled(canary)


def test_a_mixture_of_old_and_new_goes_back_to_the_baseline(canary: World) -> None:
    canary.core.put_in_status("churn", "UpdateRollbackFailed", "capacity")
    canary.run(lambda: ended(canary, 2), hours=4)

    assert canary.stage("churn", 2) is Stage.ROLLED_BACK
    assert_settled(canary)


def test_a_failed_endpoint_that_nobody_holds_is_made_again_by_the_next_release(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.core.put_in_status("churn", "Failed", "all instances were lost")
    world.traffic = 200
    second = drop(world, 2)

    assert second.stage is Stage.LIVE
    assert_settled(world)


def test_a_person_can_roll_back_while_the_endpoint_is_busy(canary: World) -> None:
    canary.core.put_in_status("churn", "SystemUpdating", seconds=600)
    canary.command("rollback", canary.release("churn", 2))
    canary.run(lambda: ended(canary, 2), hours=2)

    assert canary.stage("churn", 2) is Stage.ROLLED_BACK
    assert canary.errors == []
    assert_settled(canary)
