"""What the resources of a stack will be called, and their ARNs, without making any: `deploy` makes them so."""

from collections.abc import Callable, Mapping
from typing import Any

from local_aws.template.intrinsics import Made, Scope, holds, pseudo_parameters, resolve
from local_aws.template.parameters import bind
from local_aws.template.resource import made_up_name
from local_aws.template.sam import Translated

ACCOUNT, REGION = "123456789012", "us-east-1"


def planned(translated: Translated, stack: str, parameters: Mapping[str, str]) -> Scope:
    """Return what every name in a template will stand for.

    Args:
        translated: The template; nothing of it is made.
        stack: What `AWS::StackName` gives.
        parameters: Values by name; the others get their defaults.
    """
    document = translated.document
    values = pseudo_parameters(stack, ACCOUNT, REGION) | bind(document.get("Parameters", {}), parameters)
    scope = Scope(values, document.get("Mappings", {}), document.get("Conditions", {}))
    for name, resource in document["Resources"].items():
        if "Condition" not in resource or holds(resource["Condition"], scope):
            scope.made[name] = _made(stack, name, resource, scope)
    return scope


def _made(stack: str, name: str, resource: Mapping[str, Any], scope: Scope) -> Made:
    key, limit, make = _KINDS.get(resource["Type"], ("", 64, Made))
    # What is named after another resource is not needed by any policy.
    given = resource.get("Properties", {}).get(key)
    return make(resolve(given, scope) if given else made_up_name(stack, name, limit))


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


def _bucket(name: str) -> Made:
    return Made(name.lower(), {"Arn": f"arn:aws:s3:::{name.lower()}"})


def _queue(name: str) -> Made:
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
    return Made(url, {"Arn": _arn("sqs", name), "QueueName": name, "QueueUrl": url})


def _managed_policy(name: str) -> Made:
    return Made(f"arn:aws:iam::{ACCOUNT}:policy/{name}")


_KINDS: dict[str, tuple[str, int, Callable[[str], Made]]] = {
    "AWS::DynamoDB::Table": ("TableName", 255, lambda name: Made(name, {"Arn": _arn("dynamodb", f"table/{name}")})),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", 128, _managed_policy),
    "AWS::IAM::Role": ("RoleName", 64, lambda name: Made(name, {"Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"})),
    "AWS::Lambda::Function": ("FunctionName", 64, lambda name: Made(name, {"Arn": _arn("lambda", f"function:{name}")})),
    "AWS::S3::Bucket": ("BucketName", 63, _bucket),
    "AWS::Scheduler::ScheduleGroup": (
        "Name",
        64,
        lambda name: Made(name, {"Arn": _arn("scheduler", f"schedule-group/{name}")}),
    ),
    "AWS::SQS::Queue": ("QueueName", 80, _queue),
}
"""The kinds that policies refer to: the property with the name, how long it may be, and what is made of it."""
