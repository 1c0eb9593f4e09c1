"""What of old releases goes: never what serves, is under way, or is needed again."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yardmaster.records import Channel, DropKind, Endpoint, Release, Source, Stage, Step
from yardmaster.rules import retention
from yardmaster.rules.history import choose
from yardmaster.rules.retention import Needs, Removal, decide
from yardmaster.rules.stages import ENDED
from yardmaster.rules.testing import compared_releases
from yardmaster.spec.data import LastDrops

NOW = 1_800_000_000.0
CHANNELS = {name: Channel(f"s3://bucket/{name}/", 10, 100) for name in ("train", "validation", "test")}


def release(number: int, stage: Stage = Stage.REPLACED, **more: object) -> Release:
    identifier = f"aaaaaaa{chr(ord('a') + number)}"
    source = Source("bucket", f"churn/data/{number}.csv", "v1", f"month-{number}", DropKind.FILE)
    made = Release(
        id=identifier,
        model="churn",
        number=number,
        source=source,
        stage=stage,
        data_digest=f"digest-{number}",
        columns_digest="columns",
        channels_digest="split",
        channels=CHANNELS,
        training_job=f"ym-churn-{identifier}-1",
        model_name=f"ym-churn-{identifier}-1",
        history=(Step(stage, NOW, ""),),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def removed(found: list[Removal]) -> dict[int, tuple[bool, bool]]:
    return {one.release.number: (one.model, one.channels) for one in found}


def row(in_service: Release, **more: object) -> Endpoint:
    return replace(Endpoint("churn", "churn", in_service=in_service.id), **more)  # type: ignore[arg-type]


def test_the_newest_keep_everything() -> None:
    releases = [release(number) for number in range(1, 8)]
    releases[-1] = release(7, Stage.LIVE)
    found = removed(decide(releases, releases[-1].id, [row(releases[-1])], 5, Needs()))
    assert found == {1: (True, True), 2: (True, True)}


def test_nothing_goes_while_a_release_holds_the_endpoint() -> None:
    releases = [release(number) for number in range(1, 8)]
    held = row(releases[-1], holder=releases[-1].id)
    assert decide(releases, releases[-1].id, [held], 1, Needs()) == []


def test_releases_that_served_count_apart_from_those_that_never_did() -> None:
    served = [release(1), release(2, Stage.LIVE)]
    tried = [release(number, Stage.REJECTED) for number in range(3, 9)]
    found = removed(decide([*served, *tried], served[1].id, [row(served[1])], 2, Needs()))
    assert {number for number, (model, _) in found.items() if model} == {3, 4, 5, 6}


def test_a_batch_transform_may_name_an_old_release() -> None:
    releases = [release(number) for number in range(1, 8)]
    found = removed(decide(releases, None, [], 2, Needs(named=frozenset({1}))))
    assert 1 not in found


def test_what_is_noted_already_is_not_noted_again() -> None:
    old = retention.marked(Removal(release(1), model=True, channels=True), NOW)
    assert old.channels == {}
    assert old.model_name is None
    others = [release(number) for number in range(2, 9)]
    assert 1 not in removed(decide([old, *others], None, [], 1, Needs()))
    assert retention.is_pending(old)
    assert not retention.is_pending(replace(old, removed={**old.removed, retention.CLEARED: NOW}))


def test_more_that_goes_later_makes_it_pending_again() -> None:
    cleared = replace(release(1), removed={"model": NOW, "cleared": NOW})
    again = retention.marked(Removal(cleared, model=False, channels=True), NOW + 1)
    assert again.removed == {"model": NOW, "channels": NOW + 1}
    assert retention.is_pending(again)


@pytest.mark.parametrize(
    ("key", "goes_with"),
    [
        ("channels/train/0001-month-1.csv", "channels"),
        ("attempt-2/channels/test/0001-month-1.csv", "channels"),
        ("files/train/a.png", "channels"),
        ("rows/test/1.rows", "channels"),
        ("training/ym-churn-aaaaaaab-1/output/model.tar.gz", "model"),
        ("artifact/model.tar.gz", "model"),
        ("attempt-2/containers/before-1/model.tar.gz", "model"),
        ("encoder/0123/model.tar.gz", "model"),
        ("scores/1/candidate/0001-month-1.csv.out", "model"),
        ("columns.json", None),
        ("attempt-2/columns.json", None),
        ("evaluation.json", None),
        ("evaluation-1.json", None),
        ("tuning.csv", None),
        ("tests-1.manifest", None),
    ],
)
def test_each_object_goes_with_what_it_is_part_of(key: str, goes_with: str | None) -> None:
    one = release(1)
    for part in ("model", "channels"):
        noted = replace(one, removed={part: NOW})
        assert retention.is_removed(f"{one.folder}{key}", noted) is (part == goes_with)


def test_names_are_those_of_all_attempts() -> None:
    one = release(1, attempt=2)
    assert retention.model_names("ym", one) == [
        f"ym-churn-{one.id}-1",
        f"ym-churn-{one.id}-1-served",
        f"ym-churn-{one.id}-2",
        f"ym-churn-{one.id}-2-served",
    ]
    assert f"ym-churn-{one.id}-2-return" in retention.config_names("ym", one)


def test_a_person_reads_what_to_do_about_a_model_that_is_gone() -> None:
    assert retention.gone(release(1)) is None
    said = retention.gone(release(1, removed={"model": NOW}))
    assert said == (
        "the model of churn #1 was removed on 2027-01-15 (the stack keeps those of the last releases): "
        "yardmaster retrain churn#1"
    )
    source = replace(release(1).source, kind=DropKind.ARTIFACT)
    elsewhere = retention.gone(release(1, source=source, removed={"model": NOW}))
    assert elsewhere is not None
    assert elsewhere.endswith("drop its model again")


STAGES = st.sampled_from([stage for stage in Stage if stage not in {Stage.LIVE, Stage.RECEIVED}])


@st.composite
def journeys(draw: st.DrawFn) -> list[Release]:
    """Draw a model's releases: at most one of them live, some with the bytes of another, some without test rows."""
    stages = draw(st.lists(STAGES, min_size=1, max_size=14))
    live = draw(st.integers(0, len(stages)))
    found: list[Release] = []
    for number, stage in enumerate(stages, 1):
        digest = f"digest-{draw(st.integers(1, len(stages)))}"
        channels = draw(st.sampled_from([CHANNELS, CHANNELS, CHANNELS, {}, {"train": CHANNELS["train"]}]))
        baseline = draw(st.sampled_from([None, *found])) if found else None
        one = release(number, Stage.LIVE if number == live else stage, data_digest=digest, channels=channels)
        found.append(replace(one, baseline=baseline.id if baseline else None))
    return found


@given(journeys(), st.integers(1, 6), st.integers(1, 5), st.sampled_from([1, 2, 4, None]))
def test_nothing_goes_that_serves_is_under_way_or_is_needed_again(
    releases: list[Release], keep: int, tests: int, history: int | None
) -> None:
    live = next((one for one in releases if one.stage is Stage.LIVE), None)
    rows = [row(live)] if live else []
    found = removed(decide(releases, live.id if live else None, rows, keep, Needs(tests, history)))
    without_model = {number for number, (model, _) in found.items() if model}
    without_rows = {number for number, (_, channels) in found.items() if channels}

    in_use = [one for one in releases if one.stage not in ENDED or one is live]
    assert not {one.number for one in in_use} & (without_model | without_rows)
    assert not {one.number for one in releases if one.id in {other.baseline for other in in_use}} & without_model
    served = [one.number for one in releases if one.stage in {Stage.LIVE, Stage.REPLACED}]
    assert not {*served[-keep:], *range(len(releases) - keep + 1, len(releases) + 1)} & without_model

    next_drop = release(len(releases) + 1, Stage.PREPARED, data_digest="new")
    for after in (next_drop, replace(next_drop, data_digest=releases[-1].data_digest)):
        assert not {one.number for one in compared_releases(after, releases, tests)} & without_rows
        wanted = "all" if history is None else LastDrops(last=history)
        if history != 1:
            chosen = choose(after, releases, wanted, lambda one: True)  # type: ignore[arg-type]
            assert not {one.number for one in chosen.drops} & without_rows


@given(journeys(), st.integers(1, 6))
def test_what_was_noted_once_leaves_nothing_more_to_note(releases: list[Release], keep: int) -> None:
    live = next((one for one in releases if one.stage is Stage.LIVE), None)
    rows = [row(live)] if live else []
    first = decide(releases, live.id if live else None, rows, keep, Needs())
    noted = {one.release.id: retention.marked(one, NOW) for one in first}
    after = [noted.get(one.id, one) for one in releases]
    second = decide(after, live.id if live else None, rows, keep, Needs())
    assert [one.release.id for one in second if one.model] == []


def checkpoints(*releases: Release, held: bool = False) -> list[int]:
    rows = [row(releases[0], holder=releases[0].id)] if held else []
    return [one.release.number for one in decide(releases, None, rows, 5, Needs()) if one.checkpoints]


KEPT = {"interruptions": 0, "checkpoints": "s3://bucket/x"}


@pytest.mark.parametrize("stage", list(Stage))
def test_checkpoints_go_when_their_release_has_ended(stage: Stage) -> None:
    assert checkpoints(release(1, stage, spot=KEPT)) == ([1] if stage in ENDED else [])


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"spot": {"interruptions": 1, "checkpoints": None}},
        {"spot": KEPT, "removed": {retention.CHECKPOINTS: NOW}},
        {"spot": KEPT, "removed": {retention.MODEL: NOW}},
    ],
    ids=["none", "none kept", "gone", "gone with the model"],
)
def test_checkpoints_go_once(more: dict[str, Any]) -> None:
    assert checkpoints(release(1, **more)) == []


def test_checkpoints_go_alone() -> None:
    one = release(1, spot=KEPT)
    after = retention.marked(Removal(one, model=False, channels=False, checkpoints=True), NOW)
    assert (after.removed, after.model_name, after.channels) == ({"checkpoints": NOW}, one.model_name, CHANNELS)
    gone = [
        name
        for name in ("checkpoints/x.1", "attempt-2/checkpoints/x", "training/model.tar.gz", "channels/train/p.csv")
        if retention.is_removed(f"{one.folder}{name}", after)
    ]
    assert gone == ["checkpoints/x.1", "attempt-2/checkpoints/x"]
