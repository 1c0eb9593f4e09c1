"""Rows as SageMaker's algorithms read them: label first if there is one, numbers only, no header, missing values empty.

An output row depends on the row's values alone: not on delimiter, line ends, quotes, spaces, the columns' order in the
file, or the file's name. (Numbers stand as they were written: `1` and `1.0` make different rows.)
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import compress

from yardmaster.intake import label
from yardmaster.intake.category import Category
from yardmaster.intake.cells import BadCellError, missing_places, numbers
from yardmaster.intake.columns import Columns, Role
from yardmaster.intake.dates import Dates
from yardmaster.intake.lines import Cutter
from yardmaster.intake.match import find, match
from yardmaster.intake.reader import Block
from yardmaster.intake.refusals import refused
from yardmaster.intake.table import Batch, Table


@dataclass(frozen=True)
class Encoded:
    """Output rows without line ends; the label of each as it begins, if there are labels; what decides its channel.

    The label does not: rows that differ in nothing else would be torn apart by it, the usual label to one channel and
    the rare one to another, and every measurement would be off (measured on flights: AUC 0.61 instead of 0.66). A
    label that is corrected later leaves its row where it was, too.
    """

    rows: list[bytes]
    labels: list[bytes]
    keys: list[bytes]


class Encoder:
    """Encodes the files of one drop alike, and counts what is odd."""

    def __init__(self, columns: Columns, by: str | int | None = None, gapless: str | None = None) -> None:
        """Take the frozen encoding.

        Args:
            columns: The encoding.
            by: The column that decides the channel if the whole row doesn't.
            gapless: What to say of a missing value, if the algorithm can't learn from rows that lack one.

        Raises:
            RefusedError: There is no such column.
        """
        self.columns = columns
        self._label = None if columns.label is None else columns.names.index(columns.label)
        self._gapless = gapless if columns.missing == "keep" else None
        self._by = None if by is None else find(by, columns.names, "data.split.by", tell=True)
        self._features = [at for at, column in enumerate(columns.columns) if column.features]
        self._categories = {
            at: Category(column.levels) for at, column in enumerate(columns.columns) if column.role is Role.CATEGORICAL
        }
        self._dates = {at: Dates(column.parts) for at, column in enumerate(columns.columns) if column.role is Role.DATE}
        self.dropped = 0
        """Rows left out since a value is missing (`data.missing: drop_rows`)."""

    @property
    def unknown(self) -> dict[str, int]:
        """How many cells hold a level that the first release had not, by column."""
        return {self.columns.names[at]: kind.unknown for at, kind in self._categories.items() if kind.unknown}

    def encode(self, table: Table) -> Iterator[Encoded]:
        """Yield a file's rows.

        Raises:
            RefusedError: With the first row or column that can't be used.
        """
        order = match(table, self.columns)
        features = tuple(order[at] for at in self._features)
        gaps = self.columns.missing == "keep" and self._gapless is None
        label_at = None if self._label is None else order[self._label]
        cutter = Cutter(table.delimiter.encode(), table.width, label_at, features, gaps)
        for piece in table.pieces():
            if isinstance(piece, Batch):
                yield self.encode_columns(piece, order, table.name)
            else:
                yield self._by_line(piece, cutter, table.name) or self.encode_columns(
                    table.batch(piece), order, table.name
                )

    def refuse_strange(self) -> None:
        """Refuse a drop in which a category has none of its levels: the column means something else than it did.

        Raises:
            RefusedError: With the first such column.
        """
        for at, category in self._categories.items():
            if category.unknown and not category.known:
                problem = (
                    f"none of its {category.unknown:,} values is a level of the first release: write them as they were "
                    "then, or start a new model without the column (data.drop)"
                )
                raise refused(problem, file="the whole drop", column=self.columns.names[at])

    def _by_line(self, block: Block, cutter: Cutter, file: str) -> Encoded | None:
        """Encode a block of plain numbers; None if it is no such block."""
        if self._categories or self._dates or self._by is not None or (parts := cutter.cut(block.data)) is None:
            return None
        labels, rest = parts
        if self.columns.label is None:
            return Encoded(rest, [], rest)
        place = _Place(file, range(block.line, block.line + len(labels)), self.columns.label)
        codes = place.apply(self._codes, labels)
        rows = list(map(b",".join, zip(codes, rest, strict=True)))
        return Encoded(rows, codes, rest)

    def encode_columns(self, batch: Batch, order: Sequence[int], file: str) -> Encoded:
        """Encode rows of any kind."""
        names = self.columns.names
        places = [_Place(file, batch.lines, name) for name in names]
        cells = [batch.columns[at] for at in order]
        codes = [] if self._label is None else places[self._label].apply(self._codes, cells[self._label])
        features = [
            self._categories[at].encode(cells[at])
            if at in self._categories
            else places[at].apply(self._dates[at].encode if at in self._dates else numbers, cells[at])
            for at in self._features
        ]
        known = list(map(b",".join, zip(*features, strict=True)))
        rows = known if self._label is None else list(map(b",".join, zip(codes, known, strict=True)))
        keys = known if self._by is None else places[self._by].apply(_present, cells[self._by])
        whole = self._whole(cells, places)
        if whole is None:
            return Encoded(rows, codes, keys)
        self.dropped += whole.count(0)
        return Encoded(*(list(compress(column, whole)) for column in (rows, codes, keys)))

    def _codes(self, column: list[bytes]) -> list[bytes]:
        """Return the label's codes."""
        return label.codes(column, self.columns.classes)

    def _whole(self, cells: list[list[bytes]], places: list["_Place"]) -> bytearray | None:
        """Return which rows lack nothing, 1 or 0 for each; None if all stay.

        Raises:
            RefusedError: A value is missing, and the spec says `missing: refuse`, or the algorithm needs all.
        """
        if self.columns.missing == "keep" and self._gapless is None:
            return None
        refusal = "a value is missing (data.missing: refuse)" if self.columns.missing == "refuse" else self._gapless
        whole = bytearray(b"\1") * len(cells[0])
        # A category that is missing is a row of zeros, which every algorithm takes.
        looked_at = self._features if self.columns.missing != "keep" else set(self._features) - set(self._categories)
        for at in looked_at:
            for row in self._dates[at].gaps(cells[at]) if at in self._dates else missing_places(cells[at]):
                if refusal is not None:
                    raise places[at].refusal(row, refusal)
                whole[row] = 0
        return whole if 0 in whole else None


@dataclass(frozen=True)
class _Place:
    """Where a column of cells comes from, for messages."""

    file: str
    lines: Sequence[int]
    column: str

    def apply(self, function: Callable[[list[bytes]], list[bytes]], cells: list[bytes]) -> list[bytes]:
        """Call a function of a column's cells; what it can't use is refused with its place."""
        try:
            return function(cells)
        except BadCellError as error:
            raise self.refusal(error.index, str(error)) from error

    def refusal(self, row: int, problem: str) -> Exception:
        """Return the refusal of one of the rows."""
        return refused(problem, file=self.file, line=self.lines[row], column=self.column)


def _present(column: list[bytes]) -> list[bytes]:
    """Return the trimmed cells of the column that decides the channel.

    Raises:
        BadCellError: One is missing.
    """
    if gone := missing_places(column):
        raise BadCellError(gone[0], "this column decides the channel (data.split.by), and the value is missing")
    return [cell.strip() for cell in column]
