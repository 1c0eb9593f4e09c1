"""Steps of a release's journey, and what must hold at its end, for tests on the virtual clock."""

from itertools import groupby

from tests.drops import SPEC, csv
from tests.world import BUCKET, World
from yardmaster.records import Release, Stage
from yardmaster.rules import stages

JOURNEY = ["received", "prepared", "training", "testing", "evaluated", "registered", "deploying"]
STEPS = SPEC.replace("min_requests: 100", "min_requests: 100, step_weights: [5, 20, 50, 100]")
"""A spec whose canary takes several steps."""


def ended(world: World, number: int, model: str = "churn") -> bool:
    stage = world.stage(model, number)
    return stage is not None and stage in stages.ENDED


def drop(world: World, number: int, quality: float = 0.9, spec: str | None = None) -> Release:
    """Drop a month and wait for its ending."""
    if spec is not None:
        world.put("churn/spec.yaml", spec)
    world.script.quality = {"*": quality}
    world.put(f"churn/data/month-{number}.csv", csv(number))
    world.run(lambda: ended(world, number))
    return world.release("churn", number)


def visited(release: Release) -> list[str]:
    """Return the stages in order; notes within a stage are left out."""
    return [stage.value for stage, _ in groupby(step.stage for step in release.history)]


def assert_settled(world: World, seconds: float = 7200) -> None:
    """Whatever happened, nothing is left half-done."""
    world.traffic = 0
    world.run_for(seconds)
    model = world.model("churn")
    live = [one for one in world.table.releases_of("churn") if one.stage is Stage.LIVE]
    assert [one.id for one in live] == ([model.in_service] if model.in_service else [])
    for row in world.table.all_endpoints():
        assert row.holder is None, "\n".join(world.story())
        assert row.lease_owner is None
        if model.in_service:
            assert world.weights(row.name) == {f"release-{model.in_service}": 100.0}
    for release in world.table.releases_of("churn"):
        assert release.published == release.revision
    assert world.s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"] == []


def unseen_canary(world: World) -> Release:
    """Return the second release, while it is judged by no traffic at all."""
    drop(world, 1, quality=0.7, spec=STEPS)
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)
    return world.release("churn", 2)


def share(world: World, number: int = 2) -> float:
    """Return the share of the traffic that a release has, in per cent."""
    return world.weights("churn").get(f"release-{world.release('churn', number).id}", 0.0)


def refused(world: World) -> list[str]:
    """Return why commands were refused."""
    return [event["detail"]["reason"] for event in world.events if event["detail-type"] == "Command Refused"]
