"""The two engines of columns: the same results, and numpy only where it pays and where it is."""

import math
import random
from array import array
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from yardmaster.errors import MeasurementError
from yardmaster.rules import columns
from yardmaster.rules.columns import decimals, lines, numeric, plain
from yardmaster.rules.columns.column import Column, Engine
from yardmaster.rules.metrics import Problem, Scores, measure, parse_scores, scores

NUMBERS = some.lists(some.one_of(some.floats(0, 1), some.sampled_from([0, 0.25, 0.5, 1])), min_size=1, max_size=40)


def test_few_rows_never_import_numpy_and_many_need_none() -> None:
    assert columns.engine(columns.NUMPY_ROWS - 1) is plain
    assert columns.engine(columns.NUMPY_ROWS) is numeric


def test_without_numpy_the_standard_library_computes_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "has_numpy", lambda: False)
    assert columns.engine(10**9) is plain


def both(compute: Callable[[Engine], Sequence[Column]]) -> tuple[list[list[float]], list[list[float]]]:
    first, second = ([list(column) for column in compute(engine)] for engine in (plain, numeric))
    return first, second


@given(NUMBERS, NUMBERS)
@settings(deadline=None, max_examples=50)
def test_places_are_the_same_in_any_order_and_with_ties(of: list[float], values: list[float]) -> None:
    def compute(engine: Engine) -> Sequence[Column]:
        return engine.places([engine.column(sorted(of))], engine.column(values))[0]

    first, second = both(compute)
    assert first == second
    assert first[0] == [sum(one < value for one in of) for value in values]
    assert first[1] == [sum(one <= value for one in of) for value in values]


@given(NUMBERS, some.data())
@settings(deadline=None, max_examples=50)
def test_the_first_of_equals_is_found_from_every_row_on(values: list[float], data: some.DataObject) -> None:
    ascending = sorted(values)
    start = data.draw(some.integers(0, len(values) - 1))
    stop = data.draw(some.integers(start + 1, len(values)))
    first, second = both(lambda engine: [engine.firsts(engine.column(ascending), start, stop)])
    assert first == second == [[ascending.index(value) for value in ascending[start:stop]]]


@pytest.mark.parametrize("problem", list(Problem))
def test_both_engines_find_the_same_figures_over_several_pieces(
    problem: Problem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(columns, "PIECE", 64)
    source = random.Random(3)
    labels = array("B", [source.randrange(3 if problem is Problem.MULTICLASS else 2) for _ in range(500)])
    # Two decimals: ties, also across the pieces' borders.
    drawn = [array("d", [round(source.random(), 2) for _ in labels]) for _ in range(3)]
    rows = Scores(labels, tuple(drawn) if problem is Problem.MULTICLASS else (drawn[0],))
    found = []
    for least in (math.inf, 0):
        monkeypatch.setattr(columns, "NUMPY_ROWS", least)
        found.append(measure(problem, rows).metrics)
    assert found[0].confusion == found[1].confusion
    assert found[0].curves == found[1].curves
    assert found[0].values == pytest.approx(found[1].values, rel=1e-12)


def shapes() -> list[str]:
    """Return numbers of many shapes, among them the hard ones."""
    source = random.Random(5)
    drawn = [source.random() for _ in range(500)]
    hard = ["0.5", "1.", ".5", "00.1", "1e5", "-3", "+2", "1E-5", "-0.0", "5.1e-05", "9007199254740993", "1" * 25]
    hard += ["9007199254740992.5", "0.99999999999999999", "18446744073709551615", "9999999999999999999"]
    # Half-way between two doubles, or next to that.
    hard += [str(2**60 + 128 * step + 64 + near) for step in range(50) for near in (-1, 0, 1)]
    return [*map(repr, drawn), *(f"{one:.9g}" for one in drawn), *(f"{one * 1e6:.3f}" for one in drawn), *hard]


@pytest.mark.parametrize("width", [1, 2, 5])
def test_numpy_reads_each_decimal_as_float_does(width: int) -> None:
    texts = shapes()
    texts = texts[: len(texts) // width * width]
    block = "".join(",".join(texts[at : at + width]) + "\n" for at in range(0, len(texts), width)).encode()
    found = decimals.read(block, width)
    assert [list(column) for column in found] == [list(map(float, texts[place::width])) for place in range(width)]


@given(some.lists(some.floats(allow_nan=False, allow_infinity=False), min_size=1))
@settings(deadline=None, max_examples=100)
def test_numpy_reads_what_python_writes(values: list[float]) -> None:
    block = "".join(f"{value!r}\n" for value in values).encode()
    assert list(decimals.read(block, 1)[0]) == values


@pytest.mark.parametrize("read", [lines.read, decimals.read])
@pytest.mark.parametrize(
    "block", [b"1.2.3,4\n", b".,1\n", b",1\n", b"1\n", b"1,2,3\n", b"a,1\n", b"1,2,3\n4\n", b"10,1\n,1\n"]
)
def test_both_readers_refuse_what_is_no_row(read: Callable[[bytes, int], object], block: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - it has no words: the caller finds them
        read(block, 2)


@pytest.mark.parametrize("read", [lines.read, decimals.read])
def test_a_column_of_single_digits_takes_a_byte_each(read: Callable[[bytes, int], list["array[float]"]]) -> None:
    labels, values = read(b"1,0.5\n0,1\n", 2)
    assert (labels.typecode, labels.tolist()) == ("B", [1, 0])
    assert (values.typecode, values.tolist()) == ("d", [0.5, 1])


@pytest.mark.parametrize(("numpy", "words"), [(True, "10 rows of 2 scores"), (False, "5 rows of 2 scores.*numpy")])
def test_a_test_set_too_large_to_compare_is_refused_in_words(
    numpy: bool, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scores, "MOST_SCORES", 20)
    monkeypatch.setattr(scores, "MOST_SCORES_WITHOUT_NUMPY", 10)
    monkeypatch.setattr(scores, "has_numpy", lambda: numpy)
    with pytest.raises(MeasurementError, match=f"more than {words}.*make split.test smaller"):
        parse_scores([b"1,0.5,0.5\n" * 11], 2)
