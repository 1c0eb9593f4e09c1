"""The linear learner's losses: the mean loss of predictions, and its derivative by them.

Predictions are `raw`, (rows, models, outputs): margins for classes, values for a regression. Labels are (rows, 1).
Source: the formulas in the notebook linear_learner_class_weights_loss_functions of aws/amazon-sagemaker-examples.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from local_aws.sagemaker.executors.first_party.rules import Value

Array = npt.NDArray[np.float64]
Both = tuple[Array, Array]


@dataclass(frozen=True)
class Loss:
    """A loss.

    Attributes:
        name: As the log writes it, before `_objective`.
        both: Gives each prediction's loss, (rows, models), and its derivative, shaped as the predictions.
    """

    name: str
    both: Callable[[Array, Array], Both]


def find(name: str, settings: Mapping[str, Value]) -> Loss:
    """Return a loss by its name among the hyperparameters."""
    match name:
        case "logistic":
            return Loss("binary_classification_cross_entropy", _logistic)
        case "hinge_loss":
            return Loss("hinge_loss", _hinge(settings["margin"]))
        case "softmax_loss":
            return Loss("multiclass_cross_entropy", _softmax)
        case "squared_loss":
            return Loss("mse", _of_error(np.square, lambda error: 2 * error))
        case _:
            return Loss(name, _of_error(*_robust(name, settings)))


def probabilities(raw: Array) -> Array:
    """Turn the margins of classes, along the last axis, into probabilities; one margin is that of class 1."""
    if raw.shape[-1] == 1:
        return np.asarray(0.5 * (1 + np.tanh(0.5 * raw)))
    shifted = np.exp(raw - raw.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def _logistic(raw: Array, labels: Array) -> Both:
    margin = raw[..., 0]
    return np.logaddexp(0, margin) - labels * margin, (probabilities(raw) - labels[..., None])


def _hinge(margin: float) -> Callable[[Array, Array], Both]:
    def both(raw: Array, labels: Array) -> Both:
        side = 2 * labels - 1
        short = margin - side * raw[..., 0]
        return np.maximum(short, 0), np.where(short > 0, -side, 0.0)[..., None]

    return both


def _softmax(raw: Array, labels: Array) -> Both:
    shares = probabilities(raw)
    chosen = labels.astype(np.int64)[..., None]
    truth = np.zeros_like(shares)
    np.put_along_axis(truth, np.broadcast_to(chosen, (*shares.shape[:-1], 1)), 1.0, axis=-1)
    return -np.log(np.maximum((shares * truth).sum(axis=-1), 1e-15)), shares - truth


Elementwise = Callable[[Array], Array]


def _of_error(loss: Elementwise, slope: Elementwise) -> Callable[[Array, Array], Both]:
    """Make a loss of functions of the error, prediction less label."""

    def both(raw: Array, labels: Array) -> Both:
        error = raw[..., 0] - labels
        return loss(error), slope(error)[..., None]

    return both


def _robust(name: str, settings: Mapping[str, Value]) -> tuple[Elementwise, Elementwise]:
    """Give a loss of the error, and its derivative."""
    epsilon, delta, quantile = settings["loss_insensitivity"], settings["huber_delta"], settings["quantile"]
    match name:
        case "absolute_loss":
            return np.abs, np.sign
        case "eps_insensitive_squared_loss":
            return (
                lambda error: np.maximum(np.square(error) - epsilon**2, 0),
                lambda error: np.where(np.abs(error) > epsilon, 2 * error, 0.0),
            )
        case "eps_insensitive_absolute_loss":
            return (
                lambda error: np.maximum(np.abs(error) - epsilon, 0),
                lambda error: np.where(np.abs(error) > epsilon, np.sign(error), 0.0),
            )
        case "quantile_loss":
            return (
                lambda error: np.where(error > 0, (1 - quantile) * error, -quantile * error),
                lambda error: np.where(error > 0, 1 - quantile, -quantile),
            )
        case _:
            return (
                lambda error: np.where(
                    np.abs(error) <= delta, np.square(error) / 2, delta * (np.abs(error) - delta / 2)
                ),
                lambda error: np.clip(error, -delta, delta),
            )
