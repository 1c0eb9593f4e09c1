"""Functions die between any two calls to AWS: every journey ends as if they had not."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.scripted_model import ScriptedModel
from tests.drops import csv
from tests.registered import register, say
from tests.steps import JOURNEY, assert_settled, ended, visited
from tests.world import BUCKET, World, a_world
from yardmaster.records import Stage

SPEC = """
algorithm: xgboost
data: {label: churned, positive: "yes"}
evaluate: {gate: [{metric: auc, min: 0.8}]}
deploy:
  canary: {min_requests: 20, max_error_rate: 0.3, step_weights: [20, 80, 100]}
  autoscaling: {max_capacity: 4, invocations_per_instance: 1000}
"""
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/scale:1"
SCALE = f"s3://{BUCKET}/churn/containers/scale/model.tar.gz"
PIPELINE = f"""  pipeline:
    before: [{{image: "{IMAGE}", model_data_url: "{SCALE}"}}]
    after: [{{image: "{IMAGE}"}}]
"""
LIVE = [*JOURNEY, "canary", "promoting", "live"]


@dataclass(frozen=True)
class Journey:
    """What people do, and what is seen in the end: each release's stages, the jobs, the packages."""

    act: Callable[[World], None]
    stages: list[list[str]]
    training_jobs: int
    packages: int


def month(world: World, number: int, quality: float = 0.9, text: str | None = None) -> None:
    world.script.quality = {"*": quality}
    world.put(f"churn/data/month-{number}.csv", text or csv(number, 200))
    world.run(lambda: ended(world, number))


def canary_to_live(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    month(world, 1, 0.8)
    world.traffic = 40
    month(world, 2)


def between_own_containers(world: World) -> None:
    """A model goes live by a canary, between containers of which one has an artifact."""
    world.s3.put_object(Bucket=BUCKET, Key="churn/containers/scale/model.tar.gz", Body=artifacts.pack({"a": b"1"}))
    world.script.steps = dict.fromkeys(("*/containers/before-1/*", IMAGE), lambda body: (200, body))
    world.put("churn/spec.yaml", SPEC + PIPELINE)
    month(world, 1, 0.8)
    world.traffic = 40
    month(world, 2)


def rollback(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    month(world, 1)
    world.traffic = 40
    world.script.invocation_errors = {f"*release-{world.release('churn', 1).id}*": 0.0, "*": 0.9}
    month(world, 2)


def refusals(world: World) -> None:
    """A drop before its spec, one that the gate rejects, a bad file, the same bytes again."""
    world.script.quality = {"*": 0.9}
    world.put("churn/data/month-1.csv", csv(1, 200))
    world.run(lambda: world.stage("churn", 1) is not None and world.release("churn", 1).waiting_for is not None)
    world.put("churn/spec.yaml", SPEC)
    world.run(lambda: ended(world, 1))
    month(world, 2, 0.0)
    month(world, 3, text=csv(3, 200).replace("green", "green,extra", 1))
    month(world, 4, text=csv(2, 200))


def a_model_from_elsewhere(world: World) -> None:
    """A model that was trained elsewhere, and then one that is no archive."""
    world.put("churn/spec.yaml", SPEC)
    month(world, 1, 0.8)
    world.traffic = 40
    world.put("churn/artifacts/model.tar.gz", ScriptedModel("elsewhere", "binary:logistic", 2, 0.9, 7).archive())
    world.run(lambda: ended(world, 2))
    world.put("churn/artifacts/model.tar.gz", b"no archive")
    world.run(lambda: ended(world, 3))


def a_registered_package(world: World) -> None:
    """A model package that a person registers and approves, and then one that the gate rejects."""
    world.put("churn/spec.yaml", SPEC)
    month(world, 1, 0.8)
    world.traffic = 40
    say(world, register(world, 0.9))
    world.run(lambda: ended(world, 2))
    say(world, register(world, 0.1))
    world.run(lambda: ended(world, 3))


JOURNEYS = {
    "canary to live": Journey(canary_to_live, [[*JOURNEY, "live", "replaced"], LIVE], 2, 2),
    "between own containers": Journey(
        between_own_containers, [[*JOURNEY, "live", "replaced"], LIVE], training_jobs=2, packages=2
    ),
    "rollback": Journey(
        rollback, [[*JOURNEY, "live"], [*JOURNEY, "canary", "rolling_back", "rolled_back"]], training_jobs=2, packages=2
    ),
    "a model from elsewhere": Journey(
        a_model_from_elsewhere,
        [
            [*JOURNEY, "live", "replaced"],
            [stage for stage in LIVE if stage not in {"prepared", "training"}],
            ["received", "refused"],
        ],
        training_jobs=1,
        packages=2,
    ),
    "a registered package": Journey(
        a_registered_package,
        [
            [*JOURNEY, "live", "replaced"],
            [stage for stage in LIVE if stage not in {"prepared", "training"}],
            ["received", "testing", "evaluated", "rejected"],
        ],
        training_jobs=1,
        packages=3,
    ),
    "refusals": Journey(
        refusals,
        [
            [*JOURNEY, "live"],
            ["received", "prepared", "training", "testing", "evaluated", "rejected"],
            ["received", "refused"],
            ["received", "unchanged"],
        ],
        training_jobs=2,
        packages=2,
    ),
}


def assert_as_without_kills(world: World, journey: Journey) -> None:
    assert_settled(world, 2400)
    releases = sorted(world.table.releases_of("churn"), key=lambda release: release.number)
    story = "\n".join(world.story())
    assert [visited(release) for release in releases] == journey.stages, story
    assert [release.number for release in releases] == list(range(1, len(releases) + 1))
    jobs = world.sagemaker.list_training_jobs()["TrainingJobSummaries"]
    assert len(jobs) == journey.training_jobs, story
    packages = world.sagemaker.list_model_packages(ModelPackageGroupName="ym-churn")["ModelPackageSummaryList"]
    assert len(packages) == journey.packages, story
    live = [release for release in releases if release.stage is Stage.LIVE]
    assert world.weights("churn") == {f"release-{live[0].id}": 100.0}
    assert_scaled_alone(world, f"release-{live[0].id}")
    channels = [
        key
        for key in world.s3.versions("churn/releases/")
        if "/channels/" in key or "/artifact/" in key or "/containers/" in key
    ]
    assert len(channels) == len(set(channels)), "what is written once was written twice"


def assert_scaled_alone(world: World, variant: str) -> None:
    """The variant that serves is scaled automatically, in both directions, and no other is."""
    ((resource, target),) = world.autoscaling.targets.items()
    assert resource == f"endpoint/churn/variant/{variant}", "\n".join(world.story())
    assert not any(target["SuspendedState"].values())
    assert list(world.autoscaling.policies) == [resource]


def play(name: str, prepare: Callable[[World], None]) -> World:
    """Let a journey run in a world of its own, and hold its end against the one without kills."""
    with a_world() as world:
        prepare(world)
        JOURNEYS[name].act(world)
        world.kill = world.repeat = lambda function, call, operation: False
        assert_as_without_kills(world, JOURNEYS[name])
        return world


def nothing(world: World) -> None:
    return


def calls_of(name: str) -> int:
    """Return the most calls that one invocation makes in a journey."""
    most = 0

    def count(function: str, call: int, operation: str) -> None:
        nonlocal most
        most = max(most, call + 1)

    def watch(world: World) -> None:
        world.meanwhile = count

    play(name, watch)
    return most


@pytest.mark.parametrize("name", JOURNEYS)
def test_without_kills_nothing_fails(name: str) -> None:
    assert play(name, nothing).errors == []


@pytest.mark.parametrize("name", JOURNEYS)
def test_the_first_try_of_every_invocation_may_die_before_any_of_its_calls(name: str) -> None:
    for number in range(calls_of(name)):
        died = play(name, partial(kill_first_tries, number=number))
        assert any("Killed" in error for error in died.errors), f"nobody makes a call {number}"


def kill_first_tries(world: World, number: int) -> None:
    """Ticks are not tried again: of these, every second one dies."""
    ticks = itertools.count()

    def kill(function: str, call: int, operation: str) -> bool:
        if call != number:
            return False
        return next(ticks) % 2 == 0 if function == "wake_releases" else world.attempt == 0

    world.kill = kill


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("name", JOURNEYS)
def test_invocations_and_their_retries_may_die_at_any_call_while_events_are_lost_doubled_and_shuffled(
    name: str, seed: int
) -> None:
    draw = random.Random(seed)

    def disturb(world: World) -> None:
        world.kill = lambda function, call, operation: draw.random() < 0.02
        world.keep = lambda event: event["source"] == "aws.s3" or draw.random() < 0.7
        world.copies = 2
        world.shuffle = draw
        world.dynamodb.index_lag = 20.0

    assert play(name, disturb).errors


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", JOURNEYS)
def test_calls_whose_answer_is_lost_are_made_again(name: str, seed: int) -> None:
    draw = random.Random(seed)

    def repeat(world: World) -> None:
        world.repeat = lambda function, call, operation: draw.random() < 0.1

    play(name, repeat)
