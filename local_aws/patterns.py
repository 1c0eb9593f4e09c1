"""EventBridge event patterns: which events they match (`pattern_checks.py` says which patterns are valid).

After https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html. Everything is
case-sensitive; an array in the event matches if any element does, and an array of objects if one object does wholly.
"""

import ipaddress
import re
from collections.abc import Callable
from operator import eq, ge, gt, le, lt
from typing import Any

Scalar = str | int | float | bool | None

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"<": lt, "<=": le, "=": eq, ">=": ge, ">": gt}


def matches(pattern: dict[str, Any], event: Any) -> bool:
    """Say whether a valid pattern matches an event (or a part of it; None where the event has no such part)."""
    if isinstance(event, list):
        # AWS requires that one object of the array satisfies all fields; an empty array has no fields at all.
        return any(matches(pattern, element) for element in event) if event else matches(pattern, None)
    fields = event if isinstance(event, dict) else {}
    return all(_field_matches(key, wanted, fields) for key, wanted in pattern.items())


def _field_matches(key: str, wanted: Any, fields: dict[str, Any]) -> bool:
    if key == "$or":
        return any(matches(alternative, fields) for alternative in wanted)
    if isinstance(wanted, dict):
        return matches(wanted, fields.get(key))
    values = _leaves(fields[key]) if key in fields else []
    return any(_condition_matches(condition, values) for condition in wanted)


def _leaves(value: Any) -> list[Scalar]:
    """Return the scalars of a field: of an array its scalar elements, of an object none (it is no leaf)."""
    if isinstance(value, list):
        return [leaf for element in value for leaf in _leaves(element)]
    return [] if isinstance(value, dict) else [value]


def _condition_matches(condition: Any, values: list[Scalar]) -> bool:
    if isinstance(condition, dict):
        operator, operand = next(iter(condition.items()))
        if operator == "exists":
            return bool(values) is operand
        return any(_OPERATORS[operator](operand, value) for value in values)
    return any(_same(condition, value) for value in values)


def _same(wanted: Any, value: Scalar) -> bool:
    """Compare as JSON does: `true` is not 1."""
    return wanted == value and isinstance(wanted, bool) == isinstance(value, bool)


def _prefix(operand: Any, value: Scalar) -> bool:
    if isinstance(operand, dict):
        return isinstance(value, str) and value.lower().startswith(operand["equals-ignore-case"].lower())
    return isinstance(value, str) and value.startswith(operand)


def _suffix(operand: Any, value: Scalar) -> bool:
    if isinstance(operand, dict):
        return isinstance(value, str) and value.lower().endswith(operand["equals-ignore-case"].lower())
    return isinstance(value, str) and value.endswith(operand)


def _equals_ignore_case(operand: Any, value: Scalar) -> bool:
    return isinstance(value, str) and value.lower() == operand.lower()


def _wildcard(operand: Any, value: Scalar) -> bool:
    return isinstance(value, str) and wildcard_regex(operand).fullmatch(value) is not None


def wildcard_regex(pattern: str) -> re.Pattern[str]:
    r"""Return the regular expression of a wildcard: `*` is any text, `\*` a star, `\\` a backslash."""
    parts = re.findall(r"\\[*\\]|.", pattern, re.DOTALL)
    return re.compile("".join(".*" if part == "*" else re.escape(part[-1]) for part in parts), re.DOTALL)


def _numeric(operand: Any, value: Scalar) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    pairs = zip(operand[::2], operand[1::2], strict=True)
    return all(COMPARISONS[comparison](value, number) for comparison, number in pairs)


def _cidr(operand: Any, value: Scalar) -> bool:
    try:
        return ipaddress.ip_address(str(value)) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


def _anything_but(operand: Any, value: Scalar) -> bool:
    if isinstance(operand, dict):
        operator, nested = next(iter(operand.items()))
        texts = nested if isinstance(nested, list) else [nested]
        return not any(_OPERATORS[operator](text, value) for text in texts)
    excluded = operand if isinstance(operand, list) else [operand]
    return not any(_same(one, value) for one in excluded)


_OPERATORS: dict[str, Callable[[Any, Scalar], bool]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
    "anything-but": _anything_but,
}
