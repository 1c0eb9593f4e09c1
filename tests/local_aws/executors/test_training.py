"""Training jobs that really train."""

import gzip
from collections.abc import Callable

import pytest
import xgboost as xgb

from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.base import (
    Finished,
    InputChannel,
    MetricDefinition,
    Outcome,
    TrainingOutcome,
    TrainingRequest,
)
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.waiting import eventually

Make = Callable[..., TrainingRequest]
Wait = Callable[[], Outcome]
Logs = list[tuple[str, str, str]]


@pytest.fixture
def train(executors: ProcessExecutors, wait: Wait) -> Callable[[TrainingRequest], TrainingOutcome]:
    def run(request: TrainingRequest) -> TrainingOutcome:
        executors.start_training(request)
        outcome = wait()
        assert isinstance(outcome, TrainingOutcome)
        assert outcome.name == request.name
        return outcome

    return run


Train = Callable[[TrainingRequest], TrainingOutcome]


def booster(store: MemoryObjectStore, outcome: TrainingOutcome) -> xgb.Booster:
    assert outcome.artifact_uri, outcome.failure_reason
    content = artifacts.read_file(store.read(outcome.artifact_uri), "xgboost-model")
    loaded = xgb.Booster()
    loaded.load_model(bytearray(content))
    return loaded


def test_a_job_leaves_artifact_metrics_and_log(
    train: Train, training_request: Make, store: MemoryObjectStore, logs: Logs
) -> None:
    outcome = train(training_request("good"))
    assert (outcome.result, outcome.failure_reason) == (Finished.COMPLETED, None)
    assert outcome.artifact_uri == "s3://b/models/good/output/model.tar.gz"
    assert booster(store, outcome).num_boosted_rounds() == 5
    metrics = {metric.name: metric.value for metric in outcome.metrics}
    assert set(metrics) == {"train:auc", "train:logloss", "validation:auc", "validation:logloss"}
    assert metrics["validation:auc"] > 0.9
    lines = [line for group, stream, line in logs if stream.startswith("good/algo-1-")]
    rounds = [line for line in lines if line.startswith("[4]#011train-auc:")]
    assert len(rounds) == 1
    assert rounds[0].endswith(f"#011validation-logloss:{metrics['validation:logloss']:.5f}")
    assert {group for group, stream, _ in logs if stream.startswith("good/")} == {"/aws/sagemaker/TrainingJobs"}


def test_metric_definitions_of_the_job_are_scanned_too(train: Train, training_request: Make) -> None:
    request = training_request("own-metric")
    own = MetricDefinition("rows", r"Train matrix has (\d+) rows")
    outcome = train(TrainingRequest(**{**vars(request), "metric_definitions": (own,)}))
    assert ("rows", 400.0) in {(metric.name, metric.value) for metric in outcome.metrics}


def test_early_stopping_keeps_the_best_round_in_the_artifact(
    train: Train, training_request: Make, store: MemoryObjectStore
) -> None:
    outcome = train(
        training_request("early", num_round="500", eta="1", early_stopping_rounds="3", eval_metric="logloss")
    )
    kept = booster(store, outcome).num_boosted_rounds()
    assert 0 < kept < 100


def test_multiclass_trains_with_the_containers_own_metrics(train: Train, training_request: Make) -> None:
    fine = train(training_request("multi", objective="multi:softprob", num_class="2", eval_metric="mlogloss,f1_macro"))
    assert {"validation:mlogloss", "validation:f1_macro"} <= {metric.name for metric in fine.metrics}


def test_gzipped_and_weighted_data_trains(train: Train, training_request: Make, store: MemoryObjectStore) -> None:
    weighted = b"".join(b"%d,1.0,%d,%d,0,0\n" % (i % 2, i % 2, i % 3) for i in range(60))
    store.write("s3://b/gz/part.csv.gz", gzip.compress(weighted))
    channel = InputChannel("train", "s3://b/gz/", content_type="text/csv", compression="Gzip")
    request = training_request("gz", train=channel, csv_weights="1", eval_metric="logloss")
    outcome = train(TrainingRequest(**{**vars(request), "channels": (channel,)}))
    assert outcome.result is Finished.COMPLETED, outcome.failure_reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"num_round": None}, "ClientError: Missing required hyperparameter: num_round, exit code: 2"),
        ({"foo": "1"}, "ClientError: Extraneous hyperparameter found: foo, exit code: 2"),
        ({"objective": "multi:softmax", "eval_metric": None}, "ClientError: Require input for parameter 'num_class'"),
        ({"updater": "shotgun"}, "AlgorithmError: "),
    ],
)
def test_wrong_hyperparameters_fail_the_job(
    train: Train, training_request: Make, changes: dict[str, str | None], reason: str
) -> None:
    outcome = train(training_request("wrong-settings", **changes))
    assert outcome.result is Finished.FAILED
    assert (outcome.failure_reason or "").startswith(reason)
    assert outcome.artifact_uri is None


@pytest.mark.parametrize(
    ("content", "content_type", "reason"),
    [
        (b"label,a,b,c,d\n1,1,2,3,4\n", "text/csv", "Non-numeric value found in the header line of file 'f.csv'"),
        (b"1,1,2,3,4\n0,secret,2,3,4\n", "text/csv", "file 'f.csv': not a number in row 2, column 2"),
        (b"1,1,2,3,4\n0,1,2,3,4\n", None, "Please ensure the files are in 'LIBSVM' format"),
        (b"1,1,2,3,4\n0,1,2,3,4\n", "application/x-parquet", "not available on local AWS"),
        (b"1,1,2,3,4\n7,1,2,3,4\n", "text/csv", "label must be in [0,1] for logistic regression"),
        (b"", "text/csv", "No data in training channel path /opt/ml/input/data/train"),
    ],
)
def test_data_that_cannot_be_used_fails_the_job_without_quoting_it(
    train: Train,
    training_request: Make,
    store: MemoryObjectStore,
    content: bytes,
    content_type: str | None,
    reason: str,
) -> None:
    store.write("s3://b/wrong/f.csv", content)
    channel = InputChannel("train", "s3://b/wrong/", content_type=content_type)
    outcome = train(training_request("wrong-data", train=channel))
    assert outcome.result is Finished.FAILED
    assert (outcome.failure_reason or "").startswith("ClientError: ")
    assert reason in (outcome.failure_reason or "")
    assert "secret" not in (outcome.failure_reason or "")


@pytest.mark.parametrize(
    ("channel", "reason"),
    [
        (InputChannel("train", "s3://b/nothing/"), 'No S3 objects found under S3 URL "s3://b/nothing/"'),
        (InputChannel("training", "s3://b/train/", content_type="text/csv"), "Missing required channel: train"),
    ],
)
def test_channels_that_are_missing_fail_the_job(
    train: Train, training_request: Make, channel: InputChannel, reason: str
) -> None:
    outcome = train(training_request("no-channel", train=channel))
    assert outcome.result is Finished.FAILED
    assert reason in (outcome.failure_reason or "")


def test_a_key_that_leaves_the_channel_fails_the_job(
    train: Train, training_request: Make, store: MemoryObjectStore
) -> None:
    store.write("s3://b/evil/../../../../escaped.csv", b"1,2\n")
    outcome = train(training_request("evil", train=InputChannel("train", "s3://b/evil/", content_type="text/csv")))
    assert "leaves its channel's directory" in (outcome.failure_reason or "")


def test_an_image_that_is_not_available_fails_the_job(train: Train, training_request: Make) -> None:
    outcome = train(training_request("image", image="docker.io/me/mine:1"))
    assert "not available on local AWS" in (outcome.failure_reason or "")


def has_trained(logs: Logs, job: str) -> bool:
    return any(stream.startswith(job) and line.startswith("[3]#011") for _, stream, line in list(logs))


@pytest.mark.parametrize(("save", "keeps"), [("true", True), ("false", False)])
def test_a_stopped_job_keeps_its_model_only_if_it_was_told_to_save_one(
    executors: ProcessExecutors,
    wait: Wait,
    training_request: Make,
    store: MemoryObjectStore,
    logs: Logs,
    save: str,
    keeps: bool,
) -> None:
    name = f"stopped-{save}"
    executors.start_training(training_request(name, num_round="1000000", save_model_on_termination=save))
    assert eventually(lambda: has_trained(logs, name))
    executors.stop_training(name)
    outcome = wait()
    assert isinstance(outcome, TrainingOutcome)
    assert (outcome.result, outcome.failure_reason) == (Finished.STOPPED, None)
    assert (outcome.artifact_uri is not None) == keeps
    if keeps:
        assert booster(store, outcome).num_boosted_rounds() > 1
