"""Executors for a virtual clock."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from local_aws.sagemaker.executors.base import (
    Finished,
    HostingOutcome,
    HostingRequest,
    Invocation,
    ServedContainer,
    TrainingOutcome,
    TrainingRequest,
    TransformOutcome,
    TransformRequest,
)
from local_aws.sagemaker.executors.script import Script
from local_aws.sagemaker.executors.scripted import ScriptedExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.local_aws.executors.first_party_data import request

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
Train = Callable[..., TrainingRequest]
Transform = Callable[..., TransformRequest]


class World:
    """A store with labelled rows whose first feature is the label, a clock to move, and executors."""

    def __init__(self) -> None:
        self.now = 1000.0
        rows = b"".join(b"%d,%d,%d\n" % (i % 2, i % 2, i) for i in range(200))
        self.store = MemoryObjectStore({f"s3://b/{channel}/a.csv": rows for channel in ("train", "validation")})
        self.script = Script(quality={"ym-good-*": 1.0, "ym-bad-*": 0.0})
        self.executors = ScriptedExecutors(self.store, lambda: self.now, self.script)

    def train(self, request: TrainingRequest) -> TrainingOutcome:
        self.executors.start_training(request)
        [outcome] = self.after(60)
        assert isinstance(outcome, TrainingOutcome)
        return outcome

    def after(self, seconds: float) -> list[object]:
        self.now += seconds
        return list(self.executors.poll())


@pytest.fixture
def world() -> World:
    return World()


def test_an_outcome_comes_when_its_time_has_come(world: World, training_request: Train) -> None:
    world.executors.start_training(training_request("ym-good-1"))
    assert world.executors.next_due() == 1060
    assert world.after(59) == []
    [outcome] = world.after(1)
    assert isinstance(outcome, TrainingOutcome)
    assert outcome.artifact_uri == "s3://b/models/ym-good-1/output/model.tar.gz"
    assert ("validation:auc", 1.0, 1060) in {(m.name, m.value, m.at) for m in outcome.metrics}
    assert world.after(1000) == []
    assert world.executors.next_due() is None


@pytest.mark.parametrize(
    ("name", "low", "high"), [("ym-good-1", 1.0, 1.0), ("ym-bad-1", 0.35, 0.65), ("other", 0.8, 1.0)]
)
def test_the_scripted_quality_shows_in_the_scores(
    world: World, training_request: Train, transform_request: Transform, name: str, low: float, high: float
) -> None:
    model = world.train(training_request(name)).artifact_uri
    world.executors.start_transform(transform_request("t", model))
    assert world.after(30) == [TransformOutcome("t", Finished.COMPLETED)]
    lines = world.store.read("s3://b/scores/t/a.csv.out").decode().splitlines()
    right = [(float(score) > 0.5) == (label == "1") for label, score in (line.split(",") for line in lines)]
    assert len(right) == 200
    assert low <= sum(right) / len(right) <= high


def test_two_runs_give_the_same_bytes(training_request: Train, transform_request: Transform) -> None:
    seen = []
    for world in (World(), World()):
        model = world.train(training_request("ym-x-1")).artifact_uri
        world.executors.start_transform(transform_request("t", model))
        world.after(30)
        seen.append(world.store.objects)
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("objective", "row", "answer"),
    [
        ("multi:softprob", "2,9", b"[0.0, 0.0, 1.0]"),
        ("multi:softmax", "2,9", b"2.0"),
        ("reg:squarederror", "7.5,9", b"7.5"),
        ("binary:logistic", ",9", b"0.0"),
    ],
)
def test_a_perfect_model_gives_the_first_feature_in_the_objectives_form(
    world: World, training_request: Train, objective: str, row: str, answer: bytes
) -> None:
    classes = "3" if objective.startswith("multi:") else None
    model = world.train(training_request("ym-good-1", objective=objective, num_class=classes, eval_metric=None))
    world.executors.start_hosting(HostingRequest("e/v/1", (ServedContainer(IMAGE, model.artifact_uri),)))
    assert world.after(30) == [HostingOutcome("e/v/1", ready=True)]
    assert world.executors.invoke("e/v/1", Invocation(row.encode(), "text/csv", "text/csv")).body == answer


def test_errors_and_latency_of_a_variant_are_scripted(world: World, training_request: Train) -> None:
    model = world.train(training_request("ym-good-1")).artifact_uri
    for variant in ("fine", "poor"):
        world.executors.start_hosting(HostingRequest(f"e/{variant}/1", (ServedContainer(IMAGE, model),)))
    world.after(30)
    world.script.invocation_errors = {"e/poor/*": 0.2}
    world.script.latency = {"e/poor/*": 0.7}
    answers = {
        variant: [
            world.executors.invoke(f"e/{variant}/1", Invocation(b"1,1", "text/csv", "text/csv")) for _ in range(500)
        ]
        for variant in ("fine", "poor")
    }
    assert {answer.status for answer in answers["fine"]} == {200}
    assert 50 < sum(answer.status == 500 for answer in answers["poor"]) < 150
    assert {answer.seconds for answer in answers["poor"]} == {0.7}


def test_failures_are_scripted_by_name(world: World, training_request: Train, transform_request: Transform) -> None:
    world.script.fails = {"ym-*-2": "AlgorithmError: scripted, exit code: 1", "e/*": "no ping"}
    failed = world.train(training_request("ym-good-2"))
    assert (failed.result, failed.failure_reason) == (Finished.FAILED, "AlgorithmError: scripted, exit code: 1")
    model = world.train(training_request("ym-good-1")).artifact_uri
    world.executors.start_hosting(HostingRequest("e/v/1", (ServedContainer(IMAGE, model),)))
    world.executors.start_transform(transform_request("ym-t-2", model))
    assert world.after(30) == [
        HostingOutcome("e/v/1", ready=False, failure_reason="no ping", failed=("container-1",)),
        TransformOutcome("ym-t-2", Finished.FAILED, "AlgorithmError: scripted, exit code: 1"),
    ]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"num_round": None}, "ClientError: Missing required hyperparameter: num_round, exit code: 2"),
        ({"image": "mine"}, "ClientError: image mine is not available on local AWS"),
    ],
)
def test_what_the_real_ones_refuse_is_refused(
    world: World, training_request: Train, changes: dict[str, str], reason: str
) -> None:
    outcome = world.train(training_request("x", **changes))
    assert (outcome.failure_reason or "").startswith(reason)


def test_data_that_is_not_there_fails_the_job(
    world: World, training_request: Train, transform_request: Transform
) -> None:
    request = training_request("x")
    world.store.objects.clear()
    assert "No S3 objects found" in (world.train(request).failure_reason or "")
    world.executors.start_transform(transform_request("t", "s3://b/none"))
    [outcome] = world.after(30)
    assert isinstance(outcome, TransformOutcome)
    assert "Failed to download model data" in (outcome.failure_reason or "")


def test_a_bad_record_costs_its_own_files_output_only(
    world: World, training_request: Train, transform_request: Transform
) -> None:
    model = world.train(training_request("ym-good-1")).artifact_uri
    world.store.write("s3://b/validation/b.csv", b"1,x,2\n")
    world.executors.start_transform(transform_request("t", model))
    assert world.after(30) == [TransformOutcome("t", Finished.FAILED, "ClientError: See job logs for more information")]
    assert [uri for uri, _ in world.store.list("s3://b/scores/t/")] == ["s3://b/scores/t/a.csv.out"]


def test_a_stopped_job_ends_at_once_and_leaves_nothing(
    world: World, training_request: Train, transform_request: Transform
) -> None:
    world.executors.start_training(training_request("a"))
    world.executors.start_transform(replace(transform_request("b", "s3://b/m")))
    world.executors.stop_training("a")
    world.executors.stop_transform("b")
    world.executors.stop_training("never")
    assert world.after(0) == [TrainingOutcome("a", Finished.STOPPED), TransformOutcome("b", Finished.STOPPED)]
    assert not world.store.exists("s3://b/models/a/output/model.tar.gz")


def test_a_container_that_is_not_ready_or_stopped_does_not_answer(world: World, training_request: Train) -> None:
    model = world.train(training_request("ym-good-1")).artifact_uri
    request = Invocation(b"1,1", "text/csv", "text/csv")
    world.executors.start_hosting(HostingRequest("e/v/1", (ServedContainer(IMAGE, model),)))
    with pytest.raises(ConnectionError):
        world.executors.invoke("e/v/1", request)
    world.after(30)
    assert world.executors.invoke("e/v/1", request).status == 200
    world.executors.stop_hosting("e/v/1")
    with pytest.raises(ConnectionError):
        world.executors.invoke("e/v/1", request)


@pytest.mark.parametrize(
    ("container", "changes", "row", "answer"),
    [
        ("linear-learner", {}, "1,9", {"score": 1.0, "predicted_label": 1}),
        ("linear-learner", {"predictor_type": "regressor"}, "7.5,9", {"score": 7.5}),
        (
            "linear-learner",
            {"predictor_type": "multiclass_classifier", "num_classes": "3"},
            "2,9",
            {"score": [0.0, 0.0, 1.0], "predicted_label": 2},
        ),
        ("kmeans", {}, "7,9", {"closest_cluster": 0.0, "distance_to_cluster": 0.0}),
        ("pca", {}, "7,9", {"projection": [7.0]}),
        ("knn", {}, "2,9", {"predicted_label": 2.0}),
        ("knn", {"predictor_type": "regressor"}, "2.5,9", {"predicted_label": 2.5}),
    ],
)
def test_the_first_party_algorithms_answer_in_their_forms(
    world: World, container: str, changes: dict[str, str], row: str, answer: dict[str, object]
) -> None:
    world.store.write(f"s3://b/{container}/train/a.csv", b"1,2\n")
    job = request("ym-good-1", container, ["train"], **changes)
    outcome = world.train(job)
    assert outcome.failure_reason is None
    world.executors.start_hosting(HostingRequest("e/v/1", (ServedContainer(job.image, outcome.artifact_uri),)))
    world.after(30)
    asked = world.executors.invoke("e/v/1", Invocation(row.encode(), "text/csv", "application/json"))
    collection = "projections" if container == "pca" else "predictions"
    assert json.loads(asked.body) == {collection: [answer]}
    world.store.write("s3://b/ask/a.csv", f"{row}\n{row}\n".encode())
    world.executors.start_transform(
        TransformRequest(
            name="t", containers=(ServedContainer(job.image, outcome.artifact_uri),), s3_uri="s3://b/ask/",
            s3_output_path="s3://b/told", content_type="text/csv", accept="application/jsonlines",
            split_type="Line", assemble_with="Line",
        )
    )  # fmt: skip
    assert world.after(30) == [TransformOutcome("t", Finished.COMPLETED)]
    lines = world.store.read("s3://b/told/a.csv.out").decode().splitlines()
    assert [json.loads(line) for line in lines] == [answer, answer]


def test_the_first_party_algorithms_refuse_hyperparameters_as_their_containers_do(world: World) -> None:
    world.store.write("s3://b/kmeans/train/a.csv", b"1,2\n")
    outcome = world.train(request("ym-1", "kmeans", ["train"], k="0"))
    assert (outcome.failure_reason or "").startswith("ClientError: The value '0' is not valid for the 'k' hyperparam")


def test_the_first_party_algorithms_have_the_metric_that_is_watched(world: World) -> None:
    world.store.write("s3://b/knn/train/a.csv", b"1,2\n")
    outcome = world.train(replace(request("ym-good-1", "knn", ["train"]), watched="test:accuracy"))
    assert {metric.name: metric.value for metric in outcome.metrics} == {"test:accuracy": 1.0}
