"""What strangers, and a bus that delivers late and twice, send: whatever comes, releases end well."""

from typing import Any

import pytest

from tests.drops import PENDING, SPEC, csv
from tests.steps import assert_settled, drop, ended, refused, share, unseen_canary
from tests.world import World, command_event, envelope
from yardmaster.records import Release, Stage
from yardmaster.rules.stages import ENDED

HUGE = "x" * 100_000


@pytest.fixture
def canary(world: World) -> Release:
    return unseen_canary(world)


# --- a promotion that doesn't say from which step


def test_a_promotion_without_a_step_that_comes_late_skips_nothing(world: World, canary: Release) -> None:
    late = command_event("promote", canary, "because", world.now)
    world.run_for(60)
    world.command("promote", canary)
    world.run_for(600)
    world.send(late)
    world.run_for(600)

    assert share(world) == 20.0
    assert "at step 2 of 4, and was to be promoted before it got there" in refused(world)[0]
    assert world.errors == []


def test_two_promotions_in_the_same_second_are_one_step(world: World, canary: Release) -> None:
    world.run_for(600)
    for _ in range(2):
        world.command("promote", canary)
    world.run_for(600)

    assert share(world) == 20.0
    assert len(refused(world)) == 1


def test_a_promotion_that_is_remembered_no_more_skips_nothing(world: World, canary: Release) -> None:
    event = world.command("promote", canary)
    world.run_for(600)
    for _ in range(25):
        world.command("hold", canary)
        world.command("resume", canary)
        world.run_for(5)
    world.send(event)
    world.run_for(600)

    assert share(world) == 20.0


def test_a_promotion_that_says_neither_step_nor_time_is_for_the_first_step_only(world: World, canary: Release) -> None:
    for _ in range(2):
        event = command_event("promote", canary, "because", world.now)
        del event["time"]
        world.send(event)
        world.run_for(600)

    assert share(world) == 20.0
    assert 'say "step": 1' in refused(world)[0]


def test_a_command_for_an_attempt_that_has_ended_comes_too_late_for_the_next_one(world: World, canary: Release) -> None:
    late = [
        command_event(name, canary, "because", world.now) for name in ("skip_judge", "promote", "cancel", "approve")
    ]
    world.run_for(60)
    world.command("rollback", canary)
    world.run(lambda: ended(world, 2), hours=2)
    world.run_for(60)
    world.send(late.pop())
    world.run_for(600)
    assert world.stage("churn", 2) is Stage.ROLLED_BACK

    world.command("approve", canary)
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY, hours=2)
    for event in late:
        world.send(event)
    world.run_for(600)

    assert (world.stage("churn", 2), share(world)) == (Stage.CANARY, 5.0)
    assert len([reason for reason in refused(world) if "was said before churn #2 was rolled_back" in reason]) == 4
    assert world.errors == []


# --- approvals in the same second


@pytest.mark.parametrize("order", [(2, 3), (3, 2)], ids=str)
@pytest.mark.parametrize("copies", [1, 2])
def test_two_packages_that_are_approved_in_the_same_second_end_well(
    world: World, order: tuple[int, ...], copies: int
) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.put("churn/spec.yaml", PENDING)
    for number in (2, 3):
        world.put(f"churn/data/month-{number}.csv", csv(number))
    world.run(lambda: {world.stage("churn", number) for number in (2, 3)} == {Stage.REGISTERED})
    world.traffic, world.copies = 200, copies
    for number in order:
        approve(world, number)
    world.run(lambda: Stage.LIVE in {world.stage("churn", number) for number in (2, 3)})
    world.run_for(3600)

    stages = [world.stage("churn", number) for number in (1, 2, 3)]
    assert stages.count(Stage.LIVE) == 1
    assert Stage.FAILED not in stages
    # The other one was superseded, or asks a person once more, compared with what serves now.
    assert set(stages) <= {Stage.LIVE, Stage.REPLACED, Stage.SUPERSEDED, Stage.REGISTERED}
    assert world.errors == []
    assert_settled(world)


def approve(world: World, number: int) -> None:
    arn = world.release("churn", number).package_arn
    world.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")


@pytest.mark.parametrize("ending", ["cancelled", "live", "replaced"])
def test_an_approval_of_what_has_ended_for_good_opens_nothing(world: World, ending: str) -> None:
    if ending == "cancelled":
        world.put("churn/spec.yaml", PENDING)
        world.put("churn/data/month-1.csv", csv(1))
        world.run(lambda: world.stage("churn", 1) is Stage.REGISTERED)
        world.command("cancel", world.release("churn", 1))
        world.run(lambda: ended(world, 1))
    else:
        drop(world, 1, quality=0.7, spec=SPEC)
    if ending == "replaced":
        world.traffic = 200
        drop(world, 2)
    before = world.release("churn", 1)
    assert before.stage.value == ending
    world.run_for(60)
    approve(world, 1)
    world.command("approve", before)
    world.run_for(3600)

    assert (world.stage("churn", 1), world.release("churn", 1).attempt) == (before.stage, before.attempt)
    assert world.errors == []


def test_an_approval_right_after_a_rejection_is_a_new_attempt(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.put("churn/spec.yaml", PENDING)
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.REGISTERED)
    world.command("reject", world.release("churn", 2))
    world.run(lambda: ended(world, 2))
    world.run_for(1)
    world.command("approve", world.release("churn", 2))
    world.traffic = 200
    world.run(lambda: world.stage("churn", 2) is Stage.LIVE)

    assert world.release("churn", 2).attempt == 2
    assert_settled(world)


# --- forged


def forged(source: str, kind: str, detail: dict[str, Any], at: float, **more: Any) -> dict[str, Any]:
    return envelope(source, kind, detail, at) | more


def strange_commands(canary: Release, at: float) -> list[dict[str, Any]]:
    def said(**detail: Any) -> dict[str, Any]:
        event = command_event("rollback", canary, "because", at)
        event["detail"] |= detail
        return event

    return [
        said() | {"account": "999999999999"},
        said() | {"source": "yardmaster.other"},
        said() | {"source": "yardmaster"},
        said(release="aaaaaaaa", model="other"),
        said(release=""),
        said(release="../../etc"),
        said(release=HUGE),
        said(command=HUGE),
        said(command="promote", step=-1),
        said(command="promote", step=10**30),
        said(command="promote", step=99),
        said(command="approve"),
        said(command="reject"),
    ]


def test_commands_that_name_nothing_or_come_from_elsewhere_change_nothing(world: World, canary: Release) -> None:
    for event in strange_commands(canary, world.now):
        world.send(event)
    world.run_for(1800)

    assert (world.stage("churn", 2), share(world)) == (Stage.CANARY, 5.0)
    assert world.errors == []


@pytest.mark.parametrize(
    "detail",
    [{"reason": HUGE}, {"by": HUGE}, {"reason": "a\nb\x00c", "by": "\u202e<script>"}, {"to": HUGE}],
    ids=["reason", "by", "characters", "to"],
)
def test_huge_and_odd_words_are_cut_and_the_command_is_obeyed(
    world: World, canary: Release, detail: dict[str, Any]
) -> None:
    world.command("rollback", canary, **detail)
    world.run(lambda: ended(world, 2), hours=2)

    found = world.release("churn", 2)
    assert found.stage is Stage.ROLLED_BACK
    assert all(len(step.reason) < 1000 for step in found.history)
    assert all(len(str(event["detail"])) < 10_000 for event in world.events[-5:])
    assert_settled(world)


@pytest.mark.parametrize(
    "detail",
    [{"reason": {"a": 1}}, {"release": 7}, {"release": None}, {"step": "two"}, {"to": ["x"]}, {"by": None}],
    ids=str,
)
def test_a_command_of_wrong_types_is_kept_for_a_person_to_see_and_changes_nothing(
    world: World, canary: Release, detail: dict[str, Any]
) -> None:
    event = command_event("rollback", canary, "because", world.now)
    event["detail"] |= detail
    world.send(event)
    world.run_for(900)

    assert (world.stage("churn", 2), share(world)) == (Stage.CANARY, 5.0)
    assert [function for function, _ in world.failed] == ["judge_canary"]


def hints(canary: Release, at: float) -> list[dict[str, Any]]:
    """Return events that pretend to be AWS's, or ours."""
    tags = {"yardmaster": "yardmaster"}
    in_service = {"EndpointStatus": "IN_SERVICE", "Tags": tags}
    kind = "SageMaker Endpoint State Change"
    group = {"ModelPackageGroupName": "ym-churn", "ModelApprovalStatus": "Approved"}
    package = "SageMaker Model Package State Change"
    ours = "yardmaster.yardmaster"
    return [
        forged("aws.sagemaker", kind, {"EndpointName": "churn", **in_service}, at),
        forged("aws.sagemaker", kind, {"EndpointName": HUGE, **in_service}, at),
        forged("aws.sagemaker", kind, {"EndpointName": "", **in_service}, at),
        forged("aws.sagemaker", kind, {"EndpointName": "none", **in_service}, at),
        *(
            forged("aws.sagemaker", package, {"ModelPackageArn": arn, **group}, at)
            for arn in (
                "",
                HUGE,
                "arn:aws:sagemaker:us-east-1:123456789012:model-package/ym-churn/99",
                canary.package_arn,
            )
        ),
        *(
            forged(ours, "Release Due", {"release": one, "stage": "live", "function": function}, at)
            for one in (canary.id, "aaaaaaaa", "", HUGE)
            for function in ("judge_canary", "deploy_canary", "start_training", "prepare_data")
        ),
        *(
            forged(ours, "Release State Change", {"release": canary.id, "stage": stage.value, "moved": True}, at)
            for stage in (*ENDED, Stage.REGISTERED, Stage.PREPARED, Stage.TRAINING)
        ),
    ]


def test_events_that_claim_what_is_not_so_change_nothing(world: World, canary: Release) -> None:
    for event in hints(canary, world.now):
        world.send(event)
    world.run_for(1800)

    found = world.release("churn", 2)
    assert (found.stage, found.attempt, share(world)) == (Stage.CANARY, 1, 5.0)
    assert found.history == canary.history
    assert world.errors == []


def test_an_endpoint_that_is_said_to_be_in_service_while_it_changes_is_not_believed(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.script.quality = {"*": 0.9}
    world.traffic = 200
    world.put("churn/data/month-2.csv", csv(2))
    claim = {"EndpointName": "churn", "EndpointStatus": "IN_SERVICE", "Tags": {"yardmaster": "yardmaster"}}
    told = 0

    def claims(function: str, call: int, operation: str) -> None:
        nonlocal told
        if world.core.call("DescribeEndpoint", {"EndpointName": "churn"})["EndpointStatus"] != "InService":
            told += 1
            world.invoke_later(
                "judge_canary", forged("aws.sagemaker", "SageMaker Endpoint State Change", claim, world.now)
            )

    world.meanwhile = lambda function, call, operation: claims(function, call, operation) if told < 200 else None
    world.run(lambda: ended(world, 2))

    assert told > 20
    assert world.stage("churn", 2) is Stage.LIVE
    assert world.unanswered == 0
    assert_settled(world)
