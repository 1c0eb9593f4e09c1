"""Search: filters with all operators, tags, times, nested filters, And and Or; sorted and paged."""

import operator
from collections.abc import Callable, Iterable
from typing import Any

from local_aws.sagemaker.constraints import epoch_of
from local_aws.sagemaker.errors import not_simulated, validation_error
from local_aws.sagemaker.paging import page_of
from local_aws.sagemaker.world import Handler

Record = dict[str, Any]
Records = Callable[[], list[Record]]

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThan": operator.gt,
    "GreaterThanOrEqualTo": operator.ge,
    "LessThan": operator.lt,
    "LessThanOrEqualTo": operator.le,
}


class Search:
    """Searches the kinds of resources that the simulator has."""

    def __init__(self, kinds: dict[str, Records]) -> None:
        """Take, for each value of Resource, what gives all its records."""
        self._kinds = kinds

    def operations(self) -> dict[str, Handler]:
        """Return the one operation."""
        return {"Search": self.search}

    def search(self, params: dict[str, Any]) -> dict[str, Any]:
        """Answer a search; by default the latest modified come first."""
        kind = params["Resource"]
        if kind not in self._kinds:
            raise not_simulated(f"Search for {kind}")
        expression = params.get("SearchExpression", {})
        found = [record for record in self._kinds[kind]() if accepts(expression, record)]
        key = params.get("SortBy", "LastModifiedTime" if kind != "ModelPackageGroup" else "CreationTime")
        found.sort(key=lambda record: _sort_key(_values(record, key)))
        if params.get("SortOrder", "Descending") == "Descending":
            found.reverse()
        page = page_of([{kind: record} for record in found], params, "Results")
        return {**page, "TotalHits": {"Value": len(found), "Relation": "EqualTo"}}


def accepts(expression: dict[str, Any], record: Record) -> bool:
    """Say whether a record satisfies a SearchExpression; an empty one is satisfied by all."""
    verdicts = [_holds(each, record) for each in expression.get("Filters", [])]
    verdicts += [_holds_nested(each, record) for each in expression.get("NestedFilters", [])]
    verdicts += [accepts(each, record) for each in expression.get("SubExpressions", [])]
    if not verdicts:
        return True
    return any(verdicts) if expression.get("Operator", "And") == "Or" else all(verdicts)


def _holds_nested(nested: dict[str, Any], record: Record) -> bool:
    """Say whether one element of a list satisfies all the filters together."""
    name = nested["NestedPropertyName"]
    filters = [{**each, "Name": each["Name"].removeprefix(f"{name}.")} for each in nested["Filters"]]
    return any(all(_holds(each, element) for each in filters) for element in _values(record, name))


def _holds(condition: dict[str, Any], record: Record) -> bool:
    values = _values(record, condition["Name"])
    asked: str = condition.get("Operator", "Equals")
    if asked in ("Exists", "NotExists"):
        return bool(values) == (asked == "Exists")
    if "Value" not in condition:
        raise validation_error(f"The filter on {condition['Name']} with operator {asked} needs a Value.")
    wanted: str = condition["Value"]
    match asked:
        case "Equals":
            return any(_equal(value, wanted) for value in values)
        case "NotEquals":
            return not any(_equal(value, wanted) for value in values)
        case "Contains":
            return any(wanted.lower() in str(value).lower() for value in values)
        case "In":
            return any(_equal(value, each) for value in values for each in wanted.split(","))
        case _:
            compare = _COMPARISONS[asked]
            return any(compare(value, _number(wanted)) for value in _numeric(values, condition["Name"]))


def _numeric(values: Iterable[Any], name: str) -> list[float]:
    try:
        return [float(value) for value in values]
    except ValueError:
        raise validation_error(f"The property {name} is not numeric and can't be compared.") from None


def _equal(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted.lower() == str(value).lower()
    if isinstance(value, int | float):
        return float(value) == _number(wanted)
    return str(value) == wanted


def _number(text: str) -> float:
    """Read a number, or a time in ISO 8601 as epoch seconds."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return epoch_of(text)
    except ValueError:
        raise validation_error(f"The value {text} is neither a number nor a time in ISO 8601.") from None


def _values(record: Record, path: str) -> list[Any]:
    """Return what a dotted property name leads to, through structures, lists, maps and tags."""
    found: list[Any] = [record]
    rest = path.split(".")
    while rest:
        name = rest.pop(0)
        if name == "Tags" and rest:
            key = ".".join(rest)
            return [tag["Value"] for tag in record.get("Tags", []) if tag["Key"] == key]
        found = [value for each in found for value in _elements(each, name)]
    return found


def _elements(holder: Any, name: str) -> list[Any]:
    value = holder.get(name) if isinstance(holder, dict) else None
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _sort_key(values: list[Any]) -> tuple[int, float, str]:
    """Sort absent values first, then numbers, then texts."""
    if not values:
        return (0, 0.0, "")
    value = values[0]
    return (1, float(value), "") if isinstance(value, int | float) else (2, 0.0, str(value))
