"""DynamoDB: one table with two lean indexes, conditional writes, transactions; its indexes may lag, as in life."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

from tests.fakes.errors import refusal
from tests.fakes.expressions import Item, holds, plain, updated

Key = tuple[str, str]
INDEXES = {"due": ("open", "due"), "model": ("model", "number")}
PROJECTED = {"due": (), "model": ("stage",)}
"""What an index has besides the keys."""
MAX_BYTES = 400 * 1024
_FAILED = "The conditional request failed"


class FakeDynamoDB:
    """boto3's methods, with boto3's errors. `index_lag`: seconds that the indexes are behind the rows."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.index_lag = 0.0
        self._clock = clock
        self._rows: dict[Key, list[tuple[float, Item]]] = {}

    def get_item(self, TableName: str, Key: Item, ConsistentRead: bool = False) -> dict[str, Any]:  # noqa: N803
        if not all(0 < len(Key[name]["S"].encode()) <= longest for name, longest in (("pk", 2048), ("sk", 1024))):
            raise refusal("ValidationException", "One or more parameter values are not valid", "GetItem")
        item = self._row(_key(Key))
        return {"Item": _copy(item)} if item else {}

    def put_item(self, **put: Any) -> dict[str, Any]:
        if not self._may(put):
            raise refusal("ConditionalCheckFailedException", _FAILED, "PutItem")
        self._write(put["Item"])
        return {}

    def update_item(self, **update: Any) -> dict[str, Any]:
        there = self._row(_key(update["Key"]))
        names, values = update.get("ExpressionAttributeNames", {}), update.get("ExpressionAttributeValues", {})
        if not holds(update.get("ConditionExpression"), there, names, values):
            raise refusal("ConditionalCheckFailedException", _FAILED, "UpdateItem")
        self._write(updated(update["UpdateExpression"], there or update["Key"], names, values))
        return {}

    def transact_write_items(self, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        puts = [item["Put"] for item in TransactItems]
        if not all(self._may(put) for put in puts):
            raise refusal("TransactionCanceledException", "Transaction cancelled", "TransactWriteItems")
        for put in puts:
            self._write(put["Item"])
        return {}

    def get_paginator(self, name: str) -> Any:
        return {"query": SimpleNamespace(paginate=self._query)}[name]

    def _query(self, **query: Any) -> Iterator[dict[str, Any]]:
        index = query.get("IndexName")
        rows = self._indexed(index) if index else [row for key in self._rows if (row := self._row(key))]
        names, values = query.get("ExpressionAttributeNames", {}), query.get("ExpressionAttributeValues", {})
        found = [row for row in rows if holds(query["KeyConditionExpression"], row, names, values)]
        sort = INDEXES[index][1] if index else "sk"
        found.sort(key=lambda row: plain(row[sort]), reverse=not query.get("ScanIndexForward", True))
        yield {"Items": [_copy(row) for row in found]}

    def _indexed(self, index: str) -> list[Item]:
        seen = self._clock() - self.index_lag
        rows = [[item for at, item in versions if at <= seen][-1:] for versions in self._rows.values()]
        there = [item for found in rows for item in found if all(name in item for name in INDEXES[index])]
        projected = {"pk", "sk", *INDEXES[index], *PROJECTED[index]}
        return [{name: value for name, value in item.items() if name in projected} for item in there]

    def _row(self, key: Key) -> Item | None:
        versions = self._rows.get(key)
        return versions[-1][1] if versions else None

    def _may(self, put: dict[str, Any]) -> bool:
        names, values = put.get("ExpressionAttributeNames", {}), put.get("ExpressionAttributeValues", {})
        return holds(put.get("ConditionExpression"), self._row(_key(put["Item"])), names, values)

    def _write(self, item: Item) -> None:
        if sum(len(name) + sum(len(str(part)) for part in value.values()) for name, value in item.items()) > MAX_BYTES:
            raise refusal("ValidationException", "Item size has exceeded the maximum allowed size", "PutItem")
        versions = self._rows.setdefault(_key(item), [])
        versions.append((self._clock(), _copy(item)))
        # What the indexes have left behind is never asked for again.
        while len(versions) > 1 and versions[1][0] <= self._clock() - self.index_lag:
            versions.pop(0)


def _copy(item: Item) -> Item:
    return {name: dict(value) for name, value in item.items()}


def _key(item: Item) -> Key:
    return item["pk"]["S"], item["sk"]["S"]
