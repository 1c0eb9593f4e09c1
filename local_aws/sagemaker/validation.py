"""Requests and answers against botocore's own service model, with all that its client does not check."""

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape

from local_aws.sagemaker.errors import AwsError, ResponseMismatchError, validation_error
from local_aws.sagemaker.java_patterns import matches

Problems = list[str]


@cache
def service_model(service: str = "sagemaker") -> ServiceModel:
    """Return botocore's model of a service."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def operation_model(operation: str) -> OperationModel:
    """Return the model of one SageMaker operation."""
    return service_model().operation_model(operation)


@cache
def answer_members(operation: str) -> frozenset[str]:
    """Return the names of the members of an operation's answer."""
    shape = operation_model(operation).output_shape
    return frozenset(shape.members) if isinstance(shape, StructureShape) else frozenset()


def echo(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return those members of a create request that a describe operation gives back."""
    return {name: value for name, value in request.items() if name in answer_members(operation)}


def checked_request(operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a request with timestamps as epoch seconds.

    Raises:
        AwsError: ValidationException with AWS's list of all violations; SerializationException for wrong types.
    """
    problems: Problems = []
    shape = operation_model(operation).input_shape
    cleaned: dict[str, Any] = _structure(shape, dict(params), "", problems) if shape else {}
    if problems:
        count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
        raise validation_error(f"{count}: {'; '.join(problems)}")
    return cleaned


def checked_answer(operation: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of an answer.

    Raises:
        ResponseMismatchError: The model does not allow it.
    """
    problems: Problems = []
    shape = operation_model(operation).output_shape
    try:
        cleaned: dict[str, Any] = _structure(shape, dict(answer), "", problems) if shape else {}
    except AwsError as error:
        raise ResponseMismatchError(f"{operation}: {error.message}") from error
    if problems:
        raise ResponseMismatchError(f"{operation}: {'; '.join(problems)}")
    return cleaned


def required(members: Mapping[str, Any], *names: str, within: str = "") -> None:
    """Refuse a structure that lacks members which AWS requires although the model does not.

    Raises:
        AwsError: ValidationException that names every missing member.
    """
    missing = [_null(f"{within}{_lower(name)}") for name in names if name not in members]
    if missing:
        raise validation_error(
            f"{len(missing)} validation error{'s'[: len(missing) > 1]} detected: {'; '.join(missing)}"
        )


def _walk(shape: Shape, value: Any, path: str, problems: Problems) -> Any:
    match shape.type_name:
        case "structure":
            return _structure(shape, value, path, problems)
        case "list":
            return _list(shape, value, path, problems)
        case "map":
            return _map(shape, value, path, problems)
        case "string":
            return _string(shape, value, path, problems)
        case "timestamp":
            return _timestamp(value)
        case "boolean":
            return _typed(value, bool, "a Boolean")
        case "integer" | "long":
            return _number(shape, _typed(value, int, "an Integer"), path, problems)
        case "float" | "double":
            return _number(shape, float(_typed(value, int | float, "a Float")), path, problems)
        case _:
            return value


def _structure(shape: Shape | None, value: Any, path: str, problems: Problems) -> dict[str, Any]:
    assert isinstance(shape, StructureShape)  # noqa: S101 - the model's type_name says so
    _typed(value, dict, "a structure")
    for name in value:
        if name not in shape.members:
            known = ", ".join(shape.members)
            raise AwsError(
                "SerializationException", f"Unknown member {name!r} in {path or 'the request'}: not one of {known}"
            )
    given = {name: member for name, member in value.items() if member is not None}
    problems.extend(_null(_join(path, name)) for name in shape.required_members if name not in given)
    return {name: _walk(shape.members[name], member, _join(path, name), problems) for name, member in given.items()}


def _list(shape: Shape, value: Any, path: str, problems: Problems) -> list[Any]:
    assert isinstance(shape, ListShape)  # noqa: S101 - the model's type_name says so
    items = _typed(list(value) if isinstance(value, tuple) else value, list, "a list")
    _report(problems, items, path, _size_faults(shape, items, "length"))
    return [_walk(shape.member, item, f"{path}.{at}.member", problems) for at, item in enumerate(items, 1)]


def _map(shape: Shape, value: Any, path: str, problems: Problems) -> dict[str, Any]:
    assert isinstance(shape, MapShape)  # noqa: S101 - the model's type_name says so
    entries: dict[str, Any] = _typed(value, dict, "a map")
    _report(problems, entries, path, _size_faults(shape, entries, "length"))
    for part, member, texts in (("keys", shape.key, entries.keys()), ("value", shape.value, entries.values())):
        if member.type_name == "string" and any(_text_faults(member, text) for text in texts):
            constraint = f"Map {part} must satisfy constraint: [{', '.join(_text_rules(member))}]"
            _report(problems, entries, path, [constraint])
    if shape.value.type_name == "string":
        return dict(entries)
    return {key: _walk(shape.value, item, f"{path}.{key}", problems) for key, item in entries.items()}


def _string(shape: Shape, value: Any, path: str, problems: Problems) -> str:
    _report(problems, value, path, _text_faults(shape, value))
    return str(value)


def _text_faults(shape: Shape, value: Any) -> list[str]:
    text: str = _typed(value, str, "a String")
    faults = _size_faults(shape, text, "length")
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not matches(pattern, text):
        faults.append(f"Member must satisfy regular expression pattern: {pattern}")
    if isinstance(shape, StringShape) and shape.enum and text not in shape.enum:
        faults.append(f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
    return faults


def _text_rules(shape: Shape) -> list[str]:
    rules = (
        [f"Member must have length less than or equal to {shape.metadata['max']}"] if "max" in shape.metadata else []
    )
    rules.append(f"Member must have length greater than or equal to {shape.metadata.get('min', 0)}")
    if "pattern" in shape.metadata:
        rules.append(f"Member must satisfy regular expression pattern: {shape.metadata['pattern']}")
    return rules


def _number(shape: Shape, value: float, path: str, problems: Problems) -> float:
    if not math.isfinite(value):
        raise AwsError("SerializationException", "NaN and infinity are not numbers in JSON")
    _report(problems, value, path, _bound_faults(shape, value, "value"))
    return value


def _size_faults(shape: Shape, value: Any, noun: str) -> list[str]:
    return _bound_faults(shape, len(value), noun)


def _bound_faults(shape: Shape, size: float, noun: str) -> list[str]:
    faults = []
    if size < shape.metadata.get("min", -math.inf):
        faults.append(f"Member must have {noun} greater than or equal to {shape.metadata['min']}")
    if size > shape.metadata.get("max", math.inf):
        faults.append(f"Member must have {noun} less than or equal to {shape.metadata['max']}")
    return faults


def _timestamp(value: Any) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, str):
        try:
            return epoch_of(value)
        except ValueError:
            raise AwsError("SerializationException", "STRING_VALUE can not be converted to a Timestamp") from None
    return float(_typed(value, int | float, "a Timestamp"))


def epoch_of(text: str) -> float:
    """Return epoch seconds of a time in ISO 8601; without an offset it is UTC, as AWS reads it.

    Raises:
        ValueError: It is none.
    """
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _typed(value: Any, kind: Any, name: str) -> Any:
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        given = {str: "STRING_VALUE", bool: "BOOLEAN_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}
        what = given.get(type(value), "Start of structure or list")
        raise AwsError("SerializationException", f"{what} can not be converted to {name}")
    return value


def _report(problems: Problems, value: Any, path: str, faults: Iterable[str]) -> None:
    shown = "{" + ", ".join(f"{k}={v}" for k, v in value.items()) + "}" if isinstance(value, dict) else value
    problems.extend(f"Value '{shown}' at '{path}' failed to satisfy constraint: {fault}" for fault in faults)


def _null(path: str) -> str:
    return f"Value null at '{path}' failed to satisfy constraint: Member must not be null"


def _join(path: str, name: str) -> str:
    return f"{path}.{_lower(name)}" if path else _lower(name)


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]
