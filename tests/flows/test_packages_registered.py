"""A person registers a model package in a model's group and approves it: it becomes a release of its own."""

import random
from typing import Any

import pytest

from tests.drops import PENDING, SPEC, csv
from tests.registered import GROUP, register, say
from tests.steps import assert_settled, drop, ended, visited
from tests.world import World
from yardmaster.records import DropKind, Release, Stage

TESTED = ["received", "testing", "evaluated", "registered", "deploying"]


def bring(world: World, quality: float = 0.9, number: int = 2) -> Release:
    """Register a model, approve it, and wait for the ending of its release."""
    say(world, register(world, quality))
    world.run(lambda: ended(world, number))
    return world.release("churn", number)


def package(world: World, release: Release) -> dict[str, Any]:
    found: dict[str, Any] = world.sagemaker.describe_model_package(ModelPackageName=release.package_arn)
    return found


def packages(world: World) -> int:
    return len(world.sagemaker.list_model_packages(ModelPackageGroupName=GROUP)["ModelPackageSummaryList"])


@pytest.fixture
def live(world: World) -> Release:
    """The release in service, with traffic on its endpoint."""
    first = drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 200
    return first


def test_an_approved_package_is_tested_with_the_baseline_and_takes_over(world: World, live: Release) -> None:
    second = bring(world)

    assert visited(second) == [*TESTED, "canary", "promoting", "live"], "\n".join(world.story())
    assert second.source.kind is DropKind.PACKAGE
    assert second.source.key == second.package_arn
    assert second.evaluation["candidate"]["log_loss"] < second.evaluation["baseline"]["log_loss"]
    assert second.evaluation["rows"] == live.channels["test"].rows
    assert "it is good" in second.history[0].reason
    assert packages(world) == 2, "no second package is made"
    assert world.errors == []
    assert_settled(world)


def test_the_person_s_approval_stays_and_the_package_tells_of_its_release(world: World, live: Release) -> None:
    second = bring(world)

    found = package(world, second)
    assert found["ModelApprovalStatus"] == "Approved"
    assert found["ModelPackageDescription"] == "from a notebook"
    said = found["CustomerMetadataProperties"]
    assert (said["release"], said["number"], said["attempt"]) == (second.id, "2", "1")
    model = world.sagemaker.describe_model(ModelName=second.model_name or "")["PrimaryContainer"]
    assert model == {"ModelPackageName": second.package_arn}


def test_a_worse_package_is_rejected_with_the_reason_and_may_be_overruled(world: World, live: Release) -> None:
    second = bring(world, 0.1)

    assert visited(second) == ["received", "testing", "evaluated", "rejected"]
    found = package(world, second)
    assert found["ModelApprovalStatus"] == "Rejected"
    assert "rejected by the gate" in found["ApprovalDescription"]
    assert "auc" in found["ApprovalDescription"]

    world.run_for(60)
    say(world, second.package_arn or "", why="I know better")
    world.run(lambda: world.stage("churn", 2) is Stage.LIVE)
    assert world.release("churn", 2).attempt == 2
    assert_settled(world)


def test_a_package_that_fails_its_requests_is_rolled_back_and_rejected(world: World, live: Release) -> None:
    world.script.invocation_errors = {f"*release-{live.id}*": 0.0, "*": 0.3}

    second = bring(world)

    assert visited(second)[-2:] == ["rolling_back", "rolled_back"]
    assert package(world, second)["ModelApprovalStatus"] == "Rejected"
    assert_settled(world)


def test_one_that_was_registered_as_approved_needs_no_more_words(world: World, live: Release) -> None:
    register(world, ModelApprovalStatus="Approved")

    world.run(lambda: world.stage("churn", 2) is Stage.LIVE)


def test_a_spec_that_asks_for_approval_has_it_already(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.put("churn/spec.yaml", PENDING)
    world.traffic = 200

    assert bring(world).stage is Stage.LIVE


@pytest.mark.parametrize("status", [None, "Rejected"])
def test_one_that_nobody_approved_waits_untouched(world: World, live: Release, status: str | None) -> None:
    arn = register(world)
    if status:
        say(world, arn, status)
    world.run_for(7200)

    assert world.stage("churn", 2) is None
    found = world.sagemaker.describe_model_package(ModelPackageName=arn)
    assert found["ModelApprovalStatus"] == (status or "PendingManualApproval")
    assert "CustomerMetadataProperties" not in found


def test_the_first_model_may_be_a_package_and_goes_live_ungated(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    world.run_for(60)

    first = bring(world, number=1)

    assert visited(first) == [*TESTED, "live"]
    assert "ungated" in first.evaluation["verdict"]
    assert any("nothing is in service" in step.reason for step in first.history)
    assert world.weights("churn") == {f"release-{first.id}": 100.0}
    assert_settled(world)


def test_data_after_a_first_package_is_tested_alone_since_nobody_knows_the_package_s_columns(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    world.run_for(60)
    first = bring(world, number=1)
    world.traffic = 200

    second = drop(world, 2, quality=0.9)

    assert second.baseline == first.id
    assert second.evaluation["baseline"] is None
    assert second.stage is Stage.LIVE, "\n".join(world.story())
    assert_settled(world)


def test_a_package_in_the_group_of_no_model_is_left_alone(world: World, live: Release) -> None:
    arn = register(world, group="ym-nobodys", ModelApprovalStatus="Approved")
    other = register(world, group="other-churn", ModelApprovalStatus="Approved")
    world.run_for(3600)

    assert [release.number for release in world.table.releases_of("churn")] == [1]
    assert world.table.get_model("nobodys") is None
    assert world.errors == []
    for one in (arn, other):
        assert "CustomerMetadataProperties" not in world.sagemaker.describe_model_package(ModelPackageName=one)


def test_one_that_the_test_rows_can_t_decide_is_asked_for_once_more(world: World) -> None:
    gate = "evaluate: {gate: [{metric: auc, versus: baseline, margin: 0.02, confidence: 0.999}]}\n"
    drop(world, 1, quality=0.7, spec=SPEC + gate)
    world.traffic = 200
    say(world, register(world, 0.47))
    world.run(lambda: world.stage("churn", 2) is Stage.REGISTERED)
    world.run_for(600)

    second = world.release("churn", 2)
    assert package(world, second)["ModelApprovalStatus"] == "PendingManualApproval", second.reason
    assert second.stage is Stage.REGISTERED

    say(world, second.package_arn or "")
    world.run(lambda: world.stage("churn", 2) is Stage.LIVE)


def test_an_approval_that_is_taken_back_before_the_test_lets_it_wait(world: World, live: Release) -> None:
    arn = register(world)

    def doubt(function: str, call: int, operation: str) -> None:
        found = world.sagemaker.describe_model_package(ModelPackageName=arn)
        if function == "prepare_data" and found["ModelApprovalStatus"] == "Approved":
            say(world, arn, "PendingManualApproval", "a moment")

    world.meanwhile = doubt
    say(world, arn)
    world.run(lambda: world.stage("churn", 2) is Stage.TESTING)
    world.meanwhile = lambda function, call, operation: None
    world.run_for(600)
    waiting = world.release("churn", 2)
    assert waiting.waiting_for is not None
    assert waiting.waiting_for.kind.value == "approval"
    assert "approve it again" in waiting.reason

    say(world, arn)
    world.run(lambda: world.stage("churn", 2) is Stage.LIVE)


def test_a_package_that_is_deleted_before_its_test_fails_in_words(world: World, live: Release) -> None:
    arn = register(world)

    def vanish(function: str, call: int, operation: str) -> None:
        if function == "prepare_data" and packages(world) == 2:
            world.sagemaker.delete_model_package(ModelPackageName=arn)

    world.meanwhile = vanish
    say(world, arn)
    world.run(lambda: ended(world, 2))

    second = world.release("churn", 2)
    assert second.stage is Stage.FAILED
    assert "deleted" in second.reason


def test_a_spec_for_another_problem_refuses_it(world: World, live: Release) -> None:
    other = SPEC.replace(', positive: "yes"', "")
    world.put("churn/spec.yaml", f"{other}train: {{hyperparameters: {{objective: 'multi:softprob'}}}}\n")

    assert bring(world).stage is Stage.REFUSED


def test_a_deleted_spec_refuses_it_and_says_what_to_do(world: World, live: Release) -> None:
    world.delete("churn/spec.yaml")
    world.run_for(60)

    second = bring(world)

    assert second.stage is Stage.REFUSED
    assert "register the model as a new version" in second.reason


def test_two_versions_are_two_releases_of_which_the_later_serves(world: World, live: Release) -> None:
    say(world, register(world, 0.8))
    say(world, register(world, 0.95))
    world.run(lambda: ended(world, 2) and ended(world, 3))
    world.run_for(3600)

    stages = {world.stage("churn", number) for number in (2, 3)}
    assert Stage.LIVE in stages, "\n".join(world.story())
    assert_settled(world)


def test_a_later_drop_of_data_is_compared_with_the_model_of_the_package(world: World, live: Release) -> None:
    second = bring(world, 0.8)

    third = drop(world, 3, quality=0.95)

    assert third.baseline == second.id
    assert third.evaluation["baseline"] is not None
    assert third.stage is Stage.LIVE
    assert_settled(world)


@pytest.mark.parametrize("seed", range(3))
def test_doubled_late_and_disordered_events_make_one_release(world: World, live: Release, seed: int) -> None:
    world.copies = 2
    world.shuffle = random.Random(seed)

    second = bring(world)

    assert second.stage is Stage.LIVE, "\n".join(world.story())
    assert [one.number for one in world.table.releases_of("churn")] == [2, 1]
    assert_settled(world)


def test_it_reaches_its_end_although_only_the_ticks_are_heard_of(world: World, live: Release) -> None:
    world.keep = lambda event: event["detail-type"] == "Release Due"

    assert bring(world).stage is Stage.LIVE
    assert_settled(world)


def test_a_drop_while_its_package_is_tested_lets_the_later_approved_serve(world: World, live: Release) -> None:
    say(world, register(world, 0.9))
    world.run(lambda: world.stage("churn", 2) is Stage.TESTING)
    world.script.quality = {"*": 0.95}
    world.put("churn/data/month-3.csv", csv(3))
    world.run(lambda: ended(world, 2) and ended(world, 3))

    assert world.stage("churn", 3) is Stage.LIVE, "\n".join(world.story())
    assert_settled(world)
