"""Schedules (EventBridge Scheduler): each sends an event to the account's default bus."""

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from yardmaster.errors import RefusedError

TIME = "<aws.scheduler.scheduled-time>"
"""What EventBridge Scheduler replaces in an input by the time for which it fires, however late that is.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
"""
RETRIES, AGE = 185, 86_400
"""How often, and for how many seconds, an event is tried again: nothing else tells that a schedule fired."""


@dataclass(frozen=True)
class ScheduleRequest:
    """A schedule as we ask for it.

    Attributes:
        group, name: Where it is, and what it is called there.
        expression, timezone: When it fires.
        bus_arn, role_arn, dead_letter_arn: Where its events go, in whose name, and where those go that can't.
        source, detail_type: Of its events.
        detail: Of its events; `TIME` in it becomes the time for which it fires.
    """

    group: str
    name: str
    expression: str
    timezone: str
    bus_arn: str
    role_arn: str
    dead_letter_arn: str
    source: str
    detail_type: str
    detail: dict[str, str]

    def fields(self) -> dict[str, Any]:
        """Return the request as AWS takes it."""
        target = {
            "Arn": self.bus_arn,
            "RoleArn": self.role_arn,
            "EventBridgeParameters": {"Source": self.source, "DetailType": self.detail_type},
            "Input": json.dumps(self.detail),
            "DeadLetterConfig": {"Arn": self.dead_letter_arn},
            "RetryPolicy": {"MaximumRetryAttempts": RETRIES, "MaximumEventAgeInSeconds": AGE},
        }
        return {
            "GroupName": self.group,
            "Name": self.name,
            "ScheduleExpression": self.expression,
            "ScheduleExpressionTimezone": self.timezone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "ENABLED",
            "Target": target,
        }


def put(client: Any, request: ScheduleRequest) -> None:
    """Make a schedule, or change the one that has its name.

    Raises:
        RefusedError: EventBridge Scheduler does not take it; the message is its own.
    """
    try:
        try:
            client.create_schedule(**request.fields())
        except ClientError as error:
            if _code(error) != "ConflictException":
                raise
            client.update_schedule(**request.fields())
    except ClientError as error:
        if _code(error) == "ValidationException":
            raise RefusedError(error.response["Error"].get("Message", "no reason given")) from error
        raise


def remove(client: Any, group: str, name: str) -> None:
    """Delete a schedule; one that is gone already is fine."""
    try:
        client.delete_schedule(GroupName=group, Name=name)
    except ClientError as error:
        if _code(error) != "ResourceNotFoundException":
            raise


def names(client: Any, group: str) -> list[str]:
    """Return the names of a group's schedules; none of a group that is not there (any more)."""
    try:
        pages = client.get_paginator("list_schedules").paginate(GroupName=group)
        return [one["Name"] for page in pages for one in page["Schedules"]]
    except ClientError as error:
        if _code(error) != "ResourceNotFoundException":
            raise
        return []


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]
