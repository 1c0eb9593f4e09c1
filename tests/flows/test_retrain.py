"""A drop that is trained again on a person's word: the same release once more, or a new one beside what serves."""

import json
import random
from collections.abc import Callable

import pytest

from local_aws.sagemaker.executors.scripted_model import ScriptedModel
from tests.drops import SPEC, UNSHARED, csv
from tests.steps import JOURNEY, assert_settled, drop, ended, refused, visited
from tests.world import BUCKET, World, a_world
from yardmaster.records import Release, Stage

DEEPER = UNSHARED + "train: {hyperparameters: {max_depth: 9}}\n"
GATED = "evaluate: {gate: [{metric: auc, min: 0.8}]}\n"
LIVE = [*JOURNEY, "live"]
REJECTED = ["received", "prepared", "training", "testing", "evaluated", "rejected"]


def rejected(world: World) -> Release:
    found = drop(world, 1, quality=0.0, spec=UNSHARED + GATED)
    assert found.stage is Stage.REJECTED
    return found


def retrain(world: World, release: Release, spec: str | None = None, quality: float = 0.9) -> None:
    if spec is not None:
        world.put("churn/spec.yaml", spec)
        world.run_for(60)
    world.script.quality = {"*": quality}
    world.command("retrain", release, "deeper trees")


def jobs(world: World) -> list[str]:
    found = world.sagemaker.list_training_jobs()["TrainingJobSummaries"]
    return sorted(job["TrainingJobName"] for job in found)


def depth(world: World, job: str) -> str | None:
    described = world.sagemaker.describe_training_job(TrainingJobName=job)
    found: str | None = described["HyperParameters"].get("max_depth")
    return found


def test_a_rejected_release_begins_again_with_the_new_spec_and_the_channels_it_has(world: World) -> None:
    first = rejected(world)
    retrain(world, first, DEEPER + GATED)
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)

    again = world.release("churn", 1)
    assert visited(again) == [*REJECTED, *LIVE]
    assert again.attempt == 2
    assert again.channels == first.channels
    assert again.spec != first.spec
    assert jobs(world) == [f"ym-churn-{again.id}-1", f"ym-churn-{again.id}-2"]
    assert depth(world, f"ym-churn-{again.id}-2") == "9"
    assert again.package_arn != first.package_arn
    assert [step.reason for step in again.history if step.stage is Stage.RECEIVED][-1] == (
        "retrain by alice: deeper trees"
    )
    assert json.loads(world.read(f"{again.folder}evaluation-1.json"))["yardmaster"]["gate"]["verdict"] == "fail"
    assert_settled(world)


def test_a_live_release_keeps_its_row_and_its_drop_becomes_a_new_release(world: World) -> None:
    first = drop(world, 1, quality=0.8, spec=UNSHARED)
    retrain(world, first, DEEPER)
    world.run(lambda: world.stage("churn", 2) is Stage.TRAINING)

    serving, again = world.release("churn", 1), world.release("churn", 2)
    assert (serving.stage, serving.attempt, serving.history) == (Stage.LIVE, 1, first.history)
    assert (again.source, again.retrains, again.baseline) == (first.source, first.id, first.id)
    assert again.channels == first.channels
    assert again.history[0].reason == "retrain by alice: deeper trees; the drop of churn #1"

    world.run(lambda: ended(world, 2))
    assert world.stage("churn", 2) is Stage.LIVE
    assert world.stage("churn", 1) is Stage.REPLACED
    evaluation = json.loads(world.read(f"{again.folder}evaluation.json"))
    # The same rows once, though two releases have them.
    assert evaluation["dataset"]["item_count"] == first.channels["test"].rows
    assert_settled(world)


def test_a_retrain_with_the_same_spec_is_no_unchanged_drop(world: World) -> None:
    retrain(world, drop(world, 1, spec=UNSHARED))
    world.run(lambda: ended(world, 2))

    assert world.stage("churn", 2) is Stage.LIVE


def test_what_is_retrained_can_be_retrained(world: World) -> None:
    first = drop(world, 1, spec=UNSHARED)
    retrain(world, first, quality=0.9)
    world.run(lambda: ended(world, 2))
    retrain(world, world.release("churn", 2), DEEPER)
    world.run(lambda: ended(world, 3))
    retrain(world, world.release("churn", 1))
    world.run(lambda: ended(world, 4))

    assert [world.release("churn", number).retrains for number in (2, 3, 4)] == [first.id] * 3
    assert [world.stage("churn", number) for number in (1, 2, 3)] == [Stage.REPLACED] * 3
    assert world.stage("churn", 4) is Stage.LIVE


def test_another_split_prepares_the_rows_again_beside_the_old_ones(world: World) -> None:
    first = rejected(world)
    split = UNSHARED.replace('"yes"}', '"yes", split: {train: 0.5, validation: 0.25, test: 0.25}}')
    retrain(world, first, split)
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)

    again = world.release("churn", 1)
    assert again.channels["test"].uri == f"s3://{BUCKET}/{again.folder}attempt-2/channels/test/"
    assert again.channels["test"].rows > first.channels["test"].rows
    key = world.keys(f"{first.folder}channels/test/")[0]
    assert len(world.read(key).splitlines()) == first.channels["test"].rows


def test_another_encoding_is_learned_while_nothing_serves(world: World) -> None:
    first = rejected(world)
    retrain(world, first, UNSHARED.replace('"yes"}', '"yes", drop: colour}'))
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)

    again = world.release("churn", 1)
    assert again.columns_uri == f"s3://{BUCKET}/{again.folder}attempt-2/columns.json"
    assert again.columns_digest != first.columns_digest
    assert world.model("churn").columns_digest == again.columns_digest


def test_another_encoding_is_refused_while_a_model_serves(world: World) -> None:
    first = drop(world, 1, spec=UNSHARED)
    retrain(world, first, UNSHARED.replace('"yes"}', '"yes", drop: colour}'))
    world.run_for(600)

    assert "the columns are frozen by the model in service" in refused(world)[0]
    assert world.stage("churn", 2) is None
    assert world.errors == []


def test_a_folder_is_read_as_it_was_when_it_was_complete(world: World) -> None:
    world.put("churn/spec.yaml", UNSHARED)
    world.put("churn/data/jan/part-0.csv", csv(1))
    world.put("churn/data/jan/_SUCCESS", "")
    world.run(lambda: ended(world, 1))
    world.put("churn/data/jan/part-0.csv", csv(2, 300))
    world.put("churn/data/jan/part-1.csv", csv(3))
    split = UNSHARED.replace('"yes"}', '"yes", split: {train: 0.5, validation: 0.25, test: 0.25}}')
    retrain(world, world.release("churn", 1), split)
    world.run(lambda: ended(world, 2))

    again = world.release("churn", 2)
    assert again.stage is Stage.LIVE
    assert sum(channel.rows for channel in again.channels.values()) == 600


def fails(world: World) -> None:
    world.script.fails = {"ym-churn-*-1": "AlgorithmError: no luck"}
    world.put("churn/spec.yaml", UNSHARED)
    world.put("churn/data/month-1.csv", csv(1))


def is_refused(world: World) -> None:
    world.put("churn/spec.yaml", UNSHARED + "train: {instance_type: ml.p4d.24xlarge}\n")
    world.put("churn/data/month-1.csv", csv(1))


def is_cancelled(world: World) -> None:
    world.put("churn/spec.yaml", UNSHARED)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)
    world.command("cancel", world.release("churn", 1))


@pytest.mark.parametrize(
    ("happens", "stage"), [(fails, Stage.FAILED), (is_refused, Stage.REFUSED), (is_cancelled, Stage.CANCELLED)]
)
def test_whatever_ended_short_of_service_can_begin_again(
    world: World, happens: Callable[[World], None], stage: Stage
) -> None:
    happens(world)
    world.run(lambda: ended(world, 1))
    assert world.stage("churn", 1) is stage
    retrain(world, world.release("churn", 1), DEEPER)
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)

    assert world.release("churn", 1).attempt == 2
    assert_settled(world)


def test_a_drop_that_was_refused_for_its_rows_is_read_again_under_the_new_spec(world: World) -> None:
    first = drop(world, 1, spec=UNSHARED.replace("label: churned", "label: left"))
    assert first.stage is Stage.REFUSED
    retrain(world, first, UNSHARED)
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)

    assert visited(world.release("churn", 1)) == ["received", "refused", *LIVE]


def test_a_release_that_was_rolled_back_gets_a_canary_of_its_own_again(world: World) -> None:
    drop(world, 1, quality=0.7, spec=SPEC)
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: world.stage("churn", 2) is Stage.CANARY)
    world.command("rollback", world.release("churn", 2))
    world.run(lambda: ended(world, 2))
    retrain(world, world.release("churn", 2))
    world.traffic = 200
    world.run(lambda: world.stage("churn", 2) is Stage.LIVE)

    again = world.release("churn", 2)
    assert visited(again)[-4:] == ["deploying", "canary", "promoting", "live"]
    assert json.loads(world.read(f"{again.folder}decision-1.json"))["verdict"] == "rolled_back"
    assert_settled(world)


def test_a_retrain_trains_on_earlier_drops_as_its_spec_says(world: World) -> None:
    drop(world, 1, spec=UNSHARED)
    second = drop(world, 2)
    assert second.trained_on == (2,)
    retrain(world, second, UNSHARED.replace('"yes"}', '"yes", history: all}'))
    world.run(lambda: ended(world, 3))

    assert world.release("churn", 3).trained_on == (1, 3)


# --- refused -----------------------------------------------------------------------------------------------------


def test_a_release_under_way_is_not_begun_again(world: World) -> None:
    world.put("churn/spec.yaml", UNSHARED)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 1) is Stage.TRAINING)
    world.command("retrain", world.release("churn", 1))
    world.run_for(60)

    assert refused(world) == ["churn #1 is under way (training): cancel it first, or wait for its end"]


def test_a_drop_that_is_trained_again_already_is_not_trained_a_third_time(world: World) -> None:
    first = drop(world, 1, spec=UNSHARED)
    retrain(world, first)
    world.run(lambda: world.stage("churn", 2) is Stage.TRAINING)
    retrain(world, first)
    world.run_for(60)

    assert refused(world) == ["churn #2 trains the same drop and is under way (training): cancel it first"]
    assert world.stage("churn", 3) is None


def test_a_model_from_elsewhere_and_a_drop_without_news_have_nothing_to_train(world: World) -> None:
    drop(world, 1, spec=UNSHARED)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: ended(world, 2))
    world.put("churn/artifacts/model.tar.gz", ScriptedModel("elsewhere", "binary:logistic", 2, 0.9, 7).archive())
    world.run(lambda: ended(world, 3))
    for number in (2, 3):
        world.command("retrain", world.release("churn", number))
        world.run_for(60)

    unchanged, artifact = refused(world)
    assert "churn #2 brought nothing new" in unchanged
    assert "churn #3 was trained elsewhere" in artifact


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda world: world.delete("churn/spec.yaml"), "there is no churn/spec.yaml"),
        (lambda world: world.put("churn/spec.yaml", "algorithm: sorcery\n"), "churn/spec.yaml was refused"),
    ],
)
def test_without_a_spec_nothing_is_trained(world: World, change: Callable[[World], object], words: str) -> None:
    first = rejected(world)
    change(world)
    world.command("retrain", first)
    world.run_for(600)

    assert words in refused(world)[0]
    assert world.stage("churn", 1) is Stage.REJECTED
    assert world.errors == []


def test_a_command_that_was_said_before_the_end_and_comes_late_is_refused(world: World) -> None:
    first = rejected(world)
    event = world.command("retrain", first)
    event["time"] = "2026-03-04T04:00:00Z"
    world.run_for(600)

    assert "came late: say it again" in refused(world)[0]
    assert world.stage("churn", 1) is Stage.REJECTED


# --- once, whatever happens --------------------------------------------------------------------------------------


def of_rejected(world: World) -> tuple[Release, int, list[str]]:
    """Return the release to retrain, the number of the one that goes live, and its stages."""
    return rejected(world), 1, [*REJECTED, *LIVE]


def of_live(world: World) -> tuple[Release, int, list[str]]:
    return drop(world, 1, quality=0.8, spec=UNSHARED), 2, LIVE


WAYS = [of_rejected, of_live]


def play(way: Callable[[World], tuple[Release, int, list[str]]], disturb: Callable[[World], None]) -> World:
    """Retrain under disturbances, and hold the end against the one without."""
    with a_world() as world:
        release, number, stages = way(world)
        disturb(world)
        retrain(world, release, DEEPER)
        world.run(lambda: world.stage("churn", number) is Stage.LIVE)
        world.kill = world.repeat = lambda function, call, operation: False
        world.keep = lambda event: True
        assert_settled(world)
        story = "\n".join(world.story())
        assert visited(world.release("churn", number)) == stages, story
        assert [one.number for one in world.table.releases_of("churn")] == list(range(number, 0, -1)), story
        assert len(jobs(world)) == 2, story
        channels = [
            key for key in world.s3.versions("churn/releases/") if "/channels/" in key and "/scores/" not in key
        ]
        assert len(channels) == len(set(channels)) == 3
        return world


@pytest.mark.parametrize("way", WAYS)
def test_a_command_that_comes_twice_at_once_and_again_later_counts_once(
    way: Callable[[World], tuple[Release, int, list[str]]],
) -> None:
    def doubled(world: World) -> None:
        world.copies = 2

    world = play(way, doubled)
    (event,) = [one for one in world.events if one["detail-type"] == "Release Command"]
    before = [(one.id, one.stage, one.attempt) for one in world.table.releases_of("churn")]
    world.send(event)
    world.run_for(3600)

    assert [(one.id, one.stage, one.attempt) for one in world.table.releases_of("churn")] == before


@pytest.mark.parametrize("way", WAYS)
def test_the_function_may_die_before_any_of_its_calls(
    way: Callable[[World], tuple[Release, int, list[str]]],
) -> None:
    most = 0

    def count(world: World) -> None:
        def look(function: str, call: int, operation: str) -> None:
            nonlocal most
            most = max(most, call + 1) if function == "prepare_data" else most

        world.meanwhile = look

    play(way, count)
    assert most > 10
    for number in range(most):

        def kill(world: World, number: int = number) -> None:
            world.kill = lambda function, call, operation: (
                function == "prepare_data" and call == number and world.attempt == 0
            )

        assert any("Killed" in error for error in play(way, kill).errors), f"nobody makes a call {number}"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("way", WAYS)
def test_events_may_be_lost_doubled_and_shuffled_and_invocations_die(
    way: Callable[[World], tuple[Release, int, list[str]]], seed: int
) -> None:
    draw = random.Random(seed)

    def disturb(world: World) -> None:
        world.kill = lambda function, call, operation: draw.random() < 0.03
        world.keep = lambda event: event["detail-type"] in {"Release Command", "Object Created"} or draw.random() < 0.7
        world.copies = 2
        world.shuffle = draw
        world.dynamodb.index_lag = 20.0

    play(way, disturb)
