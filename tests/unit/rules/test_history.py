"""Which drops a model is trained on."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.cli.builders import NOW, release
from yardmaster.records import Channel, Release, Stage
from yardmaster.rules import history
from yardmaster.rules.history import Chosen, choose
from yardmaster.rules.why import why
from yardmaster.spec.data import LastDrops

GIB = 1024**3


def drop(number: int, stage: Stage = Stage.LIVE, **changes: Any) -> Release:
    """Return a release with 70 rows to train on, 15 to validate and 15 to test."""
    channels = {
        name: Channel(f"s3://bucket/{number}/{name}/", rows, rows * 10)
        for name, rows in (("train", 70), ("validation", 15), ("test", 15))
    }
    values: dict[str, Any] = {
        "id": f"release{number}",
        "number": number,
        "channels": channels,
        "data_digest": f"bytes{number}",
        "columns_digest": "columns",
        "channels_digest": "split",
    }
    return release(stage, **(values | changes))


def numbers(chosen: Chosen) -> list[int]:
    return [one.number for one in chosen.drops]


def there(_release: Release) -> bool:
    return True


ALL = [drop(number) for number in (1, 2, 3, 4, 5)]
THIS = drop(4, Stage.PREPARED)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("this_drop", [4]),
        ("all", [1, 2, 3, 4]),
        (LastDrops(last=1), [4]),
        (LastDrops(last=3), [2, 3, 4]),
        (LastDrops(last=9), [1, 2, 3, 4]),
    ],
)
def test_the_spec_says_how_many_drops_are_trained_on_the_oldest_first(asked: Any, found: list[int]) -> None:
    assert numbers(choose(THIS, ALL, asked, there)) == found


@pytest.mark.parametrize("stage", [Stage.REJECTED, Stage.REFUSED, Stage.FAILED, Stage.CANCELLED, Stage.UNCHANGED])
def test_a_drop_whose_rows_may_be_what_was_wrong_is_left_out_and_does_not_count(stage: Stage) -> None:
    others = [drop(1), drop(2), drop(3, stage)]

    assert numbers(choose(THIS, others, LastDrops(last=2), there)) == [2, 4]


@pytest.mark.parametrize(
    "stage", [Stage.REPLACED, Stage.ROLLED_BACK, Stage.SUPERSEDED, Stage.INCONCLUSIVE, Stage.CANARY, Stage.TRAINING]
)
def test_what_became_of_a_drops_model_does_not_matter_to_its_rows(stage: Stage) -> None:
    assert numbers(choose(THIS, [drop(3, stage)], "all", there)) == [3, 4]


def test_a_model_from_elsewhere_brings_no_rows() -> None:
    assert numbers(choose(THIS, [drop(3, channels={})], "all", there)) == [4]


def test_a_drop_whose_channels_were_removed_is_left_out() -> None:
    assert numbers(choose(THIS, ALL, LastDrops(last=2), lambda one: one.number != 3)) == [2, 4]


@pytest.mark.parametrize("other", [{"columns_digest": "others"}, {"channels_digest": "others"}])
def test_rows_that_were_encoded_or_split_otherwise_are_left_out_and_it_is_said(other: dict[str, Any]) -> None:
    found = choose(THIS, [drop(2), drop(3, **other)], "all", there)

    assert numbers(found) == [2, 4]
    assert history.told_left_out(found) == "; left out, prepared under another data section: #3"


def test_the_same_bytes_are_trained_on_once_as_the_newest_release_of_them() -> None:
    again = drop(3, data_digest="bytes1")
    of_this = drop(2, data_digest="bytes4")

    assert numbers(choose(THIS, [drop(1), of_this, again], "all", there)) == [3, 4]


def test_the_same_bytes_still_count_if_their_newer_release_was_rejected() -> None:
    again = drop(3, Stage.REJECTED, data_digest="bytes1")

    assert numbers(choose(THIS, [drop(1), again], "all", there)) == [1, 4]


def test_rows_and_bytes_are_summed_by_channel_and_a_channel_that_some_lack_is_of_the_others() -> None:
    without = drop(1)
    without = replace(without, channels={name: without.channels[name] for name in ("train", "test")})

    assert history.sums([without, drop(2)]) == {"train": (140, 1400), "validation": (15, 150)}
    assert history.sums([without]) == {"train": (70, 700)}


def test_too_much_to_put_together_is_refused_with_what_to_write() -> None:
    large = [drop(number, channels={"train": Channel("s3://b/", 9, 4 * GIB)}) for number in (1, 2, 3)]

    assert history.refusal(large[:2]) is None
    assert history.refusal([drop(1, channels={"train": Channel("s3://b/", 9, 14 * GIB)})]) is None
    assert history.refusal(large) == (
        "data.history: the channels of 3 drops are 12.0 GiB, and at most 10 GiB are put together: "
        "write `history: {last: 2}` or less"
    )


@pytest.mark.parametrize(
    ("earlier", "newest", "alike"),
    [
        (b"1,2\n", b"1,2\n3,4\n", True),
        (b"1,2\n3,4\n", b"1,2\n", False),
        (b"1,2\n", b"3,4\n1,2\n", False),
        (b"", b"1", False),
    ],
)
def test_a_file_that_grows_at_its_end_begins_as_before(earlier: bytes, newest: bytes, alike: bool) -> None:
    assert history.begins_alike(earlier, newest) is alike


@pytest.mark.parametrize(
    ("trained_on", "words"),
    [((), ""), ((4,), ""), ((3, 4), " of #3, #4"), (tuple(range(2, 10)), " of 8 drops, #2 to #9")],
)
def test_several_drops_are_named_and_many_are_counted(trained_on: tuple[int, ...], words: str) -> None:
    assert history.told(trained_on) == words


def test_why_says_which_drops_a_model_was_trained_on() -> None:
    assert "trained on the rows of #5, #7" in why(release(trained_on=(5, 7)), NOW)
    assert "trained on" not in why(release(trained_on=(7,)), NOW)
