"""Trains several linear models at once by mini-batches: they see the same rows, and differ in their settings.

As the container does, with `num_models`: one model has the settings that were given, the others have settings nearby.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from local_aws.sagemaker.executors.first_party import log, stopping
from local_aws.sagemaker.executors.first_party.rules import Value
from local_aws.sagemaker.executors.linear_learner_container import optimizers
from local_aws.sagemaker.executors.linear_learner_container.hyperparameter_rules import BALANCED
from local_aws.sagemaker.executors.linear_learner_container.losses import Array, Loss
from local_aws.sagemaker.executors.linear_learner_container.scaling import Scaling

WEIGHT_DECAYS = (1e-4, 1e-2)
"""What `auto` tries for `wd`."""
MINI_BATCH = 1000
STEPS = 10  # in an epoch, at least: a file of 300 rows in batches of 1,000 would end after 15 steps, half trained
DECAY = 0.85  # of the learning rate after each epoch: 15 epochs end at a tenth
SEED = 0


@dataclass(frozen=True)
class Rows:
    """A channel: scaled features, (rows, features), labels as they came and scaled ones, (rows,)."""

    features: Array
    labels: Array
    targets: Array


@dataclass(frozen=True)
class Candidate:
    """The settings in which models differ."""

    learning_rate: float
    wd: float
    positive_example_weight_mult: float


@dataclass(frozen=True)
class Weights:
    """Weights, (features, models, outputs), and biases, (models, outputs)."""

    weights: Array
    bias: Array

    def raw(self, features: Array) -> Array:
        """Return predictions, (rows, models, outputs)."""
        width, models, outputs = self.weights.shape
        flat = features @ self.weights.reshape(width, models * outputs)
        return np.asarray(flat.reshape(len(features), models, outputs) + self.bias)


def candidates(settings: Mapping[str, Value], labels: Array) -> list[Candidate]:
    """Return the settings of the models to train, the given ones first; while a tuner searches it is one model."""
    name = "adam" if settings["optimizer"] == "auto" else settings["optimizer"]
    rates = optimizers.LEARNING_RATES[name] if settings["learning_rate"] is None else (settings["learning_rate"],)
    decays = WEIGHT_DECAYS if settings["wd"] is None else (settings["wd"],)
    positives = max(float(np.sum(labels == 1)), 1.0)
    balance = max(len(labels) - positives, 1.0) / positives
    match settings["positive_example_weight_mult"]:
        case "auto":
            weights: tuple[float, ...] = (1.0, balance)
        case word if word == BALANCED:
            weights = (balance,)
        case weight:
            weights = (float(weight),)
    found = [Candidate(*each) for each in itertools.product(rates, decays, weights)]
    return found[: 1 if settings["_tuning_objective_metric"] else settings["num_models"] or len(found)]


class Trainer:
    """Trains candidates, epoch by epoch, and keeps the best weights of each."""

    def __init__(
        self,
        settings: Mapping[str, Value],
        loss: Loss,
        outputs: int,
        found: list[Candidate],
        class_weights: Array,
        scaling: Scaling,
    ) -> None:
        """Prepare.

        Args:
            settings: The hyperparameters.
            loss: What is made small.
            outputs: How many numbers a model predicts.
            found: The candidates.
            class_weights: The weight of a row by its class and the model, (classes, models); for a regression (1, 1).
            scaling: By which labels were scaled.
        """
        self._settings, self._loss, self._scaling = settings, loss, scaling
        self._shape = (len(found), outputs)
        self._rates = np.array([[each.learning_rate] for each in found])
        self._decays = np.array([[each.wd] for each in found])
        self._class_weights = class_weights
        self._chance = np.random.default_rng(SEED)
        self._optimizer = optimizers.make(settings)

    def train(self, train: Rows, validation: Rows | None) -> Weights:
        """Train, with a line of log for each epoch, until the loss gets no better.

        Returns:
            Each model's weights after the epoch in which its loss on the validation rows (without: training rows) was
            least.
        """
        current = best = self._start(train.features.shape[1])
        least, stale, epochs = np.full(self._shape[0], np.inf), 0, self._settings["epochs"]
        patience, tolerance = self._settings["early_stopping_patience"], self._settings["early_stopping_tolerance"]
        for number in range(epochs):
            with log.epoch(number, epochs, len(train.labels)):
                current, running = self._epoch(current, train, number)
                log.epoch_loss(number, "train", f"{self._loss.name}_objective", running[0])
                losses = self.losses(current, validation or train)
                if validation:
                    log.epoch_loss(number, "validation", f"{self._loss.name}_objective", losses[0])
            improved = float(np.min(least)) - float(np.min(losses)) > tolerance * abs(float(np.min(least)))
            stale = 0 if improved or number == 0 else stale + 1
            better = losses < least
            least = np.where(better, losses, least)
            best = Weights(
                np.where(better[None, :, None], current.weights, best.weights),
                np.where(better[:, None], current.bias, best.bias),
            )
            if stale >= patience or stopping.asked():
                break
        return best

    def losses(self, weights: Weights, rows: Rows) -> Array:
        """Return each model's mean loss on rows, (models,): in the labels' own unit, all rows weighing the same."""
        raw = weights.raw(rows.features) * self._scaling.label_deviation + self._scaling.label_mean
        losses, _ = self._loss.both(raw, rows.labels[:, None])
        return np.asarray(losses.mean(axis=0))

    def _start(self, width: int) -> Weights:
        settings = self._settings
        if settings["init_method"] == "uniform":
            drawn = self._chance.uniform(-settings["init_scale"], settings["init_scale"], (width, 1, self._shape[1]))
        else:
            drawn = self._chance.normal(0, settings["init_sigma"], (width, 1, self._shape[1]))
        bias = settings["init_bias"] if settings["use_bias"] else 0.0
        return Weights(np.repeat(drawn, self._shape[0], axis=1), np.full(self._shape, bias))

    def _epoch(self, weights: Weights, train: Rows, number: int) -> tuple[Weights, Array]:
        """Go over all rows once, in an order of the epoch's own; return the mean loss on the way, too."""
        rows = len(train.labels)
        size = min(self._settings["mini_batch_size"] or min(MINI_BATCH, max(rows // STEPS, 1)), rows)
        order, total = self._chance.permutation(rows), np.zeros(self._shape[0])
        for at, first in enumerate(range(0, rows, size)):
            chosen = order[first : first + size]
            rates = self._rates_at(number, number * -(-rows // size) + at)
            weights, losses = self._step(weights, train.features[chosen], train.targets[chosen], rates)
            total += losses.sum(axis=0)
        return weights, total / rows

    def _step(self, weights: Weights, features: Array, targets: Array, rates: Array) -> tuple[Weights, Array]:
        settings = self._settings
        losses, slopes = self._loss.both(weights.raw(features), targets[:, None])
        if self._class_weights.size > 1:
            slopes = slopes * self._class_weights[targets.astype(np.int64)][:, :, None]
        flat = features.T @ slopes.reshape(len(targets), -1) / len(targets)
        gradient = flat.reshape(weights.weights.shape) + self._decays * weights.weights
        gradient += (settings["l1"] or 0.0) * np.sign(weights.weights)
        self._optimizer.begin()
        moved = weights.weights - rates * self._optimizer.step("weights", gradient)
        if not settings["use_bias"]:
            return Weights(moved, weights.bias), losses
        slope = slopes.mean(axis=0) + (settings["bias_wd_mult"] or 0.0) * self._decays * weights.bias
        push = (settings["bias_lr_mult"] or 1.0) * rates * self._optimizer.step("bias", slope)
        return Weights(moved, weights.bias - push), losses

    def _rates_at(self, epoch: int, step: int) -> Array:
        """Return the learning rates, (models, 1), after so many epochs and steps."""
        settings = self._settings
        if not settings["use_lr_scheduler"]:
            return self._rates
        every, factor = settings["lr_scheduler_step"], settings["lr_scheduler_factor"] or DECAY
        least = settings["lr_scheduler_minimum_lr"] or 1e-5
        return np.asarray(
            np.maximum(self._rates * factor ** (step // every if every else epoch), np.minimum(least, self._rates))
        )
