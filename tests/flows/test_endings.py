"""Two invocations end the same release."""

import pytest

from tests.drops import SPEC, csv
from tests.world import World
from yardmaster.errors import ConflictError
from yardmaster.flows import finish
from yardmaster.flows.yard import Yard
from yardmaster.records import Stage


def test_a_release_that_another_invocation_put_in_service_does_not_replace_itself(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/jan.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.DEPLOYING)
    before = world.release("churn", 1)
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)

    with pytest.raises(ConflictError):
        finish.live(Yard.from_env(), before, "as it was read a moment ago", world.now, world.endpoint("churn"))

    assert world.stage("churn", 1) is Stage.LIVE
