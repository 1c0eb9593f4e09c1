"""The influence functions: their mean is 0, and they predict what leaving rows out does."""

import random
import statistics
from collections.abc import Iterator

import pytest
from scipy import stats

from yardmaster.rules.columns.plain import Plain
from yardmaster.rules.gate import words
from yardmaster.rules.gate.influence import influence
from yardmaster.rules.gate.paired import compare, rows_to_settle, student_quantile
from yardmaster.rules.metrics import Problem, Scores, measure, metric_names

pytestmark = pytest.mark.usefixtures("each_engine")

ROWS = 400


def data(problem: Problem) -> Scores:
    source = random.Random(7)
    if problem is Problem.REGRESSION:
        labels = [source.gauss(0, 2) for _ in range(ROWS)]
        return Scores(labels, ([label + source.gauss(0, 1) for label in labels],))
    if problem is Problem.CLUSTERING:
        spreads = [abs(source.gauss(0, 2)) + 0.1 for _ in range(ROWS)]
        return Scores(spreads, ([spread * source.random() for spread in spreads],))
    classes = 2 if problem is Problem.BINARY else 3
    labels = [float(source.randrange(classes)) for _ in range(ROWS)]
    # Two decimals, so that there are ties.
    weights = [[1 + source.random() + 0.5 * (place == label) for place in range(classes)] for label in labels]
    columns = tuple([round(row[place] / sum(row), 2) for row in weights] for place in range(classes))
    return Scores(labels, columns[1:] if problem is Problem.BINARY else columns)


def cases() -> Iterator[tuple[Problem, str]]:
    for problem in Problem:
        for metric in metric_names(problem, ("0", "1", "2") if problem is Problem.MULTICLASS else ()):
            yield problem, metric


@pytest.mark.parametrize(("problem", "metric"), list(cases()))
def test_influences_are_what_the_jackknife_finds(problem: Problem, metric: str) -> None:
    scores = data(problem)
    whole = measure(problem, scores)
    value = whole.metrics.values[metric]
    assert value is not None
    found = influence(metric, whole)
    assert statistics.fmean(found) == pytest.approx(0, abs=1e-9)
    places = range(0, ROWS, 20)
    jackknife = []
    for place in places:
        columns = tuple([*column[:place], *column[place + 1 :]] for column in scores.columns)
        rest = Scores([*scores.labels[:place], *scores.labels[place + 1 :]], columns)
        without = measure(problem, rest).metrics.values[metric]
        assert without is not None
        jackknife.append((ROWS - 1) * (value - without))
    spread = max(map(abs, found))
    assert [found[place] for place in places] == pytest.approx(jackknife, abs=0.03 * spread)


@pytest.mark.parametrize("freedom", [3, 5, 10, 30, 1000])
@pytest.mark.parametrize("confidence", [0.8, 0.9, 0.95, 0.99])
def test_the_quantile_is_students(confidence: float, freedom: int) -> None:
    assert student_quantile(confidence, freedom) == pytest.approx(stats.t.ppf(confidence, freedom), rel=0.02)


def test_one_row_of_difference_is_hardly_evidence() -> None:
    many = compare(0.05, Plain([1.0] * 5 + [0.0] * 95), Plain([0.0] * 100), 0.95)
    one = compare(0.01, Plain([1.0] + [0.0] * 99), Plain([0.0] * 100), 0.95)
    assert many.lower > 0 > one.lower


def test_with_the_rows_it_asks_for_the_bound_has_room_to_spare() -> None:
    comparison = compare(0.01, Plain([1.0, -1.0] * 200), Plain([0.0] * 400), 0.95)
    needed = rows_to_settle(comparison, 0.0, 0.95)
    error = comparison.error * (400 / needed) ** 0.5
    assert comparison.advantage / error == pytest.approx(stats.norm.ppf(0.95) + stats.norm.ppf(0.8))


@pytest.mark.parametrize(
    ("count", "text"),
    [(43.2, "about 44"), (52_311.4, "about 53,000"), (2.1e9, "about 2,100,000,000"), (float("inf"), "")],
)
def test_rows_are_rounded_up_to_two_digits(count: float, text: str) -> None:
    assert words.rows(count) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.81234, "0.8123"), (0.0, "0.0000"), (-0.00002, "-2e-05"), (1234.5, "1234.5000"), (123456.78, "123,456.8")],
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert words.number(value) == text
