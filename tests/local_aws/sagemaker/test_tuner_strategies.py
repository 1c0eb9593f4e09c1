"""The search strategies alone: pure functions of a seed and the trials so far."""

import math
from collections import Counter
from itertools import product

import pytest

from local_aws.sagemaker.tuner.bayesian import Bayesian
from local_aws.sagemaker.tuner.grid import Grid
from local_aws.sagemaker.tuner.hyperband import Hyperband
from local_aws.sagemaker.tuner.median_rule import MedianRule
from local_aws.sagemaker.tuner.random_search import RandomSearch
from local_aws.sagemaker.tuner.space import Categorical, Continuous, Integer, Range, Scaling, Space
from local_aws.sagemaker.tuner.trials import Strategy, Trial

RANGES: list[Range] = [
    Continuous("x", 0, 1),
    Continuous("x", -3, 5, Scaling.LINEAR),
    Continuous("x", 0.0001, 1, Scaling.LOGARITHMIC),
    Continuous("x", 0, 0.999, Scaling.REVERSE_LOGARITHMIC),
    Integer("x", 1, 10),
    Integer("x", -2, 2, Scaling.LINEAR),
    Integer("x", 1, 1000, Scaling.LOGARITHMIC),
    Categorical("x", ("a", "b", "c")),
]
SPACE = Space((Continuous("eta", 0, 1), Integer("depth", 1, 10), Categorical("method", ("hist", "exact"))))


def ran(strategy: Strategy, count: int, score: float = 0.0) -> list[Trial]:
    """Return trials that all came to one score."""
    trials: list[Trial] = []
    for number in range(count):
        trials.append(Trial(number, strategy.propose(trials) or {}, score=score + number / 1000, completed=True))
    return trials


def hill(point: dict[str, str]) -> float:
    return -((float(point["eta"]) - 0.7) ** 2) - 0.01 * (int(point["depth"]) - 4) ** 2


@pytest.mark.parametrize("one", RANGES, ids=str)
def test_values_stay_within_their_range_and_reach_both_ends(one: Range) -> None:
    values = [one.at(step / 200) for step in range(200)] + [one.at(1.0)]
    if isinstance(one, Categorical):
        assert set(values) == set(one.values)
        return
    numbers = [float(value) for value in values]
    assert all(one.low <= number <= one.high for number in numbers)
    assert numbers == sorted(numbers)
    assert [numbers[0], numbers[-1]] == pytest.approx([one.low, one.high])


@pytest.mark.parametrize("one", [each for each in RANGES if isinstance(each, Continuous)], ids=str)
def test_the_place_of_a_value_leads_back_to_it(one: Continuous) -> None:
    for unit in (0.0, 0.1, 0.5, 0.93, 1.0):
        assert one.place(one.at(unit)) == pytest.approx(unit, abs=1e-9)


def test_a_logarithmic_scale_gives_each_order_of_magnitude_its_share() -> None:
    one = Continuous("x", 0.001, 1, Scaling.LOGARITHMIC)
    found = Counter(math.floor(math.log10(float(one.at((step + 0.5) / 300)))) for step in range(300))
    assert found == {-3: 100, -2: 100, -1: 100}


def test_a_reverse_logarithmic_scale_is_fine_near_one() -> None:
    one = Continuous("x", 0, 0.999, Scaling.REVERSE_LOGARITHMIC)
    assert float(one.at(1 / 3)) == pytest.approx(0.9)
    assert float(one.at(2 / 3)) == pytest.approx(0.99)


def test_each_integer_of_a_linear_range_has_the_same_share() -> None:
    one = Integer("x", 1, 10)
    assert set(Counter(one.at((step + 0.5) / 1000) for step in range(1000)).values()) == {100}


@pytest.mark.parametrize(
    ("low", "high", "scaling"), [(0.0, 1.0, "Linear"), (1.0, 10.0, "Linear"), (0.001, 1.0, "Logarithmic")]
)
def test_auto_is_logarithmic_for_wide_ranges_of_positive_numbers(low: float, high: float, scaling: str) -> None:
    assert Continuous("x", low, high).at(0.4) == Continuous("x", low, high, Scaling(scaling)).at(0.4)


@pytest.mark.parametrize("make", [RandomSearch, Bayesian])
def test_the_same_seed_finds_the_same_points_and_another_seed_others(make: type[RandomSearch | Bayesian]) -> None:
    points = [[trial.point for trial in ran(make(SPACE, seed), 6)] for seed in (1, 1, 2)]
    assert points[0] == points[1] != points[2]


@pytest.mark.parametrize("make", [RandomSearch, Bayesian])
def test_no_point_of_a_small_space_is_tried_twice(make: type[RandomSearch | Bayesian]) -> None:
    space = Space((Integer("depth", 1, 3), Categorical("method", ("hist", "exact"))))
    tried = [tuple(sorted(trial.point.items())) for trial in ran(make(space, 3), 6)]
    assert len(set(tried)) == 6


def test_a_grid_is_complete_and_then_ends() -> None:
    ranges = [Categorical("a", ("1", "2")), Categorical("b", ("x", "y", "z"))]
    trials = ran(Grid(ranges), 6)
    assert [tuple(trial.point.values()) for trial in trials] == list(product(("1", "2"), ("x", "y", "z")))
    assert Grid(ranges).propose(trials) is None


def test_bayesian_search_finds_a_hill_that_random_search_only_meets_by_chance() -> None:
    best: dict[str, list[float]] = {}
    for make in (RandomSearch, Bayesian):
        for seed in range(3):
            strategy, trials = make(SPACE, seed), list[Trial]()
            for number in range(15):
                point = strategy.propose(trials) or {}
                trials.append(Trial(number, point, score=hill(point), completed=True))
            best.setdefault(make.__name__, []).append(max(hill(dict(trial.point)) for trial in trials))
    assert all(value > -0.06 for value in best["Bayesian"])
    assert sum(best["Bayesian"]) > sum(best["RandomSearch"])


def test_trials_that_run_keep_the_next_one_away() -> None:
    space = Space((Continuous("eta", 0, 1),))
    strategy = Bayesian(space, 5)
    ended = [Trial(at, {"eta": str(eta)}, score=eta, completed=True) for at, eta in enumerate((0.1, 0.5, 0.55))]
    first = strategy.propose(ended) or {}
    places = [
        float((strategy.propose([*ended, Trial(3, first, running=running)]) or {})["eta"]) for running in (True, False)
    ]
    away, near = (abs(place - float(first["eta"])) for place in places)
    assert away > near


def test_bayesian_search_starts_from_what_earlier_tuning_jobs_found() -> None:
    tried = [{"eta": eta, "depth": depth} for eta, depth in product(("0.1", "0.4", "0.65", "0.9"), ("2", "4", "8"))]
    prior = [Trial(at, point, hill(point)) for at, point in enumerate(tried)]
    point = Bayesian(Space(SPACE.ranges[:2]), 1, prior).propose([]) or {}
    assert hill(point) > -0.05
    unknown = [Trial(0, {"eta": "0.1"}, score=1.0)]
    assert Bayesian(SPACE, 1, unknown).propose([]) == RandomSearch(SPACE, 1).propose([])


@pytest.mark.parametrize(
    ("low", "high", "rungs"),
    [(1, 27, [[1, 3, 9], [3, 9], [9], []]), (1, 9, [[1, 3], [3], []]), (5, 20, [[5, 15], [15]]), (2, 4, [[2]])],
)
def test_hyperbands_brackets_begin_later_and_later(low: int, high: int, rungs: list[list[int]]) -> None:
    hyperband = Hyperband(SPACE, 1, low, high)
    assert [hyperband.rungs(bracket) for bracket in range(hyperband.brackets)] == rungs


def test_hyperbands_most_eager_bracket_has_the_most_trials() -> None:
    hyperband = Hyperband(SPACE, 1, 1, 27)
    found = Counter(hyperband.bracket(number) for number in range(49))
    assert found == {0: 27, 1: 12, 2: 6, 3: 4}


def test_hyperband_lets_one_of_three_pass_a_rung() -> None:
    hyperband = Hyperband(SPACE, 1, 1, 9)
    others = [Trial(number, {}, curve=(score,)) for number, score in enumerate((0.5, 0.6, 0.7, 0.8, 0.9))]
    stopped = {score: hyperband.stops(Trial(5, {}, curve=(score,)), others) for score in (0.4, 0.65, 0.85, 0.95)}
    assert stopped == {0.4: True, 0.65: True, 0.85: False, 0.95: False}


@pytest.mark.parametrize(("epochs", "stopped"), [(1, True), (2, False), (3, True), (9, False), (10, True)])
def test_hyperband_looks_at_its_rungs_only_and_ends_every_trial_after_its_most(epochs: int, stopped: bool) -> None:
    hyperband = Hyperband(SPACE, 1, 1, 9)
    others = [Trial(number, {}, curve=(0.9,) * 20) for number in range(5)]
    assert hyperband.stops(Trial(5, {}, curve=(0.1,) * epochs), others) is stopped


@pytest.mark.parametrize(
    ("curve", "stopped"), [((0.5,), True), ((0.62,), False), ((0.62, 0.6), True), ((0.62, 0.75), False)]
)
def test_the_median_rule_compares_with_running_averages_at_the_same_epoch(
    curve: tuple[float, ...], stopped: bool
) -> None:
    others = [Trial(at, {}, curve=(0.6, 0.8), completed=True) for at in range(3)]
    assert MedianRule().stops(Trial(3, {}, curve=curve), others) is stopped


def test_the_median_rule_waits_for_enough_completed_trials() -> None:
    others = [Trial(at, {}, curve=(0.6,), completed=at < 2) for at in range(3)]
    assert not MedianRule().stops(Trial(3, {}, curve=(0.1,)), others)
