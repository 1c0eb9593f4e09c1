"""Labels and scores, and the strict parser of the lines that a transform job writes: `label,score[,score…]`."""

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

from yardmaster.errors import MeasurementError

_NUMBER = b"0123456789.eE+-"
_SEPARATORS = b",\n"
_DECORATION = b" []\"'\r\t"
"""What containers print around probabilities; the XGBoost container writes multiclass rows as lists."""
_NOT_SEPARATORS = bytes(set(range(256)) - set(_SEPARATORS))
_MEMO_LIMIT = 4096


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


class _Labels(dict[bytes, float]):
    """Remembers the labels that repeat, since classes are few: half of the parsing time is saved."""

    def __missing__(self, text: bytes) -> float:
        value = float(text)
        if len(self) < _MEMO_LIMIT:
            self[text] = value
        return value


def parse_scores(chunks: Iterable[bytes], score_columns: int) -> Scores:
    """Read the output of one transform job whose lines are `label,score` or `label,p1,…,pk`.

    Brackets, quotes and blanks around the numbers are tolerated, nothing else is.

    Args:
        chunks: The file's bytes, cut anywhere.
        score_columns: How many scores follow the label.

    Raises:
        MeasurementError: A line has another shape, or a field is not a finite number; it names the line.
    """
    width = score_columns + 1
    fields = [array("d") for _ in range(width)]
    known = _Labels()
    for block in _whole_lines(chunks):
        try:
            _add(block, fields, known)
        except ValueError:
            raise _explain(block, width, len(fields[0])) from None
    return Scores(fields[0], tuple(fields[1:]))


def join_scores(parts: Sequence[Scores]) -> Scores:
    """Return the rows of several files (the test channels of several drops) one after the other.

    Raises:
        MeasurementError: There are none, or they have different numbers of score columns.
    """
    if len({len(part.columns) for part in parts}) != 1:
        raise MeasurementError("the scored files to join must be at least one, all with the same score columns")
    labels, columns = array("d"), [array("d") for _ in parts[0].columns]
    for part in parts:
        labels.extend(part.labels)
        for column, more in zip(columns, part.columns, strict=True):
            column.extend(more)
    return Scores(labels, tuple(columns))


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


def _add(block: bytes, fields: "list[array[float]]", known: _Labels) -> None:
    """Append the rows of a block to the fields, or raise ValueError and leave every field as it was."""
    width = len(fields)
    skeleton = block.translate(None, _NOT_SEPARATORS)
    if skeleton != (b"," * (width - 1) + b"\n") * (len(skeleton) // width):
        raise ValueError
    parts = block[:-1].replace(b"\n", b",").split(b",")
    if block.translate(None, _NUMBER + _SEPARATORS):
        if block.translate(None, _NUMBER + _SEPARATORS + _DECORATION):
            raise ValueError
        parts = list(map(bytes.strip, parts, repeat(_DECORATION)))
    columns = [array("d", map(known.__getitem__, parts[0::width]))]
    columns += [array("d", map(float, parts[place::width])) for place in range(1, width)]
    if not all(map(_finite, columns)):
        raise ValueError
    for field, column in zip(fields, columns, strict=True):
        field.extend(column)


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
