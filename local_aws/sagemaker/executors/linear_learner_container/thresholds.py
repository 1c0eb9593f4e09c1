"""The threshold of a binary classifier: from which score on a row belongs to class 1, by the selection criterion."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from local_aws.sagemaker.executors.first_party.rules import Value
from local_aws.sagemaker.executors.linear_learner_container.losses import Array


@dataclass(frozen=True)
class Threshold:
    """A threshold, and how well the criterion is met with it: more is better."""

    at: float
    merit: float


def choose(scores: Array, labels: Array, settings: Mapping[str, Value], middle: float) -> Threshold:
    """Choose the threshold that meets the criterion best; of equally good ones that nearest to the middle.

    Args:
        scores: Of rows, (rows,).
        labels: 0 or 1, (rows,).
        settings: The criterion, `f_beta`, and the targets.
        middle: The threshold for criteria that are losses.
    """
    criterion = settings["binary_classifier_model_selection_criteria"]
    if criterion in ("cross_entropy_loss", "loss_function"):
        return Threshold(middle, 0.0)
    cuts, hits, alarms = _cuts(scores, labels)
    positives = max(float(labels.sum()), 1.0)
    recall, precision = hits / positives, hits / np.maximum(hits + alarms, 1)
    match criterion:
        case "accuracy":
            merit = (hits + (len(labels) - positives) - alarms) / len(labels)
        case "precision_at_target_recall":
            merit = np.where(recall >= settings["target_recall"], precision, recall - 2)
        case "recall_at_target_precision":
            merit = np.where(precision >= settings["target_precision"], recall, precision - 2)
        case _:
            square = 1.0 if criterion == "f1" else settings["f_beta"] ** 2
            merit = (1 + square) * precision * recall / np.maximum(square * precision + recall, 1e-12)
    best = np.flatnonzero(merit >= merit.max() - 1e-12)
    nearest = best[np.argmin(np.abs(cuts[best] - middle))]
    return Threshold(float(cuts[nearest]), float(merit[nearest]))


def _cuts(scores: Array, labels: Array) -> tuple[Array, Array, Array]:
    """Return all thresholds that make a difference, and the true and the false positives of each."""
    order = np.argsort(-scores, kind="stable")
    falling, truth = scores[order], labels[order]
    ends = np.append(np.flatnonzero(np.diff(falling)), len(falling) - 1)  # the last row of each score
    below = np.append(falling[ends[:-1] + 1], falling[-1] - 1.0)
    cuts = np.append(falling[0] + 1.0, (falling[ends] + below) / 2)
    hits = np.append(0.0, np.cumsum(truth)[ends])
    return cuts, hits, np.append(0.0, ends + 1.0) - hits
