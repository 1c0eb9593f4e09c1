"""Requests to the first-party algorithms: the documented forms of rows and answers, and the statuses of faults."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from local_aws.sagemaker.executors.csv_text import Matrix
from local_aws.sagemaker.executors.first_party import requests
from local_aws.sagemaker.executors.first_party.serving import Model


class Sums:
    """Predicts the sum of a row."""

    features = 4
    collection = "predictions"
    csv = False

    def predict(self, rows: Matrix, *, verbose: bool) -> Sequence[dict[str, Any]]:
        more = {"rows": len(rows)} if verbose else {}
        return [{"sum": float(row.sum()), **more} for row in rows]


class CsvSums(Sums):
    """Does so in CSV, too."""

    csv = True


DENSE = [1.5, 16.0, 14.0, 23.0]
JSON, LINES, CSV = "application/json", "application/jsonlines", "text/csv"
DOCUMENTED = [
    ("text/csv", b"1.5,16.0,14,23.0"),
    ("text/csv;label_size=0", b"1.5,16.0,14,23.0\n"),
    ("text/csv; label_size=1", b"7,1.5,16.0,14,23.0\n"),
    (JSON, json.dumps({"instances": [{"features": DENSE}]}).encode()),
    (JSON, json.dumps({"instances": [{"data": {"features": {"values": DENSE}}}]}).encode()),
    (LINES, json.dumps({"features": DENSE}).encode()),
    (LINES, json.dumps({"data": {"features": {"values": DENSE}}}).encode() + b"\n"),
]


@pytest.mark.parametrize(("content_type", "body"), DOCUMENTED)
def test_rows_are_read_in_each_documented_form(content_type: str, body: bytes) -> None:
    assert requests.rows(body, content_type, 4).tolist() == [DENSE]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (JSON, b'{"instances": [{"data": {"features": {"keys": [26, 182], "shape": [2000], "values": [1, 4]}}}]}'),
        (LINES, b'{"data": {"features": {"keys": [26, 182], "shape": [2000], "values": [1, 4]}}}'),
        (LINES, b'{"data": {"features": {"keys": [26, 182], "values": [1, 4]}}}'),
    ],
)
def test_sparse_rows_are_spread(content_type: str, body: bytes) -> None:
    [row] = requests.rows(body, content_type, 2000)
    assert (row[26], row[182], row.sum(), len(row)) == (1, 4, 5, 2000)


def test_json_lines_may_mix_the_forms_of_rows() -> None:
    lines = [
        '{"features": [1,2]}',
        "",
        '{"data": {"features": {"values": [3, 4]}}}',
        '{"data": {"features": {"keys": [1], "shape": [2], "values": [5]}}}',
    ]
    assert requests.rows("\n".join(lines).encode(), LINES, 2).tolist() == [[1, 2], [3, 4], [0, 5]]


def test_answers_are_json_unless_something_else_is_asked_for() -> None:
    for accept in (None, "*/*", JSON, "application/json; charset=utf-8"):
        answer = Model(Sums()).respond(b"1,2,3,4\n5,6,7,8\n", CSV, accept)
        assert (answer.status, answer.content_type) == (200, JSON)
        assert json.loads(answer.body) == {"predictions": [{"sum": 10.0}, {"sum": 26.0}]}


def test_json_lines_have_a_line_for_each_row_in_order() -> None:
    answer = Model(Sums()).respond(b"1,2,3,4\n5,6,7,8\n", CSV, LINES)
    assert (answer.content_type, answer.body) == (LINES, b'{"sum": 10.0}\n{"sum": 26.0}\n')


def test_verbose_is_a_parameter_of_the_accept() -> None:
    answer = Model(Sums()).respond(b"1,2,3,4", CSV, "application/jsonlines; verbose=true")
    assert answer.body == b'{"sum": 10.0, "rows": 1}\n'


def test_csv_is_answered_where_it_is_documented_and_json_where_it_is_not() -> None:
    assert Model(CsvSums()).respond(b"1,2,3,4", CSV, "text/csv").body == b"10.0\n"
    assert Model(Sums()).respond(b"1,2,3,4", CSV, "text/csv").content_type == JSON


RECORDIO = "application/x-recordio-protobuf"


@pytest.mark.parametrize(
    ("body", "content_type", "accept", "status", "words"),
    [
        (b"", CSV, JSON, 204, ""),
        (b"1,2,3,4", "text/plain", JSON, 415, "content-type text/plain not supported"),
        (b"1,2,3,4", None, JSON, 415, "not supported"),
        (b"1,2,3,4", RECORDIO, JSON, 415, "not available on local AWS: use text/csv, application/json or"),
        (b"1,2,3,4", CSV, RECORDIO, 406, "not available on local AWS: use application/json or"),
        (b"1,2,3", CSV, JSON, 400, "unable to evaluate payload provided: rows have 3 features, the model has 4"),
        (b"1,2,3,4,5", CSV, JSON, 400, "rows have 5 features"),
        (b"1,2,3,", CSV, JSON, 400, "a feature is missing or not finite"),
        (b"1,2,secret,4", CSV, JSON, 400, "not a number in row 1, column 3"),
        (b"1,2,3,4\n1,2", CSV, JSON, 400, "the number of columns changes"),
        (b"\xff\xfe", CSV, JSON, 400, "not UTF-8"),
        (b"1,2,3,4", "text/csv;label_size=3", JSON, 400, "label_size must be 0 or 1"),
        (b"secret", JSON, JSON, 400, "not JSON"),
        (b"[1,2,3,4]", JSON, JSON, 400, '{"instances": [{"features": [...]}, ...]}'),
        (b'{"instances": []}', JSON, JSON, 400, "instances"),
        (b'{"instances": [{"features": ["secret"]}]}', JSON, JSON, 400, "with numbers"),
        (b'{"instances": [[1,2,3,4]]}', JSON, JSON, 400, "with numbers"),
        (b'{"instances": [{"features": [1,2,3,4]}, {"features": [1]}]}', JSON, JSON, 400, "different numbers"),
        (b'{"data": {"features": {"keys": [9], "shape": [4], "values": [1]}}}', LINES, JSON, 400, "with numbers"),
        (b'{"data": {"features": {"keys": [1, 2], "values": [1]}}}', LINES, JSON, 400, "with numbers"),
        (
            b'{"data": {"features": {"keys": [1], "shape": [999999999999], "values": [1]}}}',
            LINES,
            JSON,
            400,
            "rows have 999999999999 features, the model has 4",
        ),
        (b"\n", LINES, JSON, 400, "there are no rows"),
    ],
)
def test_each_fault_has_its_status_and_words_without_the_data(
    body: bytes, content_type: str | None, accept: str, status: int, words: str
) -> None:
    answer = Model(Sums()).respond(body, content_type, accept)
    assert answer.status == status
    assert words in answer.body.decode()
    assert b"secret" not in answer.body
