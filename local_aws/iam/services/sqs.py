"""SQS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html."""

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need
from local_aws.iam.services import kms

_BATCHES = {
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
"""A batch needs the right of the single form."""
_ON_A_QUEUE = frozenset(
    {"SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "PurgeQueue"}
)
_OF_KEYS = {"SendMessage": ("GenerateDataKey", "Decrypt"), "ReceiveMessage": ("Decrypt",)}


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known."""
    action = _BATCHES.get(call.operation, call.operation)
    if action == "GetQueueUrl":
        return [Need("sqs:GetQueueUrl", _queue(call.params["QueueName"], facts))]
    if action not in _ON_A_QUEUE:
        return None
    queue = _queue(str(call.params["QueueUrl"]).rpartition("/")[2], facts)
    return [Need(f"sqs:{action}", queue), *kms.via("sqs", _OF_KEYS.get(action, ()), facts.key(queue), facts)]


def _queue(name: str, facts: Facts) -> str:
    return f"arn:aws:sqs:{facts.region}:{facts.account}:{name}"
