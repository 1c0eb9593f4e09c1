"""EventBridge's own API, where moto answers otherwise than AWS: PutEvents, PutRule, PutTargets, TestEventPattern."""

import json
from typing import Any

from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import EventsBackend, Rule
from moto.events.responses import EventsHandler

from local_aws.bus import Bus
from local_aws.pattern_checks import PatternError, parse_pattern
from local_aws.patterns import matches
from local_aws.schedule_expressions import ExpressionError, parse_rule_expression
from local_aws.seams import Seams

_PUT_RULE = "self name description event_bus_arn event_pattern role_arn scheduled_expression state managed_by tags"


def install(seams: Seams, bus: Bus) -> None:
    """Put the bus in the place of moto's delivery, and the checks that moto leaves out before its backend.

    Raises:
        SeamError: moto has changed.
    """
    seams.replace(Rule, "send_to_targets", "self original_event transform_input", _send_to_targets(bus))
    seams.replace(EventsBackend, "put_events", "self events", _put_events(bus))
    seams.wrap(EventsBackend, "put_rule", _PUT_RULE, _checked_put_rule)
    seams.wrap(
        EventsBackend,
        "put_targets",
        "self name event_bus_arn targets",
        lambda original: _checked_put_targets(original, bus),
    )
    seams.replace(EventsHandler, "test_event_pattern", "self", _test_event_pattern)


def check_pattern(text: str) -> dict[str, Any]:
    """Return the pattern in a JSON text, or raise what AWS answers."""
    try:
        return parse_pattern(text)
    except PatternError as error:
        raise InvalidEventPatternException(reason=str(error)) from error


def _send_to_targets(bus: Bus) -> Any:
    def send_to_targets(rule: Rule, original_event: Any, transform_input: bool = True) -> None:
        bus.deliver_to_rule(rule, original_event)

    return send_to_targets


def _put_events(bus: Bus) -> Any:
    def put_events(_backend: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not 1 <= len(events) <= 10:
            raise ValidationException(
                "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed to satisfy "
                f"constraint: Member must have length {'less' if events else 'greater'} than or equal to "
                f"{10 if events else 1}"
            )
        return bus.put_events(events)

    return put_events


def _checked_put_rule(original: Any) -> Any:
    def put_rule(backend: EventsBackend, name: str, **parameters: Any) -> Rule:
        if parameters.get("event_pattern"):
            check_pattern(parameters["event_pattern"])
        if expression := parameters.get("scheduled_expression"):
            try:
                parse_rule_expression(expression)
            except ExpressionError as error:
                raise ValidationException("Parameter ScheduleExpression is not valid.") from error
        rule: Rule = original(backend, name, **parameters)
        return rule

    return put_rule


def _checked_put_targets(original: Any, bus: Bus) -> Any:
    def put_targets(
        backend: EventsBackend, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]
    ) -> None:
        for target in targets:
            if not bus.targets.supports(target["Arn"]):
                raise ValidationException(
                    f"Parameter {target['Arn']} is not valid. Reason: local AWS delivers to Lambda, SQS, SNS, event "
                    "buses and log groups only."
                )
        original(backend, name, event_bus_arn, targets)

    return put_targets


def _test_event_pattern(handler: EventsHandler) -> str:
    pattern = check_pattern(handler._get_param("EventPattern"))
    event = json.loads(handler._get_param("Event"))
    return json.dumps({"Result": matches(pattern, event)})
