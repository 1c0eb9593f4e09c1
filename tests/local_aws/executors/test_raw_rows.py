"""Raw rows through real containers: the encoder before XGBoost, on an endpoint and in a batch that keeps the ids."""

from collections.abc import Callable

import pytest

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
from tests.local_aws.executors.conftest import IMAGE
from tests.waiting import eventually
from yardmaster.encoder.archive import archive
from yardmaster.intake.columns import Column, Columns, Problem, Role
from yardmaster.spec.encoder_image import encoder_image

COLUMNS = Columns(
    (
        Column("customer", Role.ID),
        Column("bought", Role.DATE, parts=("hour",)),
        Column("y", Role.LABEL),
        Column("colour", Role.CATEGORICAL, ("blue", "red")),
        Column("size", Role.NUMERIC),
        Column("shop", Role.ID),
    ),
    Problem.BINARY,
    ("0", "1"),
    header=True,
)
"""With these a row has four features, as the model that it goes to."""
ROWS = '"k, 1",2024-01-31 01:00,blue,0.5,s1\nk2,,pink,NA,s2\nk3,2024/2/1 00:30,"red",.25,s3\n'
ENCODED = b"1,1,0,0.5\n,0,0,\n0,0,1,.25"


@pytest.fixture(scope="module")
def containers(store: MemoryObjectStore, model_uri: str) -> tuple[ServedContainer, ServedContainer]:
    uri = "s3://b/raw-rows/model.tar.gz"
    store.write(uri, archive(COLUMNS.to_json().encode()))
    code = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    return (
        ServedContainer(encoder_image("us-east-1"), uri, code, "encoder"),
        ServedContainer(IMAGE, model_uri, {}, "model"),
    )


@pytest.fixture(scope="module")
def scores(executors: ProcessExecutors, containers: tuple[ServedContainer, ServedContainer]) -> list[str]:
    """What the model alone says of the encoded rows."""
    executors.start_hosting(HostingRequest("alone/v1/1", containers[1:]))
    assert eventually(executors.poll) == [HostingOutcome("alone/v1/1", ready=True)]
    answer = executors.invoke("alone/v1/1", Invocation(ENCODED, "text/csv", "text/csv"))
    executors.stop_hosting("alone/v1/1")
    found = answer.body.decode().split(",")
    assert len(set(found)) == 3
    return found


def test_an_endpoint_answers_raw_rows_as_the_model_answers_encoded_ones(
    executors: ProcessExecutors, containers: tuple[ServedContainer, ServedContainer], scores: list[str]
) -> None:
    executors.start_hosting(HostingRequest("raw/v1/1", containers))
    assert eventually(executors.poll) == [HostingOutcome("raw/v1/1", ready=True)]

    def ask(body: bytes, content_type: str = "text/csv") -> tuple[int, str, str]:
        answer = executors.invoke("raw/v1/1", Invocation(body, content_type, "text/csv"))
        return answer.status, answer.body.decode(), answer.container

    assert ask(ROWS.encode()) == (200, ",".join(scores), "model")
    by_name = b'{"colour": "blue", "size": 0.5, "bought": "2024-01-31 01:00"}'
    assert ask(by_name, "application/json") == (200, scores[0], "model")
    assert ask(b"k1,secret,red,1,s1") == (
        400,
        "row 1, column 'bought': not a date (2024-01-31, or 2024-01-31 13:45)",
        "encoder",
    )
    executors.stop_hosting("raw/v1/1")


@pytest.mark.parametrize("strategy", ["MultiRecord", "SingleRecord"])
def test_a_batch_of_raw_rows_keeps_the_ids_beside_the_predictions(
    executors: ProcessExecutors,
    containers: tuple[ServedContainer, ServedContainer],
    scores: list[str],
    store: MemoryObjectStore,
    wait: Callable[[], Outcome],
    strategy: str,
) -> None:
    store.write("s3://b/raw-batch/rows.csv", ROWS.encode())
    raw = COLUMNS.raw(labelled=False)
    ids = [str(at) for at, column in enumerate(raw) if column.role is Role.ID]
    executors.start_transform(
        TransformRequest(
            name=f"raw-{strategy}",
            containers=containers,
            s3_uri="s3://b/raw-batch/",
            content_type="text/csv",
            split_type="Line",
            s3_output_path=f"s3://b/raw-{strategy}",
            accept="text/csv",
            assemble_with="Line",
            batch_strategy=strategy,
            join_source="Input",
            output_filter=f"$[{','.join(ids)},{len(raw)}:]",
        )
    )
    assert wait() == TransformOutcome(f"raw-{strategy}", Finished.COMPLETED)
    expected = "".join(
        f"{customer},{shop},{score}\n"
        for customer, shop, score in zip(['"k, 1"', "k2", "k3"], ["s1", "s2", "s3"], scores, strict=True)
    )
    assert store.read(f"s3://b/raw-{strategy}/rows.csv.out").decode() == expected
