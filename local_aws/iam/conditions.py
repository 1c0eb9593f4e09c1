"""The Condition element: which operators hold for the keys of a request.

After https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html and
…/reference_policies_condition-single-vs-multi-valued-context-keys.html. What isn't known is refused.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from local_aws.iam.globs import PolicyError, arn_matches, glob

Compare = Callable[[str, str], bool]
"""Takes the policy's value and the request's."""


def _number(compare: Callable[[float, float], bool]) -> Compare:
    def holds(wanted: str, value: str) -> bool:
        try:
            return compare(float(value), float(wanted))
        except ValueError:
            return False

    return holds


def _like(wanted: str, value: str) -> bool:
    return glob(wanted).fullmatch(value) is not None


def _equal_ignoring_case(wanted: str, value: str) -> bool:
    return wanted.casefold() == value.casefold()


_EQUAL: Compare = operator.eq
_POSITIVE: dict[str, Compare] = {
    "StringEquals": _EQUAL,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": _like,
    "NumericEquals": _number(operator.eq),
    "NumericLessThan": _number(operator.lt),
    "NumericLessThanEquals": _number(operator.le),
    "NumericGreaterThan": _number(operator.gt),
    "NumericGreaterThanEquals": _number(operator.ge),
    "Bool": _equal_ignoring_case,
    "ArnEquals": arn_matches,
    "ArnLike": arn_matches,
}
_NEGATED: dict[str, Compare] = {
    "StringNotEquals": _EQUAL,
    "StringNotEqualsIgnoreCase": _equal_ignoring_case,
    "StringNotLike": _like,
    "NumericNotEquals": _number(operator.eq),
    "ArnNotEquals": arn_matches,
    "ArnNotLike": arn_matches,
}


def conditions_hold(conditions: Mapping[str, Mapping[str, Any]], keys: Mapping[str, tuple[str, ...]]) -> bool:
    """Say whether all conditions hold.

    Args:
        conditions: The element: operator, key, wanted value or values.
        keys: The request's keys, in small letters, with their values.

    Raises:
        PolicyError: An operator isn't known, or a key with many values is asked for as if it had one.
    """
    # All are looked at, though one doesn't hold: what isn't known must never hide behind what is false.
    found = [
        _holds(name, key, [_text(one) for one in listed(wanted)], keys.get(key.lower(), ()))
        for name, by_key in conditions.items()
        for key, wanted in by_key.items()
    ]
    return all(found)


def listed(value: Any) -> list[Any]:
    """Return the value of an element as the list that it may be written as."""
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """Return a value as IAM compares it: a policy may write `true` and `1` without quotes."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _holds(name: str, key: str, wanted: list[str], values: tuple[str, ...]) -> bool:
    if name == "Null":
        return (not values) is (wanted[0].lower() == "true")
    quantifier, _, rest = name.rpartition(":")
    base = rest.removesuffix("IfExists")
    compare = _POSITIVE.get(base) or _NEGATED.get(base)
    if compare is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise PolicyError(f"the condition operator {name} is not known to local AWS")
    negated = base in _NEGATED
    if not values:
        return _holds_without(quantifier, negated=negated, if_exists=base != rest)
    matched = [any(compare(one, value) for one in wanted) is not negated for value in values]
    if quantifier:
        return all(matched) if quantifier == "ForAllValues" else any(matched)
    if len(values) > 1:
        raise PolicyError(f"{key} has several values in the request: {name} needs ForAllValues: or ForAnyValue:")
    return matched[0]


def _holds_without(quantifier: str, *, negated: bool, if_exists: bool) -> bool:
    """Say whether an operator holds for a key that is not in the request."""
    if if_exists or quantifier == "ForAllValues":
        return True
    return negated and not quantifier
