"""Tuning the built-in algorithms: what the developer guide calls tunable is accepted, and nothing else."""

# ruff: noqa: E501 - a message is one line, however long: so it is read, and so it is searched for.

import re
from typing import Any

import pytest

from tests.unit.spec.built_in import ALGORITHMS, REQUIRED, spec
from yardmaster.records import Problem
from yardmaster.spec.builtin import profile
from yardmaster.spec.fits import require_fit
from yardmaster.spec.parse import SpecError, parse_spec

Range = tuple[float, float] | list[str]
RECOMMENDED: dict[str, dict[str, Range]] = {
    "xgboost": {
        "alpha": (0.0, 1000.0), "colsample_bylevel": (0.1, 1.0), "colsample_bynode": (0.1, 1.0), "colsample_bytree": (0.5, 1.0),
        "eta": (0.1, 0.5), "gamma": (0.0, 5.0), "lambda": (0.0, 1000.0), "max_delta_step": (0.0, 10.0), "max_depth": (0, 10),
        "min_child_weight": (0.0, 120.0), "num_round": (1, 4000), "subsample": (0.5, 1.0),
    },
    "linear-learner": {
        "wd": (1e-7, 1.0), "l1": (1e-7, 1.0), "learning_rate": (1e-5, 1.0), "mini_batch_size": (100, 5000),
        "use_bias": ["true", "false"], "positive_example_weight_mult": (1e-5, 1e5),
    },
    "k-means": {
        "epochs": (1, 10), "extra_center_factor": (4, 10), "init_method": ["kmeans++", "random"], "mini_batch_size": (3000, 15000),
    },
    "knn": {"k": (1, 1024), "sample_size": (256, 20000000)},
    "lda": {"alpha0": (0.1, 10.0), "num_topics": (1, 150)},
    "ntm": {
        "encoder_layers_activation": ["sigmoid", "tanh", "relu"], "learning_rate": (1e-4, 0.1), "mini_batch_size": (16, 2048),
        "optimizer": ["sgd", "adam", "adadelta"], "rescale_gradient": (0.1, 1.0), "weight_decay": (0.0, 1.0),
    },
    "ipinsights": {
        "epochs": (1, 100), "learning_rate": (1e-4, 0.1), "mini_batch_size": (100, 50000), "num_entity_vectors": (10000, 1000000),
        "num_ip_encoder_layers": (1, 10), "random_negative_sampling_rate": (0, 10), "shuffled_negative_sampling_rate": (0, 10),
        "vector_dim": (8, 256), "weight_decay": (0.0, 1.0),
    },
    "factorization-machines": {
        **{
            f"{term}_{key}": (1e-8, 512.0)
            for term in ("bias", "linear", "factors")
            for key in ("init_scale", "init_sigma", "init_value", "lr", "wd")
        },
        "epochs": (1, 1000), "mini_batch_size": (100, 10000),
    },
    "blazingtext": {
        "batch_size": (8, 32), "buckets": (1000000, 10000000), "epochs": (5, 15), "learning_rate": (0.005, 0.01), "min_count": (0, 100),
        "mode": ["batch_skipgram", "skipgram", "cbow"], "negative_samples": (5, 25), "sampling_threshold": (0.0001, 0.001),
        "vector_dim": (32, 300), "window_size": (1, 10), "word_ngrams": (1, 3),
    },
    "deepar": {
        "mini_batch_size": (32, 1028), "epochs": (1, 1000), "context_length": (1, 200), "num_cells": (30, 200), "num_layers": (1, 8),
        "dropout_rate": (0.0, 0.2), "embedding_dimension": (1, 50), "learning_rate": (1e-5, 1e-1),
    },
    "image-classification": {
        "beta_1": (1e-6, 0.999), "beta_2": (1e-6, 0.999), "eps": (1e-8, 1.0), "gamma": (1e-8, 0.999), "learning_rate": (1e-6, 0.5),
        "mini_batch_size": (8, 512), "momentum": (0.0, 0.999), "optimizer": ["sgd", "adam", "rmsprop", "nag"], "weight_decay": (0.0, 0.999),
    },
    "object-detection": {
        "learning_rate": (1e-6, 0.5), "mini_batch_size": (8, 64), "momentum": (0.0, 0.999), "optimizer": ["sgd", "adam", "rmsprop", "adadelta"],
        "weight_decay": (0.0, 0.999),
    },
    "semantic-segmentation": {
        "learning_rate": (1e-4, 1e-1), "mini_batch_size": (1, 128), "momentum": (0.9, 0.999), "optimizer": ["sgd", "adam"],
        "weight_decay": (1e-5, 1e-3),
    },
    "object2vec": {
        "dropout": (0.0, 1.0), "early_stopping_patience": (1, 5), "early_stopping_tolerance": (0.001, 0.1), "enc_dim": (4, 4096),
        "enc0_cnn_filter_width": (1, 5), "enc0_layers": (1, 4), "enc0_token_embedding_dim": (5, 300), "enc1_cnn_filter_width": (1, 5),
        "enc1_layers": (1, 4), "enc1_token_embedding_dim": (5, 300), "epochs": (4, 20), "learning_rate": (1e-6, 1.0),
        "mini_batch_size": (1, 8192), "mlp_activation": ["tanh", "relu", "linear"], "mlp_dim": (16, 1024), "mlp_layers": (1, 4),
        "optimizer": ["adagrad", "adam", "rmsprop", "sgd", "adadelta"], "weight_decay": (0.0, 1.0),
    },
    "seq2seq": {
        "num_layers_encoder": (1, 10), "num_layers_decoder": (1, 10), "batch_size": ["16", "32", "2048"],
        "optimizer_type": ["adam", "sgd", "rmsprop"], "weight_init_type": ["xavier", "uniform"], "weight_init_scale": (-1.0, 3.0),
        "learning_rate": (0.00005, 0.2), "weight_decay": (0.0, 0.1), "momentum": (0.5, 0.9), "clip_gradient": (1.0, 5.0),
        "rnn_num_hidden": ["128", "2048"], "cnn_num_hidden": ["128", "2048"], "num_embed_source": (256, 512), "num_embed_target": (256, 512),
        "embed_dropout_source": (0.0, 0.5), "embed_dropout_target": (0.0, 0.5), "rnn_decoder_hidden_dropout": (0.0, 0.5),
        "cnn_hidden_dropout": (0.0, 0.5), "lr_scheduler_type": ["plateau_reduce", "fixed_rate_inv_t", "fixed_rate_inv_sqrt_t"],
        "plateau_reduce_lr_factor": (0.1, 0.5), "plateau_reduce_lr_threshold": (1, 5), "fixed_rate_lr_half_life": (10, 30),
    },
}  # fmt: skip
"""The developer guide's recommended ranges, of the page on tuning each algorithm."""
OBJECTIVES = {
    "xgboost": "validation:auc",
    "linear-learner": "validation:objective_loss",
    "k-means": "test:msd",
    "knn": "test:accuracy",
    "lda": "test:pwll",
    "ntm": "validation:total_loss",
    "ipinsights": "validation:discriminator_auc",
    "factorization-machines": "test:rmse",
    "blazingtext": "train:mean_rho",
    "deepar": "test:RMSE",
    "image-classification": "validation:accuracy",
    "object-detection": "validation:mAP",
    "semantic-segmentation": "validation:mIOU",
    "object2vec": "validation:accuracy",
    "seq2seq": "validation:bleu",
}


def tune(name: str, ranges: str, metric: str = "", goal: str = "", more: str = "") -> str:
    metric = metric or OBJECTIVES.get(name, "validation:auc")
    goal = goal or profile(name).metrics.get(metric, "Maximize")
    return f"tune: {{objective_metric_name: '{metric}', objective_type: {goal}, {more}hyperparameter_ranges: {{{ranges}}}}}"


def written(key: str, asked: Range) -> str:
    if isinstance(asked, list):
        return f"{key}: {{type: categorical, values: {asked}}}"
    kind = "integer" if isinstance(asked[0], int) else "continuous"
    return f"{key}: {{type: {kind}, min: {asked[0]!r}, max: {asked[1]!r}}}"


def refusal(text: bytes) -> str:
    with pytest.raises(SpecError) as refused:
        parse_spec(text)
    return re.sub(r" \(line \d+\)", "", str(refused.value))


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, ranges in RECOMMENDED.items() for key in ranges])
def test_the_recommended_range_of_a_hyperparameter_can_be_searched(name: str, key: str) -> None:
    parse_spec(spec(name, rest=tune(name, written(key, RECOMMENDED[name][key])), without=key))


@pytest.mark.parametrize("name", RECOMMENDED)
def test_nothing_else_can_be_searched(name: str) -> None:
    assert {row.name for row in profile(name).rows_of.values() if row.tunable} == set(RECOMMENDED[name])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("pca", "tune: pca can't be tuned: it publishes no metric that a search could improve; allowed: leave the section out"),
        ("randomcutforest", "tune: randomcutforest can't be tuned: its metric, test:f1, needs rows that are labelled as unusual or not, and it learns without labels; allowed: leave the section out"),
    ],
)  # fmt: skip
def test_an_algorithm_that_can_not_be_tuned_is_refused_in_words(name: str, message: str) -> None:
    key = "num_components" if name == "pca" else "num_trees"
    assert refusal(spec(name, rest=tune(name, written(key, (1, 5))), without=key)) == message


def test_every_other_algorithm_can_be_tuned() -> None:
    assert set(ALGORITHMS) - set(RECOMMENDED) == {"pca", "randomcutforest"}


@pytest.mark.parametrize(
    ("name", "metric", "goal", "better"),
    [
        ("linear-learner", "validation:objective_loss", "Maximize", "lower"),
        ("k-means", "test:msd", "Maximize", "lower"),
        ("knn", "test:accuracy", "Minimize", "higher"),
        ("lda", "test:pwll", "Minimize", "higher"),
        ("ntm", "validation:total_loss", "Maximize", "lower"),
        ("ipinsights", "validation:discriminator_auc", "Minimize", "higher"),
        ("factorization-machines", "test:rmse", "Maximize", "lower"),
        ("blazingtext", "train:mean_rho", "Minimize", "higher"),
        ("deepar", "test:mean_wQuantileLoss", "Maximize", "lower"),
        ("object-detection", "validation:mAP", "Minimize", "higher"),
        ("semantic-segmentation", "validation:pixel_accuracy", "Minimize", "higher"),
        ("object2vec", "validation:cross_entropy", "Maximize", "lower"),
        ("seq2seq", "validation:perplexity", "Maximize", "lower"),
    ],
)
def test_a_metric_is_improved_the_right_way(name: str, metric: str, goal: str, better: str) -> None:
    key, asked = next(iter(RECOMMENDED[name].items()))
    said = refusal(spec(name, rest=tune(name, written(key, asked), metric, goal), without=key))
    right = {"Maximize": "Minimize", "Minimize": "Maximize"}[goal]
    assert said == f"tune.objective_type: {goal} is the wrong way: the {better} {metric}, the better; allowed: {right}"


@pytest.mark.parametrize(
    ("name", "metric", "message"),
    [
        ("linear-learner", "validation:auc", "validation:auc is no metric of linear-learner"),
        ("linear-learner", "roc_auc_score", "roc_auc_score is no metric of linear-learner; did you mean validation:roc_auc_score?"),
        ("linear-learner", "test:mse", "test:mse is no metric of linear-learner; did you mean validation:mse?"),
        ("linear-learner", "train:objective_loss", "train:objective_loss is measured on the rows that the model learns by heart: the search would reward overfitting; allowed: validation:objective_loss"),
        ("k-means", "msd", "msd is no metric of k-means; did you mean test:msd? allowed: test:msd or test:ssd"),
        ("deepar", "train:final_loss", "train:final_loss is measured on the rows that the model learns by heart: the search would reward overfitting; allowed: test:RMSE or test:mean_wQuantileLoss"),
    ],
)  # fmt: skip
def test_a_metric_that_the_algorithm_does_not_publish_is_refused_in_words(name: str, metric: str, message: str) -> None:
    key, asked = next(iter(RECOMMENDED[name].items()))
    said = refusal(spec(name, rest=tune(name, written(key, asked), metric), without=key))
    assert said.startswith(f"tune.objective_metric_name: {message}")


@pytest.mark.parametrize(
    ("name", "problem", "metric", "fits"),
    [
        ("linear-learner", Problem.BINARY, "validation:roc_auc_score", True),
        ("linear-learner", Problem.REGRESSION, "validation:roc_auc_score", False),
        ("linear-learner", Problem.REGRESSION, "validation:objective_loss", True),
        ("linear-learner", Problem.MULTICLASS, "validation:macro_f_beta", True),
        ("linear-learner", Problem.BINARY, "validation:macro_f_beta", False),
        ("knn", Problem.MULTICLASS, "test:accuracy", True),
        ("knn", Problem.REGRESSION, "test:accuracy", False),
        ("knn", Problem.REGRESSION, "test:mse", True),
    ],
)
def test_the_objective_must_fit_what_the_label_shows(name: str, problem: Problem, metric: str, fits: bool) -> None:
    key, asked = next(iter(RECOMMENDED[name].items()))
    found = parse_spec(spec(name, rest=tune(name, written(key, asked), metric), without=key))
    classes = {Problem.BINARY: ("a", "b"), Problem.MULTICLASS: ("a", "b", "c")}.get(problem, ())
    if fits:
        require_fit(found, problem, classes)
        return
    with pytest.raises(SpecError, match=rf"{metric} does not fit a {problem} problem; allowed: "):
        require_fit(found, problem, classes)


@pytest.mark.parametrize(
    ("name", "ranges", "message"),
    [
        ("k-means", "k: {type: integer, min: 2, max: 9}", "k: can't be tuned; give it a value in train.hyperparameters; allowed: mini_batch_size, init_method, extra_center_factor or epochs"),
        ("k-means", "n_clusters: {type: integer, min: 2, max: 9}", "n_clusters: unknown hyperparameter of k-means; did you mean k? allowed: mini_batch_size, init_method, extra_center_factor or epochs"),
        ("k-means", "init_method: {type: continuous, min: 0, max: 1}", "init_method.type: continuous is not for init_method, a word; allowed: categorical"),
        ("k-means", "init_method: {type: categorical, values: [best]}", "init_method.values[0]: best is not allowed; allowed: random or kmeans++"),
        ("linear-learner", "wd: {type: continuous, min: -1, max: 1}", "wd.min: -1 is not allowed; allowed: auto or a number at least 0"),
        ("linear-learner", "learning_rate: {type: integer, min: 1, max: 2}", "learning_rate.type: integer is not for learning_rate, a number; allowed: continuous, or categorical"),
        ("deepar", "num_cells: {type: continuous, min: 1, max: 2}", "num_cells.type: continuous is not for num_cells, a whole number; allowed: integer, or categorical"),
        ("deepar", "prediction_length: {type: integer, min: 1, max: 2}", "prediction_length: can't be tuned; give it a value in train.hyperparameters; allowed: context_length, epochs, dropout_rate, embedding_dimension, learning_rate, mini_batch_size, num_cells or num_layers"),
    ],
)  # fmt: skip
def test_a_range_that_can_not_be_searched_is_refused_in_words(name: str, ranges: str, message: str) -> None:
    assert refusal(spec(name, rest=tune(name, ranges))) == f"tune.hyperparameter_ranges.{message}"


@pytest.mark.parametrize("name", [name for name in RECOMMENDED if set(RECOMMENDED[name]) & set(REQUIRED[name])])
def test_what_is_required_may_be_searched_instead(name: str) -> None:
    (key, *_) = set(RECOMMENDED[name]) & set(REQUIRED[name])
    parse_spec(spec(name, rest=tune(name, written(key, RECOMMENDED[name][key])), without=key))


# --- Hyperband --------------------------------------------------------------------------------------------------------

RATE = "learning_rate: {type: continuous, min: 0.001, max: 0.1}"


@pytest.mark.parametrize(
    ("name", "ranges", "metric", "more", "message"),
    [
        ("knn", "k: {type: integer, min: 1, max: 9}", "", "", "strategy: Hyperband is not for knn, which publishes its metrics once, at the end of a job; allowed: Bayesian, Random or Grid"),
        ("linear-learner", RATE, "validation:mse", "strategy_config: {max_resource: 20}, ", "objective_metric_name: validation:mse comes once, at the end of a job, and Hyperband compares sooner; allowed: validation:objective_loss, or another strategy"),
        ("linear-learner", RATE, "", "", "strategy_config.max_resource: missing: Hyperband must know how many rounds a job may have; allowed: a number, or epochs in train.hyperparameters"),
        ("ntm", "epochs: {type: integer, min: 1, max: 9}", "", "", "hyperparameter_ranges.epochs: can't be tuned; give it a value in train.hyperparameters; allowed: encoder_layers_activation, learning_rate, mini_batch_size, optimizer, rescale_gradient or weight_decay"),
        ("ipinsights", "epochs: {type: integer, min: 1, max: 9}", "", "", "hyperparameter_ranges.epochs: a range can't be searched by Hyperband, which itself decides how many rounds a job gets; allowed: a value in train.hyperparameters"),
    ],
)  # fmt: skip
def test_hyperband_needs_a_metric_of_each_round_and_their_number(
    name: str, ranges: str, metric: str, more: str, message: str
) -> None:
    without = "k" if name == "knn" else ""
    said = refusal(spec(name, rest=tune(name, ranges, metric, more=f"strategy: Hyperband, {more}"), without=without))
    assert said.splitlines()[-1] == f"tune.{message}"


@pytest.mark.parametrize(
    ("name", "more", "given"),
    [
        ("linear-learner", "strategy_config: {max_resource: 30}, ", {}),
        ("linear-learner", "", {"epochs": 30}),
        ("ntm", "", {"epochs": 30}),
        ("image-classification", "", {"epochs": 30}),
    ],
)
def test_hyperband_takes_its_rounds_from_either_place(name: str, more: str, given: dict[str, Any]) -> None:
    parse_spec(spec(name, rest=tune(name, RATE, more=f"strategy: Hyperband, {more}"), **given))
