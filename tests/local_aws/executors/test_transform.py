"""Batch transform jobs through the container's own model code."""

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from local_aws.sagemaker.executors.base import Finished, Outcome, ServedContainer, TransformOutcome, TransformRequest
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.local_aws.executors.conftest import IMAGE

Make = Callable[..., TransformRequest]
Run = Callable[[TransformRequest], TransformOutcome]
NO_MODEL = (ServedContainer(IMAGE, "s3://b/nothing.tar.gz"),)
NO_IMAGE = (ServedContainer("docker.io/me/mine:1", None),)
Logs = list[tuple[str, str, str]]


@pytest.fixture
def run(executors: ProcessExecutors, model_uri: str, wait: Callable[[], Outcome]) -> Run:
    def run(request: TransformRequest) -> TransformOutcome:
        executors.start_transform(request)
        outcome = wait()
        assert isinstance(outcome, TransformOutcome)
        return outcome

    return run


def test_labels_are_carried_through_beside_the_scores(
    run: Run, transform_request: Make, model_uri: str, store: MemoryObjectStore
) -> None:
    assert run(transform_request("joined", model_uri)) == TransformOutcome("joined", Finished.COMPLETED)
    given = store.read("s3://b/validation/part-0.csv").decode().splitlines()
    scored = store.read("s3://b/scores/joined/part-0.csv.out").decode().splitlines()
    assert [line.split(",")[0] for line in scored] == [line.split(",")[0] for line in given]
    right = [float(score) > 0.5 for label, score in (line.split(",") for line in scored) if label == "1"]
    assert sum(right) > 0.9 * len(right)


def test_batches_of_any_size_give_the_same_scores(
    run: Run, transform_request: Make, model_uri: str, store: MemoryObjectStore
) -> None:
    run(transform_request("many", model_uri))
    run(transform_request("single", model_uri, batch_strategy="SingleRecord"))
    assert store.read("s3://b/scores/many/part-0.csv.out") == store.read("s3://b/scores/single/part-0.csv.out")


def test_a_bad_record_costs_its_own_files_output_only(
    run: Run, transform_request: Make, model_uri: str, store: MemoryObjectStore, logs: Logs
) -> None:
    store.write("s3://b/mixed/sub/good.csv.gz", gzip.compress(b"1,0.1,0.2,0.3,0.4\n"))
    store.write("s3://b/mixed/bad.csv.gz", gzip.compress(b"1,0.1,0.2,0.3,0.4\n1,secret,0.2,0.3,0.4\n"))
    outcome = run(transform_request("mixed", model_uri, s3_uri="s3://b/mixed/", compression="Gzip"))
    assert outcome == TransformOutcome("mixed", Finished.FAILED, "ClientError: See job logs for more information")
    assert [uri for uri, _ in store.list("s3://b/scores/mixed/")] == ["s3://b/scores/mixed/sub/good.csv.gz.out"]
    lines = [line for _, stream, line in logs if stream.startswith("mixed/")]
    assert any("bad.csv.gz: ClientError: 415" in line for line in lines)
    assert not any("secret" in line for line in lines)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"s3_uri": "s3://b/nothing/"}, "ClientError: No S3 objects found"),
        (
            {"containers": (ServedContainer(IMAGE, "s3://b/nothing.tar.gz"),)},
            "ClientError: Failed to download model data",
        ),
        (
            {"containers": (ServedContainer("docker.io/me/mine:1", None),)},
            "ClientError: image docker.io/me/mine:1 is not available on local AWS",
        ),
        ({"input_filter": "$[0:1,2:3]"}, "ClientError: See job logs"),
        ({"input_filter": "$[2:]"}, "ClientError: See job logs"),
        ({"output_filter": "$[0,9]"}, "ClientError: See job logs"),
    ],
)
def test_a_job_that_cannot_be_done_fails_and_says_why(
    run: Run, transform_request: Make, model_uri: str, changes: dict[str, Any], reason: str
) -> None:
    request = TransformRequest(**{**vars(transform_request("undone", model_uri)), **changes})
    outcome = run(request)
    assert outcome.result is Finished.FAILED
    assert (outcome.failure_reason or "").startswith(reason)


def test_a_stopped_job_stores_nothing(
    executors: ProcessExecutors,
    run: Run,
    transform_request: Make,
    model_uri: str,
    store: MemoryObjectStore,
    wait: Callable[[], Outcome],
) -> None:
    store.write("s3://b/long/a.csv", b"1,0.1,0.2,0.3,0.4\n" * 20_000)
    executors.start_transform(
        transform_request("long", model_uri, s3_uri="s3://b/long/", batch_strategy="SingleRecord")
    )
    executors.stop_transform("long")
    assert wait() == TransformOutcome("long", Finished.STOPPED)
    assert store.list("s3://b/scores/long/") == []
