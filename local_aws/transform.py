"""What a target gets: the event itself, or what Input, InputPath or InputTransformer make of it.

After https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html.
"""

import json
import re
from typing import Any

from jsonpath_ng.parser import parse as parse_path

from local_aws.envelopes import Event

_TOKEN = re.compile(r'\\.|"|<([\w.\-]+)>', re.DOTALL)


def target_input(target: dict[str, Any], event: Event, rule_name: str, rule_arn: str) -> Any:
    """Return the payload for a rule's target, as a JSON value.

    Args:
        target: The target as PutTargets took it.
        event: The event that matched.
        rule_name: The rule's, for `<aws.events.rule-name>`.
        rule_arn: The rule's, for `<aws.events.rule-arn>`.
    """
    if (constant := target.get("Input")) is not None:
        return _json_or_text(constant)
    if (path := target.get("InputPath")) is not None:
        return _find(path, event)
    if (transformer := target.get("InputTransformer")) is not None:
        values = {name: _find(path, event) for name, path in transformer.get("InputPathsMap", {}).items()}
        values |= {
            "aws.events.rule-name": rule_name,
            "aws.events.rule-arn": rule_arn,
            "aws.events.event": event,
            "aws.events.event.json": event,
            "aws.events.event.ingestion-time": event["time"],
        }
        return _json_or_text(_fill(transformer["InputTemplate"], values))
    return event


def _json_or_text(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _find(path: str, event: Event) -> Any:
    # EventBridge allows hyphens in names (`$.detail-type`); the library wants those quoted.
    quoted = re.sub(r"\.([\w]*-[\w\-]*)", r'."\1"', path)
    found = parse_path(quoted).find(event)
    return found[0].value if found else None


def _fill(template: str, values: dict[str, Any]) -> str:
    """Replace `<name>`: inside a JSON string by its text, elsewhere by its JSON."""
    inside = False

    def replacement(token: re.Match[str]) -> str:
        nonlocal inside
        if token[0] == '"':
            inside = not inside
        if token[1] is None or token[1] not in values:
            return token[0]
        value = values[token[1]]
        return _text_in_string(value) if inside else json.dumps(value)

    return _TOKEN.sub(replacement, template)


def _text_in_string(value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]
