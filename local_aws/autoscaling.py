"""Application Auto Scaling of endpoint variants: moto keeps the registrations, and here is what they do.

moto registers endpoints that don't exist, keeps the policies of what is deregistered, and scales nothing.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError
from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import (
    ApplicationAutoscalingBackend,
    FakeScalableTarget,
    applicationautoscaling_backends,
)
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.exceptions import JsonRESTError

from local_aws.clock import Clock
from local_aws.envelopes import ACCOUNT, REGION
from local_aws.metrics import MetricKey, Metrics
from local_aws.seams import Seams
from local_aws.statistics import statistic
from local_aws.target_tracking import MINUTES_IN, Activities, Tracking, wanted

log = logging.getLogger(__name__)

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
MINUTE = 60.0
_INVOCATIONS = "SageMakerVariantInvocationsPerInstance"
_REGISTER = "self namespace r_id dimension min_capacity max_capacity role_arn suspended_state"
_PUT_SCHEDULED = (
    "self service_namespace schedule timezone scheduled_action_name resource_id scalable_dimension start_time end_time "
    "scalable_target_action"
)
_DESCRIBE = "self service_namespace resource_id scalable_dimension max_results next_token"
_PUT = "self policy_name service_namespace resource_id scalable_dimension policy_body policy_type"


class Autoscaling:
    """Looks at every registered variant once a virtual minute, and asks SageMaker for the instances that it needs."""

    def __init__(self, clock: Clock, metrics: Metrics, client: Callable[[str], Any]) -> None:
        """Take CloudWatch's datapoints, and what makes clients."""
        self._clock = clock
        self._metrics = metrics
        self._client = client
        self._done: dict[str, Activities] = {}
        self._next = 0.0

    # --- what SageMaker asks ---------------------------------------------------------------------------------------

    def registered(self, endpoint: str, variant: str) -> bool:
        """Say whether a variant is a scalable target."""
        return _resource(endpoint, variant) in _targets()

    def deregister(self, endpoint: str, variant: str) -> None:
        """Forget a variant that is deleted with its endpoint."""
        _targets().pop(_resource(endpoint, variant), None)
        _forget_policies(_backend(), _resource(endpoint, variant))

    # --- moto's gaps -----------------------------------------------------------------------------------------------

    def install(self, seams: Seams) -> None:
        """Check registrations when they are made, and let policies go with them.

        Raises:
            SeamError: moto has changed.
        """
        backend = ApplicationAutoscalingBackend
        seams.wrap(backend, "register_scalable_target", _REGISTER, self._checked)
        seams.wrap(backend, "deregister_scalable_target", "self namespace r_id dimension", _with_policies)
        seams.wrap(backend, "put_scaling_policy", _PUT, _only_registered)
        seams.wrap(backend, "put_scheduled_action", _PUT_SCHEDULED, _only_registered)
        seams.wrap(backend, "describe_scaling_policies", _DESCRIBE, _with_alarms)

    def _checked(self, original: Any) -> Any:
        def checked(
            backend: Any,
            namespace: str,
            r_id: str,
            dimension: str,
            min_capacity: Any,
            max_capacity: Any,
            *rest: Any,
            **more: Any,
        ) -> Any:
            known = backend.targets.get(dimension, {}).get(r_id)
            low = min_capacity if min_capacity is not None or known is None else known.min_capacity
            high = max_capacity if max_capacity is not None or known is None else known.max_capacity
            if low is None or high is None or low > high:
                raise AWSValidationException(
                    f"Maximum capacity ({high}) must not be less than minimum capacity ({low})"
                )
            if namespace == "sagemaker" and known is None:
                self._require(r_id)
            return original(backend, namespace, r_id, dimension, min_capacity, max_capacity, *rest, **more)

        return checked

    def _require(self, resource: str) -> None:
        try:
            self._variant(resource)
        except (ClientError, LookupError) as error:
            raise AWSValidationException(f"The variant of {resource} was not found: {error}") from error

    # --- target tracking -------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Scale what must be scaled; once a virtual minute, when its datapoints are there."""
        now = self._clock.now()
        if now < self._next:
            return
        self._next = (now // MINUTE + 1) * MINUTE
        for target in list(_targets().values()):
            try:
                self._look(target, now)
            except (ClientError, LookupError) as error:
                log.warning("%s is not scaled: %s", target.resource_id, error)
        for gone in self._done.keys() - _targets().keys():
            del self._done[gone]

    def _look(self, target: FakeScalableTarget, now: float) -> None:
        done = self._done.setdefault(target.resource_id, Activities())
        status, variant = self._variant(target.resource_id)
        if status != "InService":
            # A cooldown begins when the change has been made.
            self._done[target.resource_id] = _until(done, now)
            return
        count: int = variant["CurrentInstanceCount"]
        limits = (int(target.min_capacity or 0), int(target.max_capacity or 0))
        most = max(
            (wanted(count, limits, values, tracking, done, now) for values, tracking in self._policies(target, now)),
            default=max(limits[0], min(count, limits[1])),
        )
        if most != count:
            self._scale(target.resource_id, count, most, now)

    def _scale(self, resource: str, count: int, to: int, now: float) -> None:
        _, endpoint, _, variant = resource.split("/")
        log.info("%s: %d -> %d instances", resource, count, to)
        wish = {"VariantName": variant, "DesiredInstanceCount": to}
        self._client("sagemaker").update_endpoint_weights_and_capacities(
            EndpointName=endpoint, DesiredWeightsAndCapacities=[wish]
        )
        done = self._done[resource]
        self._done[resource] = replace(done, out_at=now) if to > count else replace(done, in_at=now)

    def _variant(self, resource: str) -> tuple[str, dict[str, Any]]:
        _, endpoint, _, name = resource.split("/")
        state = self._client("sagemaker").describe_endpoint(EndpointName=endpoint)
        for variant in state.get("ProductionVariants", []):
            if variant["VariantName"] == name:
                return state["EndpointStatus"], variant
        raise LookupError(f"endpoint {endpoint} has no variant {name}")

    def _policies(self, target: FakeScalableTarget, now: float) -> Iterator[tuple[list[float | None], Tracking]]:
        suspended: Any = target.suspended_state or {}
        for policy in _backend().policies.values():
            settings = policy.target_tracking_scaling_policy_configuration
            if policy.resource_id != target.resource_id or settings is None:
                continue
            values = self._values(settings, target.resource_id, now)
            if values is None:
                log.warning("%s: policy %s has a metric unknown here", target.resource_id, policy.policy_name)
                continue
            stays = settings.get("DisableScaleIn", False) or suspended.get("DynamicScalingInSuspended", False)
            yield (
                values,
                Tracking(
                    target=settings["TargetValue"],
                    scale_in_cooldown=settings.get("ScaleInCooldown", 300),
                    scale_out_cooldown=settings.get("ScaleOutCooldown", 300),
                    may_scale_in=not stays,
                    may_scale_out=not suspended.get("DynamicScalingOutSuspended", False),
                ),
            )

    def _values(self, settings: dict[str, Any], resource: str, now: float) -> list[float | None] | None:
        """Return the metric of the last whole minutes; None if it is none that is known here."""
        if settings.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType") == _INVOCATIONS:
            _, endpoint, _, variant = resource.split("/")
            dimensions = {"EndpointName": endpoint, "VariantName": variant}
            # Without traffic SageMaker counts zero, so that a variant comes down to its minimum.
            return self._minutes(MetricKey.of("AWS/SageMaker", "InvocationsPerInstance", dimensions), "Sum", now, 0.0)
        metric = settings.get("CustomizedMetricSpecification", {})
        if "MetricName" not in metric:
            return None
        dimensions = {one["Name"]: one["Value"] for one in metric.get("Dimensions", [])}
        key = MetricKey.of(metric["Namespace"], metric["MetricName"], dimensions)
        return self._minutes(key, metric.get("Statistic", "Average"), now, None)

    def _minutes(self, key: MetricKey, name: str, now: float, missing: float | None) -> list[float | None]:
        end = now // MINUTE * MINUTE
        starts = [end - MINUTE * back for back in range(MINUTES_IN, 0, -1)]
        compute = statistic(name)
        found = {at: compute(period) for at, period in self._metrics.periods(key, starts[0], end, int(MINUTE))}
        return [found.get(at, missing) for at in starts]


def _until(done: Activities, now: float) -> Activities:
    """Return the activities with the last one not over before now."""
    last = done.last()
    if last is None:
        return done
    return replace(done, out_at=now) if last == done.out_at else replace(done, in_at=now)


def _backend() -> ApplicationAutoscalingBackend:
    backend: ApplicationAutoscalingBackend = applicationautoscaling_backends[ACCOUNT][REGION]
    return backend


def _targets() -> dict[str, FakeScalableTarget]:
    return _backend().targets.setdefault(DIMENSION, {})


def _resource(endpoint: str, variant: str) -> str:
    return f"endpoint/{endpoint}/variant/{variant}"


def _forget_policies(backend: ApplicationAutoscalingBackend, resource: str) -> None:
    backend.scheduled_actions = [one for one in backend.scheduled_actions if one.resource_id != resource]
    for key, policy in list(backend.policies.items()):
        if policy.resource_id == resource:
            del backend.policies[key]


def _with_policies(original: Any) -> Any:
    def deregister(backend: ApplicationAutoscalingBackend, namespace: str, r_id: str, dimension: str) -> None:
        if r_id not in backend.targets.get(dimension, {}):
            raise _not_found(namespace, r_id, dimension)
        original(backend, namespace, r_id, dimension)
        _forget_policies(backend, r_id)

    return deregister


def _with_alarms(original: Any) -> Any:
    """A policy of step scaling tells which alarms call it."""

    def describe(backend: ApplicationAutoscalingBackend, *rest: Any, **more: Any) -> Any:
        token, policies = original(backend, *rest, **more)
        alarms = cloudwatch_backends[ACCOUNT][REGION].alarms.values()
        for policy in policies:
            if policy.policy_type == "StepScaling":
                policy.alarms = [one for one in alarms if policy.policy_arn in one.alarm_actions]
        return token, policies

    return describe


def _only_registered(original: Any) -> Any:
    def put(backend: ApplicationAutoscalingBackend, **parameters: Any) -> Any:
        namespace, resource = parameters["service_namespace"], parameters["resource_id"]
        dimension = parameters["scalable_dimension"]
        if resource not in backend.targets.get(dimension, {}):
            raise _not_found(namespace, resource, dimension)
        return original(backend, **parameters)

    return put


def _not_found(namespace: str, resource: str, dimension: str) -> JsonRESTError:
    return JsonRESTError(
        "ObjectNotFoundException",
        f"No scalable target found for service namespace: {namespace}, resource ID: {resource}, "
        f"scalable dimension: {dimension}",
    )
