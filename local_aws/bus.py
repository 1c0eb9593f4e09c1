"""The event bus: matches events with the rules in moto's events backend and delivers them to the rules' targets.

Rules stay where PutRule put them. Delivery happens on a worker thread, never inside the request that caused it, and
promises no order. A delivery that fails is retried as its RetryPolicy says, then goes to its dead-letter queue.
"""

import json
import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from moto.events.models import Rule, events_backends

from local_aws.agenda import Agenda
from local_aws.clock import Clock
from local_aws.envelopes import ACCOUNT, REGION, EntryError, Event, event_of_entry
from local_aws.patterns import matches
from local_aws.targets import DeliveryError, Functions, Targets
from local_aws.transform import target_input

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 185
"""EventBridge's default for MaximumRetryAttempts, and its maximum."""
MAX_AGE = 86_400
"""EventBridge's default for MaximumEventAgeInSeconds, and its maximum."""
_SHUFFLE_SECONDS = 0.2
"""How long, in real seconds, events are gathered before they are shuffled."""


@dataclass
class Faults:
    """What goes wrong with events on purpose, in tests: AWS delivers at least once, in any order, on best effort.

    Attributes:
        lost_sources, lost_detail_types: Events with one of these never arrive.
        copies: How often each event arrives.
        shuffle: Events that are published shortly one after the other arrive in another order.
    """

    lost_sources: set[str] = field(default_factory=set)
    lost_detail_types: set[str] = field(default_factory=set)
    copies: int = 1
    shuffle: random.Random | None = None

    def lose(self, *, sources: tuple[str, ...] = (), detail_types: tuple[str, ...] = ()) -> None:
        """Lose the events of these sources and of these detail types."""
        self.lost_sources.update(sources)
        self.lost_detail_types.update(detail_types)

    def loses(self, event: Event) -> bool:
        """Say whether this event is lost."""
        return event["source"] in self.lost_sources or event["detail-type"] in self.lost_detail_types


@dataclass(frozen=True)
class Delivery:
    """One payload on its way to one target.

    Attributes:
        arn: The target; `parameters`: the target's own (`SqsParameters`).
        payload: A JSON value. `origin`: the ARN of the rule or the schedule.
        retries, max_age: Retries after the first attempt; seconds after which it is given up.
        dead_letters: The ARN of the queue for what is given up.
    """

    arn: str
    payload: Any
    origin: str
    parameters: dict[str, Any] = field(default_factory=dict)
    retries: int = MAX_ATTEMPTS
    max_age: float = MAX_AGE
    dead_letters: str | None = None
    attempts: int = 0
    since: float = 0.0


def _permitted(_origin: str, _arn: str) -> None:
    """Permit every delivery."""


class Bus:
    """All event buses of local AWS."""

    def __init__(self, clock: Clock, functions: Functions) -> None:
        """Start the worker; `functions` is where function targets go."""
        self.faults = Faults()
        self.targets = Targets(functions, clock, self.publish)
        self.permit: Callable[[str, str], None] = _permitted
        """Raises DeliveryError if a rule or schedule (its ARN) may not hand something to a target (its ARN)."""
        self._clock = clock
        self._agenda = Agenda(clock, "event-bus")
        self._waiting: list[tuple[Event, str]] = []
        self._lock = threading.Lock()

    def publish(self, event: Event, bus: str = "default") -> None:
        """Take a whole event; returns at once."""
        if self.faults.loses(event):
            return
        with self._lock:
            self._waiting.extend([(event, bus)] * self.faults.copies)
        gather = _SHUFFLE_SECONDS * self._clock.factor if self.faults.shuffle else 0.0
        self._agenda.after(gather, self._drain)

    def put_events(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Answer PutEvents: per entry an EventId, or the reason why it is refused."""
        answers: list[dict[str, Any]] = []
        for entry in entries:
            try:
                event = event_of_entry(entry, self._clock.now())
            except EntryError as error:
                answers.append({"ErrorCode": error.code, "ErrorMessage": str(error)})
                continue
            self.publish(event, (entry.get("EventBusName") or "default").split("/")[-1])
            answers.append({"EventId": event["id"]})
        return answers

    def deliver_to_rule(self, rule: Rule, event: Event) -> None:
        """Send an event to a rule's targets, if the rule is enabled and its pattern matches."""
        pattern = rule.event_pattern.get_pattern()
        if rule.state.startswith("ENABLED") and pattern and matches(pattern, event):
            self.trigger(rule, event)

    def trigger(self, rule: Rule, event: Event) -> None:
        """Send an event to a rule's targets without asking the pattern: what a rule's schedule does."""
        for target in list(rule.targets):
            policy = target.get("RetryPolicy") or {}
            self.deliver(
                Delivery(
                    arn=target["Arn"],
                    payload=target_input(target, event, rule.name, rule.arn),
                    origin=rule.arn,
                    parameters=target,
                    retries=policy.get("MaximumRetryAttempts", MAX_ATTEMPTS),
                    max_age=policy.get("MaximumEventAgeInSeconds", MAX_AGE),
                    dead_letters=(target.get("DeadLetterConfig") or {}).get("Arn"),
                )
            )

    def deliver(self, delivery: Delivery) -> None:
        """Take a delivery; returns at once."""
        self._agenda.soon(lambda: self._attempt(replace(delivery, since=self._clock.now())))

    def close(self) -> None:
        """Stop delivering."""
        self._agenda.close()

    def _drain(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        if self.faults.shuffle:
            self.faults.shuffle.shuffle(waiting)
        for event, bus in waiting:
            self._dispatch(event, bus)

    def _dispatch(self, event: Event, bus: str) -> None:
        known = events_backends[ACCOUNT][event.get("region", REGION)].event_buses.get(bus)
        for rule in list(known.rules.values()) if known else []:
            try:
                self.deliver_to_rule(rule, event)
            except Exception:
                log.exception("rule %s could not take an event; the other rules go on", rule.name)

    def _attempt(self, delivery: Delivery) -> None:
        try:
            self.permit(delivery.origin, delivery.arn)
            self.targets.send(delivery.arn, delivery.payload, delivery.parameters)
        except DeliveryError as error:
            self._failed(replace(delivery, attempts=delivery.attempts + 1), error)

    def _failed(self, delivery: Delivery, error: DeliveryError) -> None:
        age = self._clock.now() - delivery.since
        if error.retryable and delivery.attempts <= delivery.retries and age < delivery.max_age:
            backoff = min(2.0 ** (delivery.attempts - 1), 300.0)
            self._agenda.after(backoff, lambda: self._attempt(delivery))
            return
        log.warning("%s could not deliver to %s: %s", delivery.origin, delivery.arn, error)
        if delivery.dead_letters:
            self._bury(delivery, error, too_old=age >= delivery.max_age)

    def _bury(self, delivery: Delivery, error: DeliveryError, *, too_old: bool) -> None:
        kind = "SCHEDULE_ARN" if ":scheduler:" in delivery.origin else "RULE_ARN"
        attributes = {
            kind: delivery.origin,
            "TARGET_ARN": delivery.arn,
            "ERROR_CODE": error.code,
            "ERROR_MESSAGE": str(error),
        }
        if error.retryable:
            attributes["RETRY_ATTEMPTS"] = str(delivery.attempts - 1)
            attributes["EXHAUSTED_RETRY_CONDITION"] = "MaximumEventAgeInSeconds" if too_old else "MaximumRetryAttempts"
        body = delivery.payload if isinstance(delivery.payload, str) else json.dumps(delivery.payload)
        try:
            self.permit(delivery.origin, str(delivery.dead_letters))
            self.targets.send_to_queue(str(delivery.dead_letters), body, attributes)
        except DeliveryError as lost:
            log.warning("the dead-letter queue %s took nothing: %s", delivery.dead_letters, lost)
