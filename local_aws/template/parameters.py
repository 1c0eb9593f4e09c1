"""The parameters of a stack: given values and defaults, checked as CloudFormation checks them."""

import re
from collections.abc import Mapping
from typing import Any

from local_aws.template.errors import TemplateError

Value = str | list[str]


def bind(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Value]:
    """Return the value of each declared parameter.

    Args:
        declared: The template's `Parameters`.
        given: Values by name, as text.

    Raises:
        TemplateError: A value is missing, unknown or not allowed.
    """
    if unknown := sorted(set(given) - set(declared)):
        raise TemplateError(f"the template has no parameter {unknown[0]}; it has {', '.join(sorted(declared))}")
    return {name: _value(name, parameter, given.get(name)) for name, parameter in declared.items()}


def _value(name: str, parameter: Mapping[str, Any], given: str | None) -> Value:
    value = parameter.get("Default") if given is None else given
    if value is None:
        raise TemplateError(f"parameter {name} has no default: give it a value")
    text = str(value)
    _check_allowed(name, parameter, text)
    match parameter["Type"]:
        case "String":
            return text
        case "Number":
            _check_number(name, parameter, text)
            # As in CloudFormation, a reference to it gives text; who needs a number converts.
            return text
        case "CommaDelimitedList" | "List<String>":
            return [part.strip() for part in text.split(",")]
        case other:
            raise TemplateError(f"parameter {name}: local AWS does not know parameters of type {other}")


def _check_allowed(name: str, parameter: Mapping[str, Any], text: str) -> None:
    allowed = [str(value) for value in parameter.get("AllowedValues", [])]
    if allowed and text not in allowed:
        raise TemplateError(f"parameter {name} is {text!r}; allowed are {', '.join(allowed)}")
    pattern = parameter.get("AllowedPattern")
    values = [part.strip() for part in text.split(",")] if "List" in parameter["Type"] else [text]
    if pattern and not all(re.fullmatch(pattern, value) for value in values):
        rule = parameter.get("ConstraintDescription", f"it must match {pattern}")
        raise TemplateError(f"parameter {name} is {text!r}: {rule}")


def _check_number(name: str, parameter: Mapping[str, Any], text: str) -> None:
    try:
        number = float(text)
    except ValueError as error:
        raise TemplateError(f"parameter {name} is {text!r}, which is not a number") from error
    low, high = parameter.get("MinValue"), parameter.get("MaxValue")
    if (low is not None and number < float(low)) or (high is not None and number > float(high)):
        raise TemplateError(f"parameter {name} is {text}; allowed are {low} to {high}")
