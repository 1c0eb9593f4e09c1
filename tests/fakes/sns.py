"""SNS: topics that remember what was published, and subscriptions by mail that wait for their confirmation."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from tests.fakes.errors import refusal


@dataclass
class Message:
    """What was published, and to whose mailbox it went: `None` stands for whoever subscribed without a filter."""

    topic: str
    subject: str
    body: str
    attributes: dict[str, Any]
    mailboxes: list[str]


@dataclass
class _Subscription:
    filter: dict[str, Any] | None
    confirmed: bool = False


@dataclass
class FakeSns:
    """boto3's methods. Nothing is delivered to an address that has not confirmed."""

    sent: list[Message] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Addresses that got AWS's mail with the link to confirm."""
    _subscriptions: dict[tuple[str, str], _Subscription] = field(default_factory=dict)

    def publish(self, TopicArn: str, Subject: str, Message: str, MessageAttributes: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        if not (0 < len(Subject) < 100 and Subject.isascii() and Subject.isprintable() and Message):
            raise refusal("InvalidParameter", "Invalid parameter: Subject", "Publish")
        values = {name: _values(one) for name, one in MessageAttributes.items()}
        boxes = [
            address
            for (topic, address), one in self._subscriptions.items()
            if topic == TopicArn and one.confirmed and _passes(one.filter, values)
        ]
        self.sent.append(_message(TopicArn, Subject, Message, values, boxes))
        return {"MessageId": str(len(self.sent))}

    def subscribe(self, TopicArn: str, Protocol: str, Endpoint: str, Attributes: dict[str, str]) -> dict[str, Any]:  # noqa: N803
        wanted = json.loads(Attributes["FilterPolicy"])
        there = self._subscriptions.get((TopicArn, Endpoint))
        if there and there.filter != wanted:
            raise refusal("InvalidParameter", "Subscription already exists with different attributes", "Subscribe")
        if there is None or not there.confirmed:
            self._subscriptions.setdefault((TopicArn, Endpoint), _Subscription(wanted))
            self.asked.append(Endpoint)
        return {"SubscriptionArn": "pending confirmation"}

    def get_paginator(self, name: str) -> Any:
        return {"list_subscriptions_by_topic": SimpleNamespace(paginate=self._list)}[name]

    def _list(self, TopicArn: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        for (topic, address), one in self._subscriptions.items():
            if topic == TopicArn:
                arn = f"{topic}:1" if one.confirmed else "PendingConfirmation"
                yield {"Subscriptions": [{"Endpoint": address, "Protocol": "email", "SubscriptionArn": arn}]}

    # --- what people do ----------------------------------------------------------------------------------------------

    def confirm(self, address: str) -> None:
        for (_, one), subscription in self._subscriptions.items():
            subscription.confirmed |= one == address

    def by_hand(self, topic: str, address: str) -> None:
        """Somebody subscribes to everything."""
        self._subscriptions[topic, address] = _Subscription(None, confirmed=True)

    def mailbox(self, address: str) -> list[str]:
        """Return the subjects of the mails that an address got."""
        return [one.subject for one in self.sent if address in one.mailboxes]


def _message(topic: str, subject: str, body: str, values: dict[str, list[str]], boxes: list[str]) -> Message:
    return Message(topic, subject, body, values, boxes)


def _values(attribute: dict[str, str]) -> list[str]:
    text = attribute["StringValue"]
    found: list[str] = json.loads(text) if attribute["DataType"] == "String.Array" else [text]
    return found


def _passes(policy: dict[str, Any] | None, values: dict[str, list[str]]) -> bool:
    return policy is None or all(set(wanted) & set(values.get(name, [])) for name, wanted in policy.items())
