"""Alarms that the spec names: read at each look at a canary."""

import pytest

from tests.drops import SPEC, csv
from tests.steps import assert_settled, drop, ended
from tests.world import World
from yardmaster.records import Stage

WATCHED = SPEC.replace("canary: {", "canary: {alarms: [churn-cpu], ")


@pytest.fixture
def canary(world: World) -> World:
    world.alarms = {"churn-cpu": "OK"}
    drop(world, 1, quality=0.7, spec=WATCHED)
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)
    return world


def test_an_alarm_of_the_spec_rolls_a_canary_back(canary: World) -> None:
    canary.alarms["churn-cpu"] = "ALARM"
    canary.run(lambda: ended(canary, 2), hours=1)

    assert canary.stage("churn", 2) is Stage.ROLLED_BACK
    assert canary.release("churn", 2).reason == "alarm churn-cpu is in ALARM: too many"
    assert_settled(canary)


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
def test_an_alarm_that_is_not_in_alarm_stops_nothing(canary: World, state: str) -> None:
    canary.alarms["churn-cpu"] = state
    canary.traffic = 200
    canary.run(lambda: ended(canary, 2))

    assert canary.stage("churn", 2) is Stage.LIVE


def test_an_alarm_that_does_not_exist_leaves_the_promotion_to_a_person(canary: World) -> None:
    canary.alarms = {}
    canary.traffic = 200
    canary.run_for(4 * 3600)

    waiting = canary.release("churn", 2)
    assert waiting.stage is Stage.CANARY
    assert "the spec names alarms that do not exist: churn-cpu" in waiting.reason
    canary.command("promote", waiting)
    canary.run_for(600)
    assert canary.stage("churn", 2) is Stage.PROMOTING


def test_a_canary_whose_judge_is_skipped_still_heeds_its_alarms(canary: World) -> None:
    canary.alarms["churn-cpu"] = "ALARM"
    canary.command("skip_judge", canary.release("churn", 2))
    canary.run(lambda: ended(canary, 2), hours=1)

    assert canary.stage("churn", 2) is Stage.ROLLED_BACK
