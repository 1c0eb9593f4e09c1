"""Batches of files that go to the model as they are: what the job is asked for, and what becomes of its answers."""

from typing import Any

import pytest

from tests.drops import csv
from tests.flows.test_algorithms import folder
from tests.flows.test_own_algorithms import IMAGE, OWN_IMAGE
from tests.flows.test_run_batch_transform import done, jobs, manifest, results, rows
from tests.steps import drop, ended
from tests.world import World
from yardmaster.records import Batch, BatchStage, Stage

LINES = f"""
algorithm: {{image: "{OWN_IMAGE}"}}
data: {{content_type: application/jsonlines}}
deploy: {{canary: none}}
"""
FILES = {f"{name}/part-0.jsonl": '{"x": 1}\n' for name in ("train", "validation", "test")}
RECORDS = "".join(f'{{"id": {number}, "features": [1, 2]}}\n' for number in range(3))


@pytest.fixture
def served(world: World) -> World:
    """A world in which an image of one's own can be run; its model answers each line with its length."""
    world.script.images = [OWN_IMAGE]
    world.script.steps = {"*": lengths}
    world.traffic = 0
    return world


def lengths(body: bytes) -> tuple[int, bytes]:
    return 200, b"".join(b"%d\n" % len(line) for line in body.splitlines())


def live(world: World, entry: str = "input: predict/a/") -> None:
    world.put("churn/spec.yaml", f"{LINES}batch_transform: [{{{entry}}}]\n")
    world.command("approve", folder(world, "churn", FILES))  # Nobody can measure it.
    world.run(lambda: world.stage("churn", 1) is Stage.LIVE)


def scored(world: World, content: str | bytes = RECORDS, name: str = "a/x.jsonl") -> Batch:
    world.put(f"churn/predict/{name}", content)
    world.run(lambda: done(world), hours=2)
    (batch,) = world.batches("churn")
    return batch


def job(world: World, batch: Batch) -> dict[str, Any]:
    found: dict[str, Any] = world.sagemaker.describe_transform_job(TransformJobName=batch.job or "")
    return found


def test_lines_go_to_the_model_as_they_are_and_its_answers_are_the_result(served: World) -> None:
    live(served)
    batch = scored(served)

    assert batch.stage is BatchStage.COMPLETED, batch.reason
    assert batch.rows == 3
    assert served.keys(batch.results) == [f"{batch.results}manifest.json", f"{batch.results}x.jsonl.out"]
    assert served.read(f"{batch.results}x.jsonl.out") == "29\n29\n29\n"
    told = manifest(served, batch)
    assert (told["rows_in"], told["rows_out"], told["bytes_in"]) == (3, 3, len(RECORDS))
    asked = job(served, batch)
    assert asked["TransformInput"]["ContentType"] == "application/jsonlines"
    assert (asked["TransformInput"]["SplitType"], asked["TransformOutput"]["AssembleWith"]) == ("Line", "Line")
    assert asked.get("DataProcessing", {}) == {}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            "max_payload: 20, max_concurrent_transforms: 5, batch_strategy: SingleRecord",
            {"MaxPayloadInMB": 20, "MaxConcurrentTransforms": 5, "BatchStrategy": "SingleRecord"},
        ),
        ("max_payload: 0, batch_strategy: SingleRecord", {"MaxPayloadInMB": 0, "BatchStrategy": "SingleRecord"}),
        (
            "instance_type: ml.c5.xlarge, instance_count: 3",
            {"TransformResources": {"InstanceType": "ml.c5.xlarge", "InstanceCount": 3}},
        ),
    ],
)
def test_a_job_is_asked_for_as_the_spec_says(served: World, entry: str, expected: dict[str, Any]) -> None:
    live(served, f"input: predict/a/, {entry}")
    asked = job(served, scored(served))
    assert {name: asked[name] for name in expected} == expected


def test_a_file_goes_whole_with_its_own_content_type(served: World) -> None:
    live(served, "input: predict/a/, split_type: None, content_type: image/png")
    served.script.steps = {"*": lambda body: (200, b"cat")}
    batch = scored(served, b"\x89PNG\n\x00\n", "a/cat.png")

    assert batch.stage is BatchStage.COMPLETED, batch.reason
    assert served.read(f"{batch.results}cat.png.out") == "cat"
    asked = job(served, batch)
    assert asked["TransformInput"]["ContentType"] == "image/png"
    assert asked["TransformInput"]["SplitType"] == "None"
    assert asked["TransformOutput"]["AssembleWith"] == "None"
    assert "BatchStrategy" not in asked
    assert manifest(served, batch)["rows_in"] is None


def test_filters_and_join_reach_the_job_with_one_format_on_both_sides(served: World) -> None:
    filters = "input_filter: '$[1:]', output_filter: '$[0,-1]', join_source: Input"
    live(served, f"input: predict/a/, content_type: text/csv, {filters}")
    batch = scored(served, "a,1,2\nb,3,4\n", "a/x.csv")

    assert batch.stage is BatchStage.COMPLETED, batch.reason
    asked = job(served, batch)
    assert asked["DataProcessing"] == {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    assert (asked["TransformInput"]["ContentType"], asked["TransformOutput"]["Accept"]) == ("text/csv", "text/csv")
    assert served.read(f"{batch.results}x.csv.out") == "a,3\nb,3\n"


def test_answers_that_are_fewer_than_the_lines_never_become_results(served: World) -> None:
    live(served)
    served.script.steps = {"*": lambda body: (200, b"1\n")}
    batch = scored(served)
    assert batch.stage is BatchStage.FAILED
    assert "churn/predict/a/x.jsonl has 3 rows" in batch.reason
    assert served.keys("churn/predictions/") == []


@pytest.mark.parametrize(("said", "place"), [(b"line 2: no features", ", record 2"), (b"no", "")])
def test_a_line_that_the_model_refuses_is_named_as_far_as_the_model_names_it(
    served: World, said: bytes, place: str
) -> None:
    live(served)
    served.script.refuses = lambda job, body: (400, said) if b"broken" in body else None
    served.put("churn/predict/a/good.jsonl", RECORDS)
    served.run(lambda: done(served), hours=2)
    served.put("churn/predict/a/bad.jsonl", RECORDS + '{"broken": 1}\n')
    served.run(lambda: done(served, 2), hours=2)

    failed = served.batches("churn")[-1]
    assert failed.stage is BatchStage.FAILED
    assert failed.reason.startswith(f"churn/predict/a/bad.jsonl{place}: ClientError: 400")
    assert "features" not in failed.reason


def test_an_empty_file_needs_no_job(served: World) -> None:
    live(served)
    batch = scored(served, "")
    assert (batch.stage, batch.reason) == (BatchStage.COMPLETED, "no rows to score: no job")
    assert jobs(served) == []


def test_a_model_of_an_image_of_ones_own_scores_tables_by_their_columns(served: World) -> None:
    served.script.steps = {}
    release = drop(served, 1, spec=IMAGE.replace('positive: "yes"', 'positive: "yes", id: colour'))
    assert release.stage is Stage.LIVE, release.reason
    served.put("churn/predict/x.csv", rows(3))
    served.run(lambda: done(served), hours=2)
    (batch,) = served.batches("churn")
    assert batch.stage is BatchStage.COMPLETED, batch.reason
    header, *lines = results(served, batch)["x.csv"]
    assert header == ["colour", "score"]
    assert [line[0] for line in lines] == ["red"] * 3


def test_a_later_release_predicts_and_the_older_one_by_its_number(served: World) -> None:
    served.script.steps = {}
    drop(served, 1, spec=IMAGE + "batch_transform: [{input: predict/one/, release: 1}]\n")
    served.put("churn/data/month-2.csv", csv(2))
    served.run(lambda: ended(served, 2))
    assert served.release("churn", 2).stage is Stage.LIVE, served.release("churn", 2).reason

    served.put("churn/predict/one/old.csv", rows(2))
    served.put("churn/predict/new.csv", rows(2))
    served.run(lambda: done(served, 2), hours=2)
    told = {one.name: manifest(served, one)["release"] for one in served.batches("churn")}
    assert told == {"one": "churn #1", "files": "churn #2"}
