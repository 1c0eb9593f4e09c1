"""What a batch scores, pinned to versions: a copy of each file is staged for the job, which can't read versions.

All that a try writes has the same name and content in the next, and stays as it was written first.
"""

import functools
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.errors import RefusedError
from yardmaster.flows.yard import Yard
from yardmaster.intake.columns import Columns
from yardmaster.intake.source import Meter, SourceFile, check_size
from yardmaster.intake.table import open_table
from yardmaster.intake.to_predict import ToPredict
from yardmaster.records import Batch
from yardmaster.rules.batches import is_input
from yardmaster.spec.batch import BatchTransformSpec

Left = Callable[[], float]
JSON = "application/json"
MOST_FILES = 10_000
"""Of a batch. Each is a request or two to S3, and a function has fifteen minutes."""


@dataclass(frozen=True)
class File:
    """One object of a batch; `name` is what it is called below the batch's folder, `size` in bytes."""

    key: str
    version_id: str
    size: int
    name: str


@dataclass(frozen=True)
class StagedFile:
    """The copy of one file: its name below `in/`, its rows (None: nobody counts them), and its kept columns' names."""

    name: str
    rows: int | None
    kept: tuple[str, ...] = ()


@dataclass(frozen=True)
class Staged:
    """All copies, in the order of the files.

    Attributes:
        files: Them.
        features: How many cells of each line the model gets; 0 of files that go as they are.
        paired: Whether the kept cells lie beside the copies, in `kept/`, and not behind the features.
    """

    files: tuple[StagedFile, ...]
    features: int = 0
    paired: bool = False

    @property
    def rows(self) -> int:
        """How many rows there are in all, as far as they are counted."""
        return sum(file.rows or 0 for file in self.files)

    @property
    def sent(self) -> list[StagedFile]:
        """Those that have rows: the job gets these."""
        return [file for file in self.files if file.rows != 0]


@dataclass(frozen=True)
class TablePlan:
    """How the rows of tables are staged: the model's columns, which cells are kept, and how files are read."""

    columns: Columns
    whole: bool
    gapless: str | None
    paired: bool
    delimiter: str


def pinned_files(yard: Yard, batch: Batch, entry: BatchTransformSpec) -> tuple[File, ...]:
    """Return the files of a batch: those that were there when somebody first looked.

    Raises:
        RefusedError: There are too many, or the upload is gone.
    """
    key = f"{batch.staging}files.json"
    try:
        raw, _ = yard.bucket.read(key)
    except MissingObjectError:
        found = _look(yard, batch, entry)
        if len(found) > MOST_FILES:
            raise RefusedError(f"{len(found):,} files; a batch has {MOST_FILES:,} at most: join them") from None
        # Of two lists the first stays.
        write_first(yard, key, json.dumps([asdict(file) for file in found]).encode(), JSON)
        raw, _ = yard.bucket.read(key)
    return tuple(File(**one) for one in json.loads(raw))


def staged(yard: Yard, batch: Batch) -> Staged:
    """Return what was staged for a batch."""
    record = json.loads(yard.bucket.read(f"{batch.staging}staged.json")[0])
    files = tuple(StagedFile(one["name"], one["rows"], tuple(one["kept"])) for one in record["files"])
    return Staged(files, record["features"], record["paired"])


def stage_tables(yard: Yard, batch: Batch, files: Sequence[File], plan: TablePlan, left: Left) -> Staged:
    """Check and encode each file.

    Raises:
        RefusedError: A row, a column or the size can't be used.
    """
    check_size(max(sum(file.size for file in files), 1), any(file.name.endswith(".gz") for file in files))
    sources = [_source(yard, file) for file in files]
    meter = Meter(sources, left)
    done = [
        _stage_table(yard, batch, f"{at:05d}.csv", source, meter, plan) for at, source in enumerate(sources, start=1)
    ]
    return _finish(yard, batch, Staged(tuple(done), len(plan.columns.features), plan.paired))


def stage_as_they_are(yard: Yard, batch: Batch, files: Sequence[File], entry: BatchTransformSpec, left: Left) -> Staged:
    """Copy each file.

    Raises:
        RefusedError: They are too large.
    """
    check_size(max(sum(file.size for file in files), 1), compressed=False)
    sources = [_source(yard, file) for file in files]
    meter = Meter(sources, left)
    done = []
    for at, source in enumerate(sources, start=1):
        name = f"{at:05d}"
        upload = yard.bucket.upload(f"{batch.staging}in/{name}", "application/octet-stream")
        try:
            lines = Lines()
            for chunk in lines.counted(meter.read(source)):
                upload.write(chunk)
            rows = lines.count if entry.split_type == "Line" else (0 if source.size == 0 else None)
            if rows != 0:
                upload.complete()
        finally:
            upload.abort()
        done.append(StagedFile(name, rows))
    return _finish(yard, batch, Staged(tuple(done)))


class Lines:
    """Counts the lines that flow by; a last one without an end counts."""

    def __init__(self) -> None:
        self._ends = 0
        self._last = b"\n"

    def counted(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the same bytes."""
        for chunk in chunks:
            self._ends += chunk.count(b"\n")
            self._last = chunk[-1:] or self._last
            yield chunk

    @property
    def count(self) -> int:
        """How many there were."""
        return self._ends + (self._last != b"\n")


def _look(yard: Yard, batch: Batch, entry: BatchTransformSpec) -> list[File]:
    folder = f"{batch.model}/{entry.input}" if batch.schedule else batch.key.rpartition("/")[0] + "/"
    if not batch.schedule and not batch.key.endswith("/_SUCCESS"):
        try:
            found = yard.bucket.head(batch.key, batch.version_id)
        except MissingObjectError:
            raise RefusedError(f"{batch.key} was deleted before it was scored: upload it again") from None
        return [File(batch.key, found.version_id, found.size, batch.key.removeprefix(folder))]
    return [
        File(found.key, found.version_id, found.size, found.key.removeprefix(folder))
        for found in yard.bucket.list(folder)
        if is_input(found.key, folder)
    ]


def _source(yard: Yard, file: File) -> SourceFile:
    return SourceFile(file.name, functools.partial(yard.bucket.stream, file.key, file.version_id), file.size)


def _stage_table(yard: Yard, batch: Batch, name: str, source: SourceFile, meter: Meter, plan: TablePlan) -> StagedFile:
    header = plan.columns.header
    table = open_table(source, meter, delimiter=plan.delimiter, header=header)
    if table is None:
        return StagedFile(name, 0)
    reading = ToPredict(table, plan.columns, whole=plan.whole, gapless=plan.gapless)
    lines, kept = yard.bucket.upload(f"{batch.staging}in/{name}"), yard.bucket.upload(f"{batch.staging}kept/{name}")
    rows = 0
    try:
        for found in reading.rows():
            rows += len(found.features)
            joined = map(b",".join, zip(found.features, found.cells, strict=True))
            apart = plan.paired or not reading.names
            lines.write(b"".join(b"%b\n" % line for line in (found.features if apart else joined)))
            if plan.paired and reading.names:
                kept.write(b"".join(b"%b\n" % line for line in found.cells))
        if rows:
            if plan.paired and reading.names:
                kept.complete()
            lines.complete()
    finally:
        lines.abort()
        kept.abort()
    return StagedFile(name, rows, reading.names)


def _finish(yard: Yard, batch: Batch, done: Staged) -> Staged:
    """Write the manifest that the job reads, and what was staged."""
    listed = [{"prefix": yard.bucket.uri(f"{batch.staging}in/")}, *(file.name for file in done.sent)]
    write_first(yard, f"{batch.staging}in.manifest", json.dumps(listed).encode(), JSON)
    write_first(yard, f"{batch.staging}staged.json", json.dumps(asdict(done)).encode(), JSON)
    return done


def write_first(yard: Yard, key: str, data: bytes, content_type: str) -> None:
    """Write an object, unless an earlier try did: that one stays, and is not even read."""
    upload = yard.bucket.upload(key, content_type)
    upload.write(data)
    upload.complete()
