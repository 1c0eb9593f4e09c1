"""How the rows of a batch stand in the job, and what its answers are called in the results.

A staged line of a table has the model's features first, then the cells that are kept: so one range of each filter is
enough, whatever the kept cells hold. SageMaker splits a joined line by commas, whatever is between its cells.
"""

import json
from collections.abc import Sequence
from typing import Any

from yardmaster.errors import MeasurementError
from yardmaster.records import Problem


def features_filter(features: int) -> str:
    """Return the InputFilter with which the model gets a row's features alone; a range's end is one of its cells.

    https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
    """
    return f"$[0:{features - 1}]"


def kept_filter(features: int) -> str:
    """Return the OutputFilter with which the kept cells and the answer stay, of a row joined with it."""
    return f"$[{features}:]"


def answer_names(problem: Problem, classes: Sequence[str], cells: int) -> tuple[str, ...]:
    """Return what the cells of an answer are called in the results' header.

    Args:
        problem: What is predicted.
        classes: The label's classes in the order of their codes.
        cells: How many cells an answer has.
    """
    if cells == 1:
        return ("score",) if problem is Problem.BINARY else ("prediction",)
    if problem is Problem.MULTICLASS and cells == len(classes):
        return tuple(classes)
    return tuple(f"prediction_{place}" for place in range(1, cells + 1))


def flattened(line: bytes, number: int) -> dict[str, str]:
    """Return the cells of an answer in JSON by name: a list's members are numbered.

    Args:
        line: Such as `{"predicted_label": 1, "score": 0.9}`.
        number: The line's, for the message.

    Raises:
        MeasurementError: It is no JSON, or holds something else than numbers, words and lists of them.
    """
    try:
        answer = json.loads(line)
    except ValueError:
        raise MeasurementError(f"answer {number} is no JSON") from None
    if not isinstance(answer, dict):
        answer = {"prediction": answer}
    found: dict[str, str] = {}
    for name, value in answer.items():
        for cell, one in _cells(name, value):
            if isinstance(one, dict | list):
                raise MeasurementError(f"answer {number} holds more than numbers and words in {name}")
            found[cell] = one if isinstance(one, str) else json.dumps(one)
    return found


def _cells(name: str, value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, list):
        return [(f"{name}_{place}", one) for place, one in enumerate(value, start=1)]
    return [(name, value)]
