"""CloudFormation's intrinsic functions and pseudo parameters. One that is not known is refused."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.template.errors import TemplateError

NO_VALUE = object()
"""What `AWS::NoValue` becomes: the property that has it is as if it were not written."""

_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]+)\}")


@dataclass(frozen=True)
class Made:
    """A resource that exists: what `Ref` gives, and what `Fn::GetAtt` gives by attribute."""

    ref: str
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Scope:
    """What names stand for: `values` for parameters and pseudo parameters, `made` for resources that exist already."""

    values: Mapping[str, Any]
    mappings: Mapping[str, Any] = field(default_factory=dict)
    conditions: Mapping[str, Any] = field(default_factory=dict)
    made: dict[str, Made] = field(default_factory=dict)


def pseudo_parameters(stack: str, account: str, region: str) -> dict[str, Any]:
    """Return the pseudo parameters of a stack in the standard partition."""
    return {
        "AWS::AccountId": account,
        "AWS::NoValue": NO_VALUE,
        "AWS::NotificationARNs": [],
        "AWS::Partition": "aws",
        "AWS::Region": region,
        "AWS::StackId": f"arn:aws:cloudformation:{region}:{account}:stack/{stack}/local",
        "AWS::StackName": stack,
        "AWS::URLSuffix": "amazonaws.com",
    }


def intrinsic(value: Any) -> tuple[str, Any] | None:
    """Return the name and the argument of an intrinsic function, or None if the value is none."""
    if isinstance(value, dict) and len(value) == 1:
        name, argument = next(iter(value.items()))
        if name == "Ref" or str(name).startswith("Fn::"):
            return name, argument
    return None


def resolve(value: Any, scope: Scope) -> Any:
    """Return a value with every intrinsic function replaced by what it gives.

    Raises:
        TemplateError: A function is unknown, or names what does not exist.
    """
    if called := intrinsic(value):
        name, argument = called
        function = _FUNCTIONS.get(name)
        if function is None:
            raise TemplateError(f"local AWS does not know the intrinsic function {name}")
        return function(argument, scope)
    if isinstance(value, dict):
        resolved = {key: resolve(item, scope) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}
    if isinstance(value, list):
        return [item for item in (resolve(item, scope) for item in value) if item is not NO_VALUE]
    return value


def holds(condition: str, scope: Scope) -> bool:
    """Return whether a condition of the template holds.

    Raises:
        TemplateError: There is no such condition.
    """
    if condition not in scope.conditions:
        raise TemplateError(f"there is no condition {condition}")
    return truth(scope.conditions[condition], scope)


def references(value: Any) -> set[str]:
    """Return every name that a value refers to: resources, parameters and pseudo parameters alike."""
    match intrinsic(value):
        case ("Ref", str(name)):
            return {name}
        case ("Fn::GetAtt", argument):
            return {_attribute(argument)[0]}
        case ("Fn::Sub", argument):
            text, extra = _template_of(argument)
            named = {name.split(".")[0] for bang, name in _PLACEHOLDER.findall(text) if not bang and name not in extra}
            return named | references(list(extra.values()))
    if isinstance(value, dict):
        return set().union(*map(references, value.values()))
    if isinstance(value, list):
        return set().union(*map(references, value))
    return set()


def as_text(value: Any) -> str:
    """Return a value as CloudFormation writes it into text."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _ref(name: Any, scope: Scope) -> Any:
    if name in scope.values:
        return scope.values[name]
    if name in scope.made:
        return scope.made[name].ref
    raise TemplateError(f"Ref {name}: there is no such parameter or resource")


def _get_att(argument: Any, scope: Scope) -> str:
    name, attribute = _attribute(argument)
    if name not in scope.made:
        raise TemplateError(f"Fn::GetAtt {name}.{attribute}: there is no such resource")
    attributes = scope.made[name].attributes
    if attribute not in attributes:
        known = ", ".join(sorted(attributes)) or "none"
        raise TemplateError(f"Fn::GetAtt {name}.{attribute}: local AWS gives it the attributes {known}")
    return attributes[attribute]


def _attribute(argument: Any) -> tuple[str, str]:
    parts = argument.split(".", 1) if isinstance(argument, str) else argument
    if not isinstance(parts, list) or len(parts) != 2 or not all(isinstance(part, str) for part in parts):
        raise TemplateError(f"Fn::GetAtt needs a resource and an attribute, not {argument!r}")
    return parts[0], parts[1]


def _sub(argument: Any, scope: Scope) -> str:
    text, extra = _template_of(argument)
    values = {name: resolve(value, scope) for name, value in extra.items()}

    def replaced(match: re.Match[str]) -> str:
        bang, name = match.groups()
        if bang:
            return f"${{{name}}}"
        if name in values:
            return as_text(values[name])
        return as_text(_get_att(name, scope) if "." in name else _ref(name, scope))

    return _PLACEHOLDER.sub(replaced, text)


def _template_of(argument: Any) -> tuple[str, dict[str, Any]]:
    match argument:
        case str(text):
            return text, {}
        case [str(text), dict(extra)]:
            return text, extra
    raise TemplateError(f"Fn::Sub needs a text, or a text and a map, not {argument!r}")


def _join(argument: Any, scope: Scope) -> str:
    separator, parts = _pair("Fn::Join", argument)
    return str(separator).join(as_text(part) for part in resolve(parts, scope))


def _split(argument: Any, scope: Scope) -> list[str]:
    separator, text = _pair("Fn::Split", argument)
    return as_text(resolve(text, scope)).split(separator)


def _select(argument: Any, scope: Scope) -> Any:
    index, items = (resolve(part, scope) for part in _pair("Fn::Select", argument))
    if not 0 <= int(index) < len(items):
        raise TemplateError(f"Fn::Select: there is no item {index} in a list of {len(items)}")
    return items[int(index)]


def _find_in_map(argument: Any, scope: Scope) -> Any:
    found: Any = scope.mappings
    for key in resolve(argument, scope):
        if not isinstance(found, Mapping) or key not in found:
            raise TemplateError(f"Fn::FindInMap {argument}: there is no {key!r}")
        found = found[key]
    return found


def _if(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) != 3:
        raise TemplateError(f"Fn::If needs a condition and two values, not {argument!r}")
    condition, then, otherwise = argument
    return resolve(then if holds(condition, scope) else otherwise, scope)


def truth(value: Any, scope: Scope) -> bool:
    """Return what a condition's or a rule's definition says; these functions are known in there only.

    Raises:
        TemplateError: It uses another function.
    """
    match value:
        case {"Condition": str(name)}:
            return holds(name, scope)
        case {"Fn::Equals": [left, right]}:
            return as_text(resolve(left, scope)) == as_text(resolve(right, scope))
        case {"Fn::Not": [inner]}:
            return not truth(inner, scope)
        case {"Fn::And": [*inner]}:
            return all(truth(item, scope) for item in inner)
        case {"Fn::Or": [*inner]}:
            return any(truth(item, scope) for item in inner)
    raise TemplateError(f"local AWS does not know the condition {value!r}")


def _pair(name: str, argument: Any) -> tuple[Any, Any]:
    if not isinstance(argument, list) or len(argument) != 2:
        raise TemplateError(f"{name} needs two arguments, not {argument!r}")
    return argument[0], argument[1]


_FUNCTIONS: dict[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
}
