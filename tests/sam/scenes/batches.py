"""Batches of predictions, and their schedules."""

import time
from collections.abc import Generator

from tests.drops import SPEC
from tests.sam.place import MODEL, Place
from tests.sam.scenes.base import Answer, scene
from yardmaster.flows.batch_row import ensure
from yardmaster.records import Batch, BatchStage

Playing = Generator[None, Answer, None]
NIGHTLY = SPEC + 'batch_transform: [{schedule: "cron(0 6 * * ? *)", input: predict/nightly/}]\n'


def ready(place: Place) -> None:
    """A model in service, a schedule, and rows in its folder."""
    place.baseline()
    place.spec(NIGHTLY)
    place.upload(f"{MODEL}/predict/nightly/a.csv", "truth,number,colour\n1,0.5,red\n")


def only(place: Place) -> Batch:
    (found,) = place.yard.table.batches_of(MODEL)
    return found


@scene("run_batch_transform/schedule_fired")
def a_schedule_that_fires_starts_a_job(place: Place) -> Playing:
    ready(place)
    yield
    assert only(place).stage is BatchStage.RUNNING, only(place).reason
    place.until("transform_job", only(place).job or "", "Completed")


@scene("run_batch_transform/batch_due")
def a_batch_that_is_due_goes_on(place: Place) -> Playing:
    ready(place)
    asked(place)
    yield
    assert only(place).stage is BatchStage.RUNNING, only(place).reason


@scene("run_batch_transform/command_cancel")
def a_batch_that_nobody_wants_ends(place: Place) -> Playing:
    ready(place)
    asked(place)
    yield
    assert (only(place).stage, only(place).reason) == (
        BatchStage.CANCELLED,
        "cancelled by user/alice: the wrong files",
    )


def asked(place: Place) -> None:
    batch = Batch("dox6gdid", MODEL, "nightly", schedule=True, at=1_772_604_000.0)
    ensure(place.yard, batch, "the schedule nightly fired", time.time())


@scene("apply_spec/schedules_due")
def schedules_come_in_step(place: Place) -> Playing:
    place.upload(f"{MODEL}/spec.yaml", NIGHTLY)
    place.spec(NIGHTLY)
    yield
    model = place.yard.table.get_model(MODEL)
    assert model is not None
    assert model.due is None


@scene("run_batch_transform/part_uploaded")
def a_part_of_a_folder_waits_for_its_marker(place: Place) -> Playing:
    place.baseline()
    place.upload(f"{MODEL}/predict/june/a.csv", "truth,number,colour\n1,0.5,red\n")
    answer = yield
    assert "_SUCCESS" in answer["result"]
    assert list(place.yard.table.batches_of(MODEL)) == []


@scene("run_batch_transform/transform_job_completed")
def a_job_that_ended_wakes_its_batch(place: Place) -> Playing:
    ready(place)
    asked(place)
    yield
    assert only(place).stage is BatchStage.RUNNING, only(place).reason
