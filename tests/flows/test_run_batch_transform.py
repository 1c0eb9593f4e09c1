"""Predictions by schedule, and of files, on the virtual clock: what people find, whatever happens."""

import csv as csv_files
import json
import random
from io import StringIO

import pytest

from tests.drops import SPEC
from tests.steps import drop
from tests.world import World
from yardmaster.records import Batch, BatchStage, Stage
from yardmaster.rules import batches

IDS = SPEC.replace('positive: "yes"', 'positive: "yes", id: colour')
NIGHTLY = """
batch_transform:
  - schedule: cron(0 6 * * ? *)
    input: predict/nightly/
    join_source: Input
"""
HOURLY = NIGHTLY.replace("cron(0 6 * * ? *)", "cron(0 * * * ? *)")


def rows(count: int, start: int = 0) -> str:
    """Rows without their label, in another order of columns."""
    lines = [f"red,{start + place},{place % 2}" for place in range(count)]
    return "\n".join(["colour,number,truth", *lines]) + "\n"


def done(world: World, count: int = 1, model: str = "churn") -> bool:
    found = world.batches(model)
    return len(found) >= count and all(one.stage in batches.ENDED for one in found)


def results(world: World, batch: Batch) -> dict[str, list[list[str]]]:
    keys = [key for key in world.keys(batch.results) if not key.endswith("manifest.json")]
    return {key.removeprefix(batch.results): list(csv_files.reader(StringIO(world.read(key)))) for key in keys}


def manifest(world: World, batch: Batch) -> dict[str, object]:
    found: dict[str, object] = json.loads(world.read(f"{batch.results}manifest.json"))
    return found


def jobs(world: World) -> list[str]:
    found = world.sagemaker.list_transform_jobs()["TransformJobSummaries"]
    return [job["TransformJobName"] for job in found if job["TransformJobName"].endswith("-batch")]


def test_a_schedule_scores_what_lies_in_its_folder_with_the_model_in_service(world: World) -> None:
    live = drop(world, 1, spec=SPEC + NIGHTLY)
    world.put("churn/predict/nightly/a.csv", rows(3))
    world.put("churn/predict/nightly/b.csv", rows(2, 10))
    world.put("churn/predict/nightly/_hidden.csv", "no, input")
    assert world.batches("churn") == []

    world.run(lambda: done(world))

    (batch,) = world.batches("churn")
    assert (batch.stage, batch.release, batch.name) == (BatchStage.COMPLETED, live.id, "nightly"), batch.reason
    found = results(world, batch)
    assert found["a.csv"][0] == ["colour", "number", "truth", "score"]
    assert [row[:3] for row in found["a.csv"][1:]] == [["red", "0", "0"], ["red", "1", "1"], ["red", "2", "0"]]
    assert [row[1] for row in found["b.csv"][1:]] == ["10", "11"]
    assert all(0 <= float(row[3]) <= 1 for row in found["a.csv"][1:])
    told = manifest(world, batch)
    assert (told["release"], told["job"], told["rows_in"], told["rows_out"]) == ("churn #1", batch.job, 5, 5)
    assert jobs(world) == [batch.job]
    assert world.errors == []
    (event,) = [one for one in world.events if one["detail-type"] == "Batch State Change" and one["detail"]["uri"]]
    assert (event["detail"]["stage"], event["detail"]["uri"]) == ("completed", batch.uri)


def test_the_ids_stay_beside_the_predictions_and_whatever_is_in_them(world: World) -> None:
    drop(world, 1, spec=IDS)
    world.put("churn/predict/people.csv", 'number,colour,truth\n3,"Ann, ""the"" first",1\n7,blue,0\n')
    world.run(lambda: done(world))
    (batch,) = world.batches("churn")
    assert batch.stage is BatchStage.COMPLETED, batch.reason
    assert [row[:-1] for row in results(world, batch)["people.csv"]] == [["colour"], ['Ann, "the" first'], ["blue"]]


def test_a_schedule_that_fires_twice_and_two_at_the_same_minute_score_once_each(world: World) -> None:
    second = NIGHTLY + NIGHTLY.replace("\nbatch_transform:", "").replace("nightly", "daily")
    drop(world, 1, spec=SPEC + second)
    world.put("churn/predict/nightly/a.csv", rows(3))
    world.put("churn/predict/daily/a.csv", rows(3))
    world.copies = 2
    world.run(lambda: done(world, 2))
    assert sorted(one.name for one in world.batches("churn")) == ["daily", "nightly"]
    assert len(jobs(world)) == 2


def test_the_same_files_and_the_same_model_need_no_second_job(world: World) -> None:
    drop(world, 1, spec=SPEC + HOURLY)
    world.put("churn/predict/nightly/a.csv", rows(3))
    world.run(lambda: done(world, 3))
    first, second, *_ = [one for one in world.batches("churn") if one.files or one.stage is BatchStage.UNCHANGED]
    assert (first.stage, second.stage) == (BatchStage.COMPLETED, BatchStage.UNCHANGED)
    assert len(jobs(world)) == 1
    world.put("churn/predict/nightly/b.csv", rows(1))
    world.run(lambda: len(jobs(world)) == 2)


def test_an_empty_folder_is_nothing_to_score(world: World) -> None:
    drop(world, 1, spec=SPEC + NIGHTLY)
    world.run(lambda: done(world))
    (batch,) = world.batches("churn")
    assert batch.stage is BatchStage.COMPLETED
    assert "nothing to score" in batch.reason
    assert jobs(world) == []


def test_a_transform_that_fails_on_its_third_file_leaves_no_results_and_names_it(world: World) -> None:
    drop(world, 1, spec=SPEC + NIGHTLY)
    for name in "abcde":
        world.put(f"churn/predict/nightly/{name}.csv", rows(3, 100 * ord(name)))
    third = str(100 * ord("c")).encode()
    world.script.refuses = lambda job, body: (400, b"line 2: cannot read") if third in body else None
    world.run(lambda: done(world))
    (batch,) = world.batches("churn")
    assert batch.stage is BatchStage.FAILED
    assert batch.reason.startswith("churn/predict/nightly/c.csv"), batch.reason
    assert "ClientError: 400" in batch.reason
    assert world.keys("churn/predictions/") == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour,number\nred,1\n", "missing: 'truth'"),
        ("colour,number,truth,more\nred,1,0,2\n", "added: 'more'"),
        ("colour,number,truth\nred,1,0\nred,secret,0\n", "line 3, column 'number'"),
        ('colour,number,truth\n"re\nd",1,0\n', "line's end"),
    ],
)
def test_rows_that_can_not_be_scored_are_refused_before_a_job_is_paid(world: World, text: str, told: str) -> None:
    spec = SPEC + "batch_transform: [{input: predict/mine/, join_source: Input}]\n"
    drop(world, 1, spec=spec)
    world.put("churn/predict/mine/x.csv", text)
    world.run(lambda: done(world))
    (batch,) = world.batches("churn")
    assert batch.stage is BatchStage.REFUSED, batch.reason
    assert told in batch.reason
    assert "secret" not in batch.reason
    assert jobs(world) == []


def test_a_model_without_an_endpoint_predicts(world: World) -> None:
    live = drop(world, 1, spec=SPEC.partition("deploy")[0] + "deploy: none\n")
    assert live.stage is Stage.LIVE, live.reason
    world.put("churn/predict/x.csv", rows(2))
    world.run(lambda: done(world))
    assert world.batches("churn")[0].stage is BatchStage.COMPLETED, world.batches("churn")[0].reason


def test_a_named_release_predicts_and_one_that_is_not_there_is_refused(world: World) -> None:
    spec = SPEC + "batch_transform: [{input: predict/one/, release: 1}, {input: predict/nine/, release: 9}]\n"
    drop(world, 1, spec=spec)
    world.put("churn/predict/one/x.csv", rows(2))
    world.put("churn/predict/nine/x.csv", rows(2))
    world.run(lambda: done(world, 2))
    told = {one.name: one for one in world.batches("churn")}
    assert told["one"].stage is BatchStage.COMPLETED
    assert (told["nine"].stage, told["nine"].reason) == (
        BatchStage.REFUSED,
        "batch_transform.release: there is no churn #9",
    )


def test_nothing_in_service_is_said_and_a_spec_is_waited_for(world: World) -> None:
    world.put("churn/predict/x.csv", rows(2))
    world.run_for(600)
    (batch,) = world.batches("churn")
    assert batch.waiting_for is not None
    assert batch.waiting_for.kind.value == "spec"
    world.put("churn/spec.yaml", SPEC)
    world.run(lambda: done(world))
    assert "no release of churn is in service" in world.batches("churn")[0].reason


def test_a_folder_is_scored_once_it_is_complete(world: World) -> None:
    drop(world, 1, spec=SPEC)
    world.put("churn/predict/june/a.csv", rows(2))
    world.put("churn/predict/june/b.csv", rows(3))
    world.run_for(600)
    assert world.batches("churn") == []
    world.put("churn/predict/june/_SUCCESS", "")
    world.run(lambda: done(world))
    (batch,) = world.batches("churn")
    assert sorted(results(world, batch)) == ["a.csv", "b.csv"]
    assert batch.rows == 5


def test_a_model_that_answers_in_json_is_paired_by_the_order_of_rows(world: World) -> None:
    spec = """
algorithm: linear-learner
data: {label: churned, positive: "yes", id: colour}
train: {hyperparameters: {predictor_type: binary_classifier}}
deploy: none
"""
    live = drop(world, 1, spec=spec)
    assert live.stage is Stage.LIVE, live.reason
    world.put("churn/predict/x.csv", rows(3))
    world.run(lambda: done(world))
    (batch,) = world.batches("churn")
    assert batch.stage is BatchStage.COMPLETED, batch.reason
    header, *lines = results(world, batch)["x.csv"]
    assert header[0] == "colour"
    assert "score" in header
    assert [line[0] for line in lines] == ["red", "red", "red"]


def test_a_person_stops_a_batch(world: World) -> None:
    drop(world, 1, spec=SPEC)
    world.put("churn/predict/x.csv", rows(2))
    world.run(lambda: bool(world.batches("churn")) and world.batches("churn")[0].stage is BatchStage.RUNNING)
    world.cancel_batch(world.batches("churn")[0])
    world.run(lambda: done(world))
    (batch,) = world.batches("churn")
    assert (batch.stage, batch.reason) == (BatchStage.CANCELLED, "cancelled by alice: because")
    assert world.keys("churn/predictions/") == []


def test_schedules_follow_the_spec(world: World) -> None:
    world.put("churn/spec.yaml", SPEC + NIGHTLY)
    world.run_for(1)
    ((name, made),) = world.scheduler.schedules.items()
    assert made.fields["ScheduleExpression"] == "cron(0 6 * * ? *)"
    world.put("churn/spec.yaml", SPEC + HOURLY + "    timezone: Europe/Berlin\n")
    world.run_for(1)
    changed = world.scheduler.schedules[name].fields
    assert (changed["ScheduleExpression"], changed["ScheduleExpressionTimezone"]) == (
        "cron(0 * * * ? *)",
        "Europe/Berlin",
    )
    world.put("churn/spec.yaml", "algorithm: nonsense\n")
    world.run_for(1)
    assert list(world.scheduler.schedules) == [name], "a spec that is refused changes nothing"
    world.delete("churn/spec.yaml")
    world.run_for(1)
    assert world.scheduler.schedules == {}
    assert world.model("churn").schedules == {}


@pytest.mark.parametrize("number", range(12))
def test_schedules_come_in_step_though_every_try_dies(world: World, number: int) -> None:
    world.kill = lambda function, call, operation: function == "apply_spec" and call == number
    world.put("churn/spec.yaml", SPEC + NIGHTLY)
    world.run_for(900)
    world.kill = lambda function, call, operation: False
    world.run_for(300)
    assert len(world.scheduler.schedules) == (1 if world.table.get_model("churn") else 0)
    if (model := world.table.get_model("churn")) is not None:
        assert model.due is None


def test_what_a_schedule_can_not_send_is_kept(world: World) -> None:
    world.put("churn/spec.yaml", SPEC + HOURLY)
    world.run_for(1)
    world.bus_is_down = True
    world.run(lambda: bool(world.undelivered))
    assert world.undelivered[0]["DetailType"] == "Batch Due"


@pytest.mark.parametrize("seed", range(4))
def test_events_are_lost_doubled_and_shuffled_and_invocations_die(world: World, seed: int) -> None:
    drop(world, 1, spec=SPEC + NIGHTLY)
    for name in "ab":
        world.put(f"churn/predict/nightly/{name}.csv", rows(3, 100 * ord(name)))
    draw = random.Random(seed)
    world.kill = lambda function, call, operation: function == "run_batch_transform" and draw.random() < 0.04
    world.keep = lambda event: event["detail"].get("scheduled") is not None or draw.random() < 0.7
    world.copies, world.shuffle = 2, draw
    world.dynamodb.index_lag = 20.0
    world.run(lambda: done(world))
    (batch,) = world.batches("churn")
    assert batch.stage is BatchStage.COMPLETED, "\n".join(world.story())
    assert len(jobs(world)) == 1
    assert len(world.s3.versions(batch.results)) == len(set(world.s3.versions(batch.results))) == 3
