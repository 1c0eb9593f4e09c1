"""Requests and batches through several containers, each a process of its own; models that are loaded when asked for."""

from collections.abc import Callable
from functools import partial

import pytest

from local_aws.sagemaker.executors import artifacts, pipeline
from local_aws.sagemaker.executors.base import (
    Answer,
    Finished,
    HostingOutcome,
    HostingRequest,
    Invocation,
    ModelDataError,
    Outcome,
    ServedContainer,
    TransformOutcome,
    TransformRequest,
)
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.local_aws.executors.conftest import IMAGE
from tests.waiting import eventually

Wait = Callable[[], Outcome]
OWN = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
ANSWERS_CSV = {"SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT": "text/csv"}
HALVE = b"""
def model_fn(model_dir):
    return None


def transform_fn(model, body, content_type, accept):
    assert accept == "text/csv", accept
    rows = [[str(float(cell) / 2) for cell in row.split(",")] for row in body.splitlines()]
    return "\\n".join(",".join(row) for row in rows), "text/csv"
"""
"""Halves each cell: what was scaled up before."""
WORDS = b"""
def model_fn(model_dir):
    return None


def transform_fn(model, body, content_type, accept):
    assert content_type.startswith("text/csv"), content_type
    scores = body.replace("\\n", ",").strip(",").split(",")
    return "\\n".join("yes" if float(score) > 0.5 else "no" for score in scores) + "\\n", accept
"""
"""Says the scores in words."""


@pytest.fixture(scope="module")
def containers(store: MemoryObjectStore, model_uri: str) -> tuple[ServedContainer, ...]:
    """Code before and after a model that was trained on half of what comes."""
    store.write("s3://b/halve/model.tar.gz", artifacts.pack({"code/inference.py": HALVE}))
    store.write("s3://b/words/model.tar.gz", artifacts.pack({"code/inference.py": WORDS}))
    return (
        ServedContainer(IMAGE, "s3://b/halve/model.tar.gz", OWN | ANSWERS_CSV, "halve"),
        ServedContainer(IMAGE, model_uri, {}, "container-2"),
        ServedContainer(IMAGE, "s3://b/words/model.tar.gz", OWN, "container-3"),
    )


@pytest.fixture(scope="module")
def ask(executors: ProcessExecutors, containers: tuple[ServedContainer, ...]) -> Callable[[bytes], Answer]:
    executors.start_hosting(HostingRequest("row/v1/1", containers))
    assert eventually(executors.poll) == [HostingOutcome("row/v1/1", ready=True)]
    return lambda body: executors.invoke("row/v1/1", Invocation(body, "text/csv", "text/csv"))


def test_a_request_goes_through_all_containers_in_their_order(ask: Callable[[bytes], Answer]) -> None:
    answer = ask(b"1.8,1.8,1,1\n0.2,0.2,1,1")
    assert (answer.status, answer.body, answer.content_type) == (200, b"yes\nno\n", "text/csv")
    assert answer.seconds > 0


def test_the_container_that_fails_is_named_and_ends_the_request(ask: Callable[[bytes], Answer]) -> None:
    first, second = ask(b"words,1,1,1"), ask(b"1,1,1")
    assert (first.status, first.container) == (500, "halve")
    assert (second.status, second.container) == (400, "container-2")


def test_the_containers_that_never_answer_their_ping_are_named(
    executors: ProcessExecutors, containers: tuple[ServedContainer, ...], store: MemoryObjectStore, wait: Wait
) -> None:
    store.write("s3://b/broken.tar.gz", artifacts.pack({"code/inference.py": b"import nothing_of_this_name"}))
    broken = ServedContainer(IMAGE, "s3://b/broken.tar.gz", OWN, "container-2")
    executors.start_hosting(HostingRequest("row/bad/1", (containers[0], broken)))
    outcome = wait()
    assert isinstance(outcome, HostingOutcome)
    assert (outcome.ready, outcome.failed) == (False, ("container-2",))
    with pytest.raises(ConnectionError):
        executors.invoke("row/bad/1", Invocation(b"1", "text/csv", "text/csv"))


def test_each_container_has_a_log_stream_of_its_own(
    ask: Callable[[bytes], Answer], logs: list[tuple[str, str, str]]
) -> None:
    ask(b"1,1,1,1")
    streams = {stream for group, stream, _ in logs if group == "/aws/sagemaker/Endpoints/row"}
    assert {"v1/1/halve", "v1/1/container-2", "v1/1/container-3"} <= streams


def transform(name: str, containers: tuple[ServedContainer, ...], uri: str) -> TransformRequest:
    return TransformRequest(
        name=name,
        containers=containers,
        s3_uri=uri,
        content_type="text/csv",
        split_type="Line",
        s3_output_path=f"s3://b/{name}",
        accept="text/csv",
        assemble_with="Line",
        input_filter="$[1:]",
        join_source="Input",
        output_filter="$[0,-1]",
    )


def test_a_batch_goes_through_all_containers_and_a_bad_record_costs_its_own_file(
    executors: ProcessExecutors,
    containers: tuple[ServedContainer, ...],
    store: MemoryObjectStore,
    logs: list[tuple[str, str, str]],
    wait: Wait,
) -> None:
    store.write("s3://b/doubled/good.csv", b"7,1.8,1.8,1,1\n8,0.2,0.2,1,1\n")
    store.write("s3://b/doubled/bad.csv", b"7,1.8,1.8,1\n")
    executors.start_transform(transform("row-batch", containers, "s3://b/doubled/"))
    assert wait() == TransformOutcome("row-batch", Finished.FAILED, "ClientError: See job logs for more information")
    assert store.list("s3://b/row-batch/") == [("s3://b/row-batch/good.csv.out", 11)]
    assert store.read("s3://b/row-batch/good.csv.out") == b"7,yes\n8,no\n"
    said = [line for group, stream, line in logs if stream.startswith("row-batch/local-1-")]
    assert any("bad.csv: ClientError: 400" in line for line in said)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (ServedContainer(IMAGE, "s3://b/none.tar.gz", OWN), "ClientError: Failed to download model data"),
        (ServedContainer(IMAGE, "s3://b/broken.tar.gz", OWN), "AlgorithmError: Model container failed to respond to"),
    ],
)
def test_a_batch_through_a_container_that_does_not_serve_fails(
    executors: ProcessExecutors,
    containers: tuple[ServedContainer, ...],
    store: MemoryObjectStore,
    wait: Wait,
    broken: ServedContainer,
    reason: str,
) -> None:
    store.write("s3://b/broken.tar.gz", artifacts.pack({"code/inference.py": b"import nothing_of_this_name"}))
    executors.start_transform(transform("row-broken", (containers[1], broken), "s3://b/validation/"))
    outcome = wait()
    assert isinstance(outcome, TransformOutcome)
    assert outcome.result is Finished.FAILED
    assert (outcome.failure_reason or "").startswith(reason)


def test_a_pipelines_job_that_is_stopped_stores_nothing(
    executors: ProcessExecutors, containers: tuple[ServedContainer, ...], store: MemoryObjectStore, wait: Wait
) -> None:
    executors.start_transform(transform("row-stopped", containers, "s3://b/validation/"))
    executors.stop_transform("row-stopped")
    assert wait() == TransformOutcome("row-stopped", Finished.STOPPED)
    assert store.list("s3://b/row-stopped/") == []


def test_the_caller_says_what_the_last_answers_and_the_others_their_default() -> None:
    asked: list[Invocation] = []

    def answer(body: bytes, invocation: Invocation) -> Answer:
        asked.append(invocation)
        return Answer(200, body, "application/json", 0.25)

    steps = [(name, partial(answer, name.encode())) for name in ("one", "two")]
    found = pipeline.through(steps, Invocation(b"row", "text/csv", "text/plain"))
    assert asked == [Invocation(b"row", "text/csv", "*/*"), Invocation(b"one", "application/json", "text/plain")]
    assert (found.body, found.seconds, found.container) == (b"two", 0.5, "two")


def test_an_answer_that_is_too_large_for_the_next_ends_the_request() -> None:
    def large(invocation: Invocation) -> Answer:
        return Answer(200, b"x" * (pipeline.LIMIT + 1), "text/csv", 0.1)

    found = pipeline.through([("one", large), ("two", large)], Invocation(b"row", "text/csv", "*/*"))
    assert found.problem == (
        "Received response from one with status code 200. However, the request payload from one to two is 5242881 "
        "bytes, which has exceeded the maximum limit of 5 MB."
    )


@pytest.fixture(scope="module")
def multi(executors: ProcessExecutors, store: MemoryObjectStore, model_uri: str) -> Callable[[str], Answer]:
    """A multi-model container, and a function that asks one of its models."""
    store.write("s3://b/models/churn-1.tar.gz", store.read(model_uri))
    container = ServedContainer(IMAGE, "s3://b/models/", multi_model=True)
    executors.start_hosting(HostingRequest("many/v1/1", (container,)))
    assert eventually(executors.poll) == [HostingOutcome("many/v1/1", ready=True)]
    row = Invocation(b"0.9,0.9,0.5,0.5", "text/csv", "text/csv")
    return lambda target: executors.invoke(
        "many/v1/1", Invocation(row.body, row.content_type, row.accept, target_model=target)
    )


def test_a_model_is_loaded_by_the_first_request_for_it(
    multi: Callable[[str], Answer], store: MemoryObjectStore, model_uri: str
) -> None:
    first, again = multi("churn-1.tar.gz"), multi("churn-1.tar.gz")
    assert first.status == 200
    assert (first.loading_seconds or 0) > 0
    assert (again.body, again.loading_seconds) == (first.body, 0.0)
    store.write("s3://b/models/later/churn-2.tar.gz", store.read(model_uri))
    assert multi("later/churn-2.tar.gz").body == first.body


def test_a_model_that_is_not_there_can_not_be_asked(multi: Callable[[str], Answer]) -> None:
    with pytest.raises(ModelDataError, match=r"Failed to download model data\(bucket: b, key: models/none.tar.gz\)"):
        multi("none.tar.gz")


def test_a_model_that_can_not_be_loaded_is_the_containers_error(
    multi: Callable[[str], Answer], store: MemoryObjectStore
) -> None:
    store.write("s3://b/models/broken.tar.gz", artifacts.pack({"xgboost-model": b"not a model"}))
    assert multi("broken.tar.gz").status == 500


def test_an_ended_multi_model_container_answers_nobody(
    executors: ProcessExecutors, multi: Callable[[str], Answer]
) -> None:
    assert multi("churn-1.tar.gz").status == 200
    executors.stop_hosting("many/v1/1")

    def gone() -> bool:
        try:
            multi("churn-1.tar.gz")
        except ConnectionError:
            return True
        return False

    assert eventually(gone)
