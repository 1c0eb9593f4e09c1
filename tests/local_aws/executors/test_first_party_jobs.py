"""The first-party algorithms in processes: jobs, their metrics, artifacts and failures, transforms and endpoints."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.base import (
    Finished,
    HostingOutcome,
    HostingRequest,
    InputChannel,
    Invocation,
    Outcome,
    ServedContainer,
    TrainingOutcome,
    TrainingRequest,
    TransformOutcome,
    TransformRequest,
)
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.local_aws.executors.first_party_data import REGISTRY, SETTINGS, csv, request
from tests.waiting import eventually

Wait = Callable[[], Outcome]
CHANNELS = {
    "linear-learner": ("train", "validation", "test"),
    "kmeans": ("train", "test"),
    "pca": ("train", "test"),
    "knn": ("train", "test"),
}
COMMON = {"train:progress", "train:throughput"}
METRICS = {
    "linear-learner": {
        "train:objective_loss", "validation:objective_loss", "validation:objective_loss:final", "test:objective_loss",
        *(
            f"{channel}:{name}"
            for channel in ("validation", "test")
            for name in ("binary_classification_accuracy", "binary_f_beta", "precision", "recall", "roc_auc_score")
        ),
    },
    "kmeans": {"train:msd", "test:msd", "test:ssd"},
    "pca": set[str](),
    "knn": {"test:accuracy"},
}  # fmt: skip
MEMBERS = {
    "linear-learner": ["score", "predicted_label"],
    "kmeans": ["closest_cluster", "distance_to_cluster"],
    "pca": ["projection"],
    "knn": ["predicted_label"],
}
"""The members of an answer, in the order of the documented examples."""


@pytest.fixture(scope="module")
def data(store: MemoryObjectStore) -> MemoryObjectStore:
    """Put channels of 400 rows with four features into the store; the label is 1 where the first two are large."""
    chance = np.random.default_rng(1)
    for at, (container, channels) in enumerate(CHANNELS.items()):
        for channel in channels:
            features = np.random.default_rng(at).random((400, 4)) if channel == "train" else chance.random((400, 4))
            labels = (features[:, 0] + features[:, 1] > 1).astype(float)
            parts = [features] if container in ("kmeans", "pca") else [labels, features]
            store.write(f"s3://b/{container}/{channel}/part-0.csv", csv(*parts))
    return store


@pytest.fixture(scope="module")
def models(executors: ProcessExecutors, data: MemoryObjectStore) -> dict[str, TrainingOutcome]:
    """Train a model of each algorithm, all at once."""
    del data
    for container, channels in CHANNELS.items():
        executors.start_training(request(f"the-{container}", container, channels))
    found: dict[str, TrainingOutcome] = {}

    def ended() -> bool:
        for outcome in executors.poll():
            assert isinstance(outcome, TrainingOutcome)
            found[outcome.name.removeprefix("the-")] = outcome
        return len(found) == len(CHANNELS)

    eventually(ended)
    return found


@pytest.fixture
def train(executors: ProcessExecutors, wait: Wait) -> Callable[[TrainingRequest], TrainingOutcome]:
    def run(job: TrainingRequest) -> TrainingOutcome:
        executors.start_training(job)
        outcome = wait()
        assert isinstance(outcome, TrainingOutcome)
        return outcome

    return run


Train = Callable[[TrainingRequest], TrainingOutcome]


@pytest.mark.parametrize("container", sorted(CHANNELS))
def test_a_job_leaves_metrics_under_their_published_names(models: dict[str, TrainingOutcome], container: str) -> None:
    outcome = models[container]
    assert (outcome.result, outcome.failure_reason) == (Finished.COMPLETED, None)
    found = {metric.name: metric.value for metric in outcome.metrics}
    assert set(found) == METRICS[container] | COMMON
    assert found["train:throughput"] > 0
    if container == "linear-learner":
        assert found["test:roc_auc_score"] > 0.95
        assert found["validation:objective_loss"] == pytest.approx(found["validation:objective_loss:final"], abs=0.2)


@pytest.mark.parametrize("container", sorted(CHANNELS))
def test_an_artifact_holds_plain_arrays_only(
    models: dict[str, TrainingOutcome], data: MemoryObjectStore, container: str
) -> None:
    uri = models[container].artifact_uri
    assert uri == f"s3://b/models/the-{container}/output/model.tar.gz"
    content = artifacts.read_file(data.read(uri), "model_algo-1.npz")
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        assert file.files


@pytest.mark.parametrize("container", sorted(CHANNELS))
def test_the_same_job_gives_the_same_artifact(
    train: Train, models: dict[str, TrainingOutcome], data: MemoryObjectStore, container: str
) -> None:
    again = train(request(f"again-{container}", container, CHANNELS[container])).artifact_uri
    name, uris = "model_algo-1.npz", (again, models[container].artifact_uri)
    first, second = (np.load(io.BytesIO(artifacts.read_file(data.read(uri or ""), name))) for uri in uris)
    assert all(np.array_equal(first[each], second[each]) for each in first.files)


def test_the_log_is_the_containers(models: dict[str, TrainingOutcome], logs: list[tuple[str, str, str]]) -> None:
    del models
    lines = [line.partition("] ")[2] for _, stream, line in logs if stream.startswith("the-kmeans/algo-1-")]
    assert any(line.startswith("Merging with provided configuration from /opt/ml/input/config/hyp") for line in lines)
    assert "#progress_metric: host=algo-1, completed 100.0 % of epochs" in lines
    assert "shrinking 30 centers into 3" in lines
    assert any(line.startswith("#quality_metric: host=algo-1, test msd <loss>=") for line in lines)


FAILURES: list[tuple[str, dict[str, str], str]] = [
    ("kmeans", {"k": "0"}, "The value '0' is not valid for the 'k' hyperparameter"),
    ("kmeans", {"kk": "1"}, "Additional hyperparameters are not allowed ('kk' was unexpected)"),
    ("pca", {"num_components": "5"}, "The 'num_components' hyperparameter is 5, but the data has 4"),
    ("knn", {"feature_dim": "5"}, "Its rows have 4 features, the 'feature_dim' hyperparameter says 5."),
    ("linear-learner", {"predictor_type": "multiclass_classifier"}, "No value(s) were specified for 'num_classes'"),
    ("linear-learner", {"feature_dim": "7"}, "Its rows have 4 features, the 'feature_dim' hyperparameter says 7."),
]


@pytest.mark.parametrize(("container", "changes", "words"), FAILURES)
def test_a_customers_fault_fails_the_job_in_words(
    train: Train, data: MemoryObjectStore, logs: list[tuple[str, str, str]],
    container: str, changes: dict[str, str], words: str,
) -> None:  # fmt: skip
    del data
    outcome = train(request("fault", container, ["train"], **changes))
    assert outcome.result is Finished.FAILED
    assert outcome.artifact_uri is None
    reason = outcome.failure_reason or ""
    assert reason.startswith("ClientError: ")
    assert words in reason
    assert reason.endswith(", exit code: 2")
    assert any("Customer Error: " in line for _, stream, line in logs if stream.startswith("fault/"))


@pytest.mark.parametrize("container", ["kmeans", "pca", "knn"])
def test_a_channel_that_the_algorithm_lacks_fails_the_job(
    train: Train, data: MemoryObjectStore, container: str
) -> None:
    data.write(f"s3://b/{container}/validation/f.csv", b"1,2,3,4,5\n")
    reason = train(request("channel", container, ["train", "validation"])).failure_reason or ""
    assert "Additional properties are not allowed ('validation' was unexpected)" in reason


def test_recordio_fails_the_job_with_what_to_do(train: Train, data: MemoryObjectStore) -> None:
    del data
    job = request("recordio", "kmeans", [])
    channel = InputChannel("train", "s3://b/kmeans/train/", content_type="application/x-recordio-protobuf")
    reason = train(replace(job, channels=(channel,))).failure_reason
    assert reason == (
        "ClientError: Channel 'train': application/x-recordio-protobuf is not available on local AWS: use text/csv, "
        "exit code: 2"
    )


def test_an_algorithm_that_runs_on_aws_only_fails_the_job_in_words(train: Train, data: MemoryObjectStore) -> None:
    del data
    job = replace(request("elsewhere", "kmeans", ["train"]), image=f"{REGISTRY}/randomcutforest:1")
    reason = train(job).failure_reason or ""
    assert reason.startswith(f"ClientError: image {REGISTRY}/randomcutforest:1 is not available on local AWS: ")


@pytest.mark.parametrize(
    ("container", "endless", "line"),
    [
        ("linear-learner", {"early_stopping_patience": "1000000", "mini_batch_size": "5"}, "epoch=1, validation"),
        ("kmeans", {}, "#throughput_metric"),
    ],
)
def test_a_stopped_job_keeps_the_model_that_it_has_by_then(
    executors: ProcessExecutors, wait: Wait, data: MemoryObjectStore, logs: list[tuple[str, str, str]],
    container: str, endless: dict[str, str], line: str,
) -> None:  # fmt: skip
    name, channels = f"endless-{container}", ["train", "validation"][: 2 if container == "linear-learner" else 1]
    executors.start_training(request(name, container, channels, epochs="1000000", **endless))
    assert eventually(lambda: any(line in text for _, at, text in list(logs) if at.startswith(f"{name}/")))
    executors.stop_training(name)
    outcome = wait()
    assert isinstance(outcome, TrainingOutcome)
    assert (outcome.result, outcome.failure_reason) == (Finished.STOPPED, None)
    assert artifacts.read_file(data.read(outcome.artifact_uri or ""), "model_algo-1.npz")
    assert {"linear-learner": "validation:objective_loss:final", "kmeans": "train:msd"}[container] in {
        metric.name for metric in outcome.metrics
    }


def transform(container: str, model: TrainingOutcome, **changes: Any) -> TransformRequest:
    """Make a transform as Yardmaster does: the channel `test` in, its label left out, lines of JSON out."""
    given = {
        "name": f"t-{container}",
        "containers": (ServedContainer(f"{REGISTRY}/{container}:1", model.artifact_uri),),
        "s3_uri": f"s3://b/{container}/test/",
        "s3_output_path": f"s3://b/out/{container}",
        "content_type": "text/csv",
        "accept": "application/jsonlines",
        "split_type": "Line",
        "assemble_with": "Line",
        "input_filter": "$" if container in ("kmeans", "pca") else "$[1:]",
    }
    return TransformRequest(**{**given, **changes})


@pytest.mark.parametrize("changes", [{}, {"batch_strategy": "SingleRecord"}], ids=["batches", "single"])
@pytest.mark.parametrize("container", sorted(CHANNELS))
def test_a_transform_writes_a_line_of_json_for_each_row_in_order(
    executors: ProcessExecutors, wait: Wait, models: dict[str, TrainingOutcome], data: MemoryObjectStore,
    container: str, changes: dict[str, str],
) -> None:  # fmt: skip
    executors.start_transform(transform(container, models[container], **changes))
    assert wait() == TransformOutcome(f"t-{container}", Finished.COMPLETED)
    output = data.read(f"s3://b/out/{container}/part-0.csv.out").decode()
    answers = [json.loads(line) for line in output.splitlines()]
    assert output.endswith("\n")
    assert {tuple(answer) for answer in answers} == {tuple(MEMBERS[container])}
    rows = data.read(f"s3://b/{container}/test/part-0.csv").decode().splitlines()
    assert len(answers) == len(rows) == 400
    if "predicted_label" in MEMBERS[container]:
        right = [float(row[0]) == answer["predicted_label"] for row, answer in zip(rows, answers, strict=True)]
        assert np.mean(right) > 0.9


def test_k_means_answers_in_csv_too(
    executors: ProcessExecutors, wait: Wait, models: dict[str, TrainingOutcome], data: MemoryObjectStore
) -> None:
    changes = {"accept": "text/csv", "s3_output_path": "s3://b/out/csv", "join_source": "Input"}
    executors.start_transform(transform("kmeans", models["kmeans"], **changes))
    assert wait() == TransformOutcome("t-kmeans", Finished.COMPLETED)
    cells = [line.split(",") for line in data.read("s3://b/out/csv/part-0.csv.out").decode().splitlines()]
    assert {len(row) for row in cells} == {6}
    assert {row[4] for row in cells} <= {"0.0", "1.0", "2.0"}
    assert all(float(row[5]) >= 0 for row in cells)


def test_a_row_that_does_not_fit_fails_its_file(
    executors: ProcessExecutors, wait: Wait, models: dict[str, TrainingOutcome], data: MemoryObjectStore
) -> None:
    data.write("s3://b/ragged/f.csv", b"0,1,2,3,4\n0,1,2\n")
    executors.start_transform(transform("knn", models["knn"], s3_uri="s3://b/ragged/"))
    assert wait() == TransformOutcome("t-knn", Finished.FAILED, "ClientError: See job logs for more information")


@pytest.fixture(scope="module")
def hosted(executors: ProcessExecutors, models: dict[str, TrainingOutcome]) -> Iterator[None]:
    for container, model in models.items():
        served = ServedContainer(f"{REGISTRY}/{container}:1", model.artifact_uri)
        executors.start_hosting(HostingRequest(f"{container}/v/1", (served,)))
        assert eventually(executors.poll) == [HostingOutcome(f"{container}/v/1", ready=True)]
    yield
    for container in models:
        executors.stop_hosting(f"{container}/v/1")


DOCUMENTED = b'{"instances": [{"features": [0.9, 0.9, 0.1, 0.1]}, {"data": {"features": {"values": [0, 0, 0, 0]}}}]}'


@pytest.mark.parametrize("container", sorted(CHANNELS))
def test_an_endpoint_answers_in_the_documented_forms(executors: ProcessExecutors, hosted: None, container: str) -> None:
    del hosted

    def ask(body: bytes, content_type: str, accept: str) -> Any:
        return executors.invoke(f"{container}/v/1", Invocation(body, content_type, accept))

    whole = ask(DOCUMENTED, "application/json", "application/json")
    assert (whole.status, whole.content_type) == (200, "application/json")
    collection = "projections" if container == "pca" else "predictions"
    answers = json.loads(whole.body)[collection]
    assert [list(answer) for answer in answers] == [MEMBERS[container]] * 2
    lines = ask(b"0.9,0.9,0.1,0.1\n0,0,0,0\n", "text/csv", "application/jsonlines")
    assert [json.loads(line) for line in lines.body.splitlines()] == answers
    assert ask(b"1,2", "text/csv", "application/json").status == 400
    assert ask(b"1,2,3,4", "image/png", "application/json").status == 415
    if "predicted_label" in MEMBERS[container]:
        assert [answer["predicted_label"] for answer in answers] == [1, 0]


def test_k_nns_endpoint_is_verbose_if_it_is_asked_to_be(executors: ProcessExecutors, hosted: None) -> None:
    del hosted
    accept = "application/jsonlines; verbose=true"
    answer = executors.invoke("knn/v/1", Invocation(b"0.9,0.9,0.1,0.1", "text/csv", accept))
    [line] = [json.loads(line) for line in answer.body.splitlines()]
    assert list(line) == ["predicted_label", "distances", "labels"]
    assert len(line["distances"]) == int(SETTINGS["knn"]["k"])
    assert line["distances"] == sorted(line["distances"])


@pytest.mark.parametrize("content", [artifacts.pack({"model_algo-1": b"mxnet"}), artifacts.pack({})])
def test_an_artifact_of_another_kind_is_not_ready(
    executors: ProcessExecutors, wait: Wait, data: MemoryObjectStore, content: bytes
) -> None:
    data.write("s3://b/other.tar.gz", content)
    other = ServedContainer(f"{REGISTRY}/kmeans:1", "s3://b/other.tar.gz")
    executors.start_hosting(HostingRequest("other/v/1", (other,)))
    outcome = wait()
    assert isinstance(outcome, HostingOutcome)
    assert not outcome.ready
    assert "its own log says why" in (outcome.failure_reason or "")
