"""DynamoDB's expressions, as far as the release table uses them; anything else raises."""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

Item = dict[str, Any]
Names = Mapping[str, str]
Values = Mapping[str, Any]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def holds(condition: str | None, item: Item | None, names: Names, values: Values) -> bool:
    """Say whether a condition (terms joined by AND, and these by OR) holds for an item; None for no item."""
    return condition is None or any(
        all(_term(term.strip(), item or {}, names, values) for term in part.split(" AND "))
        for part in condition.split(" OR ")
    )


def _term(term: str, item: Item, names: Names, values: Values) -> bool:
    if found := re.fullmatch(r"attribute_(not_)?exists ?\(([#\w]+)\)", term):
        return (attribute(found[2], names) in item) is (found[1] is None)
    if found := re.fullmatch(r"([#\w]+) ?(=|<>|<=|>=|<|>) ?(:\w+)", term):
        have, want = item.get(attribute(found[1], names)), values[found[3]]
        return have is not None and have.keys() == want.keys() and _COMPARE[found[2]](plain(have), plain(want))
    raise NotImplementedError(f"the fake DynamoDB does not know the condition {term!r}: teach it")


def updated(expression: str, item: Item, names: Names, values: Values) -> Item:
    """Return an item after `SET a = :a, b = :b REMOVE c, d`."""
    after = dict(item)
    for clause, body in re.findall(r"(SET|REMOVE)\s+(.*?)(?=\s+(?:SET|REMOVE)\s|$)", expression):
        for part in body.split(","):
            name, _, value = (text.strip() for text in part.partition("="))
            if clause == "REMOVE":
                after.pop(attribute(name, names), None)
            elif value in values:
                after[attribute(name, names)] = values[value]
            else:
                raise NotImplementedError(f"the fake DynamoDB can't set {value!r}: teach it")
    return after


def attribute(name: str, names: Names) -> str:
    """Return an attribute's real name; a reserved word needs a placeholder, as in life."""
    if name.startswith("#"):
        return names[name]
    if name.upper() in ReservedKeywords.get_reserved_keywords():
        raise ValueError(f"{name} is a reserved word of DynamoDB: write it with a placeholder")
    return name


def plain(value: Mapping[str, Any]) -> Any:
    """Return `{"N": "1"}` as a number and `{"S": "a"}` as a text."""
    ((kind, inner),) = value.items()
    return Decimal(inner) if kind == "N" else inner
