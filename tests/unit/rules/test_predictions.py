import pytest

from yardmaster.errors import MeasurementError
from yardmaster.records import Problem
from yardmaster.rules.predictions import answer_names, features_filter, flattened, kept_filter


def test_a_line_has_features_first_and_then_what_is_kept() -> None:
    assert (features_filter(3), kept_filter(3)) == ("$[0:2]", "$[3:]")
    assert max(len(features_filter(10**9)), len(kept_filter(10**9))) <= 63


@pytest.mark.parametrize(
    ("problem", "cells", "names"),
    [
        (Problem.BINARY, 1, ("score",)),
        (Problem.REGRESSION, 1, ("prediction",)),
        (Problem.MULTICLASS, 2, ("cat", "dog")),
        (Problem.MULTICLASS, 1, ("prediction",)),
        (Problem.NONE, 3, ("prediction_1", "prediction_2", "prediction_3")),
    ],
)
def test_answers_have_names(problem: Problem, cells: int, names: tuple[str, ...]) -> None:
    assert answer_names(problem, ("cat", "dog"), cells) == names


def test_an_answer_in_json_becomes_cells() -> None:
    assert flattened(b'{"score": 0.5, "labels": [1, "b"]}', 1) == {"score": "0.5", "labels_1": "1", "labels_2": "b"}
    with pytest.raises(MeasurementError, match="answer 7 is no JSON"):
        flattened(b"{", 7)
    with pytest.raises(MeasurementError, match="more than numbers and words in a"):
        flattened(b'{"a": {"b": 1}}', 1)
