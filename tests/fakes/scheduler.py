"""EventBridge Scheduler: schedules in groups, which fire on the virtual clock."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from local_aws.schedule_expressions import Rate, parse_expression
from tests.fakes.errors import refusal

Fire = Callable[[dict[str, Any], dict[str, Any]], None]
"""Takes a schedule's target, and its input."""


@dataclass
class Schedule:
    fields: dict[str, Any]
    began: float
    next: float | None


class FakeScheduler:
    """boto3's methods, with boto3's errors."""

    def __init__(self, clock: Callable[[], float], fire: Fire) -> None:
        self.schedules: dict[str, Schedule] = {}
        self._clock = clock
        self._fire = fire

    def create_schedule(self, **fields: Any) -> dict[str, Any]:
        if fields["Name"] in self.schedules:
            raise refusal("ConflictException", f"Schedule {fields['Name']} already exists.", "CreateSchedule")
        self._put(fields)
        return {"ScheduleArn": fields["Name"]}

    def update_schedule(self, **fields: Any) -> dict[str, Any]:
        self._require(fields["Name"], "UpdateSchedule")
        self._put(fields)
        return {"ScheduleArn": fields["Name"]}

    def delete_schedule(self, GroupName: str, Name: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        self._require(Name, "DeleteSchedule")
        del self.schedules[Name]
        return {}

    def get_paginator(self, _name: str) -> Any:
        """Return what pages through `list_schedules`: two on each page."""

        def pages(GroupName: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - boto3's name
            found = [{"Name": name} for name, one in self.schedules.items() if one.fields["GroupName"] == GroupName]
            yield from ({"Schedules": found[at : at + 2]} for at in range(0, max(len(found), 1), 2))

        return SimpleNamespace(paginate=pages)

    def next_due(self) -> float | None:
        return min((one.next for one in self.schedules.values() if one.next is not None), default=None)

    def tick(self) -> None:
        for one in list(self.schedules.values()):
            if one.next is None or one.next > self._clock():
                continue
            at = datetime.fromtimestamp(one.next, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            one.next = _expression(one.fields).next_after(self._clock(), one.began)
            target = one.fields["Target"]
            self._fire(target, json.loads(target["Input"].replace("<aws.scheduler.scheduled-time>", at)))

    def _put(self, fields: dict[str, Any]) -> None:
        expression, now = _expression(fields), self._clock()
        # A rate fires at its start.
        self.schedules[fields["Name"]] = Schedule(
            fields, now, now if isinstance(expression, Rate) else expression.next_after(now, now)
        )

    def _require(self, name: str, operation: str) -> None:
        if name not in self.schedules:
            raise refusal("ResourceNotFoundException", f"Schedule {name} does not exist.", operation, 404)


def _expression(fields: dict[str, Any]) -> Any:
    return parse_expression(fields["ScheduleExpression"], fields["ScheduleExpressionTimezone"])
