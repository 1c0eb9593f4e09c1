"""The final model's metrics, named as in the container's log."""

from collections.abc import Mapping

import numpy as np
from sklearn import metrics

from local_aws.sagemaker.executors.first_party.rules import Value
from local_aws.sagemaker.executors.linear_learner_container.losses import Array


def binary(scores: Array, labels: Array, threshold: float, settings: Mapping[str, Value]) -> dict[str, float]:
    """Measure a binary classifier: scores are (rows,)."""
    predicted, beta = (scores >= threshold).astype(int), settings["f_beta"]
    found = {
        "binary_classification_accuracy": metrics.accuracy_score(labels, predicted),
        f"binary_f_{beta:.3f}": metrics.fbeta_score(labels, predicted, beta=beta, zero_division=0),
        "precision": metrics.precision_score(labels, predicted, zero_division=0),
        "recall": metrics.recall_score(labels, predicted, zero_division=0),
    }
    if len(np.unique(labels)) == 2:  # with one class there is no order to be right about
        found["roc_auc_score"] = metrics.roc_auc_score(labels, scores)
    return found


def multiclass(scores: Array, labels: Array, settings: Mapping[str, Value]) -> dict[str, float]:
    """Measure a multiclass classifier: scores are (rows, classes)."""
    beta, top, classes = settings["f_beta"], settings["accuracy_top_k"], scores.shape[1]
    truth, predicted = labels.astype(int), scores.argmax(axis=1)
    own = scores[np.arange(len(truth)), truth]
    rank = 1 + (scores > own[:, None]).sum(axis=1)
    averages = {"labels": np.arange(classes), "average": "macro", "zero_division": 0}
    return {
        "multiclass_accuracy": float(np.mean(predicted == truth)),
        f"multiclass_top_k_accuracy_{top}": float(np.mean(rank <= top)),
        "dcg": float(np.mean(1 / np.log2(1 + rank))),
        "macro_recall": metrics.recall_score(truth, predicted, **averages),
        "macro_precision": metrics.precision_score(truth, predicted, **averages),
        f"macro_f_{beta:.3f}": metrics.fbeta_score(truth, predicted, beta=beta, **averages),
    }


def regression(values: Array, labels: Array) -> dict[str, float]:
    """Measure a regression: values are (rows,)."""
    return {
        "mse": float(np.mean(np.square(values - labels))),
        "absolute_loss": float(np.mean(np.abs(values - labels))),
    }
