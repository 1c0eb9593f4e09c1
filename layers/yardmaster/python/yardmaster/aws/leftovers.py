"""What a stack has in SageMaker, found by its tag: what still costs money, and what only lies there."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, assert_never

from botocore.exceptions import ClientError

from yardmaster.aws import endings, sagemaker_errors, tags

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

TAG = "yardmaster"
"""Its value is the stack's name; nothing without it is ever touched."""
MODEL_TAG = "yardmaster:model"
"""Its value is the model that something belongs to."""


Use = Literal["training", "transform", "hosting"]
"""What instances do: prices differ by it."""


class Kind(StrEnum):
    """What there is, in the order in which it can be taken away."""

    # Before its training jobs: it would begin others.
    TUNING_JOB = "tuning job"
    TRAINING_JOB = "training job"
    TRANSFORM_JOB = "transform job"
    ENDPOINT = "endpoint"
    ENDPOINT_CONFIG = "endpoint configuration"
    MODEL = "model"
    PACKAGE_GROUP = "model package group"


JOBS = frozenset({Kind.TUNING_JOB, Kind.TRAINING_JOB, Kind.TRANSFORM_JOB})
COSTS = JOBS | {Kind.ENDPOINT}
"""What costs money as long as it is there."""


@dataclass(frozen=True)
class Leftover:
    """One resource of the stack; `status` is SageMaker's, empty for what has none."""

    kind: Kind
    name: str
    arn: str
    status: str = ""


@dataclass(frozen=True)
class _Listing:
    """How resources of one kind are listed; `prefixed` ones have names that begin with the stack's prefix."""

    operation: str
    member: str
    noun: str
    prefixed: bool = True
    only: str | None = None


_LISTINGS: dict[Kind, _Listing] = {
    Kind.TUNING_JOB: _Listing(
        "list_hyper_parameter_tuning_jobs",
        "HyperParameterTuningJobSummaries",
        "HyperParameterTuningJob",
        only="InProgress",
    ),
    Kind.TRAINING_JOB: _Listing("list_training_jobs", "TrainingJobSummaries", "TrainingJob", only="InProgress"),
    Kind.TRANSFORM_JOB: _Listing("list_transform_jobs", "TransformJobSummaries", "TransformJob", only="InProgress"),
    Kind.ENDPOINT: _Listing("list_endpoints", "Endpoints", "Endpoint", prefixed=False),
    Kind.ENDPOINT_CONFIG: _Listing("list_endpoint_configs", "EndpointConfigs", "EndpointConfig"),
    Kind.MODEL: _Listing("list_models", "Models", "Model"),
    Kind.PACKAGE_GROUP: _Listing("list_model_package_groups", "ModelPackageGroupSummaryList", "ModelPackageGroup"),
}


def find(client: "SageMakerClient", stack: str, prefix: str, model: str | None = None) -> Iterator[Leftover]:
    """Yield what carries the stack's tag, by kind.

    Args:
        client: SageMaker's.
        stack: The tag's value.
        prefix: How the names of everything but endpoints begin.
        model: Only what carries this model's tag, too.
    """
    for kind, listing in _LISTINGS.items():
        for found in _listed(client, kind, listing, prefix):
            tagged = _tags(client, found.arn)
            if tagged.get(TAG) == stack and model in {None, tagged.get(MODEL_TAG)}:
                yield found


def size(client: "SageMakerClient", leftover: Leftover) -> tuple[Use, dict[str, int]] | None:
    """Return what something that costs money runs on: what for, and how many instances of each type.

    None for what has no instances that it tells: a tuning job's training jobs are counted themselves.
    """
    match leftover.kind:
        case Kind.TRAINING_JOB:
            on: Any = client.describe_training_job(TrainingJobName=leftover.name)["ResourceConfig"]
            return "training", {on["InstanceType"]: on["InstanceCount"]} if "InstanceType" in on else {}
        case Kind.TRANSFORM_JOB:
            on = client.describe_transform_job(TransformJobName=leftover.name)["TransformResources"]
            return "transform", {on["InstanceType"]: on["InstanceCount"]}
        case Kind.ENDPOINT:
            return "hosting", _instances(client, leftover.name)
        case _:
            return None


def _instances(client: "SageMakerClient", endpoint: str) -> dict[str, int]:
    state: Any = client.describe_endpoint(EndpointName=endpoint)
    config = client.describe_endpoint_config(EndpointConfigName=state["EndpointConfigName"])
    counts = {one["VariantName"]: one.get("CurrentInstanceCount", 0) for one in state.get("ProductionVariants", [])}
    found: dict[str, int] = {}
    for variant in config["ProductionVariants"]:
        if (kind := variant.get("InstanceType")) is not None:
            count = counts.get(variant["VariantName"]) or variant.get("InitialInstanceCount", 1)
            found[kind] = found.get(kind, 0) + count
    return found


def take_away(client: "SageMakerClient", leftover: Leftover) -> None:
    """Stop a job, delete anything else; what is gone or over already is fine. Package groups stay.

    Raises:
        BusyError: The endpoint is being changed.
    """
    name = leftover.name
    match leftover.kind:
        case Kind.TUNING_JOB:
            endings.stopped(lambda: client.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=name))
        case Kind.TRAINING_JOB:
            endings.stopped(lambda: client.stop_training_job(TrainingJobName=name))
        case Kind.TRANSFORM_JOB:
            endings.stopped(lambda: client.stop_transform_job(TransformJobName=name))
        case Kind.ENDPOINT:
            endings.deleted(lambda: client.delete_endpoint(EndpointName=name))
        case Kind.ENDPOINT_CONFIG:
            endings.deleted(lambda: client.delete_endpoint_config(EndpointConfigName=name))
        case Kind.MODEL:
            endings.deleted(lambda: client.delete_model(ModelName=name))
        case Kind.PACKAGE_GROUP:
            pass
        case _:
            assert_never(leftover.kind)


def _listed(client: "SageMakerClient", kind: Kind, listing: _Listing, prefix: str) -> Iterator[Leftover]:
    request: dict[str, Any] = {"NameContains": f"{prefix}-"} if listing.prefixed else {}
    if listing.only:
        request["StatusEquals"] = listing.only
    paginator: Any = client.get_paginator(listing.operation)  # type: ignore[call-overload]  # its name is data here
    for page in paginator.paginate(**request):
        for one in page[listing.member]:
            name = one[f"{listing.noun}Name"]
            if not listing.prefixed or name.startswith(f"{prefix}-"):
                yield Leftover(kind, name, one[f"{listing.noun}Arn"], one.get(f"{listing.noun}Status", ""))


def _tags(client: "SageMakerClient", arn: str) -> dict[str, str]:
    try:
        pages = client.get_paginator("list_tags").paginate(ResourceArn=arn)
        return {key: value for page in pages for key, value in tags.as_dict(list(page["Tags"])).items()}
    except ClientError as error:
        if sagemaker_errors.code(error) == "ValidationException":
            return {}  # Gone since it was listed.
        raise
