"""Scores from the answers of models that speak JSON: one line for each row, in the order of the rows.

Sources: the developer guide's inference formats of linear learner (`score`), k-means (`distance_to_cluster`), k-NN
(`labels` of the neighbours with `verbose=true`, `predicted_label`), PCA (`projection`).
"""

import json
import math
from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from yardmaster.errors import MeasurementError
from yardmaster.records import Problem
from yardmaster.rules.metrics.scores import Scores, check_size
from yardmaster.rules.metrics.text_lines import lines_of

VOTES = "labels"
"""The neighbours' labels: each is a vote for its class."""
_CHOICE = frozenset({"predicted_label", "predicted_labels"})
"""What names a class, and no probability."""


class _OddAnswerError(Exception):
    """An answer that can be read, and is not what it should be; the message tells none of its values."""


def parse_json_lines(chunks: Iterable[bytes], problem: Problem, classes: int, members: Sequence[str]) -> Scores:
    """Read a model's answers; the labels of the result are all 0, since these answers know none.

    Args:
        chunks: The file's bytes, cut anywhere.
        problem: What is predicted.
        classes: How many classes there are, if it is classes.
        members: Where the numbers of a row are: the first of these members that a line has.

    Raises:
        MeasurementError: A line is no JSON, has none of the members, or no finite numbers there (it names the line).
    """
    width = classes if problem is Problem.MULTICLASS else (0 if problem is Problem.NONE else 1)
    columns = [array("d") for _ in range(width)]
    rows = 0
    for rows, line in enumerate(lines_of(chunks), start=1):
        try:
            found = _numbers(json.loads(line), problem, classes, members)
        except (_OddAnswerError, ValueError, TypeError) as error:
            raise MeasurementError(f"line {rows} of the transform output: {_why(error)}") from None
        for column, number in zip(columns, found, strict=False):
            column.append(number)
        if rows % 100_000 == 0:
            check_size(rows, max(width, 1))
    check_size(rows, max(width, 1))
    return Scores(array("B", bytes(rows)), tuple(columns))


def _why(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return "it is no JSON"
    return str(error) if isinstance(error, _OddAnswerError) else "it holds no numbers where they should be"


def _numbers(answer: Any, problem: Problem, classes: int, members: Sequence[str]) -> list[float]:
    """Return the numbers of one row's answer."""
    member, value = _member(answer, members)
    numbers = [float(one) for one in (value if isinstance(value, list) else [value])]
    if not numbers or not all(math.isfinite(number) for number in numbers):
        raise _OddAnswerError(
            f"{member} is no finite number" if len(numbers) < 2 else f"{member} has no finite numbers"
        )
    match problem:
        case Problem.BINARY:
            return [_of_binary(member, numbers)]
        case Problem.MULTICLASS:
            return _of_classes(member, numbers, classes)
        case Problem.REGRESSION | Problem.CLUSTERING:
            if len(numbers) != 1:
                raise _OddAnswerError(f"{member} has {len(numbers)} numbers, not one")
            return numbers
        case Problem.NONE:
            return []


def _member(answer: Any, members: Sequence[str]) -> tuple[str, Any]:
    if not isinstance(answer, dict):
        return "the line", answer
    member = next((name for name in members if name in answer), None)
    if member is None:
        raise _OddAnswerError(f"it has none of the members {', '.join(members)}")
    return member, answer[member]


def _of_binary(member: str, numbers: list[float]) -> float:
    """Return the score of the positive class: it is the only one, or the second of two, or its share of the votes."""
    if member == VOTES:
        return sum(number == 1.0 for number in numbers) / len(numbers)
    if len(numbers) > 2:
        raise _OddAnswerError(f"{member} has {len(numbers)} numbers, and there are two classes")
    return numbers[-1]


def _of_classes(member: str, numbers: list[float], classes: int) -> list[float]:
    """Return a number for each class: as they are, or the shares of the votes, or 1 for the one that is named."""
    if member == VOTES or (member in _CHOICE and len(numbers) == 1):
        votes = [0.0] * classes
        for number in numbers:
            if not (number.is_integer() and 0 <= number < classes):
                raise _OddAnswerError(f"{member} names no class: there are {classes}")
            votes[int(number)] += 1 / len(numbers)
        return votes
    if len(numbers) != classes:
        raise _OddAnswerError(f"{member} has {len(numbers)} numbers, and there are {classes} classes")
    return numbers
