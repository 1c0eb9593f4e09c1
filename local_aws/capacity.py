"""What DynamoDB's on-demand mode would charge for a call: request units, from the sizes of the items.

After https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html. Batch operations and
transactional reads are not counted: nothing in the stack makes them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
"""Attributes as DynamoDB writes them: `{"pk": {"S": "…"}}`."""

READ_BYTES, WRITE_BYTES = 4096, 1024
"""What one unit reads, or writes."""


def item_size(item: Item) -> int:
    """Return an item's size in bytes: names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def read_units(operation: str, request: Mapping[str, Any], response: Mapping[str, Any]) -> float:
    """Return what a GetItem, Query or Scan consumes; 0 for other operations. Eventually consistent costs half."""
    if operation == "GetItem":
        size = item_size(response.get("Item") or {})
    elif operation in ("Query", "Scan"):
        size = sum(item_size(item) for item in response.get("Items", []))
    else:
        return 0.0
    units = max(1, math.ceil(size / READ_BYTES))
    return float(units) if request.get("ConsistentRead") else units / 2


@dataclass(frozen=True)
class Index:
    """A global secondary index: its key attributes, and all attributes that its entries have (None for every one)."""

    keys: tuple[str, ...]
    projected: frozenset[str] | None = None


def write_units(
    before: Item | None, after: Item | None, indexes: Sequence[Index], *, transactional: bool = False
) -> float:
    """Return what writing one item consumes, a refused write included.

    Args:
        before: The item as it was; None if there was none.
        after: The item as it is.
        indexes: The global secondary indexes; an entry that changes is written as well.
        transactional: A transaction writes twice.
    """
    units = max(1, _writes(max(item_size(before or {}), item_size(after or {}))))
    units += sum(_index_units(before, after, index) for index in indexes)
    return float(units * 2 if transactional else units)


def _index_units(before: Item | None, after: Item | None, index: Index) -> int:
    old, new = _entry(before, index), _entry(after, index)
    if old is None or new is None:
        return _writes(item_size(old or new or {}))
    if old == new:
        return 0
    if all(old[key] == new[key] for key in index.keys):
        return _writes(max(item_size(old), item_size(new)))
    return _writes(item_size(old)) + _writes(item_size(new))


def _entry(item: Item | None, index: Index) -> Item | None:
    """Return an item as an index has it; None where it isn't in it."""
    if item is None or not all(key in item for key in index.keys):
        return None
    return {name: value for name, value in item.items() if index.projected is None or name in index.projected}


def _writes(size: int) -> int:
    return math.ceil(size / WRITE_BYTES)


def _value_size(value: Mapping[str, Any]) -> int:
    kind, content = next(iter(value.items()))
    if kind == "N":
        return math.ceil(len(str(content).lstrip("-")) / 2) + 1
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_size(one) for name, one in content.items())
    if kind == "L":
        return 3 + sum(1 + _value_size(one) for one in content)
    if kind in ("SS", "NS", "BS"):
        return sum(len(str(one).encode()) for one in content)
    return len(content.encode()) if kind == "S" else len(content) if kind == "B" else 1
