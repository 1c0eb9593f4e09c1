"""What can't be of an algorithm or a model package that is named by its ARN."""

from collections.abc import Iterator

from yardmaster.spec.findings import Finding
from yardmaster.spec.own import OwnAlgorithm
from yardmaster.spec.schema import Spec

_ROOT = ("algorithm",)


def check_marketplace(spec: Spec, algorithm: OwnAlgorithm) -> Iterator[Finding]:
    """Yield settings that are its author's, training what is not trained, and what needs an artifact to be at hand."""
    if algorithm.algorithm_arn is None and algorithm.model_package is None:
        return
    way = "algorithm_arn" if algorithm.algorithm_arn is not None else "model_package"
    if algorithm.environment:
        fault = f"is not for {way}: its author decides on the container's environment, and SageMaker on no other"
        yield Finding((*_ROOT, "environment"), "a mapping", fault, "leave it out")
    if spec.train.metric_definitions:
        fault = f"is not for {way}, which brings its metrics"
        yield Finding(("train", "metric_definitions"), "a list", fault, "leave it out")
    if algorithm.model_package is not None and spec.train.hyperparameters:
        fault = "is for algorithms that are trained, and a model package is only tested and deployed"
        yield Finding(("train", "hyperparameters"), "a mapping", fault, "leave it out")
    if spec.deploy is not None and spec.deploy.multi_model:
        fault = f"is not for {way}: what is sold is deployed as a package, and a shared endpoint loads artifacts"
        yield Finding(("deploy", "multi_model"), True, fault, "false")
