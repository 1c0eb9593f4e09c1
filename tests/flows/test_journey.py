"""From a dropped file to an ending, on the virtual clock: what people see, whatever happens to events."""

import random

import pytest

from tests.drops import PENDING, SPEC, csv
from tests.steps import JOURNEY, assert_settled, drop, ended, visited
from tests.world import World
from yardmaster.records import Stage


def test_a_first_drop_becomes_the_model_in_service(world: World) -> None:
    first = drop(world, 1, spec=SPEC)

    assert visited(first) == [*JOURNEY, "live"]
    assert world.weights("churn") == {f"release-{first.id}": 100.0}
    assert world.model("churn").in_service == first.id
    assert "churn #1: live" in world.read("churn/STATUS.md")
    assert world.errors == []


def test_a_better_model_takes_over_by_five_ninety_five_and_a_hundred_percent(world: World) -> None:
    first = drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 200
    seen: list[dict[str, float]] = []
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-2.csv", csv(2))

    def look() -> bool:
        weights = world.weights("churn")
        if not seen or seen[-1] != weights:
            seen.append(weights)
        return ended(world, 2)

    world.run(look)

    second = world.release("churn", 2)
    old, new = f"release-{first.id}", f"release-{second.id}"
    assert visited(second) == [*JOURNEY, "canary", "promoting", "live"]
    assert seen == [{old: 100.0}, {old: 95.0, new: 5.0}, {old: 5.0, new: 95.0}, {new: 100.0}]
    assert world.stage("churn", 1) is Stage.REPLACED
    assert world.errors == []
    assert_settled(world)


def test_a_model_that_fails_its_requests_is_rolled_back_and_its_package_rejected(world: World) -> None:
    first = drop(world, 1, spec=SPEC)
    world.traffic = 200
    world.script.invocation_errors = {f"*release-{first.id}*": 0.0, "*": 0.3}

    second = drop(world, 2)

    assert visited(second)[-2:] == ["rolling_back", "rolled_back"]
    assert "evidence that it is bad" in second.reason
    assert world.weights("churn") == {f"release-{first.id}": 100.0}
    package = world.sagemaker.describe_model_package(ModelPackageName=second.package_arn)
    assert package["ModelApprovalStatus"] == "Rejected"
    assert world.model("churn").in_service == first.id
    assert_settled(world)


def test_a_worse_model_is_stopped_by_the_gate_with_the_numbers(world: World) -> None:
    drop(world, 1, quality=0.95, spec=SPEC)

    second = drop(world, 2, quality=0.3)

    assert second.stage is Stage.REJECTED
    assert "auc" in second.reason
    assert "baseline" in second.reason
    assert second.package_arn is not None
    assert_settled(world)


def test_a_person_may_overrule_the_gate_in_the_registry(world: World) -> None:
    drop(world, 1, quality=0.95, spec=SPEC)
    second = drop(world, 2, quality=0.3)
    world.traffic = 200

    world.run_for(120)
    world.sagemaker.update_model_package(ModelPackageArn=second.package_arn, ModelApprovalStatus="Approved")
    world.run(lambda: world.stage("churn", 2) is Stage.LIVE)

    second = world.release("churn", 2)
    assert second.attempt == 2
    assert visited(second)[5:8] == ["rejected", "registered", "deploying"]
    assert_settled(world)


@pytest.mark.parametrize("how", ["registry", "command", "registry, and its event is lost"])
def test_a_pending_release_waits_until_somebody_approves_it(world: World, how: str) -> None:
    world.put("churn/spec.yaml", PENDING)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.REGISTERED)
    world.run_for(3600)
    release = world.release("churn", 1)
    assert release.waiting_for is not None
    assert release.waiting_for.kind.value == "approval"

    if how == "command":
        world.command("approve", release)
    else:
        world.keep = lambda event: "lost" not in how or event["source"] != "aws.sagemaker"
        world.sagemaker.update_model_package(ModelPackageArn=release.package_arn, ModelApprovalStatus="Approved")
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE, hours=2)


def test_a_pending_release_that_is_rejected_ends(world: World) -> None:
    world.put("churn/spec.yaml", PENDING)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.REGISTERED)

    world.command("reject", world.release("churn", 1), "not now")
    world.run(lambda: ended(world, 1))

    assert world.stage("churn", 1) is Stage.REJECTED


def test_everything_ends_well_although_no_sagemaker_event_arrives(world: World) -> None:
    world.keep = lambda event: event["source"] != "aws.sagemaker"
    first = drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 200
    second = drop(world, 2)
    world.traffic = 0
    third = drop(world, 3, quality=0.2)

    assert [first.stage, second.stage, third.stage] == [Stage.LIVE, Stage.LIVE, Stage.REJECTED]
    assert_settled(world)


def test_everything_ends_well_although_none_of_our_own_events_arrives_but_the_tick(world: World) -> None:
    world.keep = lambda event: event["detail-type"] in {"Object Created", "Release Due"}
    drop(world, 1, spec=SPEC)
    world.traffic = 200

    assert drop(world, 2).stage is Stage.LIVE
    assert_settled(world)


@pytest.mark.parametrize("seed", range(3))
def test_everything_ends_well_although_every_event_comes_twice_late_and_in_any_order(world: World, seed: int) -> None:
    world.copies = 2
    world.shuffle = random.Random(seed)
    drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 200
    second = drop(world, 2)

    assert second.stage is Stage.LIVE, "\n".join(world.story())
    assert [one.number for one in world.table.releases_of("churn")] == [2, 1]
    assert_settled(world)


def test_data_that_comes_before_its_spec_waits_with_a_proposal_beside_it(world: World) -> None:
    world.put("churn/data/month-1.csv", csv(1))
    world.run_for(600)

    waiting = world.release("churn", 1)
    assert waiting.stage is Stage.RECEIVED
    assert waiting.waiting_for is not None
    assert "label: churned" in world.read("churn/spec.proposed.yaml")
    assert "no `spec.yaml` yet" in world.read("churn/STATUS.md")

    world.put("churn/spec.yaml", SPEC)
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)


def test_a_spec_that_is_wrong_is_refused_in_words_and_drops_wait_until_it_is_mended(world: World) -> None:
    world.put("churn/spec.yaml", SPEC.replace("label", "lable"))
    world.put("churn/data/month-1.csv", csv(1))
    world.run_for(600)

    assert world.stage("churn", 1) is Stage.RECEIVED
    assert "did you mean label" in world.read("churn/STATUS.md")
    assert any(event["detail-type"] == "Spec Refused" for event in world.events)

    world.put("churn/spec.yaml", SPEC)
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)


def test_after_the_spec_was_deleted_drops_are_refused_and_the_endpoint_stays(world: World) -> None:
    first = drop(world, 1, spec=SPEC)
    world.delete("churn/spec.yaml")
    world.run_for(60)

    assert drop(world, 2).stage is Stage.REFUSED
    assert world.weights("churn") == {f"release-{first.id}": 100.0}


def test_the_same_bytes_with_the_same_spec_start_no_job(world: World) -> None:
    drop(world, 1, spec=SPEC)
    world.put("churn/data/again.csv", csv(1))
    world.run(lambda: ended(world, 2))

    assert world.stage("churn", 2) is Stage.UNCHANGED
    assert len(world.sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 1
    assert world.keys("churn/releases/0002") == []


def test_the_same_bytes_with_another_spec_are_trained_again(world: World) -> None:
    drop(world, 1, spec=SPEC)
    world.put("churn/spec.yaml", SPEC + "train: {hyperparameters: {num_round: 50}}\n")
    world.put("churn/data/again.csv", csv(1))
    world.run(lambda: ended(world, 2) or world.stage("churn", 2) is Stage.TRAINING)

    assert world.stage("churn", 2) is Stage.TRAINING


def test_a_refused_drop_leaves_its_reason_and_nothing_else(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/bad.csv", csv(1).replace("green", "green,extra", 1))
    world.run(lambda: ended(world, 1))

    refused = world.release("churn", 1)
    assert refused.stage is Stage.REFUSED
    assert "bad.csv" in refused.reason
    assert "line" in refused.reason
    assert world.keys("churn/releases/") == []
    assert refused.reason in world.read("churn/STATUS.md")
    assert world.model("churn").columns_uri is None


def test_keys_that_are_no_drops_leave_no_release(world: World) -> None:
    for key in ("churn/data/", "churn/data/.hidden.csv", "churn/data/_temporary/part-0.csv", "churn/data/notes.docx"):
        world.put(key, "x")
    world.run_for(60)

    assert list(world.table.releases_of("churn")) == []


def test_a_folder_is_one_drop_once_it_is_marked_complete(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    world.put("churn/data/feb/part-0.csv", csv(1))
    world.put("churn/data/feb/part-1.csv", csv(2))
    world.run_for(60)
    assert list(world.table.releases_of("churn")) == []

    world.put("churn/data/feb/_SUCCESS", "")
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)

    release = world.release("churn", 1)
    assert sum(channel.rows for channel in release.channels.values()) == 1200


@pytest.mark.parametrize("markers", [["_SUCCESS"], ["train/_SUCCESS", "validation/_SUCCESS", "test/_SUCCESS"]])
def test_a_folder_that_is_already_split_keeps_its_split(world: World, markers: list[str]) -> None:
    world.put("churn/spec.yaml", SPEC)
    for seed, (channel, rows) in enumerate({"train": 300, "validation": 50, "test": 70}.items()):
        world.put(f"churn/data/mar/{channel}/part-0.csv", csv(seed, rows))
    for marker in markers:
        world.put(f"churn/data/mar/{marker}", "")
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)

    channels = world.release("churn", 1).channels
    assert {name: channel.rows for name, channel in channels.items()} == {"train": 300, "validation": 50, "test": 70}
    assert len(list(world.table.releases_of("churn"))) == 1


def test_of_two_approved_releases_that_wait_the_latest_goes_first(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    for number in (2, 3, 4):
        world.script.quality = {"*": 0.7 + number / 100}
        world.put(f"churn/data/month-{number}.csv", csv(number))
        world.run_for(1)
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY or world.stage("churn", 3) is Stage.CANARY)
    world.traffic = 200
    world.run(lambda: all(ended(world, number) for number in (2, 3, 4)))

    found = [world.stage("churn", number) for number in (1, 2, 3, 4)]
    assert found.count(Stage.LIVE) == 1
    assert Stage.SUPERSEDED in found or found.count(Stage.REPLACED) >= 2
    assert_settled(world)


def test_a_training_job_that_fails_ends_its_release_with_sagemakers_reason(world: World) -> None:
    world.script.fails = {"ym-churn-*": "AlgorithmError: framework error, exit code: 1"}

    failed = drop(world, 1, spec=SPEC)

    assert failed.stage is Stage.FAILED
    assert "AlgorithmError" in failed.reason


def test_an_endpoint_that_cannot_start_ends_its_release(world: World) -> None:
    world.script.fails = {"churn/*": "The primary container did not pass the ping health check."}

    failed = drop(world, 1, spec=SPEC)

    assert failed.stage is Stage.FAILED, "\n".join(world.story())
    assert "ping health check" in failed.reason


def test_without_an_endpoint_in_the_spec_the_approved_model_is_in_service_for_batch(world: World) -> None:
    first = drop(
        world, 1, spec=SPEC.replace("deploy: {canary: {min_requests: 100, max_error_rate: 0.05}}", "deploy: none")
    )

    assert first.stage is Stage.LIVE
    assert world.table.all_endpoints() == []


def test_a_persons_reason_for_an_approval_is_in_the_history(world: World) -> None:
    world.put("churn/spec.yaml", PENDING)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.REGISTERED)

    world.command("approve", world.release("churn", 1), "checked by hand")
    world.run(lambda: ended(world, 1))

    told = [step.reason for step in world.release("churn", 1).history if step.stage is Stage.DEPLOYING]
    assert len(told) == 1
    assert told[0].startswith("approved: approve by alice: checked by hand;")


def test_a_rejection_that_is_overruled_before_it_is_written_down_is_not_lost(world: World) -> None:
    drop(world, 1, quality=0.95, spec=SPEC)
    world.script.quality = {"*": 0.3}
    approved: list[str] = []

    def die_and_let_a_person_be_faster(function: str, call: int, operation: str) -> bool:
        """The function made the Rejected package, and dies before it moves the release."""
        if approved or function != "evaluate_candidate" or world.stage("churn", 2) is not Stage.EVALUATED:
            return False
        packages = world.sagemaker.list_model_packages(ModelPackageGroupName="ym-churn")["ModelPackageSummaryList"]
        approved.extend(one["ModelPackageArn"] for one in packages if one["ModelApprovalStatus"] == "Rejected")
        for arn in approved:
            world.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
        return bool(approved)

    world.kill = die_and_let_a_person_be_faster
    world.put("churn/data/month-2.csv", csv(2))
    world.traffic = 200
    world.run(lambda: ended(world, 2))

    assert len(approved) == 1
    assert world.stage("churn", 2) is Stage.LIVE
    assert "approved by a person" in " ".join(step.reason for step in world.release("churn", 2).history)
