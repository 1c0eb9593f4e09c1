"""Queues and their policies."""

import json

from local_aws.template.intrinsics import Made, as_text
from local_aws.template.resource import Maker, Resource, tags_as_dict

_ATTRIBUTES = (
    "DelaySeconds",
    "FifoQueue",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
)


def _queue(resource: Resource) -> Made:
    name = resource.physical_name("QueueName", 80)
    attributes = _attributes(resource)
    tags = tags_as_dict(resource.get("Tags", []))
    url = resource.stack.aws("sqs").create_queue(QueueName=name, Attributes=attributes, tags=tags)["QueueUrl"]
    return Made(url, {"Arn": resource.stack.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def _attributes(resource: Resource) -> dict[str, str]:
    values = resource.pick(*_ATTRIBUTES)
    return {key: json.dumps(value) if isinstance(value, dict) else as_text(value) for key, value in values.items()}


def _change_queue(resource: Resource, _old: Resource, made: Made) -> None:
    resource.stack.aws("sqs").set_queue_attributes(QueueUrl=made.ref, Attributes=_attributes(resource))


def _unmake_queue(resource: Resource, made: Made) -> None:
    resource.stack.aws("sqs").delete_queue(QueueUrl=made.ref)


def _policy(resource: Resource) -> Made:
    policy = json.dumps(resource.need("PolicyDocument"))
    for url in resource.need("Queues"):
        resource.stack.aws("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return Made(resource.physical_name("", 80))


def _change_policy(resource: Resource, _old: Resource, _made: Made) -> None:
    _policy(resource)


MAKERS = {
    "AWS::SQS::Queue": Maker(
        _queue,
        frozenset({*_ATTRIBUTES, "QueueName", "Tags"}),
        change=_change_queue,
        fixed=frozenset({"FifoQueue", "QueueName", "Tags"}),
        unmake=_unmake_queue,
    ),
    "AWS::SQS::QueuePolicy": Maker(
        _policy, frozenset({"Queues", "PolicyDocument"}), change=_change_policy, fixed=frozenset({"Queues"})
    ),
}
