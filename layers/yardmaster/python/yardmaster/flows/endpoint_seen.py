"""An endpoint as it is, with all that must be saved of it before it is deleted."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from yardmaster.aws import autoscaling, endpoint_whole
from yardmaster.errors import RefusedError
from yardmaster.flows.yard import Yard
from yardmaster.rules.shift import VariantState
from yardmaster.rules.sleep import Found, Saved


def look(yard: Yard, name: str) -> Found | None:
    """Return an endpoint as SageMaker has it now; None if there is none."""
    answer = endpoint_whole.describe(yard.sagemaker, name)
    return None if answer is None else _found(answer)


def with_scaling(yard: Yard, name: str, found: Found) -> Found:
    """Return it with how its variants are registered for automatic scaling."""
    names = [one.name for one in found.variants]
    return replace(found, scaling=autoscaling.describe(yard.autoscaling, name, names))


def everything(yard: Yard, name: str) -> tuple[Found, Saved]:
    """Return an endpoint as it is, and all that is needed to make it again.

    Raises:
        RefusedError: It is gone, or its configuration is.
    """
    answer = endpoint_whole.describe(yard.sagemaker, name)
    if answer is None:
        raise RefusedError(f"there is no endpoint {name}")
    config = answer.get("EndpointConfigName", "")
    known = endpoint_whole.config(yard.sagemaker, config)
    if known is None:
        raise RefusedError(f"its configuration {config} is gone, without which it could not be made again")
    content, config_arn = known
    found = with_scaling(yard, answer["EndpointName"], _found(answer))
    return found, Saved(
        name=answer["EndpointName"],
        created=found.created,
        config=config,
        content=content,
        tags=endpoint_whole.tags_of(yard.sagemaker, answer["EndpointArn"]),
        config_tags=endpoint_whole.tags_of(yard.sagemaker, config_arn),
        variants=found.variants,
        scaling=dict(found.scaling or {}),
        instances=_instances(content, found),
    )


def _found(answer: Mapping[str, Any]) -> Found:
    return Found(
        status=answer["EndpointStatus"],
        created=answer["CreationTime"].timestamp(),
        config=answer.get("EndpointConfigName", ""),
        variants=tuple(
            VariantState(one["VariantName"], one.get("CurrentWeight", 0.0), one.get("CurrentInstanceCount", 0))
            for one in answer.get("ProductionVariants", ())
        ),
        failure_reason=answer.get("FailureReason", ""),
    )


def _instances(content: Mapping[str, Any], found: Found) -> dict[str, int]:
    counts: dict[str, int] = {}
    types = {one["VariantName"]: one.get("InstanceType") for one in content["ProductionVariants"]}
    for variant in found.variants:
        if kind := types.get(variant.name):
            counts[kind] = counts.get(kind, 0) + variant.count
    return counts
