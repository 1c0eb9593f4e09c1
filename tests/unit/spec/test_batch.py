"""Each wrong batch of a spec, and the whole message that its author reads before any job is paid."""

# ruff: noqa: E501 - a message is one line, however long: so it is read, and so it is searched for.

import pytest

from yardmaster.spec.parse import SpecError, parse_spec

TABLE = "algorithm: xgboost\ndata: {label: y}\n"
OWN = 'algorithm: {image: "123456789012.dkr.ecr.eu-west-1.amazonaws.com/words:1"}\n'
JSON_LINES = OWN + "data: {content_type: application/jsonlines}\n"
PICTURES = OWN + "data: {content_type: image/png}\n"
NAMES = "allowed: such as $, $[0], $[1:], $[0,2:], $.features or $['id','SageMakerOutput']"
WRONG_NAME = f"is no filter that SageMaker takes: names have letters, digits, spaces and hyphens; {NAMES}"
WRONG_CELLS = (
    "is no filter of CSV, where cells are chosen by their position; allowed: such as $, $[0], $[1:] or $[0,2:]"
)
NO_FOLDER = "is no folder below predict/; allowed: such as predict/nightly/"
KNOWN = "text/csv, application/json, application/jsonlines"


def with_batch(start: str, *entries: str) -> str:
    lines = ", ".join(
        f"{{{entry if entry.startswith('input:') else f'input: predict/a/, {entry}'}}}" for entry in entries
    )
    return f"{start}batch_transform: [{lines}]\n"


def refusal(text: str) -> str:
    with pytest.raises(SpecError) as refused:
        parse_spec(text.encode())
    return str(refused.value).removesuffix(" (line 3)")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("schedule: daily", "schedule: daily is no schedule of EventBridge Scheduler: write cron(0 6 * * ? *), rate(1 day) or at(2026-12-24T06:00:00)"),
        ("schedule: rate(1 days)", "schedule: rate(1 days) has the wrong number of day: write rate(1 day)"),
        ("schedule: rate(30 seconds)", "schedule: rate(30 seconds) is no rate: write rate(5 minutes), rate(12 hours) or rate(1 day)"),
        ("schedule: rate(1 day), timezone: Europe/Berlni", "timezone: Europe/Berlni is no time zone of the IANA's list, such as Europe/Berlin or America/New_York"),
        ("input: data/a/", f"input: data/a/ {NO_FOLDER}"),
        ("input: predict/a", f"input: predict/a {NO_FOLDER}"),
        ("input: predict/_a/", f"input: predict/_a/ {NO_FOLDER}"),
        ("input: predict/A b/", "input: predict/A b/ ends in A b, which can't name a batch: small letters, digits and hyphens, at most 30; allowed: another folder, or a name beside it"),
        ("release: 0", "release: 0 is not allowed; allowed: in_service, or a release's number such as 7"),
        ("instance_count: 101", "instance_count: 101 is not allowed; allowed: a whole number from 1 to 100"),
        ("max_payload: 101", "max_payload: 101 is not allowed; allowed: a whole number from 0 to 100"),
        ("max_concurrent_transforms: 0", "max_concurrent_transforms: 0 is not allowed; allowed: a whole number from 1 to 100"),
        ("max_concurrent_transforms: 17", "max_concurrent_transforms: 17 times max_payload 6 is 102 MB, and may be 100; allowed: less of one of them"),
        ("max_payload: 51, max_concurrent_transforms: 2", "max_payload: 51 times max_concurrent_transforms 2 is 102 MB, and may be 100; allowed: less of one of them"),
        ("max_payload: 0", "max_payload: 0 is no limit, and sends payloads in chunks, which SageMaker's built-in algorithms don't take; allowed: 1 to 100"),
        ("split_type: Words", "split_type: Words is not allowed; allowed: None, Line, RecordIO or TFRecord"),
        ("batch_strategy: All", "batch_strategy: All is not allowed; allowed: MultiRecord or SingleRecord"),
        ("join_source: Output", "join_source: Output is not allowed; allowed: Input or None"),
        ("split_type: RecordIO", "split_type: RecordIO can't be: a table's records are its lines; allowed: Line, or leave it out"),
        ("content_type: image/png", "content_type: image/png can't be: this model's rows are tables; allowed: text/csv, or leave it out"),
        ("input_filter: '$[1:]'", "input_filter: $[1:] is for files that go to the model as they are: of a table's row the model gets its features, and with the prediction stay the columns of data.id, or with join_source: Input all; allowed: leave input_filter out"),
    ],
)  # fmt: skip
def test_a_batch_of_tables_that_can_not_be_is_refused_in_words(entry: str, message: str) -> None:
    assert refusal(with_batch(TABLE, entry)) == f"batch_transform[0].{message}"


@pytest.mark.parametrize(
    ("start", "entry", "message"),
    [
        (JSON_LINES, "max_payload: 0", "max_payload: 0 is no limit, and a request would be as large as the file; allowed: 1 to 100, or batch_strategy: SingleRecord"),
        (JSON_LINES, "split_type: None, batch_strategy: MultiRecord", "batch_strategy: MultiRecord needs records, and split_type: None makes none of a file; allowed: split_type: Line, or no batch_strategy"),
        (JSON_LINES, "split_type: None, join_source: Input", "join_source: Input needs lines, and split_type: None makes none of a file; allowed: split_type: Line"),
        (JSON_LINES, "split_type: TFRecord, output_filter: '$.id'", "output_filter: $.id needs lines, and split_type: TFRecord makes none of a file; allowed: split_type: Line"),
        (PICTURES, "split_type: None, join_source: Input", f"join_source: Input can't be with image/png: SageMaker looks into {KNOWN} only; allowed: another content_type, or no join_source"),
        (JSON_LINES, "content_type: image/png, input_filter: '$.a'", f"input_filter: $.a can't be with image/png: SageMaker looks into {KNOWN} only; allowed: another content_type, or no input_filter"),
        (JSON_LINES, f"output_filter: '$.{'a' * 62}'", f"output_filter: $.{'a' * 55}... has 64 characters; allowed: at most 63"),
        (JSON_LINES, "input_filter: features", f"input_filter: features {WRONG_NAME}"),
        (JSON_LINES, "input_filter: $.customer_id", f"input_filter: $.customer_id {WRONG_NAME}"),
        (JSON_LINES, "output_filter: \"$['a.b']\"", f"output_filter: $['a.b'] {WRONG_NAME}"),
        (JSON_LINES, "output_filter: '$[1:2,4:]'", f"output_filter: $[1:2,4:] {WRONG_NAME}"),
        (JSON_LINES, "content_type: text/csv, input_filter: $.features", f"input_filter: $.features {WRONG_CELLS}"),
        (JSON_LINES, "content_type: text/csv, output_filter: '$[0:2,246:]'", f"output_filter: $[0:2,246:] {WRONG_CELLS}"),
    ],
)  # fmt: skip
def test_a_batch_of_files_that_can_not_be_is_refused_in_words(start: str, entry: str, message: str) -> None:
    assert refusal(with_batch(start, entry)) == f"batch_transform[0].{message}"


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("input: predict/b/, name: a", "name: a is called a, as another batch is; allowed: a name of its own"),
        ("input: predict/b/a/", "input: predict/b/a/ is called a, as another batch is; allowed: a name of its own"),
        ("input: predict/a/b/", "input: predict/a/b/ overlaps with predict/a/: a file would be scored by both; allowed: folders apart from each other"),
    ],
)  # fmt: skip
def test_two_batches_have_a_name_and_a_folder_each(second: str, message: str) -> None:
    assert refusal(with_batch(TABLE, "input: predict/a/", second)) == f"batch_transform[1].{message}"


@pytest.mark.parametrize(
    ("start", "entry"),
    [
        (TABLE, "schedule: 'cron(0 6 ? * MON-FRI *)', timezone: Europe/Berlin, join_source: Input, release: 7"),
        (TABLE, "max_payload: 10, max_concurrent_transforms: 10, instance_count: 100, batch_strategy: SingleRecord"),
        (JSON_LINES, "join_source: Input, input_filter: $.features, output_filter: \"$['id','SageMakerOutput']\""),
        (JSON_LINES, "input_filter: \"$.row.['a-1', 'b 2']\", output_filter: '$.id.*'"),
        (JSON_LINES, "content_type: text/csv, join_source: Input, input_filter: '$[1:]', output_filter: '$[0,-1]'"),
        (JSON_LINES, "content_type: application/json, split_type: None, join_source: Input"),
        (JSON_LINES, "max_payload: 0, batch_strategy: SingleRecord"),
        (PICTURES, "split_type: None, max_payload: 0"),
        (PICTURES, "content_type: application/x-recordio, split_type: RecordIO"),
    ],
)
def test_a_batch_that_can_be_is_taken(start: str, entry: str) -> None:
    parse_spec(with_batch(start, entry).encode())
