"""Model servers: their answers, their statuses, their beginnings and ends."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.base import (
    Answer,
    HostingOutcome,
    HostingRequest,
    Invocation,
    Outcome,
    ServedContainer,
)
from local_aws.sagemaker.executors.hosting import NO_PING
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.waiting import eventually

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
ROW = b"0.9,0.9,0.5,0.5"


@pytest.fixture(scope="module")
def hosted(executors: ProcessExecutors, model_uri: str) -> Iterator[str]:
    executors.start_hosting(HostingRequest("churn/v1/1", (ServedContainer(IMAGE, model_uri),)))
    assert eventually(executors.poll) == [HostingOutcome("churn/v1/1", ready=True)]
    yield "churn/v1/1"
    executors.stop_hosting("churn/v1/1")


@pytest.fixture
def ask(executors: ProcessExecutors, hosted: str) -> Callable[..., Answer]:
    def ask(body: bytes, content_type: str = "text/csv", accept: str = "text/csv") -> Answer:
        return executors.invoke(hosted, Invocation(body, content_type, accept))

    return ask


Ask = Callable[..., Answer]


def test_csv_answers_are_separated_by_commas(ask: Ask) -> None:
    answer = ask(ROW + b"\n0.1,0.1,,0.5\n")
    assert (answer.status, answer.content_type) == (200, "text/csv; charset=utf-8")
    high, low = map(float, answer.body.decode().split(","))
    assert high > 0.5 > low
    assert answer.seconds > 0


def test_json_answers_hold_a_score_for_each_row(ask: Ask) -> None:
    answer = ask(ROW, accept="application/json")
    [prediction] = json.loads(answer.body)["predictions"]
    assert (answer.content_type, prediction["score"]) == ("application/json", float(ask(ROW).body))


def test_libsvm_rows_are_answered_with_and_without_label(ask: Ask) -> None:
    dense = ask(ROW).body
    assert ask(b"0:0.9 1:0.9 2:0.5 3:0.5", "text/libsvm").body == dense
    assert ask(b"1 0:0.9 1:0.9 2:0.5 3:0.5", "text/x-libsvm").body == dense


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status"),
    [
        (b"", "text/csv", "text/csv", 204),
        (b"a,b,c,d", "text/csv", "text/csv", 415),
        (b"\xff\xfe", "text/csv", "text/csv", 415),
        (b"1,2,3,4\n1,2", "text/csv", "text/csv", 415),
        (b"not libsvm", "text/libsvm", "text/csv", 415),
        (b"{}", "application/json", "text/csv", 415),
        (b"1,2,3", "text/csv", "text/csv", 400),
        (b"1,2,3,4,5", "text/csv", "text/csv", 400),
        (b"9:1", "text/libsvm", "text/csv", 400),
        (ROW, "text/csv", "image/png", 406),
        (b"x" * 7_000_000, "text/csv", "text/csv", 413),
        (ROW, "text/csv; charset=utf-8", "*/*", 200),
    ],
)
def test_each_fault_has_its_status(ask: Ask, body: bytes, content_type: str, accept: str, status: int) -> None:
    assert ask(body, content_type, accept).status == status


def test_a_fault_is_explained_without_quoting_the_data(ask: Ask) -> None:
    answer = ask(b"1,2,3,secret")
    assert b"not a number in row 1, column 4" in answer.body
    assert b"secret" not in answer.body


def test_many_threads_are_answered_at_once(ask: Ask) -> None:
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: ask(ROW), range(64)))
    assert {(answer.status, answer.body) for answer in answers} == {(200, ask(ROW).body)}


@pytest.mark.parametrize(
    "content", [None, b"not a tar", artifacts.pack({"xgboost-model": b"not a model"}), artifacts.pack({})]
)
def test_a_container_that_cannot_load_its_model_is_not_ready(
    executors: ProcessExecutors, store: MemoryObjectStore, wait: Callable[[], Outcome], content: bytes | None
) -> None:
    if content is not None:
        store.write("s3://b/broken.tar.gz", content)
    executors.start_hosting(
        HostingRequest("churn/bad/1", (ServedContainer(IMAGE, "s3://b/broken.tar.gz" if content else "s3://b/none"),))
    )
    outcome = wait()
    assert isinstance(outcome, HostingOutcome)
    assert not outcome.ready
    assert "model data" in (outcome.failure_reason or "") or outcome.failure_reason == NO_PING
    with pytest.raises(ConnectionError):
        executors.invoke("churn/bad/1", Invocation(ROW, "text/csv", "text/csv"))


def is_there(executors: ProcessExecutors, hosting_id: str) -> bool:
    try:
        return executors.invoke(hosting_id, Invocation(ROW, "text/csv", "text/csv")).status == 200
    except ConnectionError:
        return False


def test_a_container_that_is_stopped_is_gone(
    executors: ProcessExecutors, model_uri: str, wait: Callable[[], Outcome]
) -> None:
    executors.start_hosting(HostingRequest("churn/v2/1", (ServedContainer(IMAGE, model_uri),)))
    assert wait() == HostingOutcome("churn/v2/1", ready=True)
    executors.stop_hosting("churn/v2/1")
    assert eventually(lambda: not is_there(executors, "churn/v2/1"))


def test_an_unknown_container_is_a_connection_error(executors: ProcessExecutors) -> None:
    executors.stop_hosting("churn/never/1")
    with pytest.raises(ConnectionError):
        executors.invoke("churn/never/1", Invocation(ROW, "text/csv", "text/csv"))
