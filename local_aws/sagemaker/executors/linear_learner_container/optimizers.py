"""The steps of stochastic gradient descent: sgd with momentum, rmsprop and adam, for several models at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from local_aws.sagemaker.executors.first_party.rules import Value
from local_aws.sagemaker.executors.linear_learner_container.losses import Array

_TINY = 1e-8


@dataclass
class Optimizer:
    """Turns gradients into steps, remembering those before.

    Attributes:
        name: `adam`, `rmsprop` or `sgd`.
        beta_1: How much of the mean gradient stays (momentum, for sgd).
        beta_2: How much of the mean square stays.
    """

    name: str
    beta_1: float
    beta_2: float
    _steps: int = 0
    _means: dict[str, Array] = field(default_factory=dict)
    _squares: dict[str, Array] = field(default_factory=dict)

    def begin(self) -> None:
        """Count a step, of which `step` is then asked for each parameter."""
        self._steps += 1

    def step(self, parameter: str, gradient: Array) -> Array:
        """Return how far a parameter moves against its gradient, for a learning rate of 1."""
        match self.name:
            case "sgd":
                self._means[parameter] = self.beta_1 * self._means.get(parameter, np.zeros_like(gradient)) + gradient
                return self._means[parameter]
            case "rmsprop":
                return np.asarray(gradient / (np.sqrt(self._square(parameter, gradient)) + _TINY))
            case _:
                old = self._means.get(parameter, np.zeros_like(gradient))
                mean = self._means[parameter] = self.beta_1 * old + (1 - self.beta_1) * gradient
                square = self._square(parameter, gradient) / (1 - self.beta_2**self._steps)
                return np.asarray(mean / (1 - self.beta_1**self._steps) / (np.sqrt(square) + _TINY))

    def _square(self, parameter: str, gradient: Array) -> Array:
        old = self._squares.get(parameter, np.zeros_like(gradient))
        self._squares[parameter] = self.beta_2 * old + (1 - self.beta_2) * np.square(gradient)
        return self._squares[parameter]


LEARNING_RATES = {"adam": (0.05, 0.2, 0.01), "rmsprop": (0.02, 0.1, 0.005), "sgd": (0.05, 0.2, 0.01)}
"""What `auto` tries as learning rates, the best guess first: for features of mean 0 and deviation 1."""


def make(settings: Mapping[str, Value]) -> Optimizer:
    """Return the optimizer that the hyperparameters ask for; adam unless they do."""
    name = "adam" if settings["optimizer"] == "auto" else settings["optimizer"]
    first = settings["momentum"] if name == "sgd" else settings["beta_1"]
    second = settings["beta_2"]
    return Optimizer(
        name,
        0.9 if first is None else min(first, 1 - _TINY),
        (0.9 if name == "rmsprop" else 0.999) if second is None else min(second, 1 - _TINY),
    )
