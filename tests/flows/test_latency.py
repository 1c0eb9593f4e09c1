"""A canary that answers well, but slowly."""

import pytest

from tests.drops import SPEC, csv
from tests.steps import assert_settled, drop, ended
from tests.world import World
from yardmaster.records import Stage

LIMIT = SPEC.replace("canary: {", "canary: {max_latency: {p95: 250ms}, ")


def second(world: World, spec: str, seconds: float) -> None:
    """Put a second release beside a first one that had an hour of traffic."""
    drop(world, 1, quality=0.7, spec=spec)
    world.traffic = 200
    world.run_for(3600)
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is not None)
    world.script.latency = {f"*release-{world.release('churn', 2).id}*": seconds}
    world.run(lambda: ended(world, 2))


def test_a_canary_that_is_slower_than_the_baseline_was_is_rolled_back(world: World) -> None:
    second(world, SPEC, seconds=0.05)

    rolled_back = world.release("churn", 2)
    assert rolled_back.stage is Stage.ROLLED_BACK
    assert "slower than the baseline's p95 (10 ms): 100.00 % (baseline " in rolled_back.reason
    assert_settled(world)


@pytest.mark.parametrize("seconds", [0.009, 0.01])
def test_a_canary_that_is_as_fast_is_promoted(world: World, seconds: float) -> None:
    second(world, LIMIT, seconds)

    assert world.stage("churn", 2) is Stage.LIVE
    assert_settled(world)


def test_a_canary_beyond_the_limit_of_the_spec_is_rolled_back(world: World) -> None:
    second(world, LIMIT, seconds=0.4)

    assert world.stage("churn", 2) is Stage.ROLLED_BACK
    assert world.release("churn", 2).deploy["usual_p95"] == pytest.approx(0.01)
