"""Old releases lose models, configurations and rows; what serves, and what one step goes back to, stays."""

import pytest

from tests.drops import PENDING, SPEC, UNSHARED, csv
from tests.flows.test_multi_model import drop_to
from tests.rights import STACK
from tests.steps import drop, ended, refused
from tests.world import BUCKET, World, envelope
from yardmaster.flows import apply_retention
from yardmaster.flows.yard import Yard
from yardmaster.records import Release, Stage

SIX = 6
DAILY = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}


def keep(patch: pytest.MonkeyPatch, releases: int) -> None:
    patch.setenv("KEEP_RELEASES", str(releases))


def models(world: World) -> list[str]:
    return sorted(one["ModelName"] for one in world.sagemaker.list_models(MaxResults=100)["Models"])


def configs(world: World) -> list[str]:
    found = world.sagemaker.list_endpoint_configs(MaxResults=100)["EndpointConfigs"]
    return sorted(one["EndpointConfigName"] for one in found)


def heavy(world: World, release: Release) -> list[str]:
    """Return what of a release's folder is more than a record."""
    places = ("channels/", "training/", "scores/")
    return [key for key in world.keys(release.folder) if key.removeprefix(release.folder).startswith(places)]


def months(world: World, count: int, spec: str = UNSHARED) -> list[Release]:
    """Drop so many months, each better than the one before: each goes live at once."""
    for number in range(1, count + 1):
        found = drop(world, number, quality=0.6 + 0.05 * number, spec=spec if number == 1 else None)
        assert found.stage is Stage.LIVE, found.reason
    world.run_for(600)
    return [world.release("churn", number) for number in range(1, count + 1)]


def test_the_last_releases_keep_what_one_step_back_needs_and_older_ones_their_records_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(monkeypatch, 3)
    releases = months(world, SIX)

    old, kept = releases[:3], releases[3:]
    assert models(world) == sorted(release.model_name or "" for release in kept)
    for release in old:
        assert set(release.removed) >= {"model", "cleared"}
        assert not [key for key in world.keys(release.folder) if "/training/" in key]
        assert f"{release.folder}evaluation.json" in world.keys(release.folder)
        assert not [name for name in configs(world) if release.id in name]
    assert all(heavy(world, release) for release in kept)
    assert world.sagemaker.describe_endpoint(EndpointName="churn")["EndpointConfigName"] in configs(world)
    # The first one's columns are the model's.
    assert world.model("churn").columns_uri is not None
    assert f"{releases[0].folder}columns.json" in world.keys(releases[0].folder)


def test_one_step_goes_back_to_the_oldest_that_is_kept_and_not_further(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(monkeypatch, 3)
    releases = months(world, 5)

    world.command("rollback", releases[4], to=releases[1].id)
    world.run_for(600)
    assert "the model of churn #2 was removed on" in refused(world)[-1]
    assert "yardmaster retrain churn#2" in refused(world)[-1]

    world.command("rollback", releases[4], to=releases[2].id)
    world.run(lambda: world.stage("churn", 3) is Stage.LIVE, hours=2)
    world.run_for(3600)
    assert world.weights("churn") == {f"release-{releases[2].id}": 100.0}
    assert world.release("churn", 3).model_name in models(world)


def test_rows_stay_as_long_as_the_spec_tests_or_trains_on_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch, 1)
    releases = months(world, SIX)

    # test_on is 3, and the next drop may be the same bytes as the last.
    assert [bool(release.channels) for release in releases] == [False, False, True, True, True, True]
    assert [bool(heavy(world, release)) for release in releases] == [False, False, True, True, True, True]

    assert drop(world, 7, quality=0.99).stage is Stage.LIVE


def test_with_all_of_history_every_row_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch, 1)
    releases = months(world, 5, UNSHARED.replace('"yes"}', '"yes", history: all}'))

    assert all(release.channels and heavy(world, release) for release in releases)
    assert models(world) == sorted(release.model_name or "" for release in releases[3:])


def test_while_the_spec_is_wrong_no_row_goes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch, 3)
    releases = months(world, 5)
    world.put("churn/spec.yaml", "algorithm: nonsense")
    world.run_for(60)
    keep(monkeypatch, 1)

    world.invoke_later("apply_retention", DAILY)
    world.run_for(60)

    assert [bool(world.release("churn", one.number).channels) for one in releases] == [
        bool(one.channels) for one in releases
    ]


def test_what_serves_stays_however_many_are_refused_after_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch, 1)
    first = drop(world, 1, quality=0.95, spec=UNSHARED + "evaluate: {gate: [{metric: auc, min: 0.8}]}\n")
    for number in (2, 3, 4):
        assert drop(world, number, quality=0.05).stage is Stage.REJECTED
    world.run_for(600)

    assert world.release("churn", 1).model_name == first.model_name
    assert {first.model_name, world.release("churn", 4).model_name} <= set(models(world))
    assert world.release("churn", 2).model_name is None
    assert heavy(world, first)


def test_approving_what_is_removed_is_refused_in_words(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch, 1)
    world.put("churn/spec.yaml", PENDING)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.REGISTERED)
    world.command("reject", world.release("churn", 1), "not now")
    world.run(lambda: ended(world, 1))
    world.put("churn/spec.yaml", UNSHARED)
    for number in (2, 3):
        drop(world, number, quality=0.9 + number / 100)
    world.run_for(600)
    old = world.release("churn", 1)
    assert old.removed

    world.command("approve", old)
    world.run_for(60)
    assert "the model of churn #1 was removed on" in refused(world)[-1]

    world.sagemaker.update_model_package(ModelPackageArn=old.package_arn, ModelApprovalStatus="Approved")
    world.run_for(600)
    package = world.sagemaker.describe_model_package(ModelPackageName=old.package_arn)
    assert package["ModelApprovalStatus"] == "Rejected"
    assert "was removed on" in package["ApprovalDescription"]
    assert world.stage("churn", 1) is Stage.REJECTED


def test_what_was_removed_can_be_trained_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch, 1)
    releases = months(world, SIX)
    assert not releases[0].channels

    world.command("retrain", releases[0])
    world.run(lambda: ended(world, 7))

    again = world.release("churn", 7)
    assert again.stage in {Stage.LIVE, Stage.REJECTED}, again.reason
    assert again.channels


def test_a_return_that_begins_at_the_same_moment_finds_its_model_or_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(monkeypatch, 9)
    releases = months(world, 3)
    keep(monkeypatch, 1)
    world.keep = lambda event: event["detail-type"] != "Release Command"
    asked = world.command("rollback", releases[2], to=releases[0].id)
    begun: list[str] = []

    def meanwhile(function: str, call: int, operation: str) -> None:
        if function == "apply_retention" and operation == "dynamodb:TransactWriteItems" and not begun:
            begun.append(operation)
            world.invoke("judge_canary", asked)

    world.meanwhile = meanwhile
    world.invoke_later("apply_retention", DAILY)
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE, hours=2)

    assert begun
    assert world.release("churn", 1).model_name in models(world)
    assert world.weights("churn") == {f"release-{releases[0].id}": 100.0}


@pytest.mark.parametrize("at", range(0, 60, 3))
def test_killed_before_any_call_the_rest_goes_next_time(world: World, monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    keep(monkeypatch, 9)
    months(world, 3)
    keep(monkeypatch, 1)
    world.kill = lambda function, call, operation: (function, call, world.attempt) == ("apply_retention", at, 0)

    world.invoke_later("apply_retention", DAILY)
    world.run_for(600)

    first, last = world.release("churn", 1), world.release("churn", 3)
    assert set(first.removed) == {"model", "cleared"}
    assert models(world) == sorted(one.model_name or "" for one in (world.release("churn", 2), last) if one.model_name)
    assert not [key for key in world.keys(first.folder) if "/training/" in key]
    assert world.sagemaker.describe_endpoint(EndpointName="churn")["EndpointStatus"] == "InService"


def test_time_that_runs_out_leaves_the_rest_to_the_next_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch, 9)
    months(world, 3)
    keep(monkeypatch, 1)
    yard = Yard.from_env("by hand")

    said = [apply_retention.run(yard, "churn", world.clock, lambda: left) for left in (5.0, 300.0, 300.0)]  # noqa: B023

    assert said == [
        "churn: 1 releases to clear, 0 of 1 cleared",
        "churn: 0 releases to clear, 1 of 1 cleared",
        "churn: 0 releases to clear, 0 of 0 cleared",
    ]


def test_what_s3_does_not_delete_keeps_none_of_the_others_and_goes_the_next_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(monkeypatch, 1)
    months(world, 1)
    held = next(key for key in world.keys(world.release("churn", 1).folder) if "/training/" in key)
    world.s3.kept = {held}
    for number in (2, 3):
        drop(world, number, quality=0.6 + 0.05 * number)
    world.run_for(600)

    first = world.release("churn", 1)
    assert "cleared" not in first.removed
    assert [key for key in heavy(world, first) if "/training/" in key] == [held]

    world.s3.kept = set()
    world.invoke_later("apply_retention", DAILY)
    world.run_for(60)
    assert "cleared" in world.release("churn", 1).removed
    assert not [key for key in heavy(world, first) if "/training/" in key]


def test_a_shared_endpoint_loses_the_artifacts_of_old_releases_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(monkeypatch, 1)
    for number in (1, 2, 3):
        drop_to(world, "churn", number, 0.6 + 0.1 * number)
    world.run_for(600)

    names = [key.rsplit("/", 1)[-1] for key in world.keys("_endpoints/")]
    kept = [world.release("churn", number) for number in (2, 3)]
    assert names == [release.deploy["target_model"] for release in kept]


def test_a_shared_endpoint_loses_the_artifacts_of_all_attempts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch, 1)
    drop_to(world, "churn", 1, 0.6)
    second = drop_to(world, "churn", 2, 0.7)
    world.command("rollback", second)
    world.run(lambda: world.stage("churn", 2) is Stage.ROLLED_BACK)
    world.script.quality = {"*": 0.1}
    world.command("retrain", second)
    world.run(lambda: world.stage("churn", 2) is Stage.REJECTED)
    for number in (3, 4):
        drop_to(world, "churn", number, 0.6 + 0.1 * number)
    world.run_for(600)

    names = [key.rsplit("/", 1)[-1] for key in world.keys("_endpoints/")]
    assert names == [world.release("churn", number).deploy["target_model"] for number in (3, 4)]


def remove(world: World, model: str = "churn") -> None:
    said = {"command": "remove", "model": model, "reason": "not needed", "by": "alice"}
    world.send(envelope(f"yardmaster.{STACK}", "Model Command", said, world.now))
    world.run_for(60)


def test_a_model_that_a_person_removes_serves_nothing_and_begins_anew(world: World) -> None:
    releases = months(world, 2)

    remove(world)

    assert world.model("churn").in_service is None
    assert [world.stage("churn", number) for number in (1, 2)] == [Stage.REPLACED, Stage.REPLACED]
    assert "remove by alice: not needed" in world.release("churn", 2).reason
    assert world.endpoint("churn").in_service is None
    world.command("rollback", releases[1])
    world.run_for(60)
    assert "replaced and holds no endpoint" in refused(world)[-1]

    world.sagemaker.delete_endpoint(EndpointName="churn")
    world.run_for(900)
    third = drop(world, 3, quality=0.8)
    assert third.stage is Stage.LIVE, third.reason
    assert third.baseline is None


def test_a_model_that_is_under_way_is_not_removed(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)

    remove(world)

    assert refused(world)[-1] == "churn #2: under way; cancel it first, or wait for its end"
    assert world.stage("churn", 1) is Stage.LIVE


def test_removing_what_is_not_there_is_refused(world: World) -> None:
    remove(world, "fraud")
    assert refused(world) == ["there is no model fraud"]


def test_what_failed_in_one_model_leaves_the_others_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(monkeypatch, 9)
    months(world, 3)
    for number in (1, 2, 3):
        world.put("fraud/spec.yaml", UNSHARED)
        world.put(f"fraud/data/month-{number}.csv", csv(number + 20))
        world.run(lambda number=number: ended(world, number, "fraud"))  # type: ignore[misc]
    keep(monkeypatch, 1)
    # The daily run reads the models in the order of their names; the version of the first one's spec is gone.
    pin = world.model("churn").spec
    assert pin is not None
    world.s3.delete_object(BUCKET, pin.key, pin.version_id)

    world.invoke_later("apply_retention", DAILY)
    world.run_for(60)

    assert world.release("fraud", 1).removed
    assert not world.release("churn", 1).removed
