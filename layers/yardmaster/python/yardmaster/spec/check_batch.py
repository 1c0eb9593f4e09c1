"""The combinations of the `batch_transform` section that can't be."""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Final

from yardmaster.spec.batch import NAME, BatchTransformSpec
from yardmaster.spec.findings import Finding
from yardmaster.spec.of_algorithm import content_type_of, is_encoded
from yardmaster.spec.schedule import schedule_fault, zone_fault
from yardmaster.spec.schema import OwnAlgorithm, Spec
from yardmaster.spec.source import Path

FOLDER: Final = re.compile(r"predict/(?:[^/\\\s][^/\\]*/)+")
LONGEST_FILTER: Final = 63
"""https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DataProcessing.html."""
MOST_MB: Final = 100
"""Of max_payload times max_concurrent_transforms; …/API_CreateTransformJob.html."""
_CELLS: Final = re.compile(r"\$\[\s*-?\d+(?:\s*,\s*-?\d+)*\s*\]")
_ONE_RANGE: Final = re.compile(r"\$\[\s*(?:-?\d+\s*,\s*)*(?:-?\d+)?\s*:\s*(?:-?\d+)?(?:\s*,\s*-?\d+)*\s*\]")
_WORD: Final = r"[A-Za-z0-9-]+(?: [A-Za-z0-9-]+)*"
"""A member's name. With `_` CreateTransformJob refuses a filter; aws/aws-sdk#184."""
_MEMBERS: Final = re.compile(rf"\$(?:\.(?:{_WORD}|\*)|\.?\['{_WORD}'(?:,\s*'{_WORD}')*\]|\[(?:-?\d+|\*)\])+")
_JOINED: Final = ("text/csv", "application/json", "application/jsonlines")
"""What SageMaker can join; the guide's page on associating results with input."""
_WHOLE: Final = "application/json"
"""Of which a file may be one record."""


def check_batches(spec: Spec) -> Iterator[Finding]:
    """Yield what can't be in the batches of a spec."""
    for at, entry in enumerate(spec.batch_transform):
        path: Path = ("batch_transform", at)
        yield from _when(entry, path)
        yield from _where(entry, path)
        yield from _payload(entry, path, built_in=not isinstance(spec.algorithm, OwnAlgorithm))
        if is_encoded(spec):
            yield from _of_a_table(entry, path)
        else:
            yield from _as_they_are(entry, path, entry.content_type or content_type_of(spec))
    yield from _apart(spec.batch_transform)


def _when(entry: BatchTransformSpec, path: Path) -> Iterator[Finding]:
    if entry.schedule is not None and (fault := schedule_fault(entry.schedule)):
        yield Finding((*path, "schedule"), entry.schedule, fault)
    if fault := zone_fault(entry.timezone):
        yield Finding((*path, "timezone"), entry.timezone, fault)


def _where(entry: BatchTransformSpec, path: Path) -> Iterator[Finding]:
    segments = entry.input.split("/")
    if not FOLDER.fullmatch(entry.input) or any(one.startswith((".", "_")) for one in segments):
        yield Finding((*path, "input"), entry.input, "is no folder below predict/", "such as predict/nightly/")
    elif entry.name is None and not re.fullmatch(NAME, entry.label):
        fault = f"ends in {entry.label}, which can't name a batch: small letters, digits and hyphens, at most 30"
        yield Finding((*path, "input"), entry.input, fault, "another folder, or a name beside it")


def _apart(entries: Sequence[BatchTransformSpec]) -> Iterator[Finding]:
    """Each has a name and a folder of its own: a file belongs to one batch."""
    for (_, one), (at, other) in combinations(enumerate(entries), 2):
        if one.label == other.label:
            fault = f"is called {other.label}, as another batch is"
            key = "input" if other.name is None else "name"
            yield Finding(("batch_transform", at, key), other.label, fault, "a name of its own")
        if one.input.startswith(other.input) or other.input.startswith(one.input):
            fault = f"overlaps with {one.input}: a file would be scored by both"
            yield Finding(("batch_transform", at, "input"), other.input, fault, "folders apart from each other")


def _payload(entry: BatchTransformSpec, path: Path, *, built_in: bool) -> Iterator[Finding]:
    both = entry.max_payload * entry.max_concurrent_transforms
    if both > MOST_MB:
        written, other = "max_payload", "max_concurrent_transforms"
        if written not in entry.model_fields_set:
            written, other = other, written
        fault = f"times {other} {getattr(entry, other)} is {both} MB, and may be {MOST_MB}"
        yield Finding((*path, written), getattr(entry, written), fault, "less of one of them")
    if entry.max_payload == 0 and built_in:
        fault = "is no limit, and sends payloads in chunks, which SageMaker's built-in algorithms don't take"
        yield Finding((*path, "max_payload"), 0, fault, "1 to 100")
    elif entry.max_payload == 0 and entry.split_type != "None" and entry.batch_strategy == "MultiRecord":
        fault = "is no limit, and a request would be as large as the file"
        yield Finding((*path, "max_payload"), 0, fault, "1 to 100, or batch_strategy: SingleRecord")
    if entry.split_type == "None" and "batch_strategy" in entry.model_fields_set:
        fault = "needs records, and split_type: None makes none of a file"
        yield Finding((*path, "batch_strategy"), entry.batch_strategy, fault, "split_type: Line, or no batch_strategy")


def _of_a_table(entry: BatchTransformSpec, path: Path) -> Iterator[Finding]:
    """Of a table Yardmaster itself makes the records, and it knows which cells are whose."""
    for key in ("input_filter", "output_filter"):
        if (written := getattr(entry, key)) is not None:
            fault = (
                "is for files that go to the model as they are: of a table's row the model gets its features, and with "
                "the prediction stay the columns of data.id, or with join_source: Input all"
            )
            yield Finding((*path, key), written, fault, f"leave {key} out")
    if entry.content_type not in {None, "text/csv"}:
        fault = "can't be: this model's rows are tables"
        yield Finding((*path, "content_type"), entry.content_type, fault, "text/csv, or leave it out")
    if entry.split_type != "Line":
        fault = "can't be: a table's records are its lines"
        yield Finding((*path, "split_type"), entry.split_type, fault, "Line, or leave it out")


def _as_they_are(entry: BatchTransformSpec, path: Path, content_type: str) -> Iterator[Finding]:
    """Of files SageMaker makes the records, and looks into them only if it knows their format."""
    kind = content_type.partition(";")[0].strip()
    asked = {
        "join_source": entry.join_source if entry.join_source == "Input" else None,
        "input_filter": entry.input_filter,
        "output_filter": entry.output_filter,
    }
    what, value = next(((key, one) for key, one in asked.items() if one), (None, None))
    if what is not None and kind not in _JOINED:
        fault = f"can't be with {content_type}: SageMaker looks into {', '.join(_JOINED)} only"
        yield Finding((*path, what), value, fault, f"another content_type, or no {what}")
    elif what is not None and entry.split_type != "Line" and not (kind == _WHOLE and entry.split_type == "None"):
        fault = f"needs lines, and split_type: {entry.split_type} makes none of a file"
        yield Finding((*path, what), value, fault, "split_type: Line")
    for key in ("input_filter", "output_filter"):
        if written := asked[key]:
            yield from _filter(written, (*path, key), is_csv=kind == "text/csv")


def _filter(written: str, path: Path, *, is_csv: bool) -> Iterator[Finding]:
    if len(written) > LONGEST_FILTER:
        yield Finding(path, written, f"has {len(written)} characters", f"at most {LONGEST_FILTER}")
    elif written == "$" or any(one.fullmatch(written) for one in (_CELLS, _ONE_RANGE)):
        return
    elif is_csv:
        fault = "is no filter of CSV, where cells are chosen by their position"
        yield Finding(path, written, fault, "such as $, $[0], $[1:] or $[0,2:]")
    elif not _MEMBERS.fullmatch(written):
        fault = "is no filter that SageMaker takes: names have letters, digits, spaces and hyphens"
        yield Finding(path, written, fault, "such as $, $[0], $[1:], $[0,2:], $.features or $['id','SageMakerOutput']")
