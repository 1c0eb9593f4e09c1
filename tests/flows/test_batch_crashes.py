"""run_batch_transform dies between any two calls: each batch ends as if it had not."""

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.drops import SPEC
from tests.flows.test_run_batch_transform import done, jobs, manifest, rows
from tests.steps import drop
from tests.world import BUCKET, World, a_world
from yardmaster.records import BatchStage

FUNCTION = "run_batch_transform"
JOINED = SPEC + "batch_transform: [{input: predict/mine/, join_source: Input}]\n"
DAILY = "batch_transform: [{schedule: rate(1 day), input: predict/nightly/}]\n"
"""Fires as soon as it is made."""
JSON = """
algorithm: linear-learner
data: {label: churned, positive: "yes", id: colour}
train: {hyperparameters: {predictor_type: binary_classifier}}
deploy: none
"""


@dataclass(frozen=True)
class Story:
    """What people do once a model of this spec is live, and what is seen in the end."""

    spec: str
    act: Callable[[World], None]
    stages: list[BatchStage]
    jobs: int = 1
    rows: int = 3


def scheduled(world: World) -> None:
    world.put("churn/predict/nightly/a.csv", rows(2))
    world.put("churn/predict/nightly/b.csv", rows(1, 10))
    world.put("churn/spec.yaml", SPEC + DAILY)


def uploaded(world: World) -> None:
    world.put("churn/predict/mine/x.csv", rows(3))


def paired(world: World) -> None:
    world.put("churn/predict/x.csv", rows(3))


def refused(world: World) -> None:
    world.put("churn/predict/mine/x.csv", rows(3) + "red,many,1\n")


def fails(world: World) -> None:
    world.script.refuses = lambda job, body: (400, b"line 2: cannot read")
    uploaded(world)


def no_instances(world: World) -> None:
    world.script.fails = {"*-1-batch": "CapacityError: Unable to provision requested ML compute capacity"}
    uploaded(world)


def cancelled(world: World) -> None:
    uploaded(world)
    world.run(lambda: bool(world.batches("churn")) and world.batches("churn")[0].stage is BatchStage.RUNNING)
    world.cancel_batch(world.batches("churn")[0])


STORIES = {
    "scheduled": Story(SPEC, scheduled, [BatchStage.COMPLETED]),
    "paired": Story(JSON, paired, [BatchStage.COMPLETED]),
    "refused": Story(JOINED, refused, [BatchStage.REFUSED], jobs=0),
    "fails": Story(JOINED, fails, [BatchStage.FAILED]),
    "no instances": Story(JOINED, no_instances, [BatchStage.COMPLETED], jobs=2),
    "cancelled": Story(JOINED, cancelled, [BatchStage.CANCELLED]),
}


def play(name: str, disturb: Callable[[World], None]) -> World:
    """Let a story run in a world of its own, and hold its end against the one without kills."""
    story = STORIES[name]
    with a_world() as world:
        drop(world, 1, spec=story.spec)
        disturb(world)
        story.act(world)
        world.run(lambda: done(world), hours=72)
        world.kill = world.repeat = lambda function, call, operation: False
        world.run_for(900)
        told = "\n".join(world.story())
        assert [one.stage for one in world.batches("churn")][: len(story.stages)] == story.stages, told
        assert len(jobs(world)) == story.jobs, told
        assert_results(world, story)
        assert world.s3.list_multipart_uploads(Bucket=BUCKET)["Uploads"] == []
        assert all(one.published == one.revision for one in world.batches("churn"))
        return world


def assert_results(world: World, story: Story) -> None:
    """What completed is whole, and was written once; of all else there is nothing below `predictions/`."""
    if story.stages != [BatchStage.COMPLETED]:
        assert world.keys("churn/predictions/") == []
        return
    batch = world.batches("churn")[0]
    assert manifest(world, batch)["rows_out"] == story.rows
    written = world.s3.versions(batch.results)
    assert len(written) == len(set(written)) == len(world.keys(batch.results))


def calls_of(name: str) -> int:
    """Return the most calls that one invocation makes in a story."""
    most = 0

    def count(function: str, call: int, operation: str) -> None:
        nonlocal most
        if function == FUNCTION:
            most = max(most, call + 1)

    def watch(world: World) -> None:
        world.meanwhile = count

    play(name, watch)
    return most


@pytest.mark.parametrize("name", STORIES)
def test_the_first_try_of_every_invocation_may_die_before_any_of_its_calls(name: str) -> None:
    for number in range(calls_of(name)):

        def disturb(world: World, number: int = number) -> None:
            world.kill = lambda function, call, _: function == FUNCTION and call == number and world.attempt == 0

        assert any("Killed" in error for error in play(name, disturb).errors), f"nobody makes a call {number}"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", STORIES)
def test_invocations_and_their_retries_may_die_while_events_are_lost_doubled_and_shuffled(name: str, seed: int) -> None:
    draw = random.Random(seed)

    def disturb(world: World) -> None:
        world.kill = lambda function, call, operation: function == FUNCTION and draw.random() < 0.04
        # What only Scheduler, S3 and a person know is told, if late and twice; Lambda tries it three times.
        world.keep = lambda event: event["source"] != "aws.sagemaker" or draw.random() < 0.5
        world.copies, world.shuffle = 2, draw
        world.dynamodb.index_lag = 20.0

    play(name, disturb)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", STORIES)
def test_calls_whose_answer_is_lost_are_made_again(name: str, seed: int) -> None:
    draw = random.Random(seed)

    def repeat(world: World) -> None:
        world.repeat = lambda function, call, operation: function == FUNCTION and draw.random() < 0.1

    play(name, repeat)
