"""Whether a record satisfies a search expression: all operators, for values of each type."""

import operator
from collections.abc import Callable, Sequence
from typing import Any

from local_aws.sagemaker.constraints import epoch_of
from local_aws.sagemaker.errors import validation_error
from local_aws.sagemaker.search_properties import (
    Kind,
    Property,
    Record,
    as_number,
    is_list_of_structures,
    property_of,
    values_of,
)

Test = Callable[[Record], bool]

MAX_CONDITIONS = 50
"""Filters, nested filters and sub-expressions of one search, however deep."""
_ORDERINGS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}
_FOR_TEXT = frozenset({"Contains", "In"})
_EQUALITY = frozenset({"Equals", "NotEquals"})
_OPERATORS: dict[Kind, frozenset[str]] = {
    Kind.TEXT: _EQUALITY | _FOR_TEXT,
    Kind.NUMBER: _EQUALITY | _ORDERINGS.keys(),
    Kind.TIME: _EQUALITY | _ORDERINGS.keys(),
    Kind.BOOLEAN: _EQUALITY,
    Kind.HYPERPARAMETER: _EQUALITY | _FOR_TEXT | _ORDERINGS.keys(),
    Kind.STRUCTURE: frozenset(),
}
"""Beside Exists and NotExists, which all take."""


def acceptance_of(resource: str, expression: dict[str, Any]) -> Test:
    """Return what says whether a record of the resource satisfies a SearchExpression.

    Raises:
        AwsError: ValidationException; the expression makes no sense for this resource.
    """
    if _size(expression) > MAX_CONDITIONS:
        raise validation_error(
            f"A SearchExpression can hold at most {MAX_CONDITIONS} Filters, NestedFilters and SubExpressions; "
            f"this one has {_size(expression)}."
        )
    return _acceptance_of(resource, expression)


def _size(expression: dict[str, Any]) -> int:
    nested = sum(1 + len(each["Filters"]) for each in expression.get("NestedFilters", []))
    deeper = sum(1 + _size(each) for each in expression.get("SubExpressions", []))
    return len(expression.get("Filters", [])) + nested + deeper


def _acceptance_of(resource: str, expression: dict[str, Any]) -> Test:
    tests = [_filter(property_of(resource, each["Name"]), each) for each in expression.get("Filters", [])]
    tests += [_nested(resource, each) for each in expression.get("NestedFilters", [])]
    tests += [_acceptance_of(resource, each) for each in expression.get("SubExpressions", [])]
    if not tests:
        raise validation_error("A SearchExpression needs at least one of Filters, NestedFilters and SubExpressions.")
    if expression.get("Operator", "And") == "Or":
        return lambda record: any(test(record) for test in tests)
    return lambda record: all(test(record) for test in tests)


def _nested(resource: str, nested: dict[str, Any]) -> Test:
    """One element of a list satisfies all the filters together."""
    name = nested["NestedPropertyName"]
    if not is_list_of_structures(resource, name):
        raise validation_error(f"The property {name} of {resource} is no list that nested filters could look into.")
    tests = [_filter(_element_property(resource, name, each["Name"]), each) for each in nested["Filters"]]
    above = property_of(resource, name)
    return lambda record: any(all(test(element) for test in tests) for element in values_of(record, above.parts))


def _element_property(resource: str, above: str, name: str) -> Property:
    found = property_of(resource, name).within(above)
    if found is None:
        raise validation_error(f"The nested filter on {name} is not below its NestedPropertyName {above}.")
    return found


def _filter(wanted: Property, condition: dict[str, Any]) -> Test:
    asked: str = condition.get("Operator", "Equals" if "Value" in condition else "Exists")
    if asked in ("Exists", "NotExists"):
        return lambda record: bool(values_of(record, wanted.parts)) == (asked == "Exists")
    if asked not in _OPERATORS[wanted.kind]:
        raise validation_error(f"The operator {asked} is not supported for {wanted.kind} properties: {wanted.name}.")
    if "Value" not in condition:
        raise validation_error(f"The filter on {wanted.name} with operator {asked} needs a Value.")
    holds = _comparison(wanted, asked, condition["Value"])
    return lambda record: holds(values_of(record, wanted.parts))


def _comparison(wanted: Property, asked: str, text: str) -> Callable[[Sequence[Any]], bool]:
    equal = _equality(wanted, text)
    match asked:
        case "Equals":
            return lambda values: any(equal(value) for value in values)
        case "NotEquals":
            return lambda values: not any(equal(value) for value in values)
        case "Contains":
            return lambda values: any(text.lower() in str(value).lower() for value in values)
        case "In":
            return lambda values: any(str(value) in text.split(",") for value in values)
        case _:
            bound, compare = _bound(wanted, text), _ORDERINGS[asked]
            return lambda values: any(compare(number, bound) for number in _numbers(wanted, text, values))


def _equality(wanted: Property, text: str) -> Callable[[Any], bool]:
    match wanted.kind:
        case Kind.BOOLEAN:
            return lambda value: str(value).lower() == text.lower()
        case Kind.NUMBER | Kind.TIME:
            bound = _bound(wanted, text)
            return lambda value: float(value) == bound
        case Kind.HYPERPARAMETER:
            return lambda value: str(value) == text or as_number(text) in _numbers(wanted, text, [value])
        case _:
            return lambda value: str(value) == text


def _numbers(wanted: Property, text: str, values: Sequence[Any]) -> list[float]:
    """Return the values that are numbers; those of hyperparameters as whole ones if the filter's is whole."""
    found = [number for value in values if (number := as_number(value)) is not None]
    whole = wanted.kind is Kind.HYPERPARAMETER and text.strip().lstrip("+-").isdigit()
    return [float(int(number)) for number in found] if whole else found


def _bound(wanted: Property, text: str) -> float:
    """Read a filter's value as a number, or as a time in epoch seconds."""
    number = as_number(text)
    if wanted.kind is Kind.TIME and number is None:
        try:
            return epoch_of(text)
        except ValueError:
            raise validation_error(f"The value {text} of {wanted.name} is no time in ISO 8601.") from None
    if number is None:
        raise validation_error(f"The value {text} of {wanted.name} is no number.")
    return number
