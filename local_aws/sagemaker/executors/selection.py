"""The part of JSONPath that batch transform knows for CSV: which cells of a row go on.

Source: docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html. A slice includes its end.
"""

import re
from dataclasses import dataclass

CELLS = re.compile(r'(?:[^,"]|"(?:[^"]|"")*")*')
INDEX = re.compile(r"-?\d+")
SLICE = re.compile(r"(-?\d+)?:(-?\d+)?")


class SelectionError(ValueError):
    """A filter that can't be read, or that doesn't fit a row."""


@dataclass(frozen=True)
class Slice:
    """Cells from `start` to `end`, both included; None is the first or the last."""

    start: int | None
    end: int | None

    def cells(self, row: list[str]) -> list[str]:
        """Give the cells of a row."""
        start = 0 if self.start is None else _position(self.start, row)
        end = len(row) - 1 if self.end is None else _position(self.end, row)
        return row[start : end + 1]


@dataclass(frozen=True)
class Selection:
    """Single positions and slices, in the order in which they were written; None means all cells."""

    parts: tuple[int | Slice, ...] | None

    def apply(self, line: str) -> str:
        """Give the selected cells of a CSV line, each as it was written.

        Raises:
            SelectionError: a position is outside the row.
        """
        if self.parts is None:
            return line
        row = split(line)
        chosen: list[str] = []
        for part in self.parts:
            chosen += part.cells(row) if isinstance(part, Slice) else [row[_position(part, row)]]
        return ",".join(chosen)


ALL = Selection(None)


def parse(path: str) -> Selection:
    """Read `$`, `$[1:]`, `$[1:4]`, `$[0,-1]` or `$[0,5:]`.

    Raises:
        SelectionError: another form; AWS's own message for two slices.
    """
    if path in ("$", ""):
        return ALL
    if not (path.startswith("$[") and path.endswith("]")):
        raise SelectionError(
            f"Invalid JsonPath: {path}: local AWS selects CSV cells by position, such as $[1:] or $[0,-1]"
        )
    texts = [text.strip() for text in path[2:-1].split(",")]
    parts = tuple(_part(text, path) for text in texts)
    if sum(isinstance(part, Slice) for part in parts) > 1:
        raise SelectionError(
            f"Invalid JsonPath: {path}: only single range filters of format (eg: [1:5]) are supported. "
            f"Format {path[1:]} is not supported"
        )
    return Selection(parts)


def split(line: str) -> list[str]:
    """Split a CSV line into its cells as they are written, quotes included."""
    if '"' not in line:
        return line.split(",")
    cells, position = [], 0
    while position <= len(line):
        match = CELLS.match(line, position)
        end = match.end() if match else position
        cells.append(line[position:end])
        if end < len(line) and line[end] != ",":
            raise SelectionError("a quote is not closed")
        position = end + 1
    return cells


def _part(text: str, path: str) -> int | Slice:
    if INDEX.fullmatch(text):
        return int(text)
    if match := SLICE.fullmatch(text):
        start, end = match.groups()
        return Slice(None if start is None else int(start), None if end is None else int(end))
    raise SelectionError(f"Invalid JsonPath: {path}: {text!r} is not a position or a range such as 1:4")


def _position(index: int, row: list[str]) -> int:
    position = index + len(row) if index < 0 else index
    if not 0 <= position < len(row):
        raise SelectionError(f"index {index} is not within the {len(row)} columns of the row")
    return position
