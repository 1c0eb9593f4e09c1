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
    values = resource.pick(*_ATTRIBUTES)
    attributes = {
        key: json.dumps(value) if isinstance(value, dict) else as_text(value) for key, value in values.items()
    }
    tags = tags_as_dict(resource.get("Tags", []))
    url = resource.stack.aws("sqs").create_queue(QueueName=name, Attributes=attributes, tags=tags)["QueueUrl"]
    return Made(url, {"Arn": resource.stack.arn("sqs", name), "QueueName": name, "QueueUrl": url})


def _policy(resource: Resource) -> Made:
    policy = json.dumps(resource.need("PolicyDocument"))
    for url in resource.need("Queues"):
        resource.stack.aws("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    return Made(resource.physical_name("", 80))


MAKERS = {
    "AWS::SQS::Queue": Maker(_queue, frozenset({*_ATTRIBUTES, "QueueName", "Tags"})),
    "AWS::SQS::QueuePolicy": Maker(_policy, frozenset({"Queues", "PolicyDocument"})),
}
