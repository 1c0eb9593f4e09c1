"""Trains k-NN: samples points, may project them, and keeps them.

Source: docs.aws.amazon.com/sagemaker/latest/dg/kNN_how-it-works.html.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from sklearn.random_projection import GaussianRandomProjection

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.first_party import log
from local_aws.sagemaker.executors.first_party.arrays import Arrays
from local_aws.sagemaker.executors.first_party.channels import Table
from local_aws.sagemaker.executors.first_party.rules import Value
from local_aws.sagemaker.executors.first_party.training import Algorithm
from local_aws.sagemaker.executors.first_party.training import train as run
from local_aws.sagemaker.executors.knn_container.hyperparameter_rules import CLASSIFIER, RULES, check_dependencies
from local_aws.sagemaker.executors.knn_container.index import Array, Index

SEED = 0
PIECE = 1000  # rows of the channel `test` that are asked for at once


def train(base_dir: Path) -> int:
    """Run one training job; return its exit code."""
    return run(Algorithm(RULES, ("train", "test"), labelled=True, fit=fit), base_dir)


def fit(settings: Mapping[str, Value], tables: Mapping[str, Table]) -> Arrays:
    """Sample the points of the index; measure the channel `test` with it.

    Raises:
        UserError: Hyperparameters don't go together, or not with the data.
    """
    check_dependencies(settings)
    for channel, table in tables.items():
        _check_labels(table, channel, settings["predictor_type"])
    rows, labels = tables["train"].features.astype(np.float64), np.asarray(tables["train"].labels, np.float64)
    chance, size = np.random.default_rng(SEED), min(settings["sample_size"], len(rows))
    if settings["k"] > size:
        raise UserError(f"The 'k' hyperparameter is {settings['k']}, but the index has {size} points only")
    with log.epoch(0, 1, len(rows)):
        chosen = np.sort(chance.choice(len(rows), size, replace=False))
        projection = _projection(settings, rows.shape[1], chance)
        points = rows[chosen] @ projection if projection.size else rows[chosen]
    model = {
        "points": points,
        "labels": labels[chosen],
        "projection": projection,
        "metric": np.array(settings["index_metric"]),
        "kind": np.array(settings["predictor_type"]),
        "k": np.array(settings["k"]),
    }
    if "test" in tables:
        _measure(Index(model), tables["test"])
    return model


def _projection(settings: Mapping[str, Value], features: int, chance: np.random.Generator) -> Array:
    """Return the random projection that was asked for, (features, dimensions), else an empty one."""
    target = settings["dimension_reduction_target"]
    match settings["dimension_reduction_type"]:
        case "sign":
            return np.asarray(chance.choice([-1.0, 1.0], (features, target)) / np.sqrt(target))
        case "fjlt":
            fitted = GaussianRandomProjection(target, random_state=SEED).fit(np.zeros((1, features)))
            return np.asarray(fitted.components_.T)
        case _:
            return np.zeros((0, 0))


def _check_labels(table: Table, channel: str, kind: str) -> None:
    labels = np.asarray(table.labels)
    if kind == CLASSIFIER and not (np.all(labels == np.floor(labels)) and labels.min() >= 0):
        raise UserError(f"The labels of channel '{channel}' must be whole numbers from 0 for predictor_type '{kind}'")


def _measure(index: Index, test: Table) -> None:
    rows, labels = test.features.astype(np.float64), np.asarray(test.labels, np.float64)
    pieces = np.array_split(rows, max(1, len(rows) // PIECE))
    predicted = np.concatenate([index.predict(index.nearest(piece)[0]) for piece in pieces])
    if index.kind == CLASSIFIER:
        log.scores("test", {}, {"accuracy": float(np.mean(predicted == labels))})
    else:
        log.scores("test", {"mse": float(np.mean(np.square(predicted - labels)))}, {})
