"""What people ask for: once, however often its event comes, and never at the wrong moment."""

import pytest

from tests.drops import PENDING, SPEC, csv
from tests.steps import assert_settled, drop, ended, refused, share, unseen_canary, visited
from tests.world import RETRIES, World, command_event
from yardmaster.records import Release, Stage


@pytest.fixture
def canary(world: World) -> Release:
    return unseen_canary(world)


def test_a_promotion_that_comes_three_times_is_one_step(world: World, canary: Release) -> None:
    event = world.command("promote", canary)
    world.send(event)
    world.run_for(600)
    world.send(event)
    world.run_for(600)

    assert share(world) == 20.0
    assert world.errors == []


def test_two_promotions_are_two_steps(world: World, canary: Release) -> None:
    for expected in (20.0, 50.0):
        world.command("promote", canary)
        world.run_for(600)
        assert share(world) == expected


@pytest.mark.parametrize("call", range(12))
def test_a_promotion_whose_function_dies_is_one_step(world: World, canary: Release, call: int) -> None:
    world.kill = lambda function, number, operation: number == call and world.attempt < len(RETRIES)
    world.command("promote", canary)
    world.run_for(900)

    assert share(world) == 20.0


def test_a_rollback_that_comes_twice_is_one(world: World, canary: Release) -> None:
    world.send(world.command("rollback", canary, "too slow"))
    world.run(lambda: ended(world, 2), hours=1)

    rolled_back = world.release("churn", 2)
    assert rolled_back.stage is Stage.ROLLED_BACK
    assert visited(rolled_back)[-2:] == ["rolling_back", "rolled_back"]
    assert rolled_back.reason == "rollback by alice: too slow"
    assert world.errors == []
    assert_settled(world)


def test_a_rollback_of_a_release_that_has_gone_all_the_way_but_for_the_last_update_goes_back(
    world: World, canary: Release
) -> None:
    for _ in range(3):
        world.command("promote", canary)
        world.run_for(300 if share(world) < 50 else 1)
    assert world.stage("churn", 2) is Stage.PROMOTING
    world.command("rollback", canary)
    world.run(lambda: ended(world, 2), hours=1)

    assert world.stage("churn", 2) is Stage.ROLLED_BACK
    assert_settled(world)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("promote", "holds no endpoint"),
        ("hold", "holds no endpoint"),
        ("resume", "holds no endpoint"),
        ("skip_judge", "holds no endpoint"),
        ("cancel", "holds no endpoint"),
        ("rollback", "no release before it to go back to"),
    ],
)
def test_a_command_that_is_out_of_place_is_refused_in_words_and_not_tried_again(
    world: World, command: str, why: str
) -> None:
    first = drop(world, 1, spec=SPEC)
    world.command(command, first)
    world.run_for(600)

    refusals = [event["detail"] for event in world.events if event["detail-type"] == "Command Refused"]
    assert [refusal["command"] for refusal in refusals] == [command]
    assert why in refusals[0]["reason"]
    assert world.errors == []
    assert world.stage("churn", 1) is Stage.LIVE


@pytest.mark.parametrize(
    ("function", "stranger"), [("judge_canary", "approve"), ("deploy_canary", "promote"), ("prepare_data", "cancel")]
)
def test_a_function_refuses_the_commands_of_another(
    world: World, canary: Release, function: str, stranger: str
) -> None:
    before = world.release("churn", 2)
    event = command_event(stranger, before, "because", world.now) | {"id": "1"}

    assert "is not a command" in world.invoke(function, event)["result"]
    assert world.release("churn", 2) == before


def test_a_command_for_an_unknown_release_changes_nothing(world: World, canary: Release) -> None:
    event = world.command("rollback", canary)
    event["detail"]["release"] = "aaaaaaaa"
    world.run_for(600)

    assert world.stage("churn", 2) is Stage.CANARY
    assert world.errors == []


def test_a_promotion_from_a_step_that_is_past_skips_nothing(world: World, canary: Release) -> None:
    world.command("promote", canary)
    world.run_for(600)
    world.command("promote", canary, step=0)
    world.run_for(600)

    assert share(world) == 20.0
    assert "at step 2 of 4, and was to be promoted from step 1" in refused(world)[0]
    world.command("promote", canary, step=1)
    world.run_for(600)
    assert share(world) == 50.0


def test_a_canary_that_is_held_stays_though_it_passed_until_it_is_resumed(world: World, canary: Release) -> None:
    world.command("hold", canary, "wait for the weekend")
    world.traffic = 200
    world.run_for(3 * 3600)

    waiting = world.release("churn", 2)
    assert waiting.stage is Stage.CANARY
    assert share(world) == 5.0
    assert waiting.waiting_for is not None
    assert waiting.waiting_for.subject == "yardmaster resume or rollback churn #2"
    assert "hold by alice: wait for the weekend" in waiting.reason

    world.command("resume", waiting)
    world.run(lambda: ended(world, 2))
    assert world.stage("churn", 2) is Stage.LIVE
    assert_settled(world)


def test_a_canary_that_is_held_still_goes_back_when_it_turns_bad(world: World, canary: Release) -> None:
    world.command("hold", canary)
    world.traffic = 200
    world.run_for(3600)
    world.script.invocation_errors = {f"*release-{canary.id}*": 0.5}
    world.run(lambda: ended(world, 2))

    assert world.stage("churn", 2) is Stage.ROLLED_BACK
    assert_settled(world)


def test_a_canary_whose_judge_is_skipped_goes_all_the_way_and_is_recorded_as_unjudged(
    world: World, canary: Release
) -> None:
    world.command("skip_judge", canary, "a hot fix")
    world.run(lambda: ended(world, 2), hours=2)

    live = world.release("churn", 2)
    assert live.stage is Stage.LIVE
    told = [step.reason for step in live.history if step.stage is Stage.PROMOTING]
    assert told == ["not judged: skip_judge by alice: a hot fix"] * 3
    assert_settled(world)


def test_a_canary_that_is_cancelled_gives_the_traffic_back(world: World, canary: Release) -> None:
    world.command("cancel", canary, "wrong data")
    world.run(lambda: ended(world, 2), hours=2)

    assert world.stage("churn", 2) is Stage.CANCELLED
    assert world.release("churn", 2).reason == "cancel by alice: wrong data"
    assert_settled(world)


def test_a_release_that_waits_for_approval_can_be_cancelled(world: World) -> None:
    world.put("churn/spec.yaml", PENDING)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.REGISTERED)
    world.command("cancel", world.release("churn", 1))
    world.run(lambda: ended(world, 1), hours=1)

    assert world.stage("churn", 1) is Stage.CANCELLED


def test_how_long_the_way_back_took_is_in_the_history(world: World, canary: Release) -> None:
    world.command("rollback", canary)
    world.run(lambda: ended(world, 2), hours=1)

    told = [step.reason for step in world.release("churn", 2).history if step.stage is Stage.ROLLING_BACK]
    assert told[0] == "rollback by alice: because"
    assert "has all traffic again, seen" in told[1]


CONFIRM = SPEC.replace("canary: {", "canary: {confirm: [promotion], step_weights: [5, 20, 95, 100], ")


def test_where_the_spec_asks_a_person_confirms_before_most_of_the_traffic_goes_over(world: World) -> None:
    drop(world, 1, quality=0.7, spec=CONFIRM)
    world.script.quality = {"*": 0.9}
    world.traffic = 200
    world.put("churn/data/month-2.csv", csv(2))
    world.run_for(6 * 3600)

    waiting = world.release("churn", 2)
    assert share(world) == 20.0
    assert waiting.waiting_for is not None
    assert waiting.waiting_for.subject == "yardmaster promote or rollback churn #2"
    world.command("promote", waiting, step=1)
    world.run(lambda: ended(world, 2))
    assert world.stage("churn", 2) is Stage.LIVE


# --- after it went live -----------------------------------------------------------------------------------------------


def live_twice(world: World) -> tuple[Release, Release]:
    first = drop(world, 1, quality=0.7, spec=SPEC)
    world.traffic = 200
    second = drop(world, 2)
    assert second.stage is Stage.LIVE
    return first, second


def test_a_live_release_is_rolled_back_to_the_one_before_it_in_one_step(world: World) -> None:
    first, second = live_twice(world)
    world.send(world.command("rollback", second, "complaints"))
    world.run(lambda: world.stage("churn", 2) is not Stage.LIVE and ended(world, 2), hours=1)

    assert world.release("churn", 2).reason == "rollback by alice: complaints; back to churn #1"
    assert [world.stage("churn", number) for number in (1, 2)] == [Stage.LIVE, Stage.ROLLED_BACK]
    assert world.model("churn").in_service == first.id
    assert world.sagemaker.describe_model_package(ModelPackageName=second.package_arn)["ModelApprovalStatus"] == (
        "Rejected"
    )
    assert world.errors == []
    assert_settled(world)


@pytest.mark.parametrize("call", range(24))
def test_a_rollback_of_a_live_release_whose_function_dies_is_whole(world: World, call: int) -> None:
    _, second = live_twice(world)
    world.kill = lambda function, number, operation: (
        function == "judge_canary" and number == call and world.attempt < len(RETRIES)
    )
    world.command("rollback", second)
    world.run_for(1800)

    assert [world.stage("churn", number) for number in (1, 2)] == [Stage.LIVE, Stage.ROLLED_BACK]
    assert_settled(world)


def test_it_can_go_back_further_and_the_next_drop_is_compared_with_what_serves(world: World) -> None:
    first, _ = live_twice(world)
    third = drop(world, 3, quality=0.95)
    world.command("rollback", third, to=first.id)
    world.run(lambda: world.stage("churn", 3) is Stage.ROLLED_BACK, hours=1)
    fourth = drop(world, 4, quality=0.95)

    assert fourth.baseline == first.id
    assert [world.stage("churn", number) for number in (1, 2, 3, 4)] == [
        Stage.REPLACED,
        Stage.REPLACED,
        Stage.ROLLED_BACK,
        Stage.LIVE,
    ]
    assert_settled(world)


def test_a_live_release_can_not_be_rolled_back_while_a_canary_holds_its_endpoint(world: World) -> None:
    _, second = live_twice(world)
    world.traffic = 0
    world.script.quality = {"*": 0.95}
    world.put("churn/data/month-3.csv", csv(3))
    world.run(lambda: world.stage("churn", 3) is Stage.CANARY)
    world.command("rollback", second)
    world.run_for(300)

    assert "is held by churn #3" in refused(world)[0]
    assert world.stage("churn", 2) is Stage.LIVE


def test_it_does_not_go_back_to_what_was_never_live(world: World) -> None:
    first, second = live_twice(world)
    world.command("rollback", second, to=second.id)
    world.command("rollback", first)
    world.run_for(300)

    assert "only a release that was live before can come back" in refused(world)[0]
    assert world.stage("churn", 2) is Stage.LIVE


def test_an_old_approval_that_comes_again_after_a_rollback_opens_nothing(world: World) -> None:
    drop(world, 1, spec=SPEC)
    world.put("churn/spec.yaml", PENDING)
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.REGISTERED)
    approval = world.command("approve", world.release("churn", 2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)
    world.command("rollback", world.release("churn", 2))
    world.run(lambda: world.stage("churn", 2) is Stage.ROLLED_BACK)
    world.run_for(120)

    world.send(approval)
    world.run_for(3600)

    assert world.stage("churn", 2) is Stage.ROLLED_BACK
    assert_settled(world)


def test_an_approval_while_the_canary_runs_changes_nothing(world: World, canary: Release) -> None:
    world.sagemaker.update_model_package(ModelPackageArn=canary.package_arn, ModelApprovalStatus="Approved")
    world.command("approve", canary)
    world.run_for(900)

    assert world.stage("churn", 2) is Stage.CANARY
    assert world.release("churn", 2).attempt == 1
    assert world.errors == []


def test_of_two_approvals_in_the_same_second_one_release_goes_and_nothing_breaks(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.put("churn/spec.yaml", PENDING)
    for number in (2, 3):
        world.put(f"churn/data/month-{number}.csv", csv(number))
    waiting = {Stage.REGISTERED}
    world.run(lambda: {world.stage("churn", number) for number in (2, 3)} == waiting)
    world.traffic = 200
    for number in (2, 3):
        arn = world.release("churn", number).package_arn
        world.sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    world.run(lambda: Stage.LIVE in {world.stage("churn", number) for number in (2, 3)})

    assert Stage.FAILED not in {world.stage("churn", number) for number in (1, 2, 3)}
    live = [release.number for release in world.table.releases_of("churn") if release.stage is Stage.LIVE]
    assert len(live) == 1


def test_a_release_that_must_be_approved_again_has_no_place_in_the_queue(world: World) -> None:
    """Approved, then sent to be tested against another baseline: its old approval counts no more."""
    drop(world, 1, quality=0.7, spec=SPEC)
    world.put("churn/spec.yaml", PENDING)
    for number in (2, 3):
        world.put(f"churn/data/month-{number}.csv", csv(number))
    world.run(lambda: {world.stage("churn", number) for number in (2, 3)} == {Stage.REGISTERED})
    world.command("approve", world.release("churn", 2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)
    world.command("approve", world.release("churn", 3))
    world.traffic = 200
    world.run(lambda: world.stage("churn", 2) is Stage.LIVE)
    world.run(lambda: world.release("churn", 3).attempt == 2 and world.stage("churn", 3) is Stage.REGISTERED)
    world.run_for(120)

    asks = world.release("churn", 3)
    assert asks.approved_at is None
    assert asks.waiting_for is not None
    assert asks.waiting_for.kind.value == "approval"
