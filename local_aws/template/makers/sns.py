"""Topics, who gets what is published on them, and who may publish."""

import json

from local_aws.template.intrinsics import Made, as_text
from local_aws.template.resource import Maker, Resource

_ATTRIBUTES = ("DisplayName", "KmsMasterKeyId")


def _topic(resource: Resource) -> Made:
    name = resource.physical_name("TopicName", 256)
    attributes = {key: as_text(value) for key, value in resource.pick(*_ATTRIBUTES).items()}
    client = resource.stack.aws("sns")
    arn = client.create_topic(Name=name, Attributes=attributes, Tags=resource.get("Tags", []))["TopicArn"]
    return Made(arn, {"TopicArn": arn, "TopicName": name})


def _subscription(resource: Resource) -> Made:
    answer = resource.stack.aws("sns").subscribe(
        TopicArn=resource.need("TopicArn"),
        Protocol=resource.need("Protocol"),
        Endpoint=resource.need("Endpoint"),
        ReturnSubscriptionArn=True,
    )
    return Made(answer["SubscriptionArn"])


def _policy(resource: Resource) -> Made:
    policy = json.dumps(resource.need("PolicyDocument"))
    for arn in resource.need("Topics"):
        resource.stack.aws("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    return Made(resource.physical_name("", 80))


def _change_topic(resource: Resource, _old: Resource, made: Made) -> None:
    for key in _ATTRIBUTES:
        value = as_text(resource.get(key, ""))
        resource.stack.aws("sns").set_topic_attributes(TopicArn=made.ref, AttributeName=key, AttributeValue=value)


def _unmake_topic(resource: Resource, made: Made) -> None:
    resource.stack.aws("sns").delete_topic(TopicArn=made.ref)


def _unmake_subscription(resource: Resource, made: Made) -> None:
    resource.stack.aws("sns").unsubscribe(SubscriptionArn=made.ref)


def _change_policy(resource: Resource, _old: Resource, _made: Made) -> None:
    _policy(resource)


def _unmake_policy(_resource: Resource, _made: Made) -> None:
    """It goes with its topic."""


MAKERS = {
    "AWS::SNS::Topic": Maker(
        _topic,
        frozenset({*_ATTRIBUTES, "Tags", "TopicName"}),
        change=_change_topic,
        fixed=frozenset({"Tags", "TopicName"}),
        unmake=_unmake_topic,
    ),
    "AWS::SNS::Subscription": Maker(
        _subscription, frozenset({"Endpoint", "Protocol", "TopicArn"}), unmake=_unmake_subscription
    ),
    "AWS::SNS::TopicPolicy": Maker(
        _policy,
        frozenset({"PolicyDocument", "Topics"}),
        change=_change_policy,
        fixed=frozenset({"Topics"}),
        unmake=_unmake_policy,
    ),
}
