"""How models are asked on the test rows, and how their answers are read."""

from dataclasses import replace
from typing import Any

import pytest

from yardmaster.errors import MeasurementError
from yardmaster.records import Problem
from yardmaster.rules.gate import Condition, Verdict, evaluate_gate
from yardmaster.rules.metrics import Scored, Scores, measure
from yardmaster.rules.metrics.json_lines import parse_json_lines
from yardmaster.rules.metrics.test_rows import answers_alone, distances_to_the_middle, labels_of, with_labels
from yardmaster.rules.registering import approval_asked
from yardmaster.rules.scoring import output_filter, scoring_of, width_of
from yardmaster.spec.profile import Answers, Profile
from yardmaster.spec.schema import RegisterSpec

CSV = Profile("one", (Problem.BINARY,))
JSON = replace(
    CSV,
    answers=Answers.JSON_LINES,
    accept="application/jsonlines",
    scores={Problem.BINARY: ("score",), Problem.CLUSTERING: ("distance_to_cluster",)},
)


def read(text: str, problem: Problem, classes: int = 0, members: tuple[str, ...] = ("score", "labels")) -> Scores:
    pieces = [text.encode()[at : at + 7] for at in range(0, len(text), 7)]
    return parse_json_lines(pieces, problem, classes, members)


def test_labels_are_joined_by_sagemaker_where_rows_and_answers_are_alike() -> None:
    asked = scoring_of(CSV, Problem.REGRESSION)
    assert asked is not None
    assert (asked.joined, asked.labelled, asked.accept) == (True, True, "text/csv")
    assert output_filter(7) == "$[0,8:]"


def test_answers_in_json_are_paired_by_their_order() -> None:
    asked = scoring_of(JSON, Problem.BINARY)
    assert asked is not None
    assert (asked.joined, asked.labelled, asked.members) == (False, True, ("score",))


@pytest.mark.parametrize("problem", [Problem.CLUSTERING, Problem.NONE])
def test_rows_without_labels_go_to_the_model_whole(problem: Problem) -> None:
    for profile in (CSV, JSON):
        asked = scoring_of(profile, problem)
        assert asked is not None
        assert (asked.joined, asked.labelled) == (False, False)


def test_libsvm_keeps_its_label_and_images_are_not_asked() -> None:
    asked = scoring_of(CSV, Problem.BINARY, "text/libsvm")
    assert asked is not None
    assert (asked.content_type, asked.joined, asked.labelled) == ("text/libsvm", False, False)
    assert scoring_of(CSV, Problem.NONE, "application/x-image") is None
    assert scoring_of(replace(CSV, tabular=False), Problem.NONE) is None


@pytest.mark.parametrize(("problem", "width"), [(Problem.BINARY, 1), (Problem.MULTICLASS, 3), (Problem.NONE, 0)])
def test_an_answer_has_as_many_numbers_as_the_problem_asks_for(problem: Problem, width: int) -> None:
    assert width_of(problem, 3) == width


@pytest.mark.parametrize(
    ("line", "problem", "classes", "numbers"),
    [
        ('{"score": 0.25}', Problem.BINARY, 2, [0.25]),
        ('{"score": [0.7, 0.3]}', Problem.BINARY, 2, [0.3]),
        ('{"labels": [1.0, 0.0, 1.0, 1.0]}', Problem.BINARY, 2, [0.75]),
        ('{"score": [0.5, 0.2, 0.3], "predicted_label": 0}', Problem.MULTICLASS, 3, [0.5, 0.2, 0.3]),
        ('{"labels": [2.0, 2.0, 0.0, 1.0]}', Problem.MULTICLASS, 3, [0.25, 0.25, 0.5]),
        ('{"predicted_label": 1}', Problem.MULTICLASS, 3, [0, 1, 0]),
        ('{"score": 12.5}', Problem.REGRESSION, 0, [12.5]),
        ('{"score": [12.5]}', Problem.REGRESSION, 0, [12.5]),
        ("12.5", Problem.REGRESSION, 0, [12.5]),
        ('{"closest_cluster": 3.0, "distance_to_cluster": 4.5}', Problem.CLUSTERING, 0, [4.5]),
        ('{"projection": [1.0, -2.0]}', Problem.NONE, 0, []),
    ],
)
def test_a_line_of_json_gives_its_numbers(line: str, problem: Problem, classes: int, numbers: list[float]) -> None:
    members = ("score", "labels", "predicted_label", "distance_to_cluster", "projection")
    found = read(f"{line}\n{line}\n", problem, classes, members)
    assert found.rows == 2
    assert [column[1] for column in found.columns] == pytest.approx(numbers)


@pytest.mark.parametrize(
    ("line", "problem", "words"),
    [
        ("{score: 1}", Problem.BINARY, "it is no JSON"),
        ('{"other": 1}', Problem.BINARY, "it has none of the members score, labels"),
        ('{"score": NaN}', Problem.BINARY, "score is no finite number"),
        ('{"score": []}', Problem.NONE, "score is no finite number"),
        ('{"score": null}', Problem.BINARY, "it holds no numbers where they should be"),
        ('{"score": "secret"}', Problem.BINARY, "it holds no numbers where they should be"),
        ('{"score": [1, 2, 3]}', Problem.BINARY, "score has 3 numbers, and there are two classes"),
        ('{"score": [1, 2]}', Problem.MULTICLASS, "score has 2 numbers, and there are 3 classes"),
        ('{"labels": [5.0]}', Problem.MULTICLASS, "labels names no class: there are 3"),
        ('{"score": [1, 2]}', Problem.REGRESSION, "score has 2 numbers, not one"),
    ],
)
def test_a_line_that_can_t_be_read_is_named_and_its_value_is_not(line: str, problem: Problem, words: str) -> None:
    with pytest.raises(MeasurementError, match="line 2 of the transform output") as caught:
        read(f'{{"score": {"[1, 2, 3]" if problem is Problem.MULTICLASS else 0.5}}}\n{line}\n', problem, 3)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)


def test_labels_are_the_first_numbers_of_the_rows() -> None:
    assert list(labels_of([b"1,2,3\n0", b",5,6\n2"])) == [1, 0, 2]
    assert list(labels_of([b"1:0.5 0:2 3:1\n0 1:1\n"], b" ")) == [1, 0]
    with pytest.raises(MeasurementError, match="line 2 of the test rows does not begin with a label"):
        labels_of([b"1,2\nx,2\n"])


def test_answers_must_be_as_many_as_rows() -> None:
    answers = answers_alone([b"0.5\n0.", b"25\n"], 1)
    assert list(with_labels(answers, [1.0, 0.0]).labels) == [1, 0]
    with pytest.raises(MeasurementError, match="3 test rows got 2 answers"):
        with_labels(answers, [1.0, 0.0, 1.0])


def test_one_group_explains_nothing_and_a_group_for_each_row_all() -> None:
    files = [lambda: [b"0,0\n4,0\n"], lambda: [b"0,4\n", b"4,4"]]
    whole = distances_to_the_middle(files)
    assert [len(part) for part in whole] == [2, 2]
    spread = [*whole[0], *whole[1]]
    assert spread == pytest.approx([8**0.5] * 4)
    one = measure(Problem.CLUSTERING, Scores(spread, (spread,)))
    assert one.metrics.values == pytest.approx({"explained": 0, "msd": 8, "mean_distance": 8**0.5})
    each = measure(Problem.CLUSTERING, Scores(spread, ([0.0] * 4,)))
    assert each.metrics.values["explained"] == 1
    with pytest.raises(MeasurementError, match="there are no test rows"):
        distances_to_the_middle([list])


def clustered(share: float) -> Scored:
    spread = [1 + n % 9 / 9 for n in range(400)]
    return measure(Problem.CLUSTERING, Scores(spread, ([value * share for value in spread],)))


@pytest.mark.parametrize(("share", "verdict"), [(0.2, Verdict.PASS), (0.5, Verdict.FAIL)])
def test_groups_are_compared_with_those_in_service(share: float, verdict: Verdict) -> None:
    condition = Condition("explained", versus="baseline", margin=0.005)
    assert evaluate_gate([condition], clustered(share), clustered(0.2)).verdict is verdict


def test_rows_that_are_all_equal_decide_nothing() -> None:
    same = measure(Problem.CLUSTERING, Scores([0.0] * 20, ([0.0] * 20,)))
    assert same.metrics.values["explained"] is None
    assert evaluate_gate([Condition("explained", min=0)], same, None).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("said", "problem", "approval"),
    [
        ({}, Problem.BINARY, "Approved"),
        ({}, Problem.CLUSTERING, "Approved"),
        ({}, Problem.NONE, "PendingManualApproval"),
        ({"approval_status": "Approved"}, Problem.NONE, "Approved"),
        ({"approval_status": "PendingManualApproval"}, Problem.BINARY, "PendingManualApproval"),
    ],
)
def test_a_person_looks_at_what_nothing_measures(said: dict[str, Any], problem: Problem, approval: str) -> None:
    assert approval_asked(RegisterSpec.model_validate(said), problem) == approval
