"""The topic (SNS) on which people are told, and who is subscribed to it by mail."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

TO = "to"
"""The message attribute with the addresses that a message is for; each one's subscription asks for its own."""
PENDING = "PendingConfirmation"
"""What SNS says in place of a subscription's ARN until the address has confirmed."""


class Topic:
    """One topic."""

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn

    def publish(self, subject: str, body: str, attributes: Mapping[str, str], to: Sequence[str]) -> None:
        """Send one message.

        Args:
            subject: ASCII, at most 100 characters.
            body: The text.
            attributes: By which subscribers may filter.
            to: Addresses of those whom it is for. Subscribers without a filter get every message.
        """
        values: dict[str, Any] = {
            name: {"DataType": "String", "StringValue": value} for name, value in attributes.items() if value
        }
        if to:
            values[TO] = {"DataType": "String.Array", "StringValue": json.dumps(list(to))}
        self._client.publish(TopicArn=self._arn, Subject=subject, Message=body, MessageAttributes=values)

    def addresses(self) -> dict[str, bool]:
        """Return the addresses that are subscribed, in small letters, each with whether it has confirmed."""
        paginator = self._client.get_paginator("list_subscriptions_by_topic")
        return {
            one["Endpoint"].lower(): one["SubscriptionArn"] != PENDING
            for page in paginator.paginate(TopicArn=self._arn)
            for one in page["Subscriptions"]
            if one["Protocol"] == "email"
        }

    def subscribe(self, address: str) -> None:
        """Subscribe an address to what is for it; AWS asks it to confirm. Repeating it changes nothing.

        The filter never changes: who is told what is decided with each message.
        """
        self._client.subscribe(
            TopicArn=self._arn,
            Protocol="email",
            Endpoint=address,
            Attributes={"FilterPolicy": json.dumps({TO: [address]}), "FilterPolicyScope": "MessageAttributes"},
        )
