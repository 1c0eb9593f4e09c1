"""Specs and drops."""

import gzip
import time
from collections.abc import Generator

from local_aws.sagemaker.executors import artifacts
from tests.drops import SPEC, csv
from tests.sam.place import MODEL, Place
from tests.sam.scenes.base import Answer, scene
from yardmaster.flows.advance import commit
from yardmaster.records import DropKind, Release, Stage
from yardmaster.rules.stages import move

Playing = Generator[None, Answer, None]


@scene("apply_spec/spec_uploaded")
def the_spec_is_in_force(place: Place) -> Playing:
    version = place.upload(f"{MODEL}/spec.yaml", SPEC)
    yield
    model = place.yard.table.get_model(MODEL)
    assert model is not None
    assert model.spec is not None
    assert model.spec.version_id == version
    assert f"{MODEL}/STATUS.md" in place.keys(MODEL)
    assert [event["detail-type"] for event in place.said()] == ["Spec Accepted"]


@scene("apply_spec/spec_deleted")
def the_spec_is_not_in_force_any_more(place: Place) -> Playing:
    place.spec()
    place.delete(f"{MODEL}/spec.yaml")
    yield
    model = place.yard.table.get_model(MODEL)
    assert model is not None
    assert model.spec_deleted
    assert model.spec is None


def assert_prepared(place: Place, release: Release, kind: DropKind) -> None:
    assert (release.stage, release.source.kind) == (Stage.PREPARED, kind), release.reason
    for name, channel in release.channels.items():
        assert channel.rows > 0
        (key,) = place.keys(place.yard.bucket.key_of(channel.uri))
        text, _ = place.yard.bucket.read(key)
        assert len(text.splitlines()) == channel.rows, name
    assert set(release.channels) == {"train", "validation", "test"}


@scene("prepare_data/file_dropped")
def a_file_becomes_a_release_with_channels(place: Place) -> Playing:
    place.spec()
    place.upload(f"{MODEL}/data/jan.csv", csv(1))
    yield
    assert_prepared(place, place.only(), DropKind.FILE)
    assert place.only().source.name == "jan"


@scene("prepare_data/large_file_dropped")
def a_packed_file_in_parts_becomes_a_release(place: Place) -> Playing:
    place.spec()
    place.upload(f"{MODEL}/data/feb.csv.gz", gzip.compress(csv(2).encode()))
    yield
    assert_prepared(place, place.only(), DropKind.FILE)
    assert place.only().source.name == "feb"


@scene("prepare_data/folder_completed")
def a_folder_becomes_one_release(place: Place) -> Playing:
    place.spec()
    for part in range(2):
        place.upload(f"{MODEL}/data/mar/part-{part}.csv", csv(part))
    place.upload(f"{MODEL}/data/mar/_SUCCESS", "")
    yield
    assert_prepared(place, place.only(), DropKind.FOLDER)
    assert sum(channel.rows for channel in place.only().channels.values()) == 1200


@scene("prepare_data/channel_completed")
def the_last_channel_completes_a_split_drop(place: Place) -> Playing:
    place.spec()
    for number, channel in enumerate(("train", "validation", "test")):
        place.upload(f"{MODEL}/data/apr/{channel}/part.csv", csv(number, 200 + number))
        place.upload(f"{MODEL}/data/apr/{channel}/_SUCCESS", "")
    yield
    assert_prepared(place, place.only(), DropKind.SPLIT)
    assert {name: found.rows for name, found in place.only().channels.items()} == {
        "train": 200,
        "validation": 201,
        "test": 202,
    }


@scene("prepare_data/artifact_dropped")
def a_model_from_elsewhere_is_copied_and_goes_to_its_tests(place: Place) -> Playing:
    live = place.baseline()
    content = artifacts.pack({"xgboost-model": b"a booster"})
    place.upload(f"{MODEL}/artifacts/model.tar.gz", content)
    yield
    found = place.yard.table.find_number(MODEL, live.number + 1)
    assert found is not None
    assert (found.stage, found.source.kind, found.baseline) == (Stage.TESTING, DropKind.ARTIFACT, live.id), found.reason
    copy, _ = place.yard.bucket.read(f"{found.folder}artifact/model.tar.gz")
    assert copy == content


@scene("prepare_data/release_due")
def a_received_release_is_prepared_though_no_upload_is_told(place: Place) -> Playing:
    place.candidate(Stage.RECEIVED)
    yield
    assert_prepared(place, place.release(), DropKind.FILE)


@scene("prepare_data/command_retrain")
def a_cancelled_drop_is_prepared_for_another_training(place: Place) -> Playing:
    first = place.candidate(Stage.TRAINING)
    # Before the sample was said, which would be refused as late otherwise.
    commit(place.yard, first, move(first, Stage.CANCELLED, "by hand", 0.0), time.time())
    yield
    again = place.release()
    assert (again.stage, again.attempt, again.training_job) == (Stage.PREPARED, 2, None), again.reason
    assert again.channels == first.channels


@scene("wake_releases/tick")
def what_is_due_is_woken(place: Place) -> Playing:
    place.candidate(Stage.PREPARED)
    answer = yield
    assert answer == {"woken": 1, "published": 0, "approvals": 0, "failed": 0}
    (event,) = place.said()
    assert event["detail-type"] == "Release Due"
    assert event["detail"]["function"] == "start_training"
