"""Training on the rows of several drops: which, once per attempt, and where the job finds them."""

import json
import random

import pytest

from tests.drops import PENDING, SPEC, UNSHARED, csv
from tests.steps import drop, ended
from tests.world import BUCKET, World, a_world
from yardmaster.records import Release, Stage


def with_history(spec: str, history: str) -> str:
    return spec.replace('"yes"}', f'"yes", history: {history}}}')


ALL = with_history(SPEC, "all")
LAST_TWO = with_history(SPEC, "{last: 2}")
ALL_UNSHARED = with_history(UNSHARED, "all")
TUNED = (
    ALL
    + """
tune: {objective_metric_name: "validation:auc", objective_type: Maximize, max_jobs: 2, max_parallel_jobs: 2,
       hyperparameter_ranges: {eta: {type: continuous, min: 0.1, max: 0.5}}}
"""
)


def three(world: World, spec: str) -> Release:
    """Drop three months, of which the third is not judged."""
    for number in (1, 2):
        drop(world, number, 0.7 + number / 20, spec=ALL_UNSHARED)
    world.put("churn/spec.yaml", spec)
    world.put("churn/data/month-3.csv", csv(3))
    world.run(lambda: world.stage("churn", 3) in {Stage.TESTING, *_ENDS})
    return world.release("churn", 3)


_ENDS = {Stage.FAILED, Stage.REFUSED}


def channels(world: World, release: Release) -> dict[str, str]:
    job = world.sagemaker.describe_training_job(TrainingJobName=release.training_job or "")
    sources = {one["ChannelName"]: one["DataSource"]["S3DataSource"] for one in job["InputDataConfig"]}
    assert {source["S3DataType"] for source in sources.values()} == {"S3Prefix"}
    return {name: source["S3Uri"].removeprefix(f"s3://{BUCKET}/") for name, source in sources.items()}


def rows(world: World, prefix: str) -> list[str]:
    return [line for key in world.keys(prefix) for line in world.read(key).splitlines()]


@pytest.mark.parametrize(("spec", "drops"), [(ALL, (1, 2, 3)), (LAST_TWO, (2, 3))])
def test_a_release_is_trained_on_the_train_and_validation_rows_of_earlier_drops_too(
    world: World, spec: str, drops: tuple[int, ...]
) -> None:
    release = three(world, spec)

    assert release.stage is Stage.TESTING, "\n".join(world.story())
    assert release.trained_on == drops
    found = channels(world, release)
    assert set(found) == {"train", "validation"}
    for name, prefix in found.items():
        expected = [
            row
            for number in drops
            for row in rows(world, world.release("churn", number).channels[name].uri.removeprefix(f"s3://{BUCKET}/"))
        ]
        assert rows(world, prefix) == expected
        # XGBoost's container looks for files no more than two folders deep.
        assert all("/" not in key.removeprefix(prefix) for key in world.keys(prefix))
    trained = next(step.reason for step in release.history if step.stage is Stage.TRAINING)
    count = sum(world.release("churn", number).channels["train"].rows for number in drops)
    assert f" on {count:,} rows of {', '.join(f'#{number}' for number in drops)} (" in trained


def test_no_test_row_is_ever_trained_on_in_whatever_drop_it_came(world: World) -> None:
    release = three(world, ALL)

    trained = {row.partition(",")[2] for prefix in channels(world, release).values() for row in rows(world, prefix)}
    tested = {
        row.partition(",")[2]
        for number in (1, 2, 3)
        for row in rows(world, world.release("churn", number).channels["test"].uri.removeprefix(f"s3://{BUCKET}/"))
    }
    assert tested
    assert not trained & tested


def test_what_it_was_trained_on_is_in_its_evaluation(world: World) -> None:
    release = three(world, ALL)
    world.run(lambda: world.stage("churn", 3) is Stage.CANARY)

    assert json.loads(world.read(f"{release.folder}evaluation.json"))["yardmaster"]["trained_on"] == [1, 2, 3]


def test_a_drop_alone_is_trained_on_where_it_lies(world: World) -> None:
    first = drop(world, 1, spec=ALL_UNSHARED)

    assert first.trained_on == (1,)
    assert channels(world, first)["train"] == f"{first.folder}channels/train/"
    assert world.keys("_history/") == []


def test_a_tuning_job_is_given_the_same_channels(world: World) -> None:
    world.script.objective = lambda given: [float(given["eta"])]
    release = three(world, TUNED)

    assert release.trained_on == (1, 2, 3)
    assert channels(world, release)["train"].startswith("_history/churn/releases/0003-month-3/1/train/")


def test_a_new_history_for_the_same_bytes_is_a_change(world: World) -> None:
    drop(world, 1, spec=UNSHARED)
    world.put("churn/spec.yaml", ALL)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: world.stage("churn", 2) is Stage.TESTING)

    # The same rows once more would weigh twice.
    assert world.release("churn", 2).trained_on == (2,)


def test_what_was_chosen_stays_for_all_tries_of_an_attempt(world: World) -> None:
    world.kill = lambda function, call, operation: operation == "sagemaker:CreateTrainingJob" and world.attempt == 0
    chosen: list[tuple[int, ...]] = []

    def reject_meanwhile() -> None:
        """Between two tries a person rejects the second month's model: too late for this attempt."""
        third = world.table.find_number("churn", 3)
        if third is None or not third.trained_on:
            return
        chosen.append(third.trained_on)
        second = world.release("churn", 2)
        if second.stage is Stage.REGISTERED:
            world.command("reject", second)

    world.put("churn/spec.yaml", with_history(PENDING, "all"))
    world.script.quality = {"*": 0.9}
    for number in (1, 2):
        world.put(f"churn/data/month-{number}.csv", csv(number))
        world.run(lambda number=number: world.stage("churn", number) is Stage.REGISTERED)  # type: ignore[misc]
    world.watch = reject_meanwhile
    world.put("churn/data/month-3.csv", csv(3))
    world.run(lambda: world.stage("churn", 3) is Stage.REGISTERED)

    assert world.stage("churn", 2) is Stage.REJECTED
    assert set(chosen) == {(1, 2, 3)}
    copies = [key for key in world.s3.versions("_history/churn/releases/0003-month-3/") if "/train/" in key]
    assert len(copies) == len(set(copies)) == 3


def test_a_drop_whose_rows_were_deleted_is_left_out(world: World) -> None:
    drop(world, 1, spec=ALL_UNSHARED)
    for key in world.keys(f"{world.release('churn', 1).folder}channels/train/"):
        world.s3.delete_object(Bucket=BUCKET, Key=key)
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: ended(world, 2))

    assert world.release("churn", 2).trained_on == (2,)


def test_rows_that_were_split_otherwise_are_left_out_and_the_history_says_so(world: World) -> None:
    drop(world, 1, spec=ALL_UNSHARED)
    other = with_history(UNSHARED, "all, split: {train: 0.6, validation: 0.2, test: 0.2}")
    second = drop(world, 2, spec=other)

    assert second.trained_on == (2,)
    assert any("left out, prepared under another data section: #1" in step.reason for step in second.history)


def test_a_file_that_holds_the_rows_of_before_again_is_warned_of(world: World) -> None:
    drop(world, 1, spec=ALL_UNSHARED)
    assert not any("weigh twice" in step.reason for step in drop(world, 2).history)
    world.put("churn/data/month-3.csv", csv(2) + csv(3).partition("\n")[2])
    world.run(lambda: ended(world, 3))

    third = world.release("churn", 3)
    assert third.trained_on == (1, 2, 3)
    assert any("warning: #3 seems to hold the rows of #2 again" in step.reason for step in third.history)


def two_months(world: World) -> None:
    drop(world, 1, spec=ALL_UNSHARED)
    world.put("churn/data/month-2.csv", csv(2))
    world.run(lambda: ended(world, 2))
    release = world.release("churn", 2)
    assert release.stage is Stage.LIVE, "\n".join(world.story())
    assert release.trained_on == (1, 2)
    copies = world.s3.versions("_history/")
    assert len(copies) == len(set(copies)) == 4
    assert len(world.sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 2


def test_the_function_that_puts_drops_together_may_die_before_any_of_its_calls() -> None:
    most = 0

    def count(function: str, call: int, operation: str) -> None:
        nonlocal most
        most = max(most, call + 1) if function == "start_training" else most

    with a_world() as world:
        world.meanwhile = count
        two_months(world)
    assert most > 20
    for number in range(most):
        with a_world() as world:
            world.kill = lambda function, call, operation, number=number: (  # type: ignore[misc]
                function == "start_training" and call == number and world.attempt == 0
            )
            two_months(world)
            assert any("Killed" in error for error in world.errors), f"nobody makes a call {number}"


@pytest.mark.parametrize("seed", range(3))
def test_drops_are_put_together_though_events_are_lost_doubled_and_shuffled(seed: int) -> None:
    draw = random.Random(seed)
    with a_world() as world:
        world.kill = lambda function, call, operation: draw.random() < 0.02
        world.keep = lambda event: event["source"] == "aws.s3" or draw.random() < 0.7
        world.copies = 2
        world.shuffle = draw
        two_months(world)
