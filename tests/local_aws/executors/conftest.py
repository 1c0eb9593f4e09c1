"""Small data, and one set of real executors for all tests of this folder: warming it up takes two seconds."""

import random
from collections.abc import Callable, Iterator

import pytest

from local_aws.sagemaker.executors.base import (
    InputChannel,
    Outcome,
    ServedContainer,
    TrainingOutcome,
    TrainingRequest,
    TransformRequest,
)
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.waiting import eventually

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def rows(count: int, seed: int) -> bytes:
    """Make a CSV whose label, first, is 1 if the first two of four features sum up to more than 1."""
    chance = random.Random(seed)
    lines = []
    for _ in range(count):
        features = [chance.random() for _ in range(4)]
        cells = [f"{value:.4f}" for value in features]
        lines.append(",".join([str(int(features[0] + features[1] > 1)), *cells]))
    return ("\n".join(lines) + "\n").encode()


@pytest.fixture(scope="session")
def store() -> MemoryObjectStore:
    return MemoryObjectStore({"s3://b/train/part-0.csv": rows(400, 1), "s3://b/validation/part-0.csv": rows(100, 2)})


@pytest.fixture(scope="session")
def logs() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture(scope="session")
def executors(
    store: MemoryObjectStore, logs: list[tuple[str, str, str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProcessExecutors]:
    running = ProcessExecutors(
        store,
        tmp_path_factory.mktemp("executors"),
        log=lambda *line: logs.append(line),
        clock=lambda: 1_700_000_000.0,
        drain_seconds=0,
    )
    yield running
    running.close()


@pytest.fixture
def wait(executors: ProcessExecutors) -> Callable[[], Outcome]:
    """Give a function that waits for the next outcome."""

    def wait() -> Outcome:
        [outcome] = eventually(executors.poll)
        return outcome

    return wait


@pytest.fixture(scope="session")
def training_request() -> Callable[..., TrainingRequest]:
    """Give a function that makes requests; hyperparameters are changed by keyword, None leaves one out."""

    def make(
        name: str, *, train: InputChannel | None = None, image: str = IMAGE, **changes: str | None
    ) -> TrainingRequest:
        settings = {"num_round": "5", "objective": "binary:logistic", "eval_metric": "auc,logloss"} | changes
        channels = (
            train or InputChannel("train", "s3://b/train/", content_type="text/csv"),
            InputChannel("validation", "s3://b/validation/", content_type="text/csv"),
        )
        return TrainingRequest(
            name=name,
            image=image,
            hyperparameters={key: value for key, value in settings.items() if value is not None},
            channels=channels,
            output_s3_path="s3://b/models/",
        )

    return make


@pytest.fixture(scope="session")
def model_uri(executors: ProcessExecutors, training_request: Callable[..., TrainingRequest]) -> str:
    """Train the model that the transform and hosting tests use."""
    executors.start_training(training_request("the-model"))
    [outcome] = eventually(executors.poll)
    assert isinstance(outcome, TrainingOutcome)
    assert outcome.artifact_uri, outcome.failure_reason
    return outcome.artifact_uri


@pytest.fixture(scope="session")
def transform_request() -> Callable[..., TransformRequest]:
    """Give a function that makes requests as Yardmaster does: label in, label and score out."""

    def make(name: str, model: str | None, **changes: object) -> TransformRequest:
        settings: dict[str, object] = {
            "s3_uri": "s3://b/validation/",
            "s3_output_path": f"s3://b/scores/{name}",
            "content_type": "text/csv",
            "accept": "text/csv",
            "split_type": "Line",
            "assemble_with": "Line",
            "input_filter": "$[1:]",
            "join_source": "Input",
            "output_filter": "$[0,-1]",
        }
        containers = (ServedContainer(IMAGE, model),)
        return TransformRequest(name=name, **({"containers": containers} | settings | changes))  # type: ignore[arg-type]  # plain keywords

    return make
