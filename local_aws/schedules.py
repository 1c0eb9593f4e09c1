"""Schedules that fire, on the virtual clock: of EventBridge rules, and of EventBridge Scheduler.

They stay where moto's backends keep them; `tick` looks at them and fires what is due. A schedule that was missed more
than once (the laptop slept) fires once.
"""

import json
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto.events.models import Rule, events_backends
from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule, scheduler_backends

from local_aws.bus import Bus, Delivery
from local_aws.clock import Clock, iso
from local_aws.envelopes import ACCOUNT, REGION, envelope
from local_aws.schedule_expressions import Expression, ExpressionError, Rate, parse_expression
from local_aws.seams import Seams
from local_aws.targets import EVENTS, LAMBDA, PUT_EVENTS, SQS, service_of

_CREATE = (
    "self description end_date flexible_time_window group_name kms_key_arn name schedule_expression "
    "schedule_expression_timezone start_date state target action_after_completion"
)
_UPDATE = _CREATE.removesuffix(" action_after_completion")
_CONTEXT = re.compile(r"<aws\.scheduler\.(schedule-arn|scheduled-time|execution-id|attempt-number)>")


@dataclass(frozen=True)
class _Identity:
    """What a schedule's plan depends on; if it changes, the plan is made anew."""

    expression: str
    zone: str
    enabled: bool
    start: float | None
    end: float | None


@dataclass(frozen=True)
class _Plan:
    """When a schedule fires next; it began at `began`."""

    identity: _Identity
    expression: Expression
    began: float
    next: float | None


class Schedules:
    """Fires the schedules in moto's backends."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        """Take the bus that delivers."""
        self._bus = bus
        self._clock = clock
        self._plans: dict[str, _Plan] = {}
        self._held = threading.Event()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Fire nothing meanwhile; what is due then fires once, after."""
        self._held.set()
        try:
            yield
        finally:
            self._held.clear()

    def install(self, seams: Seams) -> None:
        """Check schedules when they are created, which moto doesn't.

        Raises:
            SeamError: moto has changed.
        """
        seams.wrap(EventBridgeSchedulerBackend, "create_schedule", _CREATE, self._checked)
        seams.wrap(EventBridgeSchedulerBackend, "update_schedule", _UPDATE, self._checked)

    def tick(self) -> None:
        """Fire what is due now."""
        if self._held.is_set():
            return
        now = self._clock.now()
        seen: set[str] = set()
        for rule in _scheduled_rules():
            seen.add(rule.arn)
            identity = _Identity(str(rule.scheduled_expression), "UTC", rule.state == "ENABLED", None, None)
            if (at := self._due(rule.arn, identity, now)) is not None:
                self._bus.trigger(rule, envelope("aws.events", "Scheduled Event", {}, at, [rule.arn]))
        for schedule in _schedules():
            seen.add(schedule.arn)
            if (at := self._due(schedule.arn, _identity(schedule), now)) is not None:
                self._fire(schedule, at)
            self._forget_completed(schedule, now)
        for gone in self._plans.keys() - seen:
            del self._plans[gone]

    def _due(self, arn: str, identity: _Identity, now: float) -> float | None:
        """Return the time for which a schedule must fire now, and plan its next; None if it isn't due."""
        plan = self._plans.get(arn)
        if plan is None or plan.identity != identity:
            plan = self._plans[arn] = _plan(arn, identity, now)
        if plan.next is None or plan.next > now or not identity.enabled:
            return None
        following = plan.expression.next_after(now, plan.began)
        if following is not None and identity.end is not None and following > identity.end:
            following = None
        self._plans[arn] = _Plan(identity, plan.expression, plan.began, following)
        return plan.next

    def _fire(self, schedule: Schedule, at: float) -> None:
        target = schedule.target
        policy = target.get("RetryPolicy") or {}
        text = _fill_context(target.get("Input"), schedule, at)
        if target["Arn"].lower() == PUT_EVENTS.lower():
            self._bus.put_events(json.loads(text or "{}").get("Entries", []))
            return
        self._bus.deliver(
            Delivery(
                arn=target["Arn"],
                payload=_payload(schedule, text, at),
                origin=schedule.arn,
                parameters=target,
                retries=policy.get("MaximumRetryAttempts", 185),
                max_age=policy.get("MaximumEventAgeInSeconds", 86_400),
                dead_letters=(target.get("DeadLetterConfig") or {}).get("Arn"),
            )
        )

    def _forget_completed(self, schedule: Schedule, now: float) -> None:
        plan = self._plans[schedule.arn]
        if schedule.action_after_completion == "DELETE" and plan.next is None and plan.began <= now:
            scheduler_backends[ACCOUNT][REGION].delete_schedule(schedule.group_name, schedule.name)

    def _checked(self, original: Any) -> Any:
        def checked(backend: EventBridgeSchedulerBackend, **parameters: Any) -> Any:
            self._check(parameters)
            return original(backend, **parameters)

        return checked

    def _check(self, parameters: dict[str, Any]) -> None:
        try:
            parse_expression(parameters["schedule_expression"], parameters["schedule_expression_timezone"] or "UTC")
        except ExpressionError as error:
            reason = "timezone" if "time zone" in str(error) else "expression"
            raise ValidationException(f"Invalid Schedule {reason.capitalize()}: {error}.") from error
        arn = parameters["target"]["Arn"]
        if arn.lower() != PUT_EVENTS.lower() and service_of(arn) not in (LAMBDA, SQS, EVENTS):
            raise ValidationException(f"{arn}: local AWS's schedules reach Lambda, SQS and EventBridge only.")
        if service_of(arn) == EVENTS and not parameters["target"].get("EventBridgeParameters"):
            raise ValidationException("EventBridgeParameters is required for an event bus.")


def _scheduled_rules() -> Iterator[Rule]:
    for rule in list(events_backends[ACCOUNT][REGION].event_buses["default"].rules.values()):
        if rule.scheduled_expression:
            yield rule


def _schedules() -> Iterator[Schedule]:
    for group in list(scheduler_backends[ACCOUNT][REGION].schedule_groups.values()):
        yield from list(group.schedules.values())


def _identity(schedule: Schedule) -> _Identity:
    return _Identity(
        schedule.schedule_expression,
        schedule.schedule_expression_timezone,
        schedule.state == "ENABLED",
        float(schedule.start_date) if schedule.start_date else None,
        float(schedule.end_date) if schedule.end_date else None,
    )


def _plan(arn: str, identity: _Identity, now: float) -> _Plan:
    expression = parse_expression(identity.expression, identity.zone)
    began = max(now, identity.start or 0.0)
    first = expression.next_after(began, began)
    # A rate of EventBridge Scheduler fires at its start, a rule's only when the period has passed.
    if isinstance(expression, Rate) and ":scheduler:" in arn:
        first = began
    if first is not None and identity.end is not None and first > identity.end:
        first = None
    return _Plan(identity, expression, began, first)


def _fill_context(text: str | None, schedule: Schedule, at: float) -> str | None:
    if text is None:
        return None
    values = {
        "schedule-arn": schedule.arn,
        "scheduled-time": iso(at),
        "execution-id": uuid.uuid4().hex[:16],
        "attempt-number": "1",
    }
    return _CONTEXT.sub(lambda found: values[found[1]], text)


def _payload(schedule: Schedule, text: str | None, at: float) -> Any:
    """Return the payload: for a bus an event, for others the input, or Scheduler's default (with its odd `detail`)."""
    default = envelope("aws.scheduler", "Scheduled Event", "{}", at, [schedule.arn])
    bus = schedule.target.get("EventBridgeParameters")
    if bus and service_of(schedule.target["Arn"]) == EVENTS:
        return envelope(bus["Source"], bus["DetailType"], json.loads(text or "{}"), at, [schedule.arn])
    if text is None:
        return default
    try:
        return json.loads(text)
    except ValueError:
        return text
