"""evaluation.json in Model Monitor's shape, and train figures beside test figures."""

import json

import pytest

from yardmaster.rules.metrics import Problem, Scores, evaluation_report, measure, metric_names, overfit_note


def test_a_binary_report_has_the_shape_of_model_monitor() -> None:
    metrics = measure(Problem.BINARY, Scores([0, 0, 0, 1], ([0.1, 0.6, 0.7, 0.9],)), class_names=("no", "yes")).metrics
    report = json.loads(json.dumps(evaluation_report(metrics, {"gate": {"verdict": "pass"}}), allow_nan=False))
    figures = report["binary_classification_metrics"]
    assert report["version"] == 0.0
    assert figures["confusion_matrix"] == {"0": {"0": 1, "1": 2}, "1": {"0": 0, "1": 1}}
    assert figures["recall"] == {"value": 1.0, "standard_deviation": "NaN"}
    assert figures["true_negative_rate"]["value"] == pytest.approx(1 / 3)
    # From the example in the developer guide: one hit, two false positives.
    assert figures["f0_5"]["value"] == pytest.approx(0.3846153846153846)
    assert figures["f2"]["value"] == pytest.approx(0.7142857142857143)
    assert set(figures["receiver_operating_characteristic_curve"]) == {"false_positive_rates", "true_positive_rates"}
    assert set(figures["precision_recall_curve"]) == {"precisions", "recalls"}
    assert report["yardmaster"]["gate"] == {"verdict": "pass"}
    assert report["yardmaster"]["class_names"] == ["no", "yes"]
    assert report["yardmaster"]["threshold"] == 0.5


@pytest.mark.parametrize(
    ("problem", "scores", "section", "figure"),
    [
        (Problem.MULTICLASS, Scores([0, 1], ([0.9, 0.2], [0.1, 0.8])), "multiclass_classification_metrics", "macro_f1"),
        (Problem.REGRESSION, Scores([0, 1], ([0.9, 0.2],)), "regression_metrics", "rmse"),
    ],
)
def test_each_problem_has_its_section(problem: Problem, scores: Scores, section: str, figure: str) -> None:
    report = evaluation_report(measure(problem, scores).metrics)
    assert "value" in report[section][figure]


def test_an_undefined_figure_is_null_and_its_reason_is_told() -> None:
    report = evaluation_report(measure(Problem.BINARY, Scores([0, 0], ([0.1, 0.2],))).metrics)
    assert report["binary_classification_metrics"]["auc"]["value"] is None
    assert report["binary_classification_metrics"]["f2"]["value"] is None
    assert report["yardmaster"]["notes"]["auc"] == "the rows hold one class only"
    json.dumps(report, allow_nan=False)


def test_train_figures_stand_beside_test_figures() -> None:
    notes = overfit_note(
        {"train:auc": 0.93, "validation:auc": 0.85, "train:error": 0.1, "train:gini": 0.5},
        {"auc": 0.81, "accuracy": 0.8, "recall": 0.5},
    )
    assert [note.text for note in notes] == ["train:auc 0.9300, test 0.8100", "train:accuracy 0.9000, test 0.8000"]


def test_a_multiclass_auc_is_compared_with_the_macro_one() -> None:
    assert overfit_note({"train:auc": 0.9}, {"macro_auc": 0.8})[0].test == 0.8


def test_undefined_test_figures_make_no_note() -> None:
    assert overfit_note({"train:auc": 0.9}, {"auc": None}) == ()


@pytest.mark.parametrize(
    ("problem", "scores"),
    [
        (Problem.BINARY, Scores([0, 1], ([0.1, 0.9],))),
        (Problem.MULTICLASS, Scores([0, 1], ([0.9, 0.2], [0.1, 0.8]))),
        (Problem.REGRESSION, Scores([0, 1], ([0.9, 0.2],))),
    ],
)
def test_every_metric_that_a_gate_may_name_is_measured(problem: Problem, scores: Scores) -> None:
    names = ("a", "b") if problem is not Problem.REGRESSION else ()
    assert set(metric_names(problem, names)) <= set(measure(problem, scores, class_names=names).metrics.values)
