"""Turns pydantic's errors into problems in words; what is allowed is read from the JSON Schema, so it can't drift."""

import difflib
from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic_core import ErrorDetails

from yardmaster.spec.base import SHAPES
from yardmaster.spec.problems import SpecProblem, dotted, words
from yardmaster.spec.schema import Spec
from yardmaster.spec.source import Document, Path, is_number

_ELSEWHERE = {
    "image": "algorithm: {image: ...}",
    "script": "algorithm: {script: ...}",
    "algorithm_arn": "algorithm: {algorithm_arn: ...}",
    "model_package": "algorithm: {model_package: ...}",
    "label": "data: {label: ...}",
    "hyperparameters": "train: {hyperparameters: ...}",
    "gate": "evaluate: {gate: ...}",
    "endpoint": "deploy: {endpoint: ...}",
    "canary": "deploy: {canary: ...}",
    "autoscaling": "deploy: {autoscaling: ...}",
    "idle": "deploy: {idle: ...}",
}
"""Keys that people write at the top, and where they belong."""

Node = dict[str, Any]


@cache
def _schema() -> Node:
    """Return the JSON Schema of the spec."""
    return Spec.model_json_schema()


def explain(error: ErrorDetails, document: Document) -> SpecProblem:
    """Return the problem behind one of pydantic's errors."""
    *above, last = error["loc"]
    path = (*(part for part in above if part not in SHAPES), *(() if _is_shape(error) else (last,)))
    place: Path = error["loc"]
    if error["type"] not in ("missing", "extra_forbidden"):
        nearest = document.nearest(path)
        place, path = (place if nearest == path else nearest), nearest
    key, line, value = dotted(path), document.line(path), _written(error["input"], document.text(path))
    match error["type"]:
        case "extra_forbidden":
            keys = _keys(tuple(above))
            return SpecProblem(key, None, words(keys), line, _unknown_key(path, keys))
        case "missing":
            return SpecProblem(key, None, phrase(_node(error["loc"])), line, "missing")
        case "later":
            scalar = document.text(path) is not None
            return SpecProblem(key, value if scalar else None, "", line, f"{'is ' if scalar else ''}not supported yet")
        case "allowed":
            allowed = error["ctx"]["allowed"]
        case _:
            allowed = phrase(_node(place))
    return SpecProblem(key, value, allowed, line, _fault(error["input"], document.text(path), _node(place)))


def _is_shape(error: ErrorDetails) -> bool:
    """Tell whether an error's place ends in the shape that was tried, and not in a key that somebody wrote."""
    return error["type"] != "extra_forbidden" and error["loc"][-1] in SHAPES


def _written(value: object, text: str | None) -> str | None:
    """Return a value as it was written; mappings and lists by their kind."""
    if value is None:
        return None
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return text if text is not None else str(value)


def _fault(value: object, text: str | None, node: Node) -> str:
    """Say what is wrong with a value; an unquoted `yes` or `no` is a boolean in YAML, a quoted `1` is text."""
    if value is None:
        return "is empty; leave the key out for the default"
    if isinstance(value, bool) and text is not None and _takes_words(node):
        return f'is {str(value).lower()} in YAML; if the word is meant, write it in quotes: "{text}"'
    if isinstance(value, str) and is_number(value) and node.get("type") in ("integer", "number"):
        return "is text, as it is in quotes; write the number without them"
    return "is not allowed"


def _takes_words(node: Node) -> bool:
    """Tell whether a value may be any word, such as a column's name."""
    types = node.get("type", ())
    free = not {"const", "enum", "pattern", "maxLength"} & node.keys() and "string" in (
        [types] if types == "string" else types
    )
    return free or any(_takes_words(option) for option in _options(node))


def _unknown_key(path: Path, keys: Sequence[str]) -> str:
    """Say that a key is unknown, and which one may be meant."""
    name = str(path[-1])
    if len(path) == 1 and name in _ELSEWHERE:
        return f"unknown key here; write {_ELSEWHERE[name]}"
    near = difflib.get_close_matches(name, keys, n=1, cutoff=0.6)
    return f"unknown key; did you mean {near[0]}?" if near else "unknown key"


def _keys(path: Path) -> Sequence[str]:
    """Return the keys that are allowed in a section."""
    return list(_node(path).get("properties", {}))


def _node(path: Path) -> Node:
    """Return the JSON Schema of a path."""
    node = _schema()
    for part in path:
        node = _child(node, part)
    return _resolve(node)


def _child(node: Node, part: str | int) -> Node:
    """Go one step down: into a property, an item, or whichever option has it; or to the shape that was tried."""
    node = _resolve(node)
    options = [_resolve(option) for option in _options(node)]
    if part in SHAPES:
        typed = (option for option in options if f"<{_type_of(option)}>" == part)
        return next(typed, node)
    for option in (node, *options):
        if isinstance(part, int) and "items" in option:
            return dict(option["items"])
        if part in option.get("properties", {}):
            return dict(option["properties"][part])
        if isinstance(option.get("additionalProperties"), dict):
            return dict(option["additionalProperties"])
    return {}


def _type_of(node: Node) -> str | None:
    """Return what the `type` of a section must be."""
    const: str | None = node.get("properties", {}).get("type", {}).get("const")
    return const


def _options(node: Node) -> list[Node]:
    """Return the alternatives of a node."""
    return [*node.get("anyOf", []), *node.get("oneOf", [])]


def _resolve(node: Node) -> Node:
    """Follow a reference; of alternatives, a section stands for its keys."""
    if "$ref" in node:
        return dict(_schema()["$defs"][node["$ref"].rsplit("/", 1)[1]])
    sections = [option for option in _options(node) if "$ref" in option]
    if len(sections) == 1 and "properties" not in node:
        return node | {"properties": _resolve(sections[0])["properties"]}
    return node


def phrase(node: Node) -> str:
    """Say in words what a JSON Schema node allows; `x-allowed` has words of its own."""
    if "x-allowed" in node:
        return str(node["x-allowed"])
    shared = {"examples": node["examples"]} if "examples" in node else {}
    options = [phrase(shared | option) for option in _options(node) if option.get("type") != "null"]
    if options:
        return words(list(dict.fromkeys(options)))
    if "enum" in node or "const" in node:
        return words([_literal(value) for value in node.get("enum", [node.get("const")])])
    match node.get("type", "object"):
        case "integer":
            return "a whole number" + _limits(node)
        case "number":
            return "a number" + _limits(node)
        case "boolean":
            return "true or false"
        case "array":
            return f"a list; each item: {phrase(node['items'])}" if node.get("items") else "a list"
        case "object":
            keys = _resolve(node).get("properties")
            return f"a mapping with {words(list(keys), 'and')}" if keys else "a mapping"
        case _:
            return f"text like {words(node['examples'])}" if "examples" in node else "text"


def _literal(value: object) -> str:
    """Write a constant as YAML does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _limits(node: Node) -> str:
    """Say the range of a number."""
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f" from {low} to {high}"
    above, below = node.get("exclusiveMinimum"), node.get("exclusiveMaximum")
    parts = [
        f"at least {low}" if low is not None else "",
        f"at most {high}" if high is not None else "",
        f"above {above}" if above is not None else "",
        f"below {below}" if below is not None else "",
    ]
    said = " and ".join(part for part in parts if part)
    return f" {said}" if said else ""
