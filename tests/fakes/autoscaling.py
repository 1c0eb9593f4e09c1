"""Application Auto Scaling: registrations and policies of endpoint variants, with AWS's refusals. Nothing scales."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from tests.fakes.errors import refusal

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
RUNNING = {"DynamicScalingInSuspended": False, "DynamicScalingOutSuspended": False, "ScheduledScalingSuspended": False}


def resource(endpoint: str, variant: str) -> str:
    return f"endpoint/{endpoint}/variant/{variant}"


class FakeAutoscaling:
    """boto3's methods, with boto3's errors, and what the simulator asks."""

    def __init__(self) -> None:
        self.targets: dict[str, dict[str, Any]] = {}
        self.policies: dict[str, dict[str, dict[str, Any]]] = {}
        self.scheduled: dict[str, dict[str, dict[str, Any]]] = {}
        self.callers: dict[str, list[str]] = {}
        """The alarms that call a policy, by its ARN."""
        self._made = 0
        self.refuse: Callable[[str], str | None] = lambda operation: None
        """Says why an operation is refused."""

    # --- what SageMaker asks ---------------------------------------------------------------------------------------

    def registered(self, endpoint: str, variant: str) -> bool:
        return resource(endpoint, variant) in self.targets

    def deregister(self, endpoint: str, variant: str) -> None:
        self._forget(resource(endpoint, variant))

    # --- boto3's methods -------------------------------------------------------------------------------------------

    def register_scalable_target(self, **request: Any) -> dict[str, Any]:
        self._check("RegisterScalableTarget", request)
        if request["MinCapacity"] > request["MaxCapacity"]:
            raise refusal("ValidationException", "Maximum capacity cannot be less than minimum capacity", "Register")
        name = request["ResourceId"]
        known = self.targets.get(name, {"SuspendedState": RUNNING})
        self.targets[name] = {
            **known,
            **request,
            "SuspendedState": request.get("SuspendedState", known["SuspendedState"]),
        }
        return {}

    def put_scaling_policy(self, **request: Any) -> dict[str, Any]:
        self._check("PutScalingPolicy", request)
        name = request["ResourceId"]
        if name not in self.targets:
            raise refusal("ObjectNotFoundException", f"No scalable target registered for {name}", "PutScalingPolicy")
        known = self.policies.setdefault(name, {}).get(request["PolicyName"])
        self._made += 1
        arn = known["PolicyARN"] if known else f"arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:{self._made}"
        self.policies[name][request["PolicyName"]] = {**request, "PolicyARN": arn}
        return {"PolicyARN": arn, "Alarms": []}

    def put_scheduled_action(self, **request: Any) -> dict[str, Any]:
        self._check("PutScheduledAction", request)
        name = request["ResourceId"]
        if name not in self.targets:
            raise refusal("ObjectNotFoundException", f"No scalable target registered for {name}", "PutScheduledAction")
        self.scheduled.setdefault(name, {})[request["ScheduledActionName"]] = request
        return {}

    def deregister_scalable_target(self, **request: Any) -> dict[str, Any]:
        self._check("DeregisterScalableTarget", request)
        if request["ResourceId"] not in self.targets:
            raise refusal("ObjectNotFoundException", "No scalable target found", "DeregisterScalableTarget")
        self._forget(request["ResourceId"])
        return {}

    def describe_scalable_targets(self, ResourceIds: list[str], **request: Any) -> dict[str, Any]:  # noqa: N803
        self._check("DescribeScalableTargets", request)
        return {"ScalableTargets": [self.targets[name] for name in ResourceIds if name in self.targets]}

    def describe_scaling_policies(self, ResourceId: str, **request: Any) -> dict[str, Any]:  # noqa: N803
        self._check("DescribeScalingPolicies", request)
        found = self.policies.get(ResourceId, {}).values()
        alarms = [[{"AlarmName": name} for name in self.callers.get(one["PolicyARN"], [])] for one in found]
        return {"ScalingPolicies": [one | {"Alarms": names} for one, names in zip(found, alarms, strict=True)]}

    def describe_scheduled_actions(self, ResourceId: str, **request: Any) -> dict[str, Any]:  # noqa: N803
        self._check("DescribeScheduledActions", request)
        return {"ScheduledActions": list(self.scheduled.get(ResourceId, {}).values())}

    def get_paginator(self, method: str) -> Any:
        def paginate(**request: Any) -> Iterator[dict[str, Any]]:
            yield getattr(self, method)(**request)

        return SimpleNamespace(paginate=paginate)

    def _check(self, operation: str, request: dict[str, Any]) -> None:
        assert request["ServiceNamespace"] == "sagemaker"
        assert request["ScalableDimension"] == DIMENSION
        if why := self.refuse(operation):
            raise refusal("ValidationException", why, operation)

    def _forget(self, name: str) -> None:
        self.targets.pop(name, None)
        self.policies.pop(name, None)
        self.scheduled.pop(name, None)
