"""Algorithms (SageMaker): the account's own, and those of AWS Marketplace."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from yardmaster.aws import sagemaker_errors

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class AlgorithmChannel:
    """A channel that an algorithm takes."""

    is_required: bool
    content_types: tuple[str, ...]
    input_modes: tuple[str, ...]


@dataclass(frozen=True)
class AlgorithmHyperparameter:
    """A hyperparameter that an algorithm takes; `is_required` only if it has no default."""

    is_required: bool
    is_tunable: bool


@dataclass(frozen=True)
class Algorithm:
    """An algorithm as SageMaker describes it.

    Attributes:
        status: `Pending`, `InProgress`, `Completed`, `Failed` or `Deleting`.
        is_product: Whether it comes from AWS Marketplace.
        channels, hyperparameters: By name; no hyperparameters means that it takes any.
        objectives: The metrics that a tuning job can improve, and which way.
        training_types, realtime_types, transform_types: The instance types that it runs on.
        is_distributed: Whether it trains on several instances.
        is_served: Whether its models can be served.
    """

    arn: str
    status: str
    is_product: bool
    channels: Mapping[str, AlgorithmChannel]
    hyperparameters: Mapping[str, AlgorithmHyperparameter]
    objectives: Mapping[str, str]
    training_types: tuple[str, ...]
    realtime_types: tuple[str, ...]
    transform_types: tuple[str, ...]
    is_distributed: bool
    is_served: bool


def describe(client: "SageMakerClient", arn: str) -> Algorithm | None:
    """Return an algorithm, or None if there is none; SageMaker describes products also to who has not subscribed."""
    try:
        answer: dict[str, Any] = dict(client.describe_algorithm(AlgorithmName=arn))
    except ClientError as error:
        if sagemaker_errors.is_not_found(error):
            return None
        raise
    training, inference = answer["TrainingSpecification"], answer.get("InferenceSpecification", {})
    return Algorithm(
        arn=answer["AlgorithmArn"],
        status=answer["AlgorithmStatus"],
        is_product="ProductId" in answer,
        channels={one["Name"]: _channel(one) for one in training["TrainingChannels"]},
        hyperparameters={one["Name"]: _hyperparameter(one) for one in training.get("SupportedHyperParameters", [])},
        objectives={one["MetricName"]: one["Type"] for one in training.get("SupportedTuningJobObjectiveMetrics", [])},
        training_types=tuple(training["SupportedTrainingInstanceTypes"]),
        realtime_types=tuple(inference.get("SupportedRealtimeInferenceInstanceTypes", ())),
        transform_types=tuple(inference.get("SupportedTransformInstanceTypes", ())),
        is_distributed=training.get("SupportsDistributedTraining", False),
        is_served=bool(inference),
    )


def _channel(one: dict[str, Any]) -> AlgorithmChannel:
    types, modes = tuple(one["SupportedContentTypes"]), tuple(one["SupportedInputModes"])
    return AlgorithmChannel(one.get("IsRequired", False), types, modes)


def _hyperparameter(one: dict[str, Any]) -> AlgorithmHyperparameter:
    return AlgorithmHyperparameter(one.get("IsRequired", False), one.get("IsTunable", False))
