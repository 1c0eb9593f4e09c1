"""Specs that name an algorithm or a model package by its ARN: what SageMaker knows of it, and the job's request."""

from dataclasses import dataclass, replace

from yardmaster.aws import algorithm as aws_algorithm
from yardmaster.aws import model_package
from yardmaster.aws.algorithm import Algorithm
from yardmaster.aws.model_package import Package
from yardmaster.aws.training_job import TrainingJobRequest
from yardmaster.flows.yard import Yard
from yardmaster.rules import marketplace
from yardmaster.spec.of_algorithm import algorithm_arn, package_arn
from yardmaster.spec.schema import Spec


@dataclass(frozen=True)
class Offer:
    """What the spec names, as far as it is there."""

    arn: str
    algorithm: Algorithm | None = None
    package: Package | None = None


def gather(yard: Yard, spec: Spec) -> Offer | None:
    """Look up what a spec names by its ARN; None if it names nothing so, or something of another region."""
    algorithm, package = algorithm_arn(spec), package_arn(spec)
    if (arn := algorithm or package) is None:
        return None
    if marketplace.region_refusal("", arn, yard.settings.region):
        return Offer(arn)  # There is no use in asking.
    if algorithm is not None:
        return Offer(arn, algorithm=aws_algorithm.describe(yard.sagemaker, arn))
    return Offer(arn, package=model_package.describe(yard.sagemaker, arn))


def refusal(spec: Spec, offer: Offer, channels: tuple[str, ...], region: str) -> str | None:
    """Say why what a spec names can't be used so, and what to write instead; None if it can."""
    key = "algorithm_arn" if algorithm_arn(spec) else "model_package"
    if wrong := marketplace.region_refusal(key, offer.arn, region):
        return wrong
    if offer.algorithm is not None:
        return marketplace.training_refusal(spec, offer.algorithm, channels)
    if offer.package is not None:
        return marketplace.serving_refusal(spec, offer.package)
    return f"algorithm.{key}: there is no {offer.arn}: look the ARN up in SageMaker's console, for this region"


def training(request: TrainingJobRequest, algorithm: Algorithm) -> TrainingJobRequest:
    """Return a job's request for an algorithm: by its name, under its channels' names, and alone if it is a product."""
    names = marketplace.channels_of(algorithm, tuple(request.channels))
    return replace(
        request,
        algorithm_name=algorithm.arn,
        channels={names[name]: channel for name, channel in request.channels.items() if name in names},
        isolated=algorithm.is_product,
    )
