"""What can't be of an algorithm or a model package that is named by its ARN."""

from collections.abc import Iterator

from yardmaster.spec.builtin.marketplace import profile
from yardmaster.spec.findings import Finding
from yardmaster.spec.own import OwnAlgorithm
from yardmaster.spec.problems import words
from yardmaster.spec.schema import Spec

WAYS = ("script", "image", "algorithm_arn", "model_package")
_ROOT = ("algorithm",)


def check_marketplace(spec: Spec, algorithm: OwnAlgorithm) -> Iterator[Finding]:
    """Yield what can't be: several algorithms in one, settings that are the author's, training what is not trained."""
    given = [way for way in WAYS if getattr(algorithm, way) is not None]
    if len(given) != 1:
        fault = f"names {words(given, 'and')}" if given else "names no algorithm"
        yield Finding(_ROOT, "a mapping", fault, f"one of {words(WAYS)}")
        return
    if algorithm.algorithm_arn is None and algorithm.model_package is None:
        return
    if algorithm.environment:
        fault = f"is not for {given[0]}: its author decides on the container's environment, and SageMaker on no other"
        yield Finding((*_ROOT, "environment"), "a mapping", fault, "leave it out")
    if spec.train.metric_definitions:
        fault = f"is not for {given[0]}, which brings its metrics"
        yield Finding(("train", "metric_definitions"), "a list", fault, "leave it out")
    if algorithm.model_package is not None:
        yield from _untrained(spec, algorithm)
    else:
        yield from _searched(spec)


def _untrained(spec: Spec, algorithm: OwnAlgorithm) -> Iterator[Finding]:
    """A model package is only tested and deployed."""
    fault = "is for algorithms that are trained, and a model package is only tested and deployed"
    if spec.train.hyperparameters:
        yield Finding(("train", "hyperparameters"), "a mapping", fault, "leave it out")
    if spec.tune is not None and not profile(algorithm).tunable:
        yield Finding(("tune",), "a mapping", fault, "leave it out")


def _searched(spec: Spec) -> Iterator[Finding]:
    """The objective is not one of the training rows, and Hyperband knows the rounds."""
    if (tune := spec.tune) is None:
        return
    if tune.objective_metric_name.lower().startswith("train"):
        fault = "is measured on the rows that the model learns by heart: the search would reward overfitting"
        path = ("tune", "objective_metric_name")
        yield Finding(path, tune.objective_metric_name, fault, "a metric of the validation rows")
    if tune.strategy == "Hyperband" and (tune.strategy_config is None or tune.strategy_config.max_resource is None):
        fault = "is missing: Hyperband must know how many rounds the algorithm can run"
        yield Finding(("tune", "strategy_config", "max_resource"), None, fault, "a whole number")
