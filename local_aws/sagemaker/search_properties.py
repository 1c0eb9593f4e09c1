"""The properties that Search knows of a resource: which there are, of what type, and a record's values of them."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local_aws.sagemaker.errors import validation_error
from local_aws.sagemaker.validation import service_model

Record = dict[str, Any]

_METRICS, _TAGS, _HYPERPARAMETERS = "Metrics", "Tags", "HyperParameters"
_KEYED = {one.lower(): one for one in (_METRICS, _TAGS, _HYPERPARAMETERS)}
"""What is followed by a key, which may hold dots. AWS's own suggestions write these in lower case."""


class Kind(StrEnum):
    """The type of a property's values, which decides what operators it takes."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    BOOLEAN = "boolean"
    HYPERPARAMETER = "hyperparameter"
    """Text that may be a number."""
    STRUCTURE = "structure"
    """It is there or not: it has no value of its own."""


@dataclass(frozen=True)
class Property:
    """A property of a resource by its dotted name, as parts; what follows `Metrics`, `Tags` and the like is one."""

    name: str
    parts: tuple[str, ...]
    kind: Kind

    def within(self, prefix: str) -> "Property | None":
        """Return it as a property of the elements of a list; None if it is not below that list."""
        above = tuple(prefix.split("."))
        if self.parts[: len(above)] != above or len(self.parts) == len(above):
            return None
        return Property(self.name, self.parts[len(above) :], self.kind)


def property_of(resource: str, name: str) -> Property:
    """Return the property of this name.

    Raises:
        AwsError: The resource has none of this name.
    """
    first, _, rest = name.partition(".")
    keyed = _KEYED.get(first.lower())
    if keyed == _METRICS and rest and resource == "TrainingJob":
        return Property(name, (_METRICS, rest), Kind.NUMBER)
    if keyed is not None and rest:
        name = f"{keyed}.{rest}"
    shape: Shape | None = service_model().shape_for("SearchRecord").members[resource]  # type: ignore[attr-defined]
    parts = name.split(".")
    taken: list[str] = []
    while parts and shape is not None:
        if shape.name == "TagList" or isinstance(shape, MapShape):
            kind = Kind.HYPERPARAMETER if taken == [_HYPERPARAMETERS] else Kind.TEXT
            return Property(name, (*taken, ".".join(parts)), kind)
        if isinstance(shape, ListShape):
            shape = shape.member
        elif isinstance(shape, StructureShape):
            taken.append(parts.pop(0))
            shape = shape.members.get(taken[-1])
        else:
            shape = None
    if shape is None:
        raise validation_error(f"Unknown property name: {name} is no property of {resource}.")
    return Property(name, tuple(taken), _kind(shape))


def is_list_of_structures(resource: str, name: str) -> bool:
    """Say whether a property is one that nested filters can look into."""
    shape: Shape = service_model().shape_for("SearchRecord").members[resource]  # type: ignore[attr-defined]
    for part in property_of(resource, name).parts:
        shape = shape.members[part] if isinstance(shape, StructureShape) else shape
    return isinstance(shape, ListShape) and isinstance(shape.member, StructureShape)


def values_of(record: Record, parts: Sequence[str]) -> list[Any]:
    """Return what a property's parts lead to in a record, through structures, lists, maps, tags and metrics."""
    found: list[Any] = [record]
    for at, name in enumerate(parts):
        if at == 0 and len(parts) > 1 and name in (_METRICS, _TAGS):
            return _keyed(record, name, parts[1])
        found = [value for each in found for value in _elements(each, name)]
    return found


def _keyed(record: Record, name: str, key: str) -> list[Any]:
    member, noun = ("FinalMetricDataList", "MetricName") if name == _METRICS else (_TAGS, "Key")
    return [each["Value"] for each in record.get(member) or [] if each[noun] == key]


def _elements(holder: Any, name: str) -> list[Any]:
    value = holder.get(name) if isinstance(holder, dict) else None
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def sorted_by(records: Iterable[Record], wanted: Property, *, descending: bool) -> list[Record]:
    """Sort records by a property: numbers before texts, and last, in either order, what has no value."""
    having = [(values, record) for record in records for values in [values_of(record, wanted.parts)]]
    present = [(_sort_key(wanted, values[0]), record) for values, record in having if values]
    present.sort(key=lambda pair: pair[0], reverse=descending)
    return [record for _, record in present] + [record for values, record in having if not values]


def _sort_key(wanted: Property, value: Any) -> tuple[int, float, str]:
    if wanted.kind is Kind.HYPERPARAMETER and (number := as_number(value)) is not None:
        return (0, number, "")
    return (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, str(value))


def as_number(text: str) -> float | None:
    """Return a text as the finite number that it is, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _kind(shape: Shape) -> Kind:
    while isinstance(shape, ListShape):
        shape = shape.member
    match shape.type_name:
        case "string":
            return Kind.TEXT
        case "integer" | "long" | "float" | "double":
            return Kind.NUMBER
        case "timestamp":
            return Kind.TIME
        case "boolean":
            return Kind.BOOLEAN
        case _:
            return Kind.STRUCTURE
