"""Endpoints and their configurations (SageMaker)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from yardmaster.aws import protection, sagemaker_errors, tags
from yardmaster.aws.protection import Protection

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class VariantRequest:
    """A production variant as we ask for it; weights of all variants sum to 100."""

    name: str
    model_name: str
    instance_type: str
    instance_count: int
    weight: float


@dataclass(frozen=True)
class Variant:
    """A production variant as SageMaker describes it."""

    name: str
    current_weight: float
    desired_weight: float
    current_count: int
    desired_count: int


@dataclass(frozen=True)
class EndpointState:
    """An endpoint as SageMaker describes it; `status` is the API's (`InService`, `Updating`, `RollingBack` …)."""

    name: str
    arn: str
    status: str
    config: str
    variants: tuple[Variant, ...]
    failure_reason: str

    def variant(self, name: str) -> Variant | None:
        """Return a variant by name."""
        return next((variant for variant in self.variants if variant.name == name), None)


def describe(client: "SageMakerClient", name: str) -> EndpointState | None:
    """Return an endpoint, or None if there is none."""
    try:
        answer = client.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if sagemaker_errors.is_not_found(error):
            return None
        raise
    return EndpointState(
        name=answer["EndpointName"],
        arn=answer["EndpointArn"],
        status=answer["EndpointStatus"],
        config=answer.get("EndpointConfigName", ""),
        variants=tuple(_variant(dict(variant)) for variant in answer.get("ProductionVariants", [])),
        failure_reason=answer.get("FailureReason", ""),
    )


def tags_of(client: "SageMakerClient", arn: str) -> dict[str, str]:
    """Return an endpoint's tags."""
    pages = client.get_paginator("list_tags").paginate(ResourceArn=arn)
    return {key: value for page in pages for key, value in tags.as_dict(list(page["Tags"])).items()}


def create_config(
    client: "SageMakerClient",
    name: str,
    variants: tuple[VariantRequest, ...],
    config_tags: dict[str, str],
    protected: Protection = protection.NONE,
) -> None:
    """Make an endpoint configuration; a repeat of the same request is fine.

    Raises:
        NameTakenError: Another configuration has the name.
    """
    body = [_variant_body(variant) for variant in variants]
    try:
        client.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=body,
            Tags=tags.as_list(config_tags),
            **protected.for_volume("KmsKeyId"),
        )
    except ClientError as error:
        if not sagemaker_errors.is_taken(error):
            raise sagemaker_errors.translate(error) from error
        there = {variant.name: variant.model_name for variant in config_variants(client, name)}
        if there != {variant.name: variant.model_name for variant in variants}:
            raise sagemaker_errors.NameTakenError(f"endpoint configuration {name} exists, with other models") from error


def config_variants(client: "SageMakerClient", name: str) -> tuple[VariantRequest, ...]:
    """Return the variants of an endpoint configuration, as they were asked for."""
    return tuple(
        VariantRequest(
            name=variant["VariantName"],
            model_name=variant.get("ModelName", ""),
            instance_type=variant.get("InstanceType", ""),
            instance_count=variant.get("InitialInstanceCount", 1),
            weight=variant.get("InitialVariantWeight", 1.0),
        )
        for variant in client.describe_endpoint_config(EndpointConfigName=name)["ProductionVariants"]
    )


def create(client: "SageMakerClient", name: str, config: str, endpoint_tags: dict[str, str]) -> None:
    """Make an endpoint.

    Raises:
        BusyError: It exists already, perhaps still being deleted.
        NotYetError: The configuration isn't visible yet.
        QuotaError: The account may not run it now.
    """
    try:
        client.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=tags.as_list(endpoint_tags))
    except ClientError as error:
        if sagemaker_errors.is_taken(error):
            raise sagemaker_errors.BusyError(sagemaker_errors.message(error)) from error
        raise sagemaker_errors.translate(error) from error


def update(client: "SageMakerClient", name: str, config: str) -> None:
    """Move an endpoint to another configuration: what scaling made of the instance counts is kept, weights are not.

    Raises:
        BusyError, NotYetError, QuotaError: As for `create`.
    """
    try:
        client.update_endpoint(
            EndpointName=name,
            EndpointConfigName=config,
            RetainAllVariantProperties=True,
            ExcludeRetainedVariantProperties=[{"VariantPropertyType": "DesiredWeight"}],
        )
    except ClientError as error:
        raise sagemaker_errors.translate(error) from error


def set_weights(client: "SageMakerClient", name: str, weights: dict[str, float]) -> None:
    """Give every variant its weight, in one call: a part of the vector would give shares that nobody asked for.

    Raises:
        BusyError: The endpoint is being changed.
    """
    _weights_and_capacities(
        client, name, [{"VariantName": variant, "DesiredWeight": weight} for variant, weight in weights.items()]
    )


def set_capacity(client: "SageMakerClient", name: str, variant: str, count: int) -> None:
    """Ask for instances of one variant.

    Raises:
        BusyError: The endpoint is being changed.
        QuotaError: The account may not run them now.
    """
    _weights_and_capacities(client, name, [{"VariantName": variant, "DesiredInstanceCount": count}])


def delete(client: "SageMakerClient", name: str) -> None:
    """Delete an endpoint; one that is gone already is fine.

    Raises:
        BusyError: The endpoint is being changed.
    """
    try:
        client.delete_endpoint(EndpointName=name)
    except ClientError as error:
        if not sagemaker_errors.is_not_found(error):
            raise sagemaker_errors.translate(error) from error


def _weights_and_capacities(client: "SageMakerClient", name: str, desired: list[Any]) -> None:
    try:
        client.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=desired)
    except ClientError as error:
        raise sagemaker_errors.translate(error) from error


def _variant_body(variant: VariantRequest) -> Any:
    return {
        "VariantName": variant.name,
        "ModelName": variant.model_name,
        "InstanceType": variant.instance_type,
        "InitialInstanceCount": variant.instance_count,
        "InitialVariantWeight": variant.weight,
    }


def _variant(answer: dict[str, Any]) -> Variant:
    return Variant(
        name=answer["VariantName"],
        current_weight=answer.get("CurrentWeight", 0.0),
        desired_weight=answer.get("DesiredWeight", 0.0),
        current_count=answer.get("CurrentInstanceCount", 0),
        desired_count=answer.get("DesiredInstanceCount", 0),
    )
