"""`decision.json`, and what the model package tells of it."""

import hashlib
import json

import pytest

from tests.drops import SPEC, csv
from tests.steps import drop, ended
from tests.world import BUCKET, World
from yardmaster.records import Release, Stage


def judged(world: World, failing: float) -> Release:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 200
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is not None)
    world.script.invocation_errors = {f"*release-{world.release('churn', 2).id}*": failing}
    world.run(lambda: ended(world, 2))
    return world.release("churn", 2)


@pytest.mark.parametrize(("failing", "verdict"), [(0.0, "live"), (0.5, "rolled_back")])
def test_a_canary_leaves_a_record_of_every_minute_and_the_package_names_it(
    world: World, failing: float, verdict: str
) -> None:
    release = judged(world, failing)
    text = world.read(f"{release.folder}decision.json")
    record = json.loads(text)

    assert (record["verdict"], record["release"], record["approved"]) == (verdict, release.id, "by the spec")
    assert record["step_weights"] == [5.0, 95.0, 100.0]
    assert len(record["steps_began_at"]) == (2 if verdict == "live" else 1)
    assert record["thresholds"]["max_error_rate"] == 0.05
    assert sum(minute["canary"]["requests"] for minute in record["minutes"]) > 0
    strongest = max(minute["evidence"]["roll_back"] for minute in record["minutes"] if "evidence" in minute)
    assert (strongest >= 20) == (verdict == "rolled_back")

    package = world.sagemaker.describe_model_package(ModelPackageName=release.package_arn)
    told = package["CustomerMetadataProperties"]
    assert told["release"] == release.id
    assert told["verdict"] == verdict
    assert told["decision_uri"] == f"s3://{BUCKET}/{release.folder}decision-1.json"
    assert told["decision_sha256"] == hashlib.sha256(text.encode()).hexdigest()


def test_a_decision_by_a_person_is_recorded_with_who_asked(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)
    world.command("rollback", world.release("churn", 2), "too slow")
    world.run(lambda: ended(world, 2), hours=1)

    record = json.loads(world.read(f"{world.release('churn', 2).folder}decision.json"))
    assert record["reason"] == "rollback by alice: too slow"
    assert [step["stage"] for step in record["history"]][-2:] == ["rolling_back", "rolling_back"]


def test_a_first_release_was_never_judged_and_says_so(world: World) -> None:
    first = drop(world, 1, spec=SPEC)

    assert first.stage is Stage.LIVE
    assert "unjudged" in first.reason
    assert f"{first.folder}decision.json" not in world.keys(first.folder)
