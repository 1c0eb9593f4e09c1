"""Brings features and labels to mean 0 and deviation 1 before training, and the weights back after it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from local_aws.sagemaker.executors.first_party.rules import Value
from local_aws.sagemaker.executors.linear_learner_container.hyperparameter_rules import REGRESSOR
from local_aws.sagemaker.executors.linear_learner_container.losses import Array


@dataclass(frozen=True)
class Scaling:
    """Means and deviations: of the features, (features,), and of a regression's labels."""

    mean: Array
    deviation: Array
    label_mean: float
    label_deviation: float

    def features(self, features: Array) -> Array:
        """Scale features."""
        return np.asarray((features - self.mean) / self.deviation)

    def labels(self, labels: Array) -> Array:
        """Scale labels."""
        return np.asarray((labels - self.label_mean) / self.label_deviation)

    def undone(self, weights: Array, bias: Array) -> tuple[Array, Array]:
        """Return the weights, (features, outputs), and bias, (outputs,), for features and labels as they came."""
        plain = weights / self.deviation[:, None] * self.label_deviation
        return plain, bias * self.label_deviation + self.label_mean - self.mean @ plain


def learn(settings: Mapping[str, Value], features: Array, labels: Array) -> Scaling:
    """Learn the scaling of the first rows, as many as `num_point_for_scaler` says."""
    rows = features[: settings["num_point_for_scaler"]]
    centred = settings["use_bias"] if settings["unbias_data"] is None else settings["unbias_data"]
    ones = np.ones(rows.shape[1])
    mean = rows.mean(axis=0) if centred else np.zeros_like(ones)
    deviation = rows.std(axis=0) if settings["normalize_data"] is not False else ones
    # A column of one value has no deviation: its weight then stays what the start made of it, near 0.
    deviation = np.where(deviation > 0, deviation, 1.0)
    if settings["predictor_type"] != REGRESSOR or settings["normalize_label"] is False:
        return Scaling(mean, deviation, 0.0, 1.0)
    some = labels[: settings["num_point_for_scaler"]]
    unbiased = settings["use_bias"] if settings["unbias_label"] is None else settings["unbias_label"]
    return Scaling(mean, deviation, float(some.mean()) if unbiased else 0.0, float(some.std()) or 1.0)
