"""Rows that are to be predicted: what a file must have, and each row as features and the cells that are kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from yardmaster.intake.columns import Columns, Role
from yardmaster.intake.encode import Encoder
from yardmaster.intake.match import match
from yardmaster.intake.refusals import refused
from yardmaster.intake.table import Batch, Table

GAPLESS = "a value is missing, and a row without it can't be predicted (data.missing: drop_rows): fill it in"


@dataclass(frozen=True)
class Kept:
    """Some rows: each's features as the model reads them, and its kept cells as CSV."""

    features: list[bytes]
    cells: list[bytes]


class ToPredict:
    """One file: its columns are matched by name, whatever their order.

    The label may be missing, and so may dropped columns: who predicts does not know the one, and the others matter to
    nobody.
    """

    def __init__(self, table: Table, columns: Columns, *, whole: bool, gapless: str | None) -> None:
        """Match a file with a model's columns.

        Args:
            table: The file.
            columns: The model's.
            whole: Whether all cells are kept, or the ids only.
            gapless: What to say of a missing value, if the algorithm takes none.

        Raises:
            RefusedError: Columns are missing, or there are others.
        """
        self._table = table
        self._columns = _present(table, columns)
        self._order = match(table, self._columns)
        missing = GAPLESS if columns.missing == "drop_rows" else gapless
        self._encoder = Encoder(self._columns, gapless=missing)
        ids = [at for at, column in zip(self._order, self._columns.columns, strict=True) if column.role is Role.ID]
        self._kept = list(range(table.width)) if whole else sorted(ids)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the kept columns, in the file's order."""
        return tuple(self._table.names[at] for at in self._kept)

    def rows(self) -> Iterator[Kept]:
        """Yield the rows.

        Raises:
            RefusedError: With the first row or column that can't be used.
        """
        if not self._kept:
            for found in self._encoder.encode(self._table):
                yield Kept(found.rows, [])
            return
        for piece in self._table.pieces():
            batch = piece if isinstance(piece, Batch) else self._table.batch(piece)
            features = self._encoder.encode_columns(batch, self._order, self._table.name).rows
            yield Kept(features, list(map(b",".join, zip(*self._cells(batch), strict=True))))

    def _cells(self, batch: Batch) -> list[list[bytes]]:
        return [
            [self._quoted(cell, line, at) for cell, line in zip(batch.columns[at], batch.lines, strict=True)]
            for at in self._kept
        ]

    def _quoted(self, cell: bytes, line: int, at: int) -> bytes:
        if b"\n" in cell:
            problem = "the cell holds a line's end, and a prediction stands in one line with it: take it out"
            raise refused(problem, file=self._table.name, line=line, column=self._table.names[at])
        return quoted(cell)


def quoted(cell: bytes) -> bytes:
    """Return a cell as CSV has it."""
    return b'"%b"' % cell.replace(b'"', b'""') if b"," in cell or b'"' in cell else cell


def header(names: Sequence[str]) -> bytes:
    """Return names as a line of CSV, without its end."""
    return b",".join(quoted(" ".join(name.splitlines()).encode()) for name in names)


def _present(table: Table, columns: Columns) -> Columns:
    """Return the columns that a file must have: the label is not encoded, and may be missing as dropped ones may."""
    names = set(table.names)
    unlabelled = table.width == len(columns.columns) - 1
    there = tuple(
        replace(column, role=Role.DROP) if column.role is Role.LABEL else column
        for column in columns.columns
        if column.role not in {Role.LABEL, Role.DROP}
        or (column.name in names if columns.header else column.role is Role.DROP or not unlabelled)
    )
    missing = "keep" if columns.missing == "drop_rows" else columns.missing
    return replace(columns, columns=there, classes=(), missing=missing)
