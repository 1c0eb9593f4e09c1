"""Instances of endpoint variants by load (Application Auto Scaling).

https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling.html
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from yardmaster.aws import sagemaker_errors
from yardmaster.errors import YardmasterError
from yardmaster.records import Scaling, ScalingPolicy, ScheduledAction

NAMESPACE = "sagemaker"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
TARGET_TRACKING = "TargetTrackingScaling"
STEP_SCALING = "StepScaling"
_SETTINGS = {
    TARGET_TRACKING: "TargetTrackingScalingPolicyConfiguration",
    STEP_SCALING: "StepScalingPolicyConfiguration",
    "PredictiveScaling": "PredictiveScalingPolicyConfiguration",
}
"""Where in the API each type of policy has its settings."""
# A policy may be put before the registration that it belongs to is seen everywhere.
_TRY_AGAIN = {"ConcurrentUpdateException", "ObjectNotFoundException", "ThrottlingException"}
# Not AccessDeniedException: a missing right is an error of the stack, which must be seen.
_REFUSED = {"ValidationException", "LimitExceededException", "FailedResourceAccessException"}


class ScalingRefusedError(YardmasterError):
    """Application Auto Scaling won't have this; the message is AWS's."""


def describe(client: Any, endpoint: str, variants: Iterable[str]) -> dict[str, Scaling]:
    """Return those of an endpoint's variants that are registered, by name."""
    names = {_resource(endpoint, variant): variant for variant in variants}
    if not names:
        return {}
    pages = client.get_paginator("describe_scalable_targets").paginate(
        ServiceNamespace=NAMESPACE, ResourceIds=sorted(names), ScalableDimension=DIMENSION
    )
    targets = [target for page in pages for target in page["ScalableTargets"]]
    return {names[target["ResourceId"]]: _scaling(client, target) for target in targets}


def register(client: Any, endpoint: str, variant: str, scaling: Scaling) -> None:
    """Register a variant, or change how it is registered; its policies are put one by one.

    Raises:
        ScalingRefusedError: AWS won't have it.
        BusyError: Somebody else changes it.
    """
    suspended = {
        "DynamicScalingInSuspended": scaling.scale_in_suspended,
        "DynamicScalingOutSuspended": scaling.scale_out_suspended,
        "ScheduledScalingSuspended": scaling.schedule_suspended,
    }
    capacity = {"MinCapacity": scaling.min_capacity, "MaxCapacity": scaling.max_capacity}
    try:
        client.register_scalable_target(**_of(endpoint, variant), **capacity, SuspendedState=suspended)
    except ClientError as error:
        raise _translated(error) from error


def put_policy(client: Any, endpoint: str, variant: str, policy: ScalingPolicy) -> None:
    """Give a registered variant a policy; one of the same name is replaced.

    Raises:
        ScalingRefusedError: AWS won't have it.
        BusyError: Somebody else changes it, or the registration isn't seen everywhere yet.
    """
    named = {"PolicyName": policy.name, "PolicyType": policy.kind, _SETTINGS[policy.kind]: policy.settings}
    try:
        client.put_scaling_policy(**_of(endpoint, variant), **named)
    except ClientError as error:
        raise _translated(error) from error


def put_scheduled(client: Any, endpoint: str, variant: str, action: ScheduledAction) -> None:
    """Give a registered variant a scheduled action; one of the same name is replaced.

    Raises:
        ScalingRefusedError: AWS won't have it.
        BusyError: Somebody else changes it, or the registration isn't seen everywhere yet.
    """
    limits = {"MinCapacity": action.min_capacity, "MaxCapacity": action.max_capacity}
    request = {
        "ScheduledActionName": action.name,
        "Schedule": action.schedule,
        "Timezone": action.timezone,
        "StartTime": None if action.start is None else datetime.fromtimestamp(action.start, UTC),
        "EndTime": None if action.end is None else datetime.fromtimestamp(action.end, UTC),
        "ScalableTargetAction": _known(limits),
    }
    try:
        client.put_scheduled_action(**_of(endpoint, variant), **_known(request))
    except ClientError as error:
        raise _translated(error) from error


def deregister(client: Any, endpoint: str, variant: str) -> None:
    """Take a variant out of automatic scaling, policies and schedule too; one that isn't registered is fine.

    Raises:
        ScalingRefusedError: AWS won't have it.
        BusyError: Somebody else changes it.
    """
    try:
        client.deregister_scalable_target(**_of(endpoint, variant))
    except ClientError as error:
        if sagemaker_errors.code(error) != "ObjectNotFoundException":
            raise _translated(error) from error


def _scaling(client: Any, target: dict[str, Any]) -> Scaling:
    of = {"ServiceNamespace": NAMESPACE, "ResourceId": target["ResourceId"], "ScalableDimension": DIMENSION}
    policies = client.get_paginator("describe_scaling_policies").paginate(**of)
    scheduled = client.get_paginator("describe_scheduled_actions").paginate(**of)
    suspended = target.get("SuspendedState") or {}
    return Scaling(
        min_capacity=target["MinCapacity"],
        max_capacity=target["MaxCapacity"],
        policies=tuple(_policy(policy) for page in policies for policy in page["ScalingPolicies"]),
        scheduled=tuple(_scheduled(action) for page in scheduled for action in page["ScheduledActions"]),
        scale_in_suspended=suspended.get("DynamicScalingInSuspended", False),
        scale_out_suspended=suspended.get("DynamicScalingOutSuspended", False),
        schedule_suspended=suspended.get("ScheduledScalingSuspended", False),
    )


def _policy(policy: dict[str, Any]) -> ScalingPolicy:
    kind = policy["PolicyType"]
    alarms = policy.get("Alarms", []) if kind == STEP_SCALING else []
    names = tuple(sorted(alarm["AlarmName"] for alarm in alarms))
    return ScalingPolicy(policy["PolicyName"], kind, policy.get(_SETTINGS[kind], {}), names)


def _scheduled(action: dict[str, Any]) -> ScheduledAction:
    limits = action.get("ScalableTargetAction") or {}
    start, end = action.get("StartTime"), action.get("EndTime")
    return ScheduledAction(
        name=action["ScheduledActionName"],
        schedule=action["Schedule"],
        timezone=action.get("Timezone"),
        start=start.timestamp() if start else None,
        end=end.timestamp() if end else None,
        min_capacity=limits.get("MinCapacity"),
        max_capacity=limits.get("MaxCapacity"),
    )


def _known(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _resource(endpoint: str, variant: str) -> str:
    return f"endpoint/{endpoint}/variant/{variant}"


def _of(endpoint: str, variant: str) -> dict[str, str]:
    return {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": _resource(endpoint, variant),
        "ScalableDimension": DIMENSION,
    }


def _translated(error: ClientError) -> Exception:
    code = sagemaker_errors.code(error)
    if code in _TRY_AGAIN:
        return sagemaker_errors.BusyError(sagemaker_errors.message(error))
    return ScalingRefusedError(sagemaker_errors.message(error)) if code in _REFUSED else error
