"""What is read of the test rows themselves, where a model's answers come without the labels beside them."""

import math
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from yardmaster.errors import MeasurementError
from yardmaster.rules.metrics.scores import Scores, parse_scores
from yardmaster.rules.metrics.text_lines import lines_of

Chunks = Callable[[], Iterable[bytes]]
"""Opens a file; it may be opened again."""


def labels_of(chunks: Iterable[bytes], separator: bytes = b",") -> "array[float]":
    """Return the first number of each row: the label of CSV, and with a blank as separator that of libsvm.

    Raises:
        MeasurementError: A row does not begin with a finite number (it names the line).
    """
    labels = array("d")
    for number, line in enumerate(lines_of(chunks), start=1):
        try:
            # libsvm may weigh a row: `label:weight`.
            label = float(line.split(separator, 1)[0].split(b":", 1)[0])
        except ValueError:
            label = math.nan
        if not math.isfinite(label):
            raise MeasurementError(f"line {number} of the test rows does not begin with a label that is a number")
        labels.append(label)
    return labels


def with_labels(answers: Scores, labels: Sequence[float]) -> Scores:
    """Put labels beside answers, row by row.

    Raises:
        MeasurementError: They don't pair.
    """
    if answers.rows != len(labels):
        raise MeasurementError(f"{len(labels):,} test rows got {answers.rows:,} answers: they don't pair")
    return replace(answers, labels=labels)


def answers_alone(chunks: Iterable[bytes], score_columns: int) -> Scores:
    """Read answers in CSV that no label stands beside; the labels of the result are all 0."""
    return parse_scores((b"0," + line + b"\n" for line in lines_of(chunks)), score_columns)


def distances_to_the_middle(files: Sequence[Chunks]) -> "list[array[float]]":
    """Return for each row of some files its distance to the middle of the rows of all: what one single group reaches.

    Args:
        files: Rows of numbers in CSV, without labels.

    Raises:
        MeasurementError: A cell is no number (it names the line), or there is no row.
    """
    totals: list[float] = []
    rows = 0
    for row in (row for file in files for row in _rows(file())):
        totals = [total + cell for total, cell in zip(totals or [0.0] * len(row), row, strict=True)]
        rows += 1
    if not rows:
        raise MeasurementError("there are no test rows to measure")
    middle = [total / rows for total in totals]
    return [array("d", (math.dist(row, middle) for row in _rows(file()))) for file in files]


def _rows(chunks: Iterable[bytes]) -> Iterator[list[float]]:
    for number, line in enumerate(lines_of(chunks), start=1):
        try:
            yield [float(cell) for cell in line.split(b",")]
        except ValueError:
            raise MeasurementError(f"line {number} of the test rows holds a cell that is no number") from None
