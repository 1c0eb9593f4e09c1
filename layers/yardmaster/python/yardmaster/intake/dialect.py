"""Guessing from the first lines: what separates the cells, and whether the first line is a header."""

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from yardmaster.errors import RefusedError
from yardmaster.intake.cells import is_missing, is_number
from yardmaster.intake.refusals import refused

if TYPE_CHECKING:
    from _csv import Reader

CANDIDATES: Final = ",;\t|"
SAMPLE_ROWS: Final = 1000
_TITLE_LINES: Final = 10
"""In so many lines a table's header is looked for, if the first is no header."""

Row = tuple[str, ...]


def parse(text: str, delimiter: str) -> "Reader":
    """Return a reader of records: double quotes, doubled inside; spaces after a delimiter don't count."""
    return csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, skipinitialspace=True, strict=True)


def first_rows(data: bytes, delimiter: str, name: str, *, whole: bool) -> tuple[list[Row], int]:
    """Return the first records of a block, without blank lines, and how many lines the first of them ends at.

    Args:
        data: Whole lines of UTF-8.
        delimiter: One character.
        name: What messages call the file.
        whole: False if the file goes on after `data`: then the last record may be cut inside quotes.

    Raises:
        RefusedError: Quotes that can't be read.
    """
    rows: list[Row] = []
    reader = parse(data.decode(), delimiter)
    first_ends = ended = 0
    try:
        for row in reader:
            if not is_blank(row):
                rows.append(tuple(cell.strip() for cell in row))
                first_ends = first_ends or reader.line_num
            ended = reader.line_num
            if len(rows) > SAMPLE_ROWS:
                break
    except csv.Error as error:
        if whole or not rows:
            raise unreadable_quotes(error, name, ended + 1) from error
    return rows, first_ends


def is_blank(row: Sequence[str]) -> bool:
    """Tell whether a record is a blank line."""
    return not row or (len(row) == 1 and not row[0].strip())


def unreadable_quotes(error: csv.Error, name: str, line: int) -> RefusedError:
    """Say in our words what the csv module found."""
    if "field larger" in str(error):
        problem = (
            f"a cell has more than {csv.field_size_limit():,} characters: shorten it, or close the quote before it"
        )
        return refused(problem, file=name, line=line)
    if ends_inside_quotes(error):
        return refused("a quote that is opened near here is never closed", file=name, line=line)
    return refused('a quote inside quotes must be doubled: ""', file=name, line=line)


def ends_inside_quotes(error: csv.Error) -> bool:
    """Tell whether the text ended before a quote was closed."""
    return "unexpected end" in str(error)


def sniff(data: bytes) -> str | None:
    """Return what separates the cells, of `, ; tab |`; None if nothing makes two columns.

    The best makes the most of the first 50 records as wide as the first one, then the most columns.
    """
    text = "\n".join(data.decode().split("\n", 50)[:50])
    scores = {candidate: _score(text, candidate) for candidate in CANDIDATES}
    best = max(scores, key=lambda candidate: scores[candidate])
    return best if scores[best][1] > 1 else None


def begins_late(data: bytes) -> bool:
    """Tell whether a table begins a few lines further down, below a title or comments."""
    lines = data.split(b"\n", 50)[:50]
    return any(sniff(b"\n".join(lines[skipped:])) for skipped in range(1, min(len(lines), _TITLE_LINES)))


def _score(text: str, delimiter: str) -> tuple[float, int]:
    """Return the share of records that are as wide as the first, and that width."""
    widths: list[int] = []
    with suppress(csv.Error):  # Quotes that this delimiter can't explain, or the sample's end: what was read counts.
        widths.extend(len(row) for row in parse(text, delimiter) if not is_blank(row))
    if not widths or widths[0] < 2:
        return 0.0, 0
    return widths.count(widths[0]) / len(widths), widths[0]


def looks_like_header(rows: Sequence[Row]) -> bool:
    """Tell whether the first record names the columns.

    It does if no cell of it is a number, none is twice there, and it differs in kind from what follows: below some
    name there are numbers only; or, in a file of texts alone, no name comes again below itself.
    """
    first, below = rows[0], rows[1:]
    names = [name for name in first if name]
    if not names or len(set(names)) < len(names) or any(is_number(name.encode()) for name in names):
        return False
    columns = [[row[i].encode() for row in below if i < len(row)] for i in range(len(first))]
    if any(_all_numbers(column) for column in columns):
        return True
    return all(name.encode() not in column for name, column in zip(first, columns, strict=True))


def _all_numbers(column: list[bytes]) -> bool:
    """Tell whether there are numbers, and nothing else but missing values."""
    present = [cell for cell in column if not is_missing(cell)]
    return bool(present) and all(map(is_number, present))
