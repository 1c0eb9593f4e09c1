"""From the answers of a job to results: all are counted first, then written, the manifest last.

So nothing appears below `predictions/` of a job that failed, was stopped, or lost a row.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.aws.transform_job import TransformJob
from yardmaster.errors import MeasurementError
from yardmaster.flows.batch_files import JSON, File, Lines, Staged, StagedFile, write_first
from yardmaster.flows.yard import Yard
from yardmaster.intake.columns import Columns
from yardmaster.intake.to_predict import header, quoted
from yardmaster.records import Batch
from yardmaster.rules.metrics.text_lines import lines_of
from yardmaster.rules.predictions import answer_names, flattened

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Written:
    """What became of one file: its result (empty if it had no rows), and how many bytes that has."""

    source: File
    rows: int | None
    result: str
    bytes: int


def assemble(
    yard: Yard, batch: Batch, job: TransformJob, files: Sequence[File], staged: Staged, columns: Columns | None
) -> str:
    """Write the results of a job that completed; return where they are.

    Raises:
        MeasurementError: The job answered with another number of rows than it got.
    """
    _check(yard, batch, files, staged)
    done = [_write(yard, batch, file, one, staged, columns) for file, one in zip(files, staged.files, strict=True)]
    manifest = _manifest(batch, job, done, columns)
    write_first(yard, f"{batch.results}{MANIFEST}", json.dumps(manifest, indent=1).encode(), JSON)
    return yard.bucket.uri(batch.results)


def answers_key(batch: Batch, staged: StagedFile) -> str:
    """Return where the job's answers to a file are."""
    return f"{batch.staging}out-{batch.attempt}/{staged.name}.out"


def _check(yard: Yard, batch: Batch, files: Sequence[File], staged: Staged) -> None:
    for file, one in zip(files, staged.files, strict=True):
        if one.rows == 0:
            continue
        try:
            lines = Lines()
            for _ in lines.counted(yard.bucket.stream(answers_key(batch, one))):
                continue
        except MissingObjectError:
            raise MeasurementError(f"transform job {batch.job} left no answers to {file.key}") from None
        if one.rows is not None and lines.count != one.rows:
            raise MeasurementError(
                f"{file.key} has {one.rows:,} rows, and transform job {batch.job} answered with {lines.count:,}"
            )


def _write(yard: Yard, batch: Batch, file: File, one: StagedFile, staged: Staged, columns: Columns | None) -> Written:
    if one.rows == 0:
        return Written(file, 0, "", 0)
    answers = yard.bucket.stream(answers_key(batch, one))
    if columns is None:
        name, lines = f"{file.name}.out", answers
    else:
        name = file.name if file.name.endswith(".csv") else f"{file.name}.csv"
        kept = yard.bucket.stream(f"{batch.staging}kept/{one.name}") if staged.paired and one.kept else None
        lines = _paired(answers, kept, one) if staged.paired else _headed(answers, one, columns)
    upload = yard.bucket.upload(f"{batch.results}{name}", "text/csv" if columns else "application/octet-stream")
    try:
        for chunk in lines:
            upload.write(chunk)
        size = upload.bytes
        upload.complete()
    finally:
        upload.abort()
    return Written(file, one.rows, name, size)


def _headed(answers: Iterator[bytes], one: StagedFile, columns: Columns) -> Iterator[bytes]:
    """Yield answers in CSV, with the kept cells before them already, under a header."""
    first = b""
    for chunk in answers:
        first += chunk
        if b"\n" in chunk:
            break
    cells = len(next(csv.reader([first.partition(b"\n")[0].decode()])))
    names = (*one.kept, *answer_names(columns.problem, columns.classes, cells - len(one.kept)))
    return chain([header(names) + b"\n", first], answers)


def _paired(answers: Iterator[bytes], kept: Iterator[bytes] | None, one: StagedFile) -> Iterator[bytes]:
    """Yield answers in JSON as CSV, each beside the cells of its row: a transform keeps the order."""
    cells = lines_of(kept) if kept is not None else None
    names: tuple[str, ...] = ()
    for number, line in enumerate(lines_of(answers), start=1):
        answer = flattened(line, number)
        if number == 1:
            names = tuple(answer)
            yield header((*one.kept, *names)) + b"\n"
        if tuple(answer) != names:
            raise MeasurementError(f"answer {number} has other members than the first")
        row = b",".join(quoted(cell.encode()) for cell in answer.values())
        yield (next(cells) + b"," + row if cells is not None else row) + b"\n"


def _manifest(batch: Batch, job: TransformJob, done: Sequence[Written], columns: Columns | None) -> dict[str, object]:
    counted = [one.rows for one in done if one.rows is not None]
    rows = sum(counted) if len(counted) == len(done) else None
    return {
        "model": batch.model,
        "release": batch.release_title,
        "release_id": batch.release,
        "sagemaker_model": batch.model_name,
        "batch": batch.id,
        "name": batch.name,
        "job": job.name,
        "rows_in": rows,
        "rows_out": rows,
        "bytes_in": sum(one.source.size for one in done),
        "bytes_out": sum(one.bytes for one in done),
        "seconds": job.seconds,
        "classes": list(columns.classes) if columns else [],
        "files": [
            {
                "source": one.source.key,
                "version_id": one.source.version_id,
                "rows": one.rows,
                "result": one.result,
                "bytes": one.bytes,
            }
            for one in done
        ],
    }
