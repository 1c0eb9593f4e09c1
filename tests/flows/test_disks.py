"""Drops that no disk holds, or only a large one: told before a job is made."""

import pytest

from tests.drops import SPEC, csv
from tests.fakes.s3 import Version
from tests.steps import ended
from tests.world import World
from yardmaster.flows import history
from yardmaster.flows.history import Training
from yardmaster.flows.yard import Yard
from yardmaster.records import Channel, Release, Stage

TERABYTE = 10**12


class Huge(bytes):
    """Bytes that say that they are two terabytes."""

    def __len__(self) -> int:
        return 2 * TERABYTE


def with_rows_of(patch: pytest.MonkeyPatch, size: int) -> None:
    """Let the drops that are trained on, together, have so many bytes."""
    before = history.gather

    def grown(yard: Yard, release: Release) -> Training:
        found = before(yard, release)
        train = found.channels["train"]
        return Training(found.drops, {**found.channels, "train": Channel(train.uri, train.rows, size)})

    patch.setattr(history, "gather", grown)


def dropped(world: World, spec: str) -> Release:
    world.put("churn/spec.yaml", spec)
    world.put("churn/data/month-1.csv", csv(1))
    world.run(lambda: ended(world, 1) or world.stage("churn", 1) is Stage.TRAINING)
    return world.release("churn", 1)


@pytest.mark.parametrize(
    ("train", "said"),
    [
        ("volume_size: 100", "write `volume_size: auto`, or at least 2050"),
        ("instance_type: ml.m5d.4xlarge", "ml.m5d.4xlarge brings a disk of 600 GB"),
    ],
)
def test_rows_that_need_two_terabytes_are_refused_before_a_job_is_made(
    world: World, monkeypatch: pytest.MonkeyPatch, train: str, said: str
) -> None:
    monkeypatch.setenv("ALLOWED_INSTANCE_TYPES", "ml.*")
    with_rows_of(monkeypatch, 2 * TERABYTE)
    release = dropped(world, f"{SPEC}train: {{{train}}}\n")
    assert release.stage is Stage.REFUSED
    assert said in release.reason
    assert world.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []


def test_an_automatic_volume_takes_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with_rows_of(monkeypatch, 2 * TERABYTE)
    release = dropped(world, SPEC)
    job = world.sagemaker.describe_training_job(TrainingJobName=release.training_job or "")
    assert job["ResourceConfig"]["VolumeSizeInGB"] == 2804
    assert "1 x ml.m5.xlarge, 2804 GiB" in release.reason


def test_one_drop_of_two_terabytes_is_refused_unread(world: World) -> None:
    world.put("churn/spec.yaml", SPEC)
    key = "churn/data/month-1.csv"
    event = world.put(key, csv(1))
    versions = world.s3._objects
    versions[key] = [Version(one.id, Huge(one.body or b"")) for one in versions[key]]
    event["detail"]["object"]["size"] = 2 * TERABYTE
    world.run(lambda: ended(world, 1))
    release = world.release("churn", 1)
    assert release.stage is Stage.REFUSED
    assert "2,000.0 GB, the limit is 20 GB: drop fewer rows at once" in release.reason
