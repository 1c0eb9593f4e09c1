"""Labels and scores, and the strict parser of the lines that a transform job writes: `label,score[,score…]`."""

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from yardmaster.errors import MeasurementError
from yardmaster.rules.columns import engine, has_numpy, spans
from yardmaster.rules.columns.lines import small_numbers

_NUMBER = b"0123456789.eE+-"
_SEPARATORS = b",\n"
_DECORATION = b" []\"'\r\t"
"""What containers print around probabilities; the XGBoost container writes multiclass rows as lists."""

MOST_SCORES = 10_000_000
"""Rows × score columns of one model. Measured: to compare two binary models on ten million rows takes about 20 CPU
seconds a condition, and 1.5 GB in all (earlier drops included), of the 1,769 MB that the function has."""
MOST_SCORES_WITHOUT_NUMPY = 3_000_000
"""At a million rows one condition takes up to 15 seconds, and 0.2 GiB."""


@dataclass(frozen=True)
class Scores:
    """The scored rows of a test channel, in its order.

    Attributes:
        labels: The true labels: 0 or 1, the index of a class, or a number.
        columns: One sequence for each score column: one for binary and regression, one per class for multiclass.
    """

    labels: Sequence[float]
    columns: tuple[Sequence[float], ...]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.labels)


def classes_of(scores: Scores) -> set[float]:
    """Return the labels that occur."""
    if isinstance(scores.labels, array) and scores.labels.typecode == "B":
        digits = scores.labels.tobytes()
        return {float(digit) for digit in range(10) if digit in digits}
    return set(scores.labels)


def check_size(rows: int, score_columns: int) -> None:
    """Make sure that a test set can be compared within a function's memory and time.

    Raises:
        MeasurementError: It is too large; the message says what to do.
    """
    most = (MOST_SCORES if has_numpy() else MOST_SCORES_WITHOUT_NUMPY) // score_columns
    if rows > most:
        without = "" if has_numpy() else " without numpy (the numeric layer)"
        raise MeasurementError(
            f"the test set has more than {most:,} rows of {score_columns} scores, the most that a function can "
            f"compare{without}: make split.test smaller, or evaluate.test_on.last"
        )


def first_difference(ours: Sequence[float], theirs: Sequence[float]) -> int | None:
    """Return the first row, from 0, in which two sequences of the same length differ; None if in none."""
    if ours is theirs:
        return None
    for start, stop in spans(len(ours)):
        mine, other = ours[start:stop], theirs[start:stop]
        if mine != other:  # Which a list and an array also are, whatever they hold.
            pairs = enumerate(zip(mine, other, strict=True), start=start)
            different = next((row for row, (one, two) in pairs if one != two), None)
            if different is not None:
                return different
    return None


def parse_scores(chunks: Iterable[bytes], score_columns: int) -> Scores:
    """Read the output of one transform job whose lines are `label,score` or `label,p1,…,pk`.

    Brackets, quotes and blanks around the numbers are tolerated, nothing else is.

    Args:
        chunks: The file's bytes, cut anywhere.
        score_columns: How many scores follow the label.

    Raises:
        MeasurementError: A line has another shape, or a field is not a finite number (it names the line); or there are
            too many rows.
    """
    width = score_columns + 1
    fields = [small_numbers(b""), *(array("d") for _ in range(score_columns))]
    for block in _whole_lines(chunks):
        rows = len(fields[0])
        try:
            found = _fields(block, width, rows)
        except ValueError:
            raise _explain(block, width, rows) from None
        check_size(rows + len(found[0]), score_columns)
        fields = [_joined(field, more) for field, more in zip(fields, found, strict=True)]
    return Scores(fields[0], tuple(fields[1:]))


def join_scores(parts: Sequence[Scores]) -> Scores:
    """Return the rows of several files (the test channels of several drops) one after the other.

    Raises:
        MeasurementError: There are none, they have different numbers of score columns, or too many rows together.
    """
    if len({len(part.columns) for part in parts}) != 1:
        raise MeasurementError("the scored files to join must be at least one, all with the same score columns")
    if len(parts) == 1:
        return parts[0]
    check_size(sum(part.rows for part in parts), len(parts[0].columns))
    joined = [array("d") for _ in parts[0].columns]
    labels = small_numbers(b"")
    for part in parts:
        labels = _joined(labels, part.labels)
        for column, more in zip(joined, part.columns, strict=True):
            column.extend(more)
    return Scores(labels, tuple(joined))


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield blocks that end with a newline; one is added to a last line without."""
    tail = b""
    for chunk in chunks:
        block = tail + chunk
        cut = block.rfind(b"\n") + 1
        tail = block[cut:]
        if cut:
            yield block[:cut]
    if tail:
        yield tail + b"\n"


def _fields(block: bytes, width: int, rows_before: int) -> "list[array[float]]":
    """Return the columns of a block: labels and scores.

    Raises:
        ValueError: Something in it is not as it should be.
    """
    if block.translate(None, _NUMBER + _SEPARATORS):
        block = _undecorated(block)
    columns = engine(rows_before).read(block, width)
    # Even the scores may be single digits.
    columns[1:] = [column if column.typecode == "d" else array("d", column) for column in columns[1:]]
    if not all(column.typecode == "B" or _finite(column) for column in columns):
        raise ValueError
    return columns


def _undecorated(block: bytes) -> bytes:
    """Return the block without what stands around its numbers.

    Raises:
        ValueError: There is more than that.
    """
    if block.translate(None, _NUMBER + _SEPARATORS + _DECORATION):
        raise ValueError
    lines = (line.split(b",") for line in block[:-1].split(b"\n"))
    return b"\n".join(b",".join(field.strip(_DECORATION) for field in line) for line in lines) + b"\n"


def _joined(labels: "array[float]", more: Sequence[float]) -> "array[float]":
    """Return the labels with more; bytes remain bytes as long as they can."""
    if labels.typecode == "B" and not (isinstance(more, array) and more.typecode == "B"):
        labels = array("d", labels)
    labels.extend(more)
    return labels


def _finite(values: Sequence[float]) -> bool:
    """Tell whether all are finite; the sum is, unless one is not (or it overflows)."""
    return math.isfinite(sum(values)) or all(map(math.isfinite, values))


def _explain(block: bytes, width: int, rows_before: int) -> MeasurementError:
    """Return the error for the first bad line of a block that could not be read."""
    for number, line in enumerate(block.split(b"\n")[:-1], start=rows_before + 1):
        parts = line.split(b",")
        if len(parts) != width:
            return MeasurementError(
                f"line {number} of the transform output has {len(parts)} fields, not {width} (a label and "
                f"{width - 1} scores)"
            )
        bad = next((place for place, part in enumerate(parts, start=1) if not _is_number(part)), None)
        if bad:
            return MeasurementError(f"line {number} of the transform output: field {bad} is not a finite number")
    return MeasurementError(f"the transform output can't be read after line {rows_before}")


def _is_number(part: bytes) -> bool:
    text = part.strip(_DECORATION)
    try:
        return not text.translate(None, _NUMBER) and math.isfinite(float(text))
    except ValueError:
        return False
