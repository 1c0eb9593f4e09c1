"""Whether the data fits on the disk of a training instance, and which volume is asked for."""

from typing import Any

import pytest

from yardmaster.rules.preflight import GIB, MAX_VOLUME, MIN_VOLUME, OWN_DISK, disk, disk_refusal, volume_gb
from yardmaster.spec.train import TrainSpec

TB = 10**12
GB = 10**9


def train(kind: str = "ml.m5.xlarge", **more: Any) -> TrainSpec:
    return TrainSpec(instance_type=kind, **more)


@pytest.mark.parametrize(("size", "volume"), [(0, MIN_VOLUME), (20 * GIB, MIN_VOLUME + 30), (2 * TB, 2804)])
def test_an_automatic_volume_holds_the_data_and_more(size: int, volume: int) -> None:
    assert volume_gb(train(), size) == volume
    assert disk(train(), size) == f"{volume} GiB"
    assert disk_refusal(train(), size) is None


@pytest.mark.parametrize(("wanted", "size", "need"), [(20, 20 * GIB, 23), (100, 2 * TB, 2050), (1, GIB, 2)])
def test_a_volume_that_is_too_small_is_refused_with_the_least_that_is_enough(wanted: int, size: int, need: int) -> None:
    said = disk_refusal(train(volume_size=wanted), size) or ""
    assert said.startswith(f"train.volume_size: {wanted} GiB can't hold the channels (")
    assert f"write `volume_size: auto`, or at least {need}, or let the data be streamed" in said
    assert disk_refusal(train(volume_size=need - 1), size) is not None
    assert disk_refusal(train(volume_size=need), size) is None
    assert volume_gb(train(volume_size=need), size) == need


@pytest.mark.parametrize("kind", ["ml.m5.xlarge", "ml.g4dn.xlarge"])
@pytest.mark.parametrize("mode", ["FastFile", "Pipe"])
def test_what_is_streamed_needs_no_disk(kind: str, mode: str) -> None:
    for streamed in (train(kind, input_mode=mode), train(kind, input_mode=mode, volume_size=1)):
        assert disk_refusal(streamed, 20 * TB) is None
    volume = volume_gb(train(kind, input_mode=mode), 20 * TB)
    assert volume == (OWN_DISK if kind == "ml.g4dn.xlarge" else MIN_VOLUME)


def test_an_automatic_volume_is_never_larger_than_there_are() -> None:
    most = 12_000 * GIB
    assert volume_gb(train(), most) == MAX_VOLUME
    assert disk_refusal(train(), most) is None


@pytest.mark.parametrize("more", [{}, {"volume_size": MAX_VOLUME}])
def test_what_no_volume_holds_is_refused(more: dict[str, Any]) -> None:
    said = disk_refusal(train(**more), 20 * TB) or ""
    assert "(18,626.5 GiB) need 20,490 GiB, and the largest volume has 16,384" in said
    assert "data.history" in said


@pytest.mark.parametrize(
    ("kind", "most", "told"),
    [
        ("ml.g4dn.xlarge", 112 * GB, "a disk of 125 GB"),
        ("ml.m5d.24xlarge", 3_200 * GB, "a disk of 3,600 GB"),
        ("ml.p4d.24xlarge", 7_200 * GB, "a disk of 8,000 GB"),
    ],
)
def test_of_a_disk_that_comes_with_the_instance_nobody_asks_for_more(kind: str, most: int, told: str) -> None:
    assert disk_refusal(train(kind), most) is None
    assert volume_gb(train(kind), most) == OWN_DISK
    said = disk_refusal(train(kind), 8 * TB) or ""
    assert said.startswith(f"train.instance_type: {kind} brings {told}")
    assert "ml.m5.4xlarge" in said


def test_of_a_disk_whose_size_nobody_here_knows_nothing_is_said() -> None:
    assert disk_refusal(train("ml.p5.48xlarge"), 8 * TB) is None
    assert disk(train("ml.p5.48xlarge"), 8 * TB) == "its own disk"
    assert volume_gb(train("ml.p5.48xlarge"), 8 * TB) == OWN_DISK
