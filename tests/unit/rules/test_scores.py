"""The parser of transform output: tolerant of decoration, strict in all else."""

from array import array

import pytest

from yardmaster.errors import MeasurementError
from yardmaster.rules.metrics import Scores, join_scores, parse_scores

pytestmark = pytest.mark.usefixtures("each_engine")


@pytest.mark.parametrize(
    ("text", "labels", "columns"),
    [
        (b"1,0.9\n0,0.1\n", [1, 0], [[0.9, 0.1]]),
        (b"1,0.9\n0,0.1", [1, 0], [[0.9, 0.1]]),
        (b"1.0,9e-1\r\n0,.1\r\n", [1, 0], [[0.9, 0.1]]),
        (b"-2.5, -1E+2\n", [-2.5], [[-100]]),
        (b"2,0.1,0.2,0.7\n", [2], [[0.1], [0.2], [0.7]]),
        (b"2,[0.1, 0.2, 0.7]\n", [2], [[0.1], [0.2], [0.7]]),
        (b'2,"[0.1, 0.2, 0.7]"\n', [2], [[0.1], [0.2], [0.7]]),
        (b"", [], [[]]),
    ],
)
def test_it_reads_what_containers_print(text: bytes, labels: list[float], columns: list[list[float]]) -> None:
    scores = parse_scores([text], len(columns))
    assert list(scores.labels) == labels
    assert [list(column) for column in scores.columns] == columns


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_chunks_may_be_cut_anywhere(size: int) -> None:
    text = b"".join(b"%d,%d.5\n" % (row % 2, row) for row in range(30))
    scores = parse_scores([text[start : start + size] for start in range(0, len(text), size)], 1)
    assert list(scores.columns[0]) == [row + 0.5 for row in range(30)]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (b"1", "line 3 of the transform output has 1 fields, not 2"),
        (b"1,2,3", "line 3 of the transform output has 3 fields, not 2"),
        (b"", "line 3 of the transform output has 1 fields, not 2"),
        (b"1,secret", "line 3 of the transform output: field 2 is not a finite number"),
        (b"1,nan", "line 3 of the transform output: field 2 is not a finite number"),
        (b"1,inf", "line 3 of the transform output: field 2 is not a finite number"),
        (b"1,1e999", "line 3 of the transform output: field 2 is not a finite number"),
        (b",0.5", "line 3 of the transform output: field 1 is not a finite number"),
        (b"1,1_0", "line 3 of the transform output: field 2 is not a finite number"),
        (b"1,0. 5", "line 3 of the transform output: field 2 is not a finite number"),
        (b"1,\xff", "line 3 of the transform output: field 2 is not a finite number"),
    ],
)
@pytest.mark.parametrize("size", [4, 1000])
def test_a_bad_line_is_named_by_its_number_and_never_by_its_content(bad: bytes, words: str, size: int) -> None:
    text = b"1,0.5\n0,0.5\n" + bad + b"\n0,0.5\n"
    with pytest.raises(MeasurementError, match=words) as error:
        parse_scores([text[start : start + size] for start in range(0, len(text), size)], 1)
    assert "secret" not in str(error.value)


def test_two_bad_lines_do_not_make_up_for_each_other() -> None:
    with pytest.raises(MeasurementError, match="line 1 of the transform output has 3 fields, not 2"):
        parse_scores([b"1,2,3\n4\n"], 1)


def test_many_different_labels_are_read_exactly() -> None:
    values = [value / 7 for value in range(10_000)]
    scores = parse_scores(["".join(f"{value!r},{value!r}\n" for value in values).encode()], 1)
    assert list(scores.labels) == list(scores.columns[0]) == values


def test_files_are_joined_in_order() -> None:
    first, second = parse_scores([b"1,0.5\n"], 1), parse_scores([b"0,0.25\n1,0.75\n"], 1)
    assert join_scores([first, second]) == Scores(array("d", [1, 0, 1]), (array("d", [0.5, 0.25, 0.75]),))


@pytest.mark.parametrize("parts", [[], [Scores([1], ([1],)), Scores([1], ([1], [2]))]])
def test_files_that_do_not_fit_are_not_joined(parts: list[Scores]) -> None:
    with pytest.raises(MeasurementError, match="same score columns"):
        join_scores(parts)
