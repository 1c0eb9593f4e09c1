"""The linear learner: as good as scikit-learn's models, and true to its hyperparameters."""

import json
import logging
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import precision_score, recall_score, roc_auc_score

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.first_party import arrays, log
from local_aws.sagemaker.executors.linear_learner_container import losses, thresholds
from local_aws.sagemaker.executors.linear_learner_container.hyperparameter_rules import LOSSES
from local_aws.sagemaker.executors.linear_learner_container.model import LinearLearner
from local_aws.sagemaker.executors.linear_learner_container.train import fit
from tests.local_aws.executors.first_party_data import Array, logit, settings, table

LINE = re.compile(r"#quality_metric: host=algo-1, (\w+) (\S+) <\w+>=(\S+)")


def classes(rows: int, count: int = 2, seed: int = 3) -> tuple[Array, Array]:
    """Make rows of 12 features in very different units, and their classes."""
    features, labels = make_classification(
        rows, 12, n_informative=6, n_classes=count, flip_y=0.1, weights=None if count > 2 else [0.8], random_state=seed
    )
    return features * np.geomspace(0.01, 1000, 12), labels


def values(rows: int) -> tuple[Array, Array]:
    """Make rows whose label lies around 300."""
    features, labels = make_regression(rows, 8, noise=20, random_state=1)
    return features, labels * 5 + 300


def halves(features: Array, labels: Array) -> tuple[Array, Array, Array, Array]:
    middle = len(labels) // 2
    return features[:middle], labels[:middle], features[middle:], labels[middle:]


def trained(path: Path, tables: Mapping[str, tuple[Array, Array]], **changes: str) -> LinearLearner:
    """Train, store and load a model."""
    model = fit(settings("linear-learner", **changes), {name: table(*each) for name, each in tables.items()})
    (path / "model").mkdir(exist_ok=True)
    arrays.save(model, path / "model")
    return LinearLearner(path / "model")


def scored(model: LinearLearner, features: Array) -> tuple[Array, Array]:
    """Return scores and predicted labels."""
    found = model.predict(features.astype(np.float32), verbose=False)
    return np.array([each["score"] for each in found]), np.array([each.get("predicted_label") for each in found])


def logged(caplog: pytest.LogCaptureFixture) -> dict[str, float]:
    """Return the final metrics that were logged, by channel and name."""
    lines = [LINE.search(record.getMessage()) for record in caplog.records]
    return {f"{line[1]}:{line[2]}": float(line[3]) for line in lines if line}


@pytest.mark.parametrize("rows", [400, 4000])
def test_a_binary_classifier_ranks_as_logistic_regression_does(tmp_path: Path, rows: int) -> None:
    x, y, test_x, test_y = halves(*classes(rows))
    scores, _ = scored(trained(tmp_path, {"train": (x, y)}), test_x)
    reference = LogisticRegression(max_iter=1000).fit((x - x.mean(0)) / x.std(0), y)
    expected = reference.predict_proba((test_x - x.mean(0)) / x.std(0))[:, 1]
    assert roc_auc_score(test_y, scores) > roc_auc_score(test_y, expected) - 0.01
    assert float(np.abs(scores - expected).mean()) < 0.05


def test_a_multiclass_classifier_is_as_right_as_logistic_regression(tmp_path: Path) -> None:
    x, y, test_x, test_y = halves(*classes(4000, count=4))
    model = trained(tmp_path, {"train": (x, y)}, predictor_type="multiclass_classifier", num_classes="4")
    scores, labels = scored(model, test_x)
    reference = LogisticRegression(max_iter=1000).fit((x - x.mean(0)) / x.std(0), y)
    assert np.mean(labels == test_y) > reference.score((test_x - x.mean(0)) / x.std(0), test_y) - 0.02
    assert scores.shape == (2000, 4)
    assert scores.sum(axis=1) == pytest.approx(1)
    assert labels.tolist() == scores.argmax(axis=1).tolist()


def test_a_regressor_is_as_near_as_linear_regression(tmp_path: Path) -> None:
    x, y, test_x, test_y = halves(*values(2000))
    scores, _ = scored(trained(tmp_path, {"train": (x, y)}, predictor_type="regressor"), test_x)
    reference = LinearRegression().fit(x, y).predict(test_x)
    assert np.mean((scores - test_y) ** 2) < 1.05 * np.mean((reference - test_y) ** 2)


@pytest.mark.parametrize("loss", [each for each in LOSSES["regressor"] if each != "quantile_loss"])
def test_every_loss_of_a_regressor_learns(tmp_path: Path, loss: str) -> None:
    x, y, test_x, test_y = halves(*values(2000))
    scores, _ = scored(trained(tmp_path, {"train": (x, y)}, predictor_type="regressor", loss=loss), test_x)
    assert np.mean((scores - test_y) ** 2) < 0.1 * np.var(test_y)


@pytest.mark.parametrize("quantile", ["0.2", "0.9"])
def test_the_quantile_loss_finds_the_quantile(tmp_path: Path, quantile: str) -> None:
    x, y, test_x, test_y = halves(*values(4000))
    changes = {"predictor_type": "regressor", "loss": "quantile_loss", "quantile": quantile, "epochs": "40"}
    scores, _ = scored(trained(tmp_path, {"train": (x, y)}, **changes), test_x)
    assert np.mean(test_y < scores) == pytest.approx(float(quantile), abs=0.06)


def test_the_hinge_loss_gives_margins(tmp_path: Path) -> None:
    x, y, test_x, test_y = halves(*classes(2000))
    scores, labels = scored(trained(tmp_path, {"train": (x, y)}, loss="hinge_loss"), test_x)
    assert scores.min() < 0
    assert roc_auc_score(test_y, scores) > 0.75
    assert np.mean(labels == test_y) > 0.75


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_every_optimizer_learns(tmp_path: Path, optimizer: str) -> None:
    x, y, test_x, test_y = halves(*classes(2000))
    scores, _ = scored(trained(tmp_path, {"train": (x, y)}, optimizer=optimizer, num_models="1"), test_x)
    assert roc_auc_score(test_y, scores) > 0.77


def test_the_same_job_gives_the_same_model() -> None:
    x, y = classes(500)
    first, second = (fit(settings("linear-learner"), {"train": table(x, y)}) for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)


def weights_of(**changes: str) -> Array:
    """Return the weights of a small job, of features of one deviation."""
    x, y, *_ = halves(*classes(600))
    rows = (x - x.mean(0)) / x.std(0) * 3 + 1
    given = settings("linear-learner", num_models="1", **changes)
    return np.asarray(fit(given, {"train": table(rows, y)})["weights"])[:, 0]


def test_regularisation_makes_weights_small_and_l1_leaves_few() -> None:
    plain, decayed, sparse = (np.abs(weights_of(**each)) for each in ({"wd": "0"}, {"wd": "1"}, {"l1": "0.05"}))
    assert np.linalg.norm(decayed) < 0.5 * np.linalg.norm(plain)
    assert (sparse < 0.02).sum() >= (plain < 0.02).sum() + 4
    assert sparse.max() > 0.1


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": "0.0001"},
        {"mini_batch_size": "7"},
        {"epochs": "1"},
        {"positive_example_weight_mult": "20"},
        {"use_bias": "false"},
        {"normalize_data": "false", "unbias_data": "false"},
        {"use_lr_scheduler": "false"},
        {"lr_scheduler_step": "1", "lr_scheduler_factor": "0.5"},
        {"beta_1": "0.5"},
        {"init_method": "normal", "init_sigma": "1"},
        {"init_bias": "5"},
        {"bias_lr_mult": "10"},
    ],
)
def test_what_steers_the_training_has_an_effect(changes: dict[str, str]) -> None:
    assert not np.allclose(weights_of(**changes), weights_of(), atol=1e-6)


def test_without_bias_a_row_of_zeros_has_the_score_of_a_coin(tmp_path: Path) -> None:
    x, y = classes(400)
    model = trained(tmp_path, {"train": (x, y)}, use_bias="false")
    assert scored(model, np.zeros((1, 12)))[0].tolist() == [0.5]


def test_one_model_is_trained_while_a_tuner_searches(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    x, y = classes(300)
    given = {"learning_rate": "0.123", "_tuning_objective_metric": "validation:objective_loss", "wd": "0.5"}
    fit(settings("linear-learner", **given), {"train": table(x, y)})
    [line] = [record.getMessage() for record in caplog.records if record.getMessage().startswith("Best model")]
    chosen = json.loads(line.partition(": ")[2])
    assert chosen == {"learning_rate": 0.123, "wd": 0.5, "positive_example_weight_mult": 1.0}


def test_training_stops_when_it_gets_no_better(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    x, y = classes(300)
    tables = {"train": table(x, y), "validation": table(x, y)}
    fit(settings("linear-learner", epochs="500"), tables)
    epochs = [record for record in caplog.records if "validation binary_classification" in record.getMessage()]
    assert 3 < len(epochs) < 200
    caplog.clear()
    fit(settings("linear-learner", epochs="60", early_stopping_patience="61"), tables)
    epochs = [record for record in caplog.records if ", epoch=" in record.getMessage()]
    assert len(epochs) == 120


CRITERIA = [
    ({"binary_classifier_model_selection_criteria": "recall_at_target_precision", "target_precision": "0.9"}, 0.9, 0.0),
    ({"binary_classifier_model_selection_criteria": "precision_at_target_recall", "target_recall": "0.95"}, 0.0, 0.95),
]


@pytest.mark.parametrize(("changes", "precision", "recall"), CRITERIA)
def test_the_threshold_meets_its_target_on_the_validation_channel(
    tmp_path: Path, changes: dict[str, str], precision: float, recall: float
) -> None:
    x, y, held_x, held_y = halves(*classes(3000))
    _, labels = scored(trained(tmp_path, {"train": (x, y), "validation": (held_x, held_y)}, **changes), held_x)
    assert precision_score(held_y, labels) >= precision
    assert recall_score(held_y, labels) >= recall
    assert 0 < labels.mean() < 1


def test_f_beta_finds_more_positives_than_accuracy_does(tmp_path: Path) -> None:
    x, y, held_x, held_y = halves(*classes(3000))
    tables = {"train": (x, y), "validation": (held_x, held_y)}
    many = {"binary_classifier_model_selection_criteria": "f_beta", "f_beta": "3"}
    _, by_accuracy = scored(trained(tmp_path, tables), held_x)
    _, by_f = scored(trained(tmp_path, tables, **many), held_x)
    assert recall_score(held_y, by_f) > recall_score(held_y, by_accuracy)


@pytest.mark.parametrize(
    ("scores", "labels", "criterion", "at"),
    [
        ([0.1, 0.4, 0.6, 0.9], [0, 0, 1, 1], "accuracy", 0.5),
        ([0.1, 0.2, 0.3, 0.9], [0, 1, 1, 1], "accuracy", 0.15),
        ([0.1, 0.2, 0.3], [0, 0, 0], "accuracy", 1.3),
        ([0.1, 0.2, 0.3], [1, 1, 1], "accuracy", -0.4),
        ([0.2, 0.2, 0.7], [0, 1, 1], "accuracy", 0.45),
        ([0.2, 0.5, 0.7], [1, 0, 1], "f1", -0.3),
        ([0.2, 0.5, 0.7], [1, 0, 1], "loss_function", 0.5),
    ],
)
def test_thresholds_lie_between_scores(scores: list[float], labels: list[int], criterion: str, at: float) -> None:
    given = settings("linear-learner", binary_classifier_model_selection_criteria=criterion)
    found = thresholds.choose(np.array(scores), np.array(labels, float), given, 0.5)
    assert found.at == pytest.approx(at)


def test_balanced_weights_find_the_rare_class(tmp_path: Path) -> None:
    x, y, held_x, held_y = halves(*classes(2000))
    changes = {"binary_classifier_model_selection_criteria": "loss_function"}
    plain, _ = scored(trained(tmp_path, {"train": (x, y)}, **changes), held_x)
    balanced, _ = scored(
        trained(tmp_path, {"train": (x, y)}, positive_example_weight_mult="balanced", **changes), held_x
    )
    assert balanced.mean() > plain.mean() + 0.1
    assert recall_score(held_y, balanced > 0.5) > recall_score(held_y, plain > 0.5)


def test_balanced_classes_have_equal_weight(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    x, y = classes(3000, count=3)
    keep = (y != 2) | (np.arange(len(y)) % 20 == 0)
    tables = {"train": table(x[keep], y[keep]), "test": table(x, y)}
    found = []
    for balance in ("false", "true"):
        caplog.clear()
        changes = {"num_classes": "3", "balance_multiclass_weights": balance}
        fit(settings("linear-learner", predictor_type="multiclass_classifier", **changes), tables)
        found.append(logged(caplog)["test:macro_recall"])
    assert found[1] > found[0] + 0.03


def test_a_binary_classifier_logs_the_published_metrics(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    x, y, held_x, held_y = halves(*classes(1000))
    fit(settings("linear-learner"), {"train": table(x, y), "validation": table(x, y), "test": table(held_x, held_y)})
    names = ["binary_classification_cross_entropy_objective", "binary_classification_accuracy", "binary_f_1.000"]
    names += ["precision", "recall", "roc_auc_score"]
    assert list(logged(caplog)) == [f"{channel}:{name}" for channel in ("validation", "test") for name in names]
    assert logged(caplog)["test:roc_auc_score"] > 0.75


def test_without_a_validation_channel_the_training_channel_is_measured(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    x, y = classes(300)
    fit(settings("linear-learner"), {"train": table(x, y)})
    assert {name.partition(":")[0] for name in logged(caplog)} == {"train"}


def test_a_regressors_metrics_are_in_the_labels_unit(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    x, y = values(500)
    fit(settings("linear-learner", predictor_type="regressor"), {"train": table(x, y), "validation": table(x, y)})
    found = logged(caplog)
    assert found["validation:mse"] == found["validation:mse_objective"] > 1000
    epochs = [record.getMessage() for record in caplog.records if ", epoch=0," in record.getMessage()]
    train, validation = (float(line.partition(">=")[2]) for line in epochs)
    assert train < 3 < 1000 < validation  # as in AWS's logs: training sees labels of deviation 1


def test_multiclass_metrics_are_awss(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    x, y = classes(1000, count=4)
    given = {"predictor_type": "multiclass_classifier", "num_classes": "4", "accuracy_top_k": "2", "f_beta": "0.5"}
    fit(settings("linear-learner", **given), {"train": table(x, y), "validation": table(x, y)})
    found = {name.partition(":")[2]: value for name, value in logged(caplog).items()}
    assert list(found) == [
        "multiclass_cross_entropy_objective", "multiclass_accuracy", "multiclass_top_k_accuracy_2", "dcg",
        "macro_recall", "macro_precision", "macro_f_0.500",
    ]  # fmt: skip
    assert found["multiclass_accuracy"] < found["dcg"] < 1
    assert found["multiclass_accuracy"] < found["multiclass_top_k_accuracy_2"] < 1


REFUSED: list[tuple[dict[str, str], list[float], str]] = [
    ({}, [0, 2], "The labels of channel 'train' must be 0 or 1 for predictor_type 'binary_classifier'"),
    ({}, [0, 0.5], "must be 0 or 1"),
    ({"predictor_type": "multiclass_classifier", "num_classes": "3"}, [0, 3], "from 0 to num_classes - 1, 2 for"),
    ({"predictor_type": "multiclass_classifier"}, [0, 1], "No value(s) were specified for 'num_classes'"),
    ({"predictor_type": "multiclass_classifier", "num_classes": "2"}, [0, 1], "an integer between 3 and 1000000"),
    ({"loss": "squared_loss"}, [0, 1], "'squared_loss' is not available for predictor_type 'binary_classifier'"),
    ({"predictor_type": "regressor", "loss": "logistic"}, [0, 1], "'logistic' is not available"),
]


@pytest.mark.parametrize(("changes", "labels", "words"), REFUSED)
def test_settings_and_labels_must_go_together(changes: dict[str, str], labels: list[float], words: str) -> None:
    with pytest.raises(UserError) as caught:
        fit(settings("linear-learner", **changes), {"train": table(np.ones((2, 3)), np.array(labels))})
    assert words in str(caught.value)


def test_constant_columns_and_a_single_class_are_no_obstacle(tmp_path: Path) -> None:
    x = np.column_stack([np.ones(50), np.arange(50)])
    model = trained(tmp_path, {"train": (x, np.zeros(50))})
    scores, labels = scored(model, x)
    assert np.isfinite(scores).all()
    assert labels.tolist() == [0] * 50


def test_a_learning_rate_that_explodes_still_ends(tmp_path: Path) -> None:
    x, y = values(300)
    changes: dict[str, Any] = {"learning_rate": "1000", "optimizer": "sgd", "predictor_type": "regressor"}
    with np.errstate(all="ignore"):
        scores, _ = scored(trained(tmp_path, {"train": (x, y)}, **changes), x)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", [loss for kind in LOSSES.values() for loss in kind if loss != "softmax_loss"])
def test_each_losss_derivative_is_its_slope(name: str) -> None:
    given = settings("linear-learner", quantile="0.3", huber_delta="0.7", loss_insensitivity="0.2")
    loss = losses.find(name, given)
    raw = np.linspace(-2.03, 2.07, 40)[:, None, None]  # none of them at a corner
    labels = (np.arange(40) % 2).astype(float)[:, None]
    step = 1e-6
    _, slope = loss.both(raw, labels)
    numeric = (loss.both(raw + step, labels)[0] - loss.both(raw - step, labels)[0]) / (2 * step)
    np.testing.assert_allclose(slope[..., 0], numeric, atol=1e-5)


def test_the_softmax_losss_derivative_is_its_slope() -> None:
    loss = losses.find("softmax_loss", settings("linear-learner"))
    raw, step = np.random.default_rng(0).normal(size=(6, 1, 3)), 1e-6
    labels = (np.arange(6) % 3).astype(float)[:, None]
    _, slope = loss.both(raw, labels)
    for output in range(3):
        shift = np.zeros(3)
        shift[output] = step
        numeric = (loss.both(raw + shift, labels)[0] - loss.both(raw - shift, labels)[0]) / (2 * step)
        np.testing.assert_allclose(slope[..., output], numeric, atol=1e-6)


def test_probabilities_of_large_margins_are_finite() -> None:
    assert losses.probabilities(np.array([[-1e4], [0.0], [1e4]])).tolist() == [[0.0], [0.5], [1.0]]
    assert losses.probabilities(np.array([[1e4, 0.0]])).tolist() == [[1.0, 0.0]]
    assert losses.probabilities(np.array([[logit(0.2)]]))[0, 0] == pytest.approx(0.2)
    assert math.isclose(losses.probabilities(np.array([[0.0, 0.0, 0.0, 0.0]])).sum(), 1)


def test_the_log_has_the_containers_form(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.root, "handlers", [])  # they come back after the test
    monkeypatch.setattr(logging.root, "level", logging.root.level)
    log.set_up()
    log.scores("validation", {"x_objective": 0.5}, {"recall": np.float64(0.25)})
    lines = [line.partition("] ") for line in capsys.readouterr().out.splitlines()]
    assert [after for _, _, after in lines] == [
        "#validation_score (algo-1) : ('x_objective', 0.5)",
        "#validation_score (algo-1) : ('recall', 0.25)",
        "#quality_metric: host=algo-1, validation x_objective <loss>=0.5",
        "#quality_metric: host=algo-1, validation recall <score>=0.25",
    ]
    assert re.fullmatch(r"\[\d\d/\d\d/\d{4} \d\d:\d\d:\d\d INFO \d+", lines[0][0])
