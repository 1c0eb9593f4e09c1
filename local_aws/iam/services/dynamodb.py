"""DynamoDB: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html.

A transaction has no right of its own: it needs those of what is in it
(https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from local_aws.iam.calls import Call
from local_aws.iam.needs import Facts, Need
from local_aws.iam.services import kms

_ON_A_TABLE = frozenset(
    {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "DescribeTable", "DescribeTimeToLive"}
)
_IN_TRANSACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "ConditionCheck": "ConditionCheckItem",
}


def needs_of(call: Call, facts: Facts) -> list[Need] | None:
    """Return the rights that a call needs; None if the operation isn't known."""
    params = call.params
    match call.operation:
        case "TransactWriteItems" | "TransactGetItems":
            needs = list(_of_transaction(call, facts))
        case "BatchGetItem" | "BatchWriteItem":
            needs = [_need(call.operation, table, facts) for table in params["RequestItems"]]
        case "ListTables":
            return [Need("dynamodb:ListTables", "*")]
        case operation if operation in _ON_A_TABLE:
            needs = [_need(operation, params["TableName"], facts, params.get("IndexName"), _leading_keys(params))]
        case _:
            return None
    return needs + _of_keys(needs, facts)


def _of_keys(needs: list[Need], facts: Facts) -> list[Need]:
    """Return what tables under a key of the account need: DynamoDB opens their data key in the caller's name."""
    tables = dict.fromkeys(need.resource.partition("/index/")[0] for need in needs)
    keys = dict.fromkeys(facts.key(table) for table in tables)
    return [need for key in keys for need in kms.via("dynamodb", ["Decrypt"], key, facts)]


def _of_transaction(call: Call, facts: Facts) -> Iterator[Need]:
    """Return each right once, however many rows of a table a transaction writes."""
    parts = [(kind, part["TableName"]) for item in call.params["TransactItems"] for kind, part in _parts(item)]
    for kind, table in dict.fromkeys(parts):
        need = _need(_IN_TRANSACTIONS[kind], table, facts)
        yield Need(need.action, need.resource, {"dynamodb:EnclosingOperation": (call.operation,)})


def _parts(item: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [(kind, part) for kind, part in item.items() if kind in _IN_TRANSACTIONS]


def _leading_keys(params: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the partition key that a call of a single row names; here, all tables call theirs `pk`."""
    named = params.get("Item") or params.get("Key")
    return tuple(named["pk"].values()) if isinstance(named, Mapping) and "pk" in named else ()


def _need(action: str, table: str, facts: Facts, index: str | None = None, leading_keys: tuple[str, ...] = ()) -> Need:
    """Return the right on a table, or on one of its indexes where that is what is read."""
    arn = table if table.startswith("arn:") else f"arn:aws:dynamodb:{facts.region}:{facts.account}:table/{table}"
    keys = {"dynamodb:LeadingKeys": leading_keys} if leading_keys else {}
    return Need(f"dynamodb:{action}", f"{arn}/index/{index}" if index else arn, keys)
