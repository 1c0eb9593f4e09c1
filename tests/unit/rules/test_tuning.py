"""What a tuning job's trials tell: ranks, importance, edges of ranges, nothing new, and ranges to search next."""

# ruff: noqa: E501 - a reason is one line, however long: so it is read.
import csv
import io
import random
from collections.abc import Sequence
from typing import Any

import pytest

from yardmaster.records import Stage, Trial
from yardmaster.rules.testing import Broken, Running, Usable
from yardmaster.rules.tuning import advice
from yardmaster.rules.tuning import report as reports
from yardmaster.rules.tuning.advice import Warned
from yardmaster.rules.tuning.ended import TuningFacts, after_tuning
from yardmaster.rules.tuning.importance import importance, ranks, spearman
from yardmaster.rules.tuning.report import csv_text
from yardmaster.rules.tuning.scale import Scale
from yardmaster.rules.tuning.warm_start import Parent, refusal
from yardmaster.spec.builtin import profile
from yardmaster.spec.tune import TuneSpec

ETA = {"type": "continuous", "min": 0.0, "max": 1.0}
DEPTH = {"type": "integer", "min": 1, "max": 10}


def tune(goal: str = "Maximize", strategy: str = "Random", **ranges: dict[str, Any]) -> TuneSpec:
    metric = "validation:auc" if goal == "Maximize" else "validation:error"
    return TuneSpec.model_validate(
        {
            "objective_metric_name": metric,
            "objective_type": goal,
            "strategy": strategy,
            "hyperparameter_ranges": ranges or {"eta": ETA},
        }
    )


def warnings_of(tune: TuneSpec, trials: Sequence[Trial]) -> list[Warned]:
    return advice.warnings_of(tune, trials, profile("xgboost").rows_of)


def report(tune: TuneSpec, name: str, status: str, trials: Sequence[Trial], best: str | None) -> dict[str, Any]:
    return reports.report(tune, name, status, trials, best, profile("xgboost").rows_of)


def trial(number: int, objective: float | None, status: str = "Completed", **given: object) -> Trial:
    values = {name: str(value) for name, value in given.items()}
    reason = "" if objective is not None else "AlgorithmError: out of memory"
    return Trial(
        f"t-{number}", status, values, objective, 1000.0 * number, 1000.0 * number + 1, 1000.0 * number + 61, reason
    )


def trials_of(etas: Sequence[float], best: float = 0.5, sign: float = 1.0) -> list[Trial]:
    return [trial(number, 0.9 - sign * abs(eta - best), eta=eta) for number, eta in enumerate(etas, 1)]


# --- ranks and importance ---------------------------------------------------------------------------------------------


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    assert ranks([3, 1, 3, 2]) == [3.5, 1, 3.5, 2]


@pytest.mark.parametrize(
    ("first", "second", "correlation"),
    [
        ([1, 2, 3, 4], [10, 20, 25, 100], 1),
        ([1, 2, 3, 4], [4, 3, 2, 1], -1),
        ([1, 2, 3, 4, 5], [2, 1, 4, 3, 5], 0.8),
        ([1, 2, 2, 4], [1, 3, 2, 4], 0.9486832980505138),
        ([1, 1, 1], [1, 2, 3], None),
        ([1, 2], [1, 2], None),
    ],
)
def test_the_rank_correlation_is_spearmans(first: list[float], second: list[float], correlation: float | None) -> None:
    assert spearman(first, second) == (None if correlation is None else pytest.approx(correlation))


def test_what_decides_the_order_alone_is_all_that_matters_and_noise_next_to_nothing() -> None:
    draw = random.Random(1)
    etas, noise = [draw.random() for _ in range(40)], [draw.random() for _ in range(40)]
    objective = [-abs(eta - 0.5) for eta in etas]
    assert abs(spearman(etas, objective) or 0.0) < 0.4, "no correlation finds an optimum in the middle"
    assert (importance([str(eta) for eta in etas], objective) or 0.0) > 0.6
    assert (importance([str(one) for one in noise], objective) or 0.0) < 0.2


def test_noise_matters_little_on_average() -> None:
    found = []
    for seed in range(200):
        draw = random.Random(seed)
        found.append(importance([str(draw.random()) for _ in range(20)], [draw.random() for _ in range(20)]) or 0.0)
    assert sum(found) / len(found) < 0.1


def test_words_have_an_importance_too() -> None:
    values = ["a", "b"] * 6
    assert importance(values, [float(value == "a") + index / 100 for index, value in enumerate(values)]) > 0.7  # type: ignore[operator]
    assert importance(["a"] * 12, [float(index) for index in range(12)]) is None


@pytest.mark.parametrize(
    ("scale", "value", "place"),
    [
        (Scale("Linear", 0, 10, whole=False), 2.5, 0.25),
        (Scale("Logarithmic", 0.001, 1, whole=False), 0.01, 1 / 3),
        (Scale("ReverseLogarithmic", 0, 0.999, whole=False), 0.9, 1 / 3),
    ],
)
def test_a_value_lies_on_the_scale_that_is_searched(scale: Scale, value: float, place: float) -> None:
    assert scale.place(value) == pytest.approx(place)
    assert scale.value(place) == pytest.approx(value)


# --- warnings ---------------------------------------------------------------------------------------------------------


def test_an_optimum_in_the_middle_that_was_found_late_needs_no_warning() -> None:
    etas = [0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.35, 0.65, 0.4, 0.6, 0.45, 0.5]
    assert warnings_of(tune(), trials_of(etas)) == []


@pytest.mark.parametrize(
    ("asked", "best", "end", "proposed"),
    [
        (DEPTH, 10, "max", {"type": "integer", "min": 1, "max": 14}),
        ({**DEPTH, "min": 5}, 5, "min", {"type": "integer", "min": 2, "max": 10}),
    ],
)
def test_an_optimum_at_the_edge_asks_for_a_wider_range(
    asked: dict[str, Any], best: int, end: str, proposed: dict[str, Any]
) -> None:
    depths = [*sorted(range(asked["min"], 11), key=lambda depth: -abs(depth - best)), *[best] * 5]
    found = [trial(n, 0.9 - abs(depth - best) + n / 10000, max_depth=depth) for n, depth in enumerate(depths, 1)]
    warned = warnings_of(tune(max_depth=asked), found)
    assert warned[0].proposed == {"max_depth": proposed}
    assert f"is at the edge of its range ({end}:" in warned[0].text


def test_within_a_twentieth_of_the_edge_is_at_the_edge_and_beyond_is_not() -> None:
    gamma = {"type": "continuous", "min": 0.0, "max": 10.0}
    for best, count in ((9.6, 1), (9.4, 0)):
        values = [one / 2 for one in range(1, 15)] + [best]
        found = [trial(n, 0.9 - abs(one - best), gamma=one) for n, one in enumerate(values, 1)]
        assert len(warnings_of(tune(gamma=gamma), found)) == count


def test_where_the_hyperparameter_itself_ends_there_is_nothing_wider() -> None:
    etas = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.0]
    assert warnings_of(tune(), trials_of(etas, best=1.0)) == []


def test_of_ones_own_hyperparameter_nobody_knows_the_end_but_it_is_not_searched_below_zero() -> None:
    def proposed(lowest: float, best: float) -> object:
        asked = {"type": "continuous", "min": lowest, "max": lowest + 1}
        values = [lowest + one / 12 for one in range(11, 0, -1)] + [best]
        found = [trial(n, 0.9 - abs(one - best), mine=one) for n, one in enumerate(values, 1)]
        return advice.warnings_of(tune(mine=asked), found, {})[0].proposed

    assert proposed(0.5, 1.5) == {"mine": {"type": "continuous", "min": 0.5, "max": 2.0}}
    assert proposed(0.2, 0.2) == {"mine": {"type": "continuous", "min": 0, "max": 1.2}}
    assert proposed(-0.5, -0.5) == {"mine": {"type": "continuous", "min": -1.0, "max": 0.5}}


def test_near_zero_it_is_searched_by_powers_of_ten() -> None:
    etas = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.08, 0.06, 0.04]
    (warned,) = warnings_of(tune(), trials_of(etas, best=0.04))
    assert warned.proposed["eta"] == {"type": "continuous", "min": 0.004, "max": 1.0, "scaling_type": "Logarithmic"}


def test_a_last_third_that_brought_nothing_asks_for_a_narrower_range() -> None:
    etas = [0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.9, 0.1, 0.95, 0.05]
    (warned,) = warnings_of(tune(), trials_of(etas))
    assert (
        warned.text
        == "the last 4 of 12 finished training jobs brought next to nothing: the next tuning should search eta from 0.3 to 0.65"
    )
    assert warned.proposed == {"eta": {"type": "continuous", "min": 0.3, "max": 0.65}}


def test_lower_may_be_better() -> None:
    found = [
        trial(n, abs(eta - 0.5), eta=eta)
        for n, eta in enumerate([0.5, 0.45, 0.55, 0.4, 0.6, 0.35, 0.65, 0.3, 0.9, 0.1, 0.95, 0.05], 1)
    ]
    (warned,) = warnings_of(tune("Minimize"), found)
    assert warned.proposed == {"eta": {"type": "continuous", "min": 0.3, "max": 0.65}}


def test_words_are_narrowed_to_those_of_the_best() -> None:
    words = {"type": "categorical", "values": [3, 5, 7]}
    found = [trial(n, 0.9 - n / 100 - (depth == 7), max_depth=depth) for n, depth in enumerate([3, 5, 7] * 4, 1)]
    (warned,) = warnings_of(tune(max_depth=words), found)
    assert warned.proposed == {"max_depth": {"type": "categorical", "values": [3, 5]}}


def test_of_a_grid_the_order_tells_nothing() -> None:
    words = {"type": "categorical", "values": list(range(1, 13))}
    found = [trial(n, 0.9 - n / 100, max_depth=n) for n in range(1, 13)]
    assert warnings_of(tune(strategy="Grid", max_depth=words), found) == []


@pytest.mark.parametrize(
    ("count", "said"), [(9, "only 9 of 11 training jobs finished"), (0, "only 0 of 2 training jobs")]
)
def test_of_too_few_finished_trials_nothing_is_concluded(count: int, said: str) -> None:
    found = [*trials_of([n / 20 for n in range(count)]), trial(98, None, "Failed"), trial(99, None, "Stopped")]
    (warned,) = warnings_of(tune(), found)
    assert said in warned.text
    assert warned.proposed == {}


def test_an_objective_that_never_varies_tells_nothing_of_ranges() -> None:
    (warned,) = warnings_of(tune(), [trial(n, 0.5, eta=n / 20) for n in range(1, 13)])
    assert (
        warned.text
        == "all 12 finished training jobs have the same validation:auc: what is searched makes no difference to it"
    )


# --- the files --------------------------------------------------------------------------------------------------------


def test_the_report_has_every_trial_and_the_best_so_far() -> None:
    found = [trial(1, 0.7, eta=0.1), trial(2, None, "Failed", eta=0.2), trial(3, 0.8, eta=0.3), trial(4, 0.75, eta=0.4)]
    told = report(tune(), "t", "Completed", found, "t-3")
    assert [one["best_so_far"] for one in told["trials"]] == [0.7, 0.7, 0.8, 0.8]
    assert told["training_jobs"] == {"asked": 20, "begun": 4, "finished": 3}
    assert told["trials"][1]["failure_reason"] == "AlgorithmError: out of memory"
    assert told["hyperparameters"]["eta"]["rank_correlation"] == 0.5
    rows = list(csv.DictReader(io.StringIO(csv_text(tune(), found))))
    assert [row["eta"] for row in rows] == ["0.1", "0.2", "0.3", "0.4"]
    assert rows[0]["started"] == "1970-01-01T00:16:41Z"
    assert [row["seconds"] for row in rows] == ["60.0"] * 4


def test_a_report_without_trials_is_one_too() -> None:
    told = report(tune(), "t", "Failed", [], None)
    assert (told["best"], told["trials"]) == (None, [])
    assert told["hyperparameters"]["eta"] == {"rank_correlation": None, "importance": None}


# --- ends and parents -------------------------------------------------------------------------------------------------


def facts(status: str, best: str | None = "t-1", *, ran_out: bool = False, reason: str = "") -> TuningFacts:
    return TuningFacts(status, reason, "validation:auc", best, ran_out, 20)


ONE = [trial(1, 0.7654321, eta=0.123456), trial(2, None, "Failed", eta=0.2)]


@pytest.mark.parametrize(
    ("job", "outcome"),
    [
        (facts("InProgress"), Running()),
        (facts("Stopping"), Running()),
        (facts("Completed"), Usable("tuning job t completed after 2 training jobs: t-1, validation:auc 0.7654 (eta 0.1235)")),
        (facts("Stopped"), Usable("tuning job t was stopped after 2 of 20 training jobs, and its best is used: t-1, validation:auc 0.7654 (eta 0.1235)")),
        (facts("Stopped", ran_out=True), Usable("tuning job t ran out of time (tune.max_run) after 2 of 20 training jobs, and its best is used: t-1, validation:auc 0.7654 (eta 0.1235)")),
        (facts("Stopped", None), Broken(Stage.CANCELLED, "tuning job t was stopped before a training job of it had finished")),
        (facts("Stopped", None, ran_out=True), Broken(Stage.FAILED, "tuning job t ran out of time (tune.max_run): no training job of it published validation:auc; 1 of 2 training jobs failed with: AlgorithmError: out of memory")),
        (facts("Failed", reason="All failed."), Broken(Stage.FAILED, "tuning job t failed: All failed.; 1 of 2 training jobs failed with: AlgorithmError: out of memory")),
        (facts("Completed", None), Broken(Stage.FAILED, "tuning job t failed: no training job of it published validation:auc; 1 of 2 training jobs failed with: AlgorithmError: out of memory")),
        (None, Broken(Stage.FAILED, "tuning job t is gone: somebody deleted it")),
    ],
)  # fmt: skip
def test_each_end_of_a_tuning_job_has_its_meaning(job: TuningFacts | None, outcome: object) -> None:
    assert after_tuning(job, "t", ONE) == outcome


def passed_over(best: str | None, status: str = "Completed") -> TuningFacts:
    return TuningFacts(status, "", "validation:auc", best, False, 20, "t-2")


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (
            passed_over("t-1"),
            "t-1, validation:auc 0.7 (eta 0.1); t-2, validation:auc 0.8 (eta 0.2) was better, but left no",
        ),
        (passed_over(None), "tuning job t failed: no training job of it that published validation:auc left a model"),
        (passed_over(None, "Stopped"), "no training job of it that published validation:auc left a model"),
    ],
)
def test_the_best_that_left_no_model_is_passed_over_and_named(job: TuningFacts, words: str) -> None:
    outcome = after_tuning(job, "t", [trial(1, 0.7, eta=0.1), trial(2, 0.8, "Stopped", eta=0.2)])
    assert isinstance(outcome, Usable if job.best else Broken)
    assert words in outcome.reason


NAMES = frozenset({"eta", "num_round"})


def parent(status: str = "Completed", metric: str = "validation:auc", names: frozenset[str] = NAMES) -> Parent:
    return Parent("p", status, metric, "Maximize", names)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (parent(), None),
        (parent("Stopped"), None),
        (None, "there is no tuning job p"),
        (parent("InProgress"), "is InProgress, and only one that has ended"),
        (parent("Deleting"), "is Deleting"),
        (parent(metric="validation:f1"), "improved validation:f1 (Maximize)"),
        (parent(names=NAMES | {"gamma"}), "searched or set; only the earlier one has gamma: write"),
        (parent(names=frozenset({"eta"})), "searched or set; only this one has num_round: write"),
    ],
)
def test_a_parent_must_be_like_its_child(found: Parent | None, said: str | None) -> None:
    refused = refusal([("p", found)], "validation:auc", "Maximize", NAMES)
    assert refused is None if said is None else said in (refused or "")
