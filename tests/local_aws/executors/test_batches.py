"""One file through a batch transform, with a model that answers the number of cells."""

from collections.abc import Callable

import pytest

from local_aws.sagemaker.executors import batches
from local_aws.sagemaker.executors.base import TransformRequest

Make = Callable[..., TransformRequest]


def run(request: TransformRequest, content: bytes) -> tuple[bytes, list[bytes]]:
    """Transform one file; give its output and the requests that the model saw."""
    asked: list[bytes] = []

    def ask(body: bytes) -> tuple[int, bytes]:
        asked.append(body)
        if b"bad" in body:
            return 415, b"can't read"
        if b"crash" in body:
            return 500, b"oops"
        return 200, b"".join(b"%d\n" % (row.count(b",") + 1) for row in body.split(b"\n"))

    return b"".join(batches.transform(content, batches.plan(request), ask)), asked


def test_input_is_filtered_joined_and_filtered_again(transform_request: Make) -> None:
    output, asked = run(transform_request("t", None), b"1,a,b\n0,c,d\n")
    assert asked == [b"a,b\nc,d"]
    assert output == b"1,2\n0,2\n"


def test_crlf_and_a_missing_last_newline_change_nothing(transform_request: Make) -> None:
    assert run(transform_request("t", None), b"1,a,b\r\n0,c,d")[0] == b"1,2\n0,2\n"


def test_without_filters_the_models_answers_are_the_output(transform_request: Make) -> None:
    plain = transform_request("t", None, input_filter="$", join_source="None", output_filter="$")
    assert run(plain, b"1,a\n0,b\n") == (b"2\n2\n", [b"1,a\n0,b"])


def test_a_single_record_is_a_request_of_its_own(transform_request: Make) -> None:
    request = transform_request("t", None, batch_strategy="SingleRecord")
    assert run(request, b"1,a\n0,b\n") == (b"1,1\n0,1\n", [b"a", b"b"])


def test_a_request_never_exceeds_the_payload(transform_request: Make) -> None:
    line = b"1," + b"x" * 400_000
    output, asked = run(transform_request("t", None, max_payload_mb=1), b"\n".join([line] * 5))
    assert [len(body) < batches.MEBIBYTE for body in asked] == [True, True, True]
    assert output == b"1,1\n" * 5


def test_a_record_larger_than_the_payload_fails_the_file(transform_request: Make) -> None:
    with pytest.raises(batches.BatchError, match="larger than MaxPayloadInMB"):
        run(transform_request("t", None, max_payload_mb=1), b"1," + b"x" * 1_100_000)


@pytest.mark.parametrize(
    ("content", "kind", "line"),
    [
        (b"1,bad\n", "ClientError", "ClientError: 415"),
        (b"1,crash\n", "AlgorithmError", "Bad HTTP status received from algorithm: 500"),
    ],
)
def test_a_refused_batch_fails_the_file_and_says_whose_fault(
    transform_request: Make, content: bytes, kind: str, line: str
) -> None:
    with pytest.raises(batches.BatchError) as failed:
        run(transform_request("t", None), content)
    assert (failed.value.kind, failed.value.lines[0]) == (kind, line)


def test_only_csv_rows_can_be_filtered(transform_request: Make) -> None:
    with pytest.raises(batches.BatchError, match="use text/csv"):
        batches.plan(transform_request("t", None, content_type="text/libsvm"))


def test_multiclass_scores_are_as_many_columns_as_the_container_prints(transform_request: Make) -> None:
    request = transform_request("t", None, output_filter="$[0,3:]")
    plan = batches.plan(request)
    output = b"".join(batches.transform(b"2,a,b\n", plan, lambda _: (200, b"[0.1, 0.2, 0.7]\n")))
    assert output == b"2,[0.1, 0.2, 0.7]\n"
