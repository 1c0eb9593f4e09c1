"""Script mode: an artifact brings its own inference code."""

from collections.abc import Callable

import pytest

from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.base import (
    Finished,
    HostingOutcome,
    HostingRequest,
    Invocation,
    Outcome,
    ServedContainer,
    TransformOutcome,
    TransformRequest,
)
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.waiting import eventually

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
SCRIPT = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
DOUBLE = b"""
from pathlib import Path

from helper import twice


def model_fn(model_dir):
    return {"1": 1.0, "2": float(Path(model_dir, "two.txt").read_text())}


def input_fn(body, content_type):
    assert isinstance(body, str) and content_type == "text/csv"
    return body.split()


def predict_fn(rows, model):
    return [twice(model[row]) for row in rows]


def output_fn(scores, accept):
    return "".join(f"{score}\\n" for score in scores), "text/csv"
"""
HELPER = b"def twice(number):\n    return 2 * number\n"


@pytest.fixture
def host(executors: ProcessExecutors, store: MemoryObjectStore) -> Callable[..., HostingOutcome]:
    """Give a function that hosts an archive of these files."""

    def host(hosting_id: str, files: dict[str, bytes], environment: dict[str, str] | None = None) -> HostingOutcome:
        store.write(f"s3://b/{hosting_id}/model.tar.gz", artifacts.pack(files))
        uri = f"s3://b/{hosting_id}/model.tar.gz"
        executors.start_hosting(HostingRequest(hosting_id, (ServedContainer(IMAGE, uri, environment or SCRIPT),)))
        [outcome] = eventually(executors.poll)
        assert isinstance(outcome, HostingOutcome)
        return outcome

    return host


DOUBLING = {"two.txt": b"2.5", "code/inference.py": DOUBLE, "code/helper.py": HELPER}


def test_the_archives_own_code_answers_and_what_it_raises_is_a_500(
    executors: ProcessExecutors, host: Callable[..., HostingOutcome]
) -> None:
    assert host("own/v1/1", DOUBLING).ready

    good = executors.invoke("own/v1/1", Invocation(b"1\n2\n", "text/csv", "*/*"))
    bad = executors.invoke("own/v1/1", Invocation(b"3\n", "text/csv", "*/*"))
    after = executors.invoke("own/v1/1", Invocation(b"1\n", "text/csv", "*/*"))
    executors.stop_hosting("own/v1/1")

    assert (good.status, good.body, good.content_type) == (200, b"2.0\n5.0\n", "text/csv")
    assert bad.status == 500
    assert b"KeyError" in bad.body
    assert b"inference.py" in bad.body
    assert after.status == 200


@pytest.mark.parametrize(
    "code",
    [
        b"def input_fn(body, content_type):\n    return body\n",
        b"def model_fn(model_dir): ...\ndef transform_fn(*given): ...\ndef predict_fn(rows, model): ...\n",
        b"import nothing_of_this_name\n",
    ],
)
def test_code_that_does_not_keep_the_contract_never_answers_its_ping(
    host: Callable[..., HostingOutcome], code: bytes
) -> None:
    outcome = host("bad/v1/1", {"code/inference.py": code})

    assert not outcome.ready
    assert "ping" in (outcome.failure_reason or "")


def test_code_that_lies_elsewhere_is_refused_in_words(host: Callable[..., HostingOutcome]) -> None:
    outcome = host("far/v1/1", DOUBLING, SCRIPT | {"SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/code"})

    assert "not available on local AWS" in (outcome.failure_reason or "")


def test_a_transform_job_scores_with_the_archives_own_code(
    executors: ProcessExecutors, store: MemoryObjectStore, wait: Callable[[], Outcome]
) -> None:
    store.write("s3://b/own/model.tar.gz", artifacts.pack(DOUBLING))
    store.write("s3://b/own-rows/rows.csv", b"1\n2\n1\n")
    executors.start_transform(
        TransformRequest(
            name="own-code",
            containers=(ServedContainer(IMAGE, "s3://b/own/model.tar.gz", SCRIPT),),
            s3_uri="s3://b/own-rows/",
            content_type="text/csv",
            split_type="Line",
            s3_output_path="s3://b/own-scores",
            accept="text/csv",
            assemble_with="Line",
        )
    )

    assert wait() == TransformOutcome("own-code", Finished.COMPLETED)
    assert store.read("s3://b/own-scores/rows.csv.out") == b"2.0\n5.0\n2.0\n"
