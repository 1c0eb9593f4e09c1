"""SNS: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html.

Encrypted topics: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html.
"""

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need
from local_aws.iam.services import kms

_ON_A_TOPIC = frozenset({"GetTopicAttributes", "ListSubscriptionsByTopic"})


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known."""
    topic = call.params.get("TopicArn", "")
    match call.operation:
        case "Publish":
            key = facts.key(topic)
            return [Need("sns:Publish", topic), *kms.via("sns", ["GenerateDataKey", "Decrypt"], key, facts)]
        case "Subscribe":
            keys = {"sns:Protocol": (call.params["Protocol"],), "sns:Endpoint": (call.params.get("Endpoint", ""),)}
            return [Need("sns:Subscribe", topic, keys)]
        case operation if operation in _ON_A_TOPIC:
            return [Need(f"sns:{operation}", topic)]
        case _:
            return None
