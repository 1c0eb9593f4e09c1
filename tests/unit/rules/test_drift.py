"""The warning about a canary's answers: silent where they are alike, told where they are not, with its numbers."""

import json
import random
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from yardmaster.records import Problem
from yardmaster.rules.answers import Answers, read_answers
from yardmaster.rules.drift import (
    SAMPLE,
    Alike,
    Different,
    Live,
    NotCompared,
    Sketch,
    compare,
    difference,
    sketch,
)
from yardmaster.rules.metrics.scores import Scores

NOON = 1_772_600_000.0
SEEDS = 100
Draw = Callable[[random.Random], float]


def beta(draw: random.Random) -> float:
    return draw.betavariate(0.6, 1.8)


def leaves(draw: random.Random) -> float:
    """A small tree's scores: few values, many ties."""
    return draw.choice([0.1, 0.1, 0.1, 0.35, 0.35, 0.8])


def prices(draw: random.Random) -> float:
    return draw.lognormvariate(5, 1)


def promise(draw: random.Random, of: Draw, rows: int = 2000, problem: Problem = Problem.BINARY) -> Sketch:
    return sketch(problem, Scores([0.0] * rows, ([of(draw) for _ in range(rows)],)))


def live(draw: random.Random, of: Draw, count: int = 300) -> Answers:
    return Answers(tuple((of(draw),) for _ in range(count)), count)


def classes(draw: random.Random, weights: list[float], count: int) -> list[tuple[float, ...]]:
    chosen = draw.choices(range(len(weights)), weights, k=count)
    return [tuple(0.9 if kind == one else 0.05 for kind in range(len(weights))) for one in chosen]


def promise_of_classes(rows: list[tuple[float, ...]]) -> Sketch:
    return sketch(Problem.MULTICLASS, Scores([0.0] * len(rows), tuple(zip(*rows, strict=True))))


NOBODY = Live(None, Answers(), "there is none")


@pytest.mark.parametrize("of", [beta, leaves, prices])
@pytest.mark.parametrize(("rows", "count"), [(2000, 300), (200, 30), (60, 2000), (2000, 2000)])
def test_the_same_distribution_is_no_warning(of: Draw, rows: int, count: int) -> None:
    alarms = 0
    for seed in range(SEEDS if rows + count < 2500 else 10):
        draw = random.Random(seed)
        alarms += difference(promise(draw, of, rows), live(draw, of, count)).strong
    assert alarms <= 0.01 * SEEDS


@pytest.mark.parametrize("weights", [[5, 3, 2], [1] * 10, [90, 5, 1, 1, 1, 1, 1]])
@pytest.mark.parametrize(("rows", "count"), [(2000, 300), (60, 30)])
def test_the_same_classes_are_no_warning(weights: list[float], rows: int, count: int) -> None:
    alarms = 0
    for seed in range(SEEDS):
        draw = random.Random(seed)
        promised = promise_of_classes(classes(draw, weights, rows))
        alarms += difference(promised, Answers(tuple(classes(draw, weights, count)), count)).strong
    assert alarms <= 0.01 * SEEDS


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda draw: 0.3, id="constant"),
        pytest.param(lambda draw: beta(draw) * 0.5 + 0.4, id="shifted"),
        pytest.param(lambda draw: 1 - beta(draw), id="classes swapped"),
        pytest.param(lambda draw: draw.random(), id="columns shuffled: noise"),
        pytest.param(lambda draw: 0.0, id="zero"),
    ],
)
def test_a_model_that_answers_nonsense_is_seen(wrong: Draw) -> None:
    missed = 0
    for seed in range(50):
        draw = random.Random(seed)
        missed += not difference(promise(draw, beta), live(draw, wrong, 100)).strong
    assert missed <= 2


def test_shuffled_classes_are_seen() -> None:
    for seed in range(50):
        draw = random.Random(seed)
        promised = promise_of_classes(classes(draw, [6, 3, 1], 1000))
        assert difference(promised, Answers(tuple(classes(draw, [1, 6, 3], 100)), 100)).strong


def test_a_large_difference_that_may_be_chance_is_no_warning() -> None:
    promised = Sketch(30, points=tuple(at / 30 for at in range(30)))
    found = difference(promised, Answers(tuple((at / 30 + 0.3,) for at in range(30)), 30))
    assert (found.size >= 0.25, found.strong) == (True, False)


def test_a_sure_difference_that_is_small_is_no_warning() -> None:
    draw = random.Random(1)
    found = difference(promise(draw, beta, 20_000), live(draw, lambda d: min(1.0, beta(d) + 0.03), 2000))
    assert (found.chance < 0.001, found.strong) == (True, False)


def test_a_sketch_is_small_whatever_the_test_channel_and_survives_json() -> None:
    draw = random.Random(1)
    found = promise(draw, beta, 3 * SAMPLE + 1)
    assert (len(found.points), found.rows <= SAMPLE) == (200, True)
    assert Sketch.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert not difference(found, live(draw, beta, 2000)).strong


@pytest.mark.parametrize("data", [None, {}, {"rows": 0, "points": [], "shares": []}, [], {"rows": "x"}])
def test_what_is_no_sketch_is_none(data: Any) -> None:
    assert Sketch.from_dict(data) is None


def test_the_warning_has_its_numbers_and_the_baselines() -> None:
    draw = random.Random(1)
    canary = Live(promise(draw, beta), live(draw, lambda d: 0.9))
    found = compare(canary, Live(promise(draw, beta), live(draw, beta, 500)))
    assert isinstance(found, Different)
    assert found.reason.startswith(
        "the canary's answers differ strongly from those on its test channel: Kolmogorov-Smirnov distance 0.9"
    )
    assert (
        "(strong from 0.25), by chance < 1e-9 (strong below 0.001), 300 captured answers beside 2,000 on"
        in found.reason
    )
    assert "; the baseline's own: 0.0" in found.reason
    assert found.reason.endswith(", 500 answers")


def test_without_the_baselines_answers_the_warning_says_so() -> None:
    draw = random.Random(1)
    canary = Live(promise(draw, beta), live(draw, lambda d: 0.9))
    assert compare(canary, NOBODY).reason.endswith("; the baseline's own: not known (there is none)")
    few = Live(promise(draw, beta), live(draw, beta, 4))
    assert compare(canary, few).reason.endswith("; the baseline's own: not known (4 were captured, and 30 are needed)")


def test_like_answers_are_told_too() -> None:
    draw = random.Random(1)
    assert isinstance(compare(Live(promise(draw, beta), live(draw, beta)), NOBODY), Alike)


@pytest.mark.parametrize(
    ("canary", "reason"),
    [
        (Live(None, Answers(), "they can't be read (AccessDenied)"), "they can't be read (AccessDenied)"),
        (Live(Sketch(9, (0.5,)), Answers(((0.5,),), 1)), "1 were captured, and 30 are needed"),
        (
            Live(Sketch(9, (0.5,)), Answers((), 0, 3, 50)),
            "0 were captured, beside 50 in another format than CSV or JSON and 3 that are not numbers, and 30 are "
            "needed",
        ),
    ],
)
def test_what_can_not_be_compared_is_said_and_is_no_warning(canary: Live, reason: str) -> None:
    assert compare(canary, NOBODY) == NotCompared(f"the canary's answers are not compared: {reason}")


def test_answers_that_are_no_numbers_are_a_warning_unless_the_baselines_are_none_either() -> None:
    promised = Sketch(100, (0.5,))
    canary = Live(promised, Answers((), 0, unreadable=40))
    found = compare(canary, Live(promised, Answers(((0.5,),) * 100, 100)))
    assert isinstance(found, Different)
    assert "40 of the canary's 40 captured answers are not the numbers that they should be" in found.reason
    assert isinstance(compare(canary, Live(promised, Answers((), 0, unreadable=100))), NotCompared)


# --- reading captures -----------------------------------------------------------------------------------------------


def line(
    data: str, content_type: str = "text/csv; charset=utf-8", encoding: str = "CSV", at: str = "05:00:00"
) -> bytes:
    output = {"observedContentType": content_type, "mode": "OUTPUT", "data": data, "encoding": encoding}
    metadata = {"eventId": "1", "inferenceTime": f"2026-03-04T{at}Z"}
    captured = {"captureData": {"endpointOutput": output}, "eventMetadata": metadata, "eventVersion": "0"}
    return json.dumps(captured).encode()


@pytest.mark.parametrize(
    ("captured", "width", "rows"),
    [
        (line("0.25"), 1, [(0.25,)]),
        (line("0.25,0.5,1e-3"), 1, [(0.25,), (0.5,), (0.001,)]),
        (line("0.25\n0.5\n"), 1, [(0.25,), (0.5,)]),
        (line("[0.1, 0.9],[0.3, 0.7]"), 2, [(0.1, 0.9), (0.3, 0.7)]),
        (line("0.1,0.9\n0.3,0.7\n"), 2, [(0.1, 0.9), (0.3, 0.7)]),
        (line(b64encode(b"0.25\n").decode(), encoding="BASE64"), 1, [(0.25,)]),
        (line('{"predictions": [{"score": 0.5}, {"score": 0.75}]}', "application/json", "JSON"), 1, [(0.5,), (0.75,)]),
        (
            line('{"predictions": [{"score": [0.5, 0.5], "predicted_label": 0}]}', "application/json", "JSON"),
            2,
            [(0.5, 0.5)],
        ),
        (line("[0.5, 0.75]", "application/json", "JSON"), 1, [(0.5,), (0.75,)]),
        (line('{"score": 0.5}\n{"score": 0.75}', "application/jsonlines", "JSON"), 1, [(0.5,), (0.75,)]),
    ],
)
def test_answers_are_read_in_each_form_that_containers_write(
    captured: bytes, width: int, rows: list[tuple[float, ...]]
) -> None:
    assert read_answers([captured], width, NOON) == Answers(tuple(rows), 1)


@pytest.mark.parametrize(
    "captured",
    [
        line("sorry"),
        line(""),
        line("nan"),
        line("0.5,oops"),
        line("[NaN]", "application/json", "JSON"),
        line('{"error": "sorry"}', "application/json", "JSON"),
        line('{"predictions": "sorry"}', "application/json", "JSON"),
    ],
)
def test_an_answer_that_is_no_number_counts_as_unreadable(captured: bytes) -> None:
    assert read_answers([captured], 1, NOON) == Answers(unreadable=1)


def test_too_many_or_too_few_numbers_for_the_classes_are_unreadable() -> None:
    assert read_answers([line("0.2,0.3,0.5,0.1")], 3, NOON) == Answers(unreadable=1)


def test_other_formats_count_apart_and_broken_or_early_lines_not_at_all() -> None:
    lines = [
        line("AAAA", "application/x-recordio-protobuf", "BASE64"),
        line("0.5", at="04:00:00"),
        line("0.5")[:-9],
        b"{}",
        b"[]",
        b'{"captureData": {"endpointInput": {}}, "eventMetadata": {"inferenceTime": "2026-03-04T05:00:00Z"}}',
    ]
    assert read_answers(lines, 1, NOON) == Answers(foreign=1)


def test_no_more_than_two_thousand_answers_are_read() -> None:
    found = read_answers([line(",".join(["0.5"] * 300))] * 100, 1, NOON)
    assert len(found.rows) == 2000
