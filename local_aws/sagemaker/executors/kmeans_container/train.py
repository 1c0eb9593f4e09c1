"""Trains k-means: many centres by mini-batches, which a k-means of their own then shrinks to k.

Source: docs.aws.amazon.com/sagemaker/latest/dg/algo-kmeans-tech-notes.html.
"""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.metrics import pairwise_distances_argmin

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.first_party import log, stopping
from local_aws.sagemaker.executors.first_party.arrays import Arrays
from local_aws.sagemaker.executors.first_party.channels import Table
from local_aws.sagemaker.executors.first_party.rules import Value
from local_aws.sagemaker.executors.first_party.training import Algorithm
from local_aws.sagemaker.executors.first_party.training import train as run
from local_aws.sagemaker.executors.kmeans_container.hyperparameter_rules import RULES

logger = logging.getLogger(__name__)
CENTERS, TRIALS = 10, 10  # what `auto` means for extra_center_factor and local_lloyd_num_trials, by the logs
SEED = 0
Array = npt.NDArray[np.float64]


def train(base_dir: Path) -> int:
    """Run one training job; return its exit code."""
    return run(Algorithm(RULES, ("train", "test"), labelled=False, fit=fit), base_dir)


def fit(settings: Mapping[str, Value], tables: Mapping[str, Table]) -> Arrays:
    """Find k centres, (k, features); measure them on the channel `test`, too.

    Raises:
        UserError: There are fewer rows than clusters.
    """
    rows = tables["train"].features.astype(np.float64)
    if len(rows) < settings["k"]:
        raise UserError(f"The 'k' hyperparameter is {settings['k']}, but channel 'train' has {len(rows)} rows only")
    centers = _shrunk(_many_centers(rows, settings), rows, settings)
    # AWS's local k-means measures the training rows; its log has nothing but the mean.
    logger.info("#quality_metric: host=%s, train msd <loss>=%r", log.HOST, float(np.mean(_squares(rows, centers))))
    if "test" in tables:
        squares = _squares(tables["test"].features.astype(np.float64), centers)
        measured = {"msd": float(np.mean(squares)), "ssd": float(np.sum(squares))}
        log.scores("test", {name: measured[name] for name in settings["eval_metrics"]}, {})
    return {"centers": centers}


def nearest(rows: Array, centers: Array) -> tuple[npt.NDArray[np.int64], Array]:
    """Return each row's nearest centre, and the Euclidean distance to it."""
    chosen = pairwise_distances_argmin(rows, centers)
    # Not the distances that the search found: far from the origin they have lost their last digits.
    return chosen, np.asarray(np.linalg.norm(rows - centers[chosen], axis=1))


def _squares(rows: Array, centers: Array) -> Array:
    """Return the squares of the distances to the nearest centres."""
    return np.asarray(np.square(nearest(rows, centers)[1]))


def _many_centers(rows: Array, settings: Mapping[str, Value]) -> Array:
    wanted = settings["k"] * (settings["extra_center_factor"] or CENTERS)
    model = MiniBatchKMeans(
        n_clusters=min(wanted, len(rows)),
        init=_init(settings["init_method"]),
        n_init=1,
        batch_size=min(settings["mini_batch_size"], len(rows)),
        random_state=SEED,
        reassignment_ratio=0,
    )
    chance, size = np.random.default_rng(SEED), min(settings["mini_batch_size"], len(rows))
    # The first batch must have a row for each centre.
    first = max(size, model.n_clusters)
    for number in range(settings["epochs"]):
        order = chance.permutation(len(rows))
        with log.epoch(number, settings["epochs"], len(rows)):
            model.partial_fit(rows[order[:first]])
            for start in range(first, len(rows), size):
                model.partial_fit(rows[order[start : start + size]])
        if stopping.asked():
            break
    return np.asarray(model.cluster_centers_, np.float64)


def _shrunk(many: Array, rows: Array, settings: Mapping[str, Value]) -> Array:
    logger.info("shrinking %d centers into %d", len(many), settings["k"])
    sizes = np.bincount(nearest(rows, many)[0], minlength=len(many)).astype(np.float64)
    model = KMeans(
        n_clusters=settings["k"],
        init=_init(settings["local_lloyd_init_method"]),
        n_init=settings["local_lloyd_num_trials"] or TRIALS,
        max_iter=settings["local_lloyd_max_iter"],
        tol=settings["local_lloyd_tol"],
        random_state=SEED,
    )
    model.fit(many, sample_weight=sizes)
    return np.asarray(model.cluster_centers_, np.float64)


def _init(method: str) -> str:
    """Give scikit-learn's name of a method."""
    return "k-means++" if method == "kmeans++" else method
