"""Endpoints and their configurations (SageMaker)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from yardmaster.aws import endings, protection, sagemaker_errors, tags
from yardmaster.aws.protection import Protection

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class VariantRequest:
    """A production variant as we ask for it; weights of all variants sum to 100.

    Attributes:
        name, model_name, weight: As said.
        instance_type, instance_count: Its instances; empty and 0 for a serverless one.
        settings: Its other members, as the API writes them: `VolumeSizeInGB`, time limits.
        serverless: Its `ServerlessConfig`; None for one with instances.
    """

    name: str
    model_name: str
    instance_type: str
    instance_count: int
    weight: float
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    serverless: Mapping[str, Any] | None = field(default=None, hash=False)


@dataclass(frozen=True)
class Config:
    """An endpoint configuration, whoever made it; `key` is the KMS key of the volumes, `capture` as the API has it.

    `more` names what else it has that no configuration of ours can have.
    """

    name: str
    variants: tuple[VariantRequest, ...]
    key: str | None
    capture: Mapping[str, Any] | None = field(hash=False)
    more: tuple[str, ...] = ()

    def variant(self, name: str) -> VariantRequest | None:
        """Return a variant by name."""
        return next((variant for variant in self.variants if variant.name == name), None)


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
    """An endpoint as SageMaker describes it; `status` is the API's (`InService`, `Updating`, `RollingBack` …).

    `captures_to` is the S3 URI below which it keeps captured requests; None while it captures none.
    """

    name: str
    arn: str
    status: str
    config: str
    variants: tuple[Variant, ...]
    failure_reason: str
    captures_to: str | None = None

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
        captures_to=_captures_to(dict(answer.get("DataCaptureConfig", {}))),
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
    capture: Mapping[str, Any] | None = None,
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
            **({"DataCaptureConfig": dict(capture)} if capture else {}),  # type: ignore[arg-type]  # as the API has it
        )
    except ClientError as error:
        if not sagemaker_errors.is_taken(error):
            raise sagemaker_errors.translate(error) from error
        found = describe_config(client, name)
        there = {variant.name: variant.model_name for variant in found.variants} if found else {}
        if there != {variant.name: variant.model_name for variant in variants}:
            raise sagemaker_errors.NameTakenError(f"endpoint configuration {name} exists, with other models") from error


_UNKEPT = ("AsyncInferenceConfig", "ExecutionRoleArn", "ExplainerConfig", "ShadowProductionVariants")
"""What a configuration of ours can't have; the role is that of inference components."""


def describe_config(client: "SageMakerClient", name: str) -> Config | None:
    """Return an endpoint configuration as it was asked for, or None if there is none."""
    try:
        answer = client.describe_endpoint_config(EndpointConfigName=name)
    except ClientError as error:
        if sagemaker_errors.is_not_found(error):
            return None
        raise
    variants = tuple(_variant_request(dict(variant)) for variant in answer["ProductionVariants"])
    capture = answer.get("DataCaptureConfig")
    more = tuple(name for name in _UNKEPT if answer.get(name))
    return Config(name, variants, answer.get("KmsKeyId"), dict(capture) if capture else None, more)


def delete_config(client: "SageMakerClient", name: str) -> None:
    """Delete an endpoint configuration that no endpoint has; one that is gone already is fine.

    It is looked at first: the right to delete asks for a tag, which what isn't there doesn't have.
    """
    endings.deleted(
        lambda: client.describe_endpoint_config(EndpointConfigName=name),
        lambda: client.delete_endpoint_config(EndpointConfigName=name),
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
    endings.deleted(lambda: client.delete_endpoint(EndpointName=name))


def _weights_and_capacities(client: "SageMakerClient", name: str, desired: list[Any]) -> None:
    try:
        client.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=desired)
    except ClientError as error:
        raise sagemaker_errors.translate(error) from error


def _captures_to(capture: dict[str, Any]) -> str | None:
    return capture.get("DestinationS3Uri") if capture.get("EnableCapture") else None


def _variant_request(variant: dict[str, Any]) -> VariantRequest:
    own = {
        "VariantName",
        "ModelName",
        "InstanceType",
        "InitialInstanceCount",
        "InitialVariantWeight",
        "ServerlessConfig",
    }
    serverless = variant.get("ServerlessConfig")
    return VariantRequest(
        name=variant["VariantName"],
        model_name=variant.get("ModelName", ""),
        instance_type=variant.get("InstanceType", ""),
        instance_count=variant.get("InitialInstanceCount", 0 if serverless else 1),
        weight=variant.get("InitialVariantWeight", 1.0),
        settings={name: value for name, value in variant.items() if name not in own},
        serverless=serverless,
    )


def _variant_body(variant: VariantRequest) -> Any:
    on = (
        {"InstanceType": variant.instance_type, "InitialInstanceCount": variant.instance_count}
        if variant.serverless is None
        else {"ServerlessConfig": dict(variant.serverless)}
    )
    return {
        **variant.settings,
        "VariantName": variant.name,
        "ModelName": variant.model_name,
        **on,
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
