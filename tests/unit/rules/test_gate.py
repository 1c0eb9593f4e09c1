"""The gate's conditions: bounds, comparisons with the baseline, and its three answers."""

import json
import random
from array import array
from typing import Any

import pytest

from yardmaster.errors import MeasurementError
from yardmaster.rules.gate import Condition, Earlier, GateDecision, OnInconclusive, Verdict, evaluate_gate, gate_record
from yardmaster.rules.metrics import AtRecall, Problem, Scored, Scores, measure, metric_names

pytestmark = pytest.mark.usefixtures("each_engine")

VERSUS = "baseline"


def scored(noise: float, rows: int = 4000, seed: int = 1, threshold: float | AtRecall = 0.5) -> Scored:
    """Return a model of the same rows each time, worse with more noise."""
    truth, own = random.Random(seed), random.Random(f"{seed} {noise}")
    labels, scores = array("d"), array("d")
    for _ in range(rows):
        label = float(truth.random() < 0.3)
        labels.append(label)
        scores.append(min(max(0.3 + 0.3 * label + truth.gauss(0, 0.2) + own.gauss(0, noise), 0.001), 0.999))
    return measure(Problem.BINARY, Scores(labels, (scores,)), threshold=threshold)


def multiclass(noise: float, rows: int = 1500) -> Scored:
    truth, own = random.Random(1), random.Random(noise)
    labels, columns = array("d"), tuple(array("d") for _ in range(3))
    for _ in range(rows):
        label = truth.randrange(3)
        weights = [1.0 + (place == label) + abs(own.gauss(0, noise)) for place in range(3)]
        labels.append(label)
        for column, weight in zip(columns, weights, strict=True):
            column.append(weight / sum(weights))
    return measure(Problem.MULTICLASS, Scores(labels, columns), class_names=("a", "b", "c"))


def regression(noise: float, rows: int = 1500) -> Scored:
    truth, own = random.Random(1), random.Random(noise)
    labels = array("d", [truth.gauss(0, 3) for _ in range(rows)])
    return measure(Problem.REGRESSION, Scores(labels, (array("d", [label + own.gauss(0, noise) for label in labels]),)))


GOOD, BAD, LIKE_GOOD = scored(0.05), scored(0.4), scored(0.051)


def decide(*conditions: Condition, candidate: Scored = GOOD, baseline: Scored | None = None) -> GateDecision:
    return evaluate_gate(conditions, candidate, baseline)


def figure(model: Scored, metric: str) -> float:
    value = model.metrics.values[metric]
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("condition", "verdict", "words"),
    [
        (Condition("auc", min=0.5), Verdict.PASS, "auc 0.8549 >= 0.5000"),
        (Condition("auc", min=0.9), Verdict.FAIL, "auc 0.8549 < 0.9000"),
        (Condition("log_loss", max=0.9), Verdict.PASS, "log_loss 0.4664 <= 0.9000"),
        (Condition("log_loss", max=0.1), Verdict.FAIL, "log_loss 0.4664 > 0.1000"),
        (Condition("auc", min=0.5, max=0.6), Verdict.FAIL, "auc 0.8549 >= 0.5000 and auc 0.8549 > 0.6000"),
    ],
)
def test_a_bound_is_compared_with_the_figure(condition: Condition, verdict: Verdict, words: str) -> None:
    decision = decide(condition)
    assert decision.verdict is verdict
    assert decision.reason == words


def test_a_figure_exactly_at_its_bound_passes() -> None:
    value = figure(GOOD, "auc")
    assert decide(Condition("auc", min=value, max=value)).verdict is Verdict.PASS


def test_a_bound_missed_by_a_hair_shows_the_hair() -> None:
    value = figure(GOOD, "auc")
    first, second = decide(Condition("auc", min=value + 1e-9)).reason.removeprefix("auc ").split(" < ")
    assert first != second


def test_a_much_worse_candidate_fails_with_its_numbers() -> None:
    decision = decide(Condition("auc", versus=VERSUS, margin=0.005), candidate=BAD, baseline=GOOD)
    assert decision.verdict is Verdict.FAIL
    assert decision.reason == (
        "auc 0.6930 < baseline 0.8549 - 0.005 (difference -0.1618, 95 % bounds -0.1765 to -0.1472, 4,000 rows)"
    )


@pytest.mark.parametrize("metric", metric_names(Problem.BINARY))
def test_every_binary_metric_tells_worse_from_better(metric: str) -> None:
    condition = Condition(metric, versus=VERSUS)
    assert decide(condition, candidate=BAD, baseline=GOOD).verdict is Verdict.FAIL
    assert decide(condition, candidate=GOOD, baseline=BAD).verdict is Verdict.PASS


@pytest.mark.parametrize("metric", ["precision", "f1", "accuracy"])
def test_a_threshold_by_recall_is_compared_too(metric: str) -> None:
    good, bad = (scored(noise, threshold=AtRecall(0.8)) for noise in (0.05, 0.4))
    condition = Condition(metric, versus=VERSUS)
    assert decide(condition, candidate=bad, baseline=good).verdict is Verdict.FAIL
    assert decide(condition, candidate=good, baseline=bad).verdict is Verdict.PASS


@pytest.mark.parametrize("metric", metric_names(Problem.MULTICLASS, ("a", "b", "c")))
def test_every_multiclass_metric_tells_worse_from_better(metric: str) -> None:
    condition = Condition(metric, versus=VERSUS)
    good, bad = multiclass(0.3), multiclass(2)
    assert decide(condition, candidate=bad, baseline=good).verdict is Verdict.FAIL
    assert decide(condition, candidate=good, baseline=bad).verdict is Verdict.PASS


@pytest.mark.parametrize("metric", metric_names(Problem.REGRESSION))
def test_every_regression_metric_tells_worse_from_better(metric: str) -> None:
    condition = Condition(metric, versus=VERSUS)
    good, bad = regression(1), regression(2)
    assert decide(condition, candidate=bad, baseline=good).verdict is Verdict.FAIL
    assert decide(condition, candidate=good, baseline=bad).verdict is Verdict.PASS


def test_a_loss_is_said_in_its_own_direction() -> None:
    decision = decide(Condition("rmse", versus=VERSUS, margin=0.1), candidate=regression(2), baseline=regression(1))
    figures = decision.findings[0].figures
    assert "> baseline" in decision.reason
    assert "+ 0.1" in decision.reason
    assert 0 < figures["lower"] < figures["difference"] < figures["upper"]


def test_too_few_rows_to_tell_are_inconclusive_and_say_how_many_would_do() -> None:
    decision = decide(Condition("auc", versus=VERSUS, margin=0.0005), candidate=LIKE_GOOD, baseline=GOOD)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert "these rows can't tell" in decision.reason
    assert decision.reason.endswith("rows would settle it")
    assert decision.findings[0].figures["rows_to_settle"] > 4000


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (OnInconclusive.MANUAL, Verdict.INCONCLUSIVE),
        (OnInconclusive.REJECT, Verdict.FAIL),
        (OnInconclusive.PASS, Verdict.PASS),
    ],
)
def test_the_spec_says_what_becomes_of_the_undecided(policy: OnInconclusive, verdict: Verdict) -> None:
    condition = Condition("auc", versus=VERSUS, margin=0.0005, on_inconclusive=policy)
    decision = decide(condition, candidate=LIKE_GOOD, baseline=GOOD)
    assert decision.verdict is verdict
    assert decision.findings[0].verdict is Verdict.INCONCLUSIVE
    assert "can't tell" in decision.reason


@pytest.mark.parametrize("metric", metric_names(Problem.BINARY))
def test_the_same_model_passes_with_no_margin(metric: str) -> None:
    decision = decide(Condition(metric, versus=VERSUS), candidate=GOOD, baseline=scored(0.05))
    assert decision.verdict is Verdict.PASS
    assert "score every row alike" in decision.reason


def test_the_same_order_of_rows_is_the_same_auc() -> None:
    squares = array("d", [score**2 for score in GOOD.scores.columns[0]])
    candidate = measure(Problem.BINARY, Scores(GOOD.scores.labels, (squares,)))
    assert decide(Condition("auc", versus=VERSUS), candidate=candidate, baseline=GOOD).verdict is Verdict.PASS


def test_equal_predictions_on_few_rows_do_not_prove_equal_models() -> None:
    labels = [1.0, 0.0] * 20
    candidate, baseline = (
        measure(Problem.BINARY, Scores(labels, ([0.5 + (label - 0.5) * width for label in labels],)))
        for width in (0.8, 0.6)
    )
    small = decide(Condition("recall", versus=VERSUS, margin=0.01), candidate=candidate, baseline=baseline)
    large = decide(Condition("recall", versus=VERSUS, margin=0.2), candidate=candidate, baseline=baseline)
    assert (small.verdict, large.verdict) == (Verdict.INCONCLUSIVE, Verdict.PASS)


def test_too_few_positives_are_no_sample() -> None:
    good, bad = scored(0.05, rows=20), scored(0.4, rows=20)
    decision = decide(Condition("auc", versus=VERSUS), candidate=bad, baseline=good)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert "too few to compare with the baseline; it takes 10 at least" in decision.reason


def test_a_first_release_has_nothing_to_be_compared_with() -> None:
    decision = decide(Condition("auc", min=0.5), Condition("auc", versus=VERSUS))
    assert decision.verdict is Verdict.PASS
    assert "does not apply, there is no baseline yet" in decision.reason


def test_a_failure_outweighs_what_is_inconclusive() -> None:
    undecided = Condition("auc", versus=VERSUS, margin=0.0005)
    decision = decide(undecided, Condition("auc", min=0.99), candidate=LIKE_GOOD, baseline=GOOD)
    assert decision.verdict is Verdict.FAIL
    assert decision.reason == decision.findings[1].reason


def test_no_conditions_pass() -> None:
    assert decide().verdict is Verdict.PASS


def test_an_undefined_figure_is_inconclusive() -> None:
    one_class = measure(Problem.BINARY, Scores([1, 1], ([0.1, 0.9],)))
    decision = decide(Condition("auc", min=0.5), candidate=one_class)
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert decision.reason == "auc is undefined: the rows hold one class only"
    assert decide(Condition("auc", versus=VERSUS), candidate=one_class, baseline=one_class).verdict is (
        Verdict.INCONCLUSIVE
    )


@pytest.mark.parametrize(
    ("labels", "words"),
    [([0, 1], "2 of the candidate, 3 of the baseline"), ([0, 1, 1], "row 3 has different labels")],
)
def test_rows_that_do_not_pair_are_a_broken_measurement(labels: list[float], words: str) -> None:
    candidate = measure(Problem.BINARY, Scores(labels, ([0.5] * len(labels),)))
    baseline = measure(Problem.BINARY, Scores([0, 1, 0], ([0.5, 0.6, 0.7],)))
    with pytest.raises(MeasurementError, match=words):
        decide(Condition("auc", min=0), candidate=candidate, baseline=baseline)


def test_models_of_different_problems_do_not_pair() -> None:
    with pytest.raises(MeasurementError, match="not measured alike"):
        decide(candidate=GOOD, baseline=regression(1))


def test_a_metric_of_another_problem_is_a_broken_measurement() -> None:
    with pytest.raises(MeasurementError, match="the gate asks for rmse, which was not measured; there are accuracy"):
        decide(Condition("rmse", max=1))


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "needs min or max"),
        ({"min": 0.5, "versus": "baseline"}, "needs min or max"),
        ({"versus": "yesterday"}, "only be versus: baseline"),
        ({"versus": "baseline", "margin": -0.1}, "margin >= 0"),
        ({"versus": "baseline", "confidence": 1.0}, "confidence from 0.5 to 1"),
    ],
)
def test_a_condition_that_asks_nothing_or_nonsense_is_refused(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Condition("auc", **fields)


def test_the_record_is_plain_json() -> None:
    decision = decide(Condition("auc", versus=VERSUS, margin=0.005), candidate=BAD, baseline=GOOD)
    record = json.loads(json.dumps(gate_record(decision), allow_nan=False))
    assert record["verdict"] == "fail"
    assert record["findings"][0]["condition"]["versus"] == "baseline"
    assert record["findings"][0]["figures"]["rows"] == 4000


def test_a_candidate_that_is_worse_on_earlier_drops_fails_however_good_it_looks_on_its_own_rows() -> None:
    versus = (Condition("auc", versus=VERSUS, margin=0.01),)

    decision = evaluate_gate(versus, GOOD, LIKE_GOOD, Earlier(BAD, GOOD, "jan and feb"))

    assert decision.verdict is Verdict.FAIL
    assert decision.reason.startswith("on the test rows of jan and feb: auc 0.")
    assert "on all rows: auc 0.8549" in decision.reason


def test_earlier_drops_that_are_too_few_to_tell_leave_the_verdict_to_all_rows() -> None:
    versus = (Condition("auc", versus=VERSUS, margin=0.01),)
    few = Earlier(scored(0.05, rows=60), scored(0.051, rows=60), "jan")

    assert evaluate_gate(versus, GOOD, LIKE_GOOD, few).verdict is Verdict.PASS


def test_earlier_drops_do_not_excuse_a_candidate_that_is_worse_on_all_rows() -> None:
    versus = (Condition("auc", versus=VERSUS, margin=0.01),)

    assert evaluate_gate(versus, BAD, GOOD, Earlier(GOOD, LIKE_GOOD, "jan")).verdict is Verdict.FAIL


def test_earlier_rows_that_do_not_pair_are_a_broken_measurement() -> None:
    with pytest.raises(MeasurementError, match="pair"):
        evaluate_gate((), GOOD, LIKE_GOOD, Earlier(GOOD, scored(0.05, rows=60), "jan"))
