"""Trains a linear learner: scale, train candidates, choose the best, set its threshold, measure it.

Source: docs.aws.amazon.com/sagemaker/latest/dg/ll_how-it-works.html.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.first_party import log, rules
from local_aws.sagemaker.executors.first_party.arrays import Arrays
from local_aws.sagemaker.executors.first_party.channels import Table
from local_aws.sagemaker.executors.first_party.rules import Value
from local_aws.sagemaker.executors.first_party.training import Algorithm
from local_aws.sagemaker.executors.first_party.training import train as run
from local_aws.sagemaker.executors.linear_learner_container import losses, quality, scaling, thresholds
from local_aws.sagemaker.executors.linear_learner_container.hyperparameter_rules import (
    BINARY,
    LOSSES,
    MULTICLASS,
    REGRESSOR,
    RULES,
)
from local_aws.sagemaker.executors.linear_learner_container.losses import Array, Loss
from local_aws.sagemaker.executors.linear_learner_container.mini_batches import (
    Candidate,
    Rows,
    Trainer,
    Weights,
    candidates,
)

logger = logging.getLogger(__name__)
CHANNELS = ("train", "validation", "test")


def train(base_dir: Path) -> int:
    """Run one training job; return its exit code."""
    return run(Algorithm(RULES, CHANNELS, labelled=True, fit=fit), base_dir)


def fit(settings: Mapping[str, Value], tables: Mapping[str, Table]) -> Arrays:
    """Train on the channel `train`; choose and measure by `validation`, or by `train` without it; measure `test`.

    Raises:
        UserError: Settings and data don't go together.
    """
    loss, classes = losses.find(_loss_name(settings), settings), _classes(settings)
    for channel, table in tables.items():
        _check_labels(_labels(table), channel, settings["predictor_type"], classes)
    train = tables["train"]
    scaler = scaling.learn(settings, train.features.astype(np.float64), _labels(train))
    data = {name: _scaled(table, scaler) for name, table in tables.items()}
    found = candidates(settings, data["train"].labels)
    weights = _class_weights(settings, data["train"].labels, classes, found)
    trainer = Trainer(settings, loss, classes if classes > 2 else 1, found, weights, scaler)
    held_out = data.get("validation")
    trained = trainer.train(data["train"], held_out)
    judged = held_out or data["train"]
    best, threshold = _best(settings, trained, judged, trainer.losses(trained, judged))
    logger.info("Best model found for hyperparameters: %s", json.dumps(asdict(found[best])))
    weight, bias = scaler.undone(trained.weights[:, best], trained.bias[best])
    for name in [name for name in ("validation" if held_out else "train", "test") if name in tables]:
        _measure(settings, loss, name, tables[name], weight, bias, threshold)
    return {
        "weights": weight,
        "bias": bias,
        "threshold": np.array(threshold),
        "predictor_type": np.array(settings["predictor_type"]),
        "loss": np.array(_loss_name(settings)),
    }


def scores(raw: Array, loss: str) -> Array:
    """Turn predictions into scores: probabilities of classes, margins of the hinge loss, or values."""
    return losses.probabilities(raw) if loss in ("logistic", "softmax_loss") else raw


def _loss_name(settings: Mapping[str, Value]) -> str:
    kind, name = settings["predictor_type"], settings["loss"]
    if name != rules.AUTO and name not in LOSSES[kind]:
        raise UserError(f"The loss '{name}' is not available for predictor_type '{kind}': {', '.join(LOSSES[kind])}")
    return LOSSES[kind][0] if name == rules.AUTO else str(name)


def _classes(settings: Mapping[str, Value]) -> int:
    """Return how many classes there are, 1 for a regression."""
    kind, given = settings["predictor_type"], settings["num_classes"]
    if kind != MULTICLASS:
        return 2 if kind == BINARY else 1
    if given is None:
        raise UserError(
            f"No value(s) were specified for 'num_classes' which are required hyperparameter(s){rules.CAUSE}"
        )
    if given < 3:
        raise UserError(
            f"The value '{given}' is not valid for the 'num_classes' hyperparameter which expects an integer between "
            f"3 and 1000000{rules.CAUSE}"
        )
    return int(given)


def _labels(table: Table) -> Array:
    return np.asarray(table.labels, np.float64)


def _check_labels(labels: Array, channel: str, kind: str, classes: int) -> None:
    if kind == REGRESSOR:
        return
    whole = bool(np.all(labels == np.floor(labels)))
    if not whole or labels.min() < 0 or labels.max() >= classes:
        allowed = "0 or 1" if kind == BINARY else f"whole numbers from 0 to num_classes - 1, {classes - 1}"
        raise UserError(f"The labels of channel '{channel}' must be {allowed} for predictor_type '{kind}'")


def _scaled(table: Table, scaler: scaling.Scaling) -> Rows:
    labels = _labels(table)
    return Rows(scaler.features(table.features.astype(np.float64)), labels, scaler.labels(labels))


def _class_weights(settings: Mapping[str, Value], labels: Array, classes: int, found: list[Candidate]) -> Array:
    """Return the weight of each class in each model's gradient, (classes, models)."""
    if settings["predictor_type"] == BINARY:
        return np.array([[1.0] * len(found), [each.positive_example_weight_mult for each in found]])
    if settings["predictor_type"] == MULTICLASS and settings["balance_multiclass_weights"]:
        counts = np.maximum(np.bincount(labels.astype(np.int64), minlength=classes), 1)
        return np.repeat((len(labels) / (classes * counts))[:, None], len(found), axis=1)
    return np.ones((1, 1))


def _best(settings: Mapping[str, Value], trained: Weights, judged: Rows, mean: Array) -> tuple[int, float]:
    """Return the best model, and its threshold: by the selection criterion, of equals that with the least loss."""
    if settings["predictor_type"] != BINARY:
        return int(np.argmin(mean)), 0.0
    name = _loss_name(settings)
    all_scores = scores(trained.raw(judged.features), name)[..., 0]
    middle = 0.5 if name == "logistic" else 0.0
    chosen = [thresholds.choose(column, judged.labels, settings, middle) for column in all_scores.T]
    best = max(range(len(chosen)), key=lambda model: (round(chosen[model].merit, 12), -mean[model]))
    return best, chosen[best].at


def _measure(
    settings: Mapping[str, Value],
    loss: Loss,
    channel: str,
    table: Table,
    weight: Array,
    bias: Array,
    threshold: float,
) -> None:
    """Log the final model's metrics on a channel, whose labels are as they came."""
    labels, raw = _labels(table), table.features.astype(np.float64) @ weight + bias
    mean, _ = loss.both(raw[:, None, :], labels[:, None])
    objective = {f"{loss.name}_objective": float(mean.mean())}
    given = scores(raw, _loss_name(settings))
    match settings["predictor_type"]:
        case kind if kind == BINARY:
            log.scores(channel, objective, quality.binary(given[:, 0], labels, threshold, settings))
        case kind if kind == MULTICLASS:
            log.scores(channel, objective, quality.multiclass(given, labels, settings))
        case _:
            log.scores(channel, objective | quality.regression(given[:, 0], labels), {})
