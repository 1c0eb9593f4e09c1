"""The targets of rules and schedules: how a payload gets to a function, a queue, a bus, a topic or a log group."""

import json
from collections.abc import Callable
from typing import Any, Protocol

from moto.core.exceptions import ServiceException
from moto.logs.models import logs_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from werkzeug.exceptions import HTTPException

from local_aws.clock import Clock
from local_aws.envelopes import ACCOUNT, Event
from local_aws.iam.calls import Call

LAMBDA, SQS, SNS, EVENTS, LOGS = "lambda", "sqs", "sns", "events", "logs"
PUT_EVENTS = "arn:aws:scheduler:::aws-sdk:eventbridge:putEvents"
"""The scheduler's universal target for PutEvents; its input is the call's parameters."""


class DeliveryError(Exception):
    """A payload did not reach its target. `code` and message are what a dead-letter queue gets as attributes."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        """Keep the code; EventBridge gives up at once on what is not `retryable` (a target that doesn't exist)."""
        super().__init__(message)
        self.code = code
        self.retryable = retryable


class Functions(Protocol):
    """What targets need of the function host."""

    def invoke_async(self, name: str, event: Any) -> str:
        """Queue an event for a function; raises KeyError for an unknown one."""


def service_of(arn: str) -> str:
    """Return the service in an ARN, or "" for what is no ARN."""
    parts = arn.split(":")
    return parts[2] if len(parts) >= 6 and parts[0] == "arn" else ""


def function_name(arn: str) -> str:
    """Return the function's name in `arn:aws:lambda:region:account:function:name[:qualifier]`, or the name itself."""
    parts = arn.split(":")
    return parts[6] if len(parts) >= 7 else parts[0]


def sending_to(arn: str) -> Call:
    """Return the call that hands something to a queue, a topic, a function or a bus, for who must have the right to."""
    match service_of(arn):
        case "sqs":
            return Call(SQS, "SendMessage", {"QueueUrl": arn.rpartition(":")[2]})
        case "lambda":
            return Call(LAMBDA, "Invoke", {"FunctionName": arn})
        case service:
            return Call(service, f"send to {arn}", {})


class Targets:
    """Sends payloads to ARNs. Asynchronous as in AWS: a function is only asked, not waited for."""

    def __init__(self, functions: Functions, clock: Clock, publish: Callable[[Event, str], None]) -> None:
        """Take the function host, and where events for a bus (event, bus name) go."""
        self._functions = functions
        self._clock = clock
        self._publish = publish
        self._senders: dict[str, Callable[[str, Any, dict[str, Any]], None]] = {
            LAMBDA: self._to_function,
            SQS: self._to_queue,
            SNS: self._to_topic,
            EVENTS: self._to_bus,
            LOGS: self._to_log_group,
        }

    def supports(self, arn: str) -> bool:
        """Say whether local AWS can deliver to this ARN."""
        return arn.lower() == PUT_EVENTS.lower() or service_of(arn) in self._senders

    def send(self, arn: str, payload: Any, parameters: dict[str, Any] | None = None) -> None:
        """Send a payload (a JSON value) to a target.

        Args:
            arn: The target.
            payload: For a bus a whole event, else what the function or queue gets.
            parameters: The target's own (`SqsParameters` and the like).

        Raises:
            DeliveryError: It can't be delivered; the error says whether trying again makes sense.
        """
        sender = self._senders.get(service_of(arn))
        if sender is None:
            raise DeliveryError("UNSUPPORTED_TARGET", f"local AWS does not deliver to {arn}")
        try:
            sender(arn, payload, parameters or {})
        except (ServiceException, HTTPException) as error:
            # moto has two trees of exceptions; the older one keeps the AWS code in `error_type`.
            code = getattr(error, "error_type", None) or error.code
            raise DeliveryError(str(code), str(error)) from error

    def send_to_queue(self, arn: str, body: str, attributes: dict[str, str]) -> None:
        """Send a text to a queue with string attributes, as dead-letter queues get them."""
        self._queue_message(arn, body, None, attributes)

    def _to_function(self, arn: str, payload: Any, _parameters: dict[str, Any]) -> None:
        try:
            self._functions.invoke_async(function_name(arn), payload)
        except KeyError as error:
            raise DeliveryError("RESOURCE_NOT_FOUND", f"Function not found: {arn}") from error

    def _to_queue(self, arn: str, payload: Any, parameters: dict[str, Any]) -> None:
        group = parameters.get("SqsParameters", {}).get("MessageGroupId")
        text = payload if isinstance(payload, str) else json.dumps(payload)
        self._queue_message(arn, text, group, {})

    def _queue_message(self, arn: str, body: str, group: str | None, attributes: dict[str, str]) -> None:
        region, name = arn.split(":")[3], arn.split(":")[5]
        backend = sqs_backends[ACCOUNT][region]
        if name not in backend.queues:
            raise DeliveryError("RESOURCE_NOT_FOUND", f"The specified queue does not exist: {arn}")
        typed = {key: {"DataType": "String", "StringValue": value} for key, value in attributes.items()}
        backend.send_message(name, body, message_attributes=typed, group_id=group)

    def _to_topic(self, arn: str, payload: Any, _parameters: dict[str, Any]) -> None:
        backend = sns_backends[ACCOUNT][arn.split(":")[3]]
        backend.publish(message=payload if isinstance(payload, str) else json.dumps(payload), arn=arn)

    def _to_bus(self, arn: str, payload: Any, _parameters: dict[str, Any]) -> None:
        self._publish(payload, arn.split("/")[-1])

    def _to_log_group(self, arn: str, payload: Any, _parameters: dict[str, Any]) -> None:
        backend = logs_backends[ACCOUNT][arn.split(":")[3]]
        group = arn.split(":")[6]
        if group not in backend.groups:
            raise DeliveryError("RESOURCE_NOT_FOUND", f"The specified log group does not exist: {arn}")
        if "events" not in backend.groups[group].streams:
            backend.create_log_stream(group, "events")
        entry = {"timestamp": int(self._clock.now() * 1000), "message": json.dumps(payload)}
        backend.put_log_events(group, "events", [entry])
