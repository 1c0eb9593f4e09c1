"""Application Auto Scaling, for endpoint variants.

Its own actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_applicationautoscaling.html;
what it asks of SageMaker and CloudWatch in the caller's name:
https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html.
"""

import hashlib
from collections.abc import Iterator

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need
from local_aws.iam.services import sagemaker

_ALARMS = {
    "PutScalingPolicy": ("DescribeAlarms", "PutMetricAlarm"),
    "DeleteScalingPolicy": ("DescribeAlarms", "DeleteAlarms"),
    "DeregisterScalableTarget": ("DescribeAlarms", "DeleteAlarms"),
    "DescribeScalingPolicies": ("DescribeAlarms",),
}
"""What is asked of CloudWatch for the alarms of target tracking."""
_WRITES = frozenset(
    {
        "RegisterScalableTarget",
        "DeregisterScalableTarget",
        "PutScalingPolicy",
        "DeleteScalingPolicy",
        "PutScheduledAction",
        "DeleteScheduledAction",
    }
)
_READS = frozenset(
    {"DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScheduledActions", "DescribeScalingActivities"}
)
_ROLE = "aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
_ROLE += "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known."""
    action = f"application-autoscaling:{call.operation}"
    if call.operation in _READS:
        return [Need(action, "*"), *_alarms(call, facts)]
    if call.operation not in _WRITES:
        return None
    keys = {
        "application-autoscaling:service-namespace": (str(call.params["ServiceNamespace"]),),
        "application-autoscaling:scalable-dimension": (str(call.params["ScalableDimension"]),),
    }
    own = Need(action, _target(call, facts), keys)
    return [own, *_alarms(call, facts), *(_endpoint(call, facts) if call.operation == "RegisterScalableTarget" else ())]


def _target(call: Call, facts: Facts) -> str:
    """Return a scalable target's ARN: it doesn't tell of what."""
    digest = hashlib.sha256(str(call.params["ResourceId"]).encode()).hexdigest()[:36]
    return f"arn:aws:application-autoscaling:{facts.region}:{facts.account}:scalable-target/{digest}"


def _alarms(call: Call, facts: Facts) -> Iterator[Need]:
    """The names of the alarms begin with the resource; those of no resource in particular are all."""
    resource = call.params.get("ResourceId")
    name = f"TargetTracking-{resource}-" if resource else "TargetTracking-"
    for action in _ALARMS.get(call.operation, ()):
        yield Need(f"cloudwatch:{action}", f"arn:aws:cloudwatch:{facts.region}:{facts.account}:alarm:{name}*")


def _endpoint(call: Call, facts: Facts) -> Iterator[Need]:
    """Registering needs the right to do by hand what scaling will do, and to make the role that it is done with."""
    endpoint = str(call.params["ResourceId"]).split("/")[1]
    for operation in ("DescribeEndpoint", "UpdateEndpointWeightsAndCapacities"):
        yield from sagemaker.needs_of(Call("sagemaker", operation, {"EndpointName": endpoint}), facts) or ()
    service = {"iam:AWSServiceName": ("sagemaker.application-autoscaling.amazonaws.com",)}
    yield Need("iam:CreateServiceLinkedRole", f"arn:aws:iam::{facts.account}:role/{_ROLE}", service)
