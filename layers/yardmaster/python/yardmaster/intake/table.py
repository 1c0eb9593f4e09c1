"""A file of a drop as a table: its delimiter, its columns' names, and its rows in blocks."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Literal, TypeVar

from yardmaster.intake import dialect
from yardmaster.intake.reader import Block, blocks
from yardmaster.intake.refusals import quoted, refused
from yardmaster.intake.source import Meter, SourceFile

Header = Literal["auto"] | bool
Cell = TypeVar("Cell", str, bytes)


@dataclass(frozen=True)
class Batch:
    """Some rows by column, and the number of the line that each row begins at."""

    columns: list[list[bytes]]
    lines: Sequence[int]


@dataclass(frozen=True)
class Peek:
    """The beginning of a file, to guess a spec from: up to 1000 rows; `header` is None if there seems to be none."""

    delimiter: str
    header: tuple[str, ...] | None
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Table:
    """One file's shape and its rows.

    Attributes:
        name: What messages call the file.
        delimiter: One character.
        header: Whether the first line names the columns.
        first: The first records as text, the header among them.
        blocks: The rows after the header, once.
    """

    name: str
    delimiter: str
    header: bool
    first: tuple[dialect.Row, ...]
    blocks: Iterator[Block]

    @property
    def width(self) -> int:
        """How many cells each row must have."""
        return len(self.first[0])

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names; `column_0` and so on where the header has none."""
        given = self.first[0] if self.header else ("",) * self.width
        return tuple(name or f"column_{position}" for position, name in enumerate(given))

    def pieces(self) -> Iterator[Block | Batch]:
        """Yield the rows: blocks without any quote as they are, those with quotes parsed.

        A newline inside quotes is a part of its cell.

        Raises:
            RefusedError: A row with too many or too few cells, quotes that can't be read.
        """
        held: Block | None = None
        for fresh in self.blocks:
            block = Block(held.data + fresh.data, held.line) if held else fresh
            held = None
            if b'"' not in block.data:
                yield block
            elif batch := self._parsed(block, last=False):
                yield batch
            else:
                held = block
        if held and (batch := self._parsed(held, last=True)):
            yield batch

    def batch(self, block: Block) -> Batch:
        """Cut a block without quotes into columns; blank lines are left out.

        Raises:
            RefusedError: A row with too many or too few cells.
        """
        separator = self.delimiter.encode()
        if is_regular(block.data, separator, self.width):
            cells = block.data.replace(b"\n", separator).split(separator)
            cells.pop()
            columns = [cells[position :: self.width] for position in range(self.width)]
            return Batch(columns, range(block.line, block.line + len(columns[0])))
        rows = [line.split(separator) if line.strip(b" ") else [] for line in block.data.split(b"\n")]
        return Batch(*self._by_column(rows, range(block.line, block.line + len(rows))))

    def _parsed(self, block: Block, *, last: bool) -> Batch | None:
        """Parse a block with quotes; None if it ends inside quotes and the file goes on."""
        reader = dialect.parse(block.data.decode(), self.delimiter)
        rows: list[list[str]] = []
        lines: list[int] = []
        ended = 0
        try:
            for row in reader:
                rows.append([] if dialect.is_blank(row) else row)
                lines.append(block.line + ended)
                ended = reader.line_num
        except csv.Error as error:
            if dialect.ends_inside_quotes(error) and not last:
                return None
            raise dialect.unreadable_quotes(error, self.name, block.line + ended) from error
        columns, kept = self._by_column(rows, lines)
        return Batch([[cell.encode() for cell in column] for column in columns], kept)

    def _by_column(self, rows: list[list[Cell]], lines: Sequence[int]) -> tuple[list[list[Cell]], list[int]]:
        """Turn rows into columns; empty ones are blank lines, and left out.

        Raises:
            RefusedError: A row with too many or too few cells.
        """
        for row, line in zip(rows, lines, strict=True):
            if row and len(row) != self.width:
                raise refused(self._ragged(row), file=self.name, line=line)
        kept = [line for row, line in zip(rows, lines, strict=True) if row]
        columns = list(map(list, zip(*filter(None, rows), strict=True)))
        return columns or [[] for _ in range(self.width)], kept

    def _ragged(self, row: Sequence[str | bytes]) -> str:
        """Say how a row's width differs from the first line's, and where that usually comes from."""
        found = f"{len(row)} cells instead of {self.width}"
        if len(row) == self.width + 1 and not row[-1].strip():
            return f"{found}: the line ends with a delimiter, and line 1 does not"
        if len(row) == self.width - 1 and not self.first[0][-1]:
            return f"{found}: the header ends with a delimiter, and this line does not"
        if len(row) > self.width:
            return f"{found}: a cell that holds the delimiter must be in double quotes"
        return f"{found}: was the line cut off?"


def open_table(
    file: SourceFile, meter: Meter, *, delimiter: str = "auto", header: Header = "auto", label: str | None = None
) -> Table | None:
    """Begin a pass over a file; None if it is empty, as parts may be.

    Args:
        file: The file.
        meter: Measures the pass.
        delimiter: One character, or `auto`.
        header: Whether the first line names the columns; `auto` guesses.
        label: If the guess finds this name in the first line, that is a header.

    Raises:
        RefusedError: There is one column only, or the bytes are no text.
    """
    rest = blocks(meter.read(file), file.name)
    start = next((block for block in rest if block.data.strip()), None)
    if start is None:
        return None
    if start.data[:4].lower() == b"sep=":
        raise refused("this line is Excel's, not a header: take it away", file=file.name, line=start.line)
    separator = dialect.sniff(start.data) if delimiter == "auto" else delimiter
    rows, ends = dialect.first_rows(start.data, separator or ",", file.name, whole=file.size <= len(start.data))
    if not rows or len(rows[0]) < 2:
        raise refused(_one_column(start.data, delimiter), file=file.name, line=start.line)
    named = header if header != "auto" else label in rows[0] or dialect.looks_like_header(rows)
    if named:
        start = _without_lines(start, ends)
    return Table(file.name, separator or ",", named, tuple(rows), chain([start], rest))


def peek(file: SourceFile, *, delimiter: str = "auto") -> Peek:
    """Return what the beginning of a file looks like.

    Raises:
        RefusedError: It is empty, or no table.
    """
    table = open_table(file, Meter([file]), delimiter=delimiter)
    if table is None:
        raise refused("the file is empty", file=file.name)
    rows = table.first[1:] if table.header else table.first
    whole = tuple(row for row in rows if len(row) == table.width)
    return Peek(table.delimiter, table.names if table.header else None, whole[: dialect.SAMPLE_ROWS])


def _one_column(data: bytes, delimiter: str) -> str:
    """Say why a file may seem to have one column only, and what to do."""
    if delimiter != "auto":
        return f"only one column is found with data.delimiter {quoted(delimiter)}: leave it out, and it is guessed"
    if dialect.begins_late(data):
        return "only one column is found here, and more below: take titles and comments above the header away"
    return "only one column is found: write data.delimiter into the spec (of itself it is , ; tab or |)"


def is_regular(data: bytes, separator: bytes, width: int) -> bool:
    """Tell whether each line of a block without quotes has exactly `width` cells."""
    bare = data.translate(None, _other_bytes(separator))
    return bare == (separator * (width - 1) + b"\n") * (len(bare) // width)


@lru_cache(maxsize=16)
def _other_bytes(separator: bytes) -> bytes:
    """Return all bytes but the separator and the line's end."""
    return bytes(set(range(256)) - {separator[0], ord("\n")})


def _without_lines(block: Block, lines: int) -> Block:
    """Return what follows the first lines of a block."""
    cut = 0
    for _ in range(lines):
        cut = block.data.index(b"\n", cut) + 1
    return Block(block.data[cut:], block.line + lines)
