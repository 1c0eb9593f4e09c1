"""EventBridge event patterns: which are valid, with EventBridge's words for those that are not."""

import ipaddress
import json
from collections.abc import Callable
from typing import Any

from local_aws.patterns import COMPARISONS


class PatternError(ValueError):
    """A pattern that EventBridge refuses; the message is the reason in its answer."""


def parse_pattern(text: str) -> dict[str, Any]:
    """Return the pattern in a JSON text.

    Raises:
        PatternError: It is no JSON object, or has a form or an operator that EventBridge doesn't know.
    """
    try:
        pattern = json.loads(text)
    except ValueError as error:
        raise PatternError("Invalid JSON") from error
    if not isinstance(pattern, dict) or not pattern:
        raise PatternError("Event pattern must be a non-empty JSON object")
    _check_object(pattern)
    return pattern


def _check_object(pattern: dict[str, Any]) -> None:
    for key, wanted in pattern.items():
        if key == "$or":
            _check_or(wanted)
        elif isinstance(wanted, dict):
            if not wanted:
                raise PatternError("Empty objects are not allowed")
            _check_object(wanted)
        elif isinstance(wanted, list):
            if not wanted:
                raise PatternError("Empty arrays are not allowed")
            for condition in wanted:
                _check_condition(condition)
        else:
            raise PatternError(f'"{key}" must be an object or an array')


def _check_or(alternatives: Any) -> None:
    if not isinstance(alternatives, list) or len(alternatives) < 2:
        raise PatternError('"$or" must be an array of at least two objects')
    for alternative in alternatives:
        if not isinstance(alternative, dict) or not alternative:
            raise PatternError('"$or" must be an array of at least two objects')
        _check_object(alternative)


def _check_condition(condition: Any) -> None:
    if isinstance(condition, list):
        raise PatternError("Match value must be String, number, true, false, or null")
    if not isinstance(condition, dict):
        return
    if len(condition) != 1:
        raise PatternError("Only one key allowed in match expression")
    operator, operand = next(iter(condition.items()))
    if operator not in _CHECKS:
        raise PatternError(f"Unrecognized match type {operator}")
    _CHECKS[operator](operator, operand)


def _check_text(operator: str, operand: Any) -> None:
    if not isinstance(operand, str):
        raise PatternError(f"{operator} match pattern must be a string")


def _check_affix(operator: str, operand: Any) -> None:
    if isinstance(operand, dict) and list(operand) == ["equals-ignore-case"]:
        operand = operand["equals-ignore-case"]
    _check_text(operator, operand)


def _check_wildcard(operator: str, operand: Any) -> None:
    _check_text(operator, operand)
    if "**" in operand:
        raise PatternError("Consecutive wildcard characters at pos " + str(operand.index("**")))


def _check_exists(operator: str, operand: Any) -> None:
    if not isinstance(operand, bool):
        raise PatternError(f"{operator} match pattern must be either true or false.")


def _check_numeric(operator: str, operand: Any) -> None:
    if not isinstance(operand, list) or len(operand) not in (2, 4):
        raise PatternError("Value of numeric must be an array of a comparison and a number, once or twice")
    for comparison, number in zip(operand[::2], operand[1::2], strict=True):
        if comparison not in COMPARISONS:
            raise PatternError(f"Unrecognized numeric range operator: {comparison}")
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise PatternError(f"Value of {operator} must be numeric")


def _check_cidr(operator: str, operand: Any) -> None:
    _check_text(operator, operand)
    try:
        ipaddress.ip_network(operand, strict=False)
    except ValueError as error:
        raise PatternError(f"Malformed CIDR: {operand}") from error


def _check_anything_but(operator: str, operand: Any) -> None:
    if isinstance(operand, dict):
        _check_anything_but_operator(operand)
        return
    values = operand if isinstance(operand, list) else [operand]
    if not values or not all(isinstance(value, str | int | float) and not isinstance(value, bool) for value in values):
        raise PatternError(f"{operator} match pattern must be a string, a number, or an array of them")


def _check_anything_but_operator(operand: dict[str, Any]) -> None:
    nested = next(iter(operand), None)
    if len(operand) != 1 or nested not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        raise PatternError(f"Unsupported anything-but pattern: {nested}")
    texts = operand[nested] if isinstance(operand[nested], list) else [operand[nested]]
    if not texts:
        raise PatternError("Empty arrays are not allowed")
    for text in texts:
        _CHECKS[nested](nested, text)


_CHECKS: dict[str, Callable[[str, Any], None]] = {
    "prefix": _check_affix,
    "suffix": _check_affix,
    "equals-ignore-case": _check_text,
    "wildcard": _check_wildcard,
    "exists": _check_exists,
    "numeric": _check_numeric,
    "cidr": _check_cidr,
    "anything-but": _check_anything_but,
}
