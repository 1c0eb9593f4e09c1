"""Requests and answers against botocore's own service model, with all that its client does not check."""

import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape

from local_aws.sagemaker.constraints import bound_faults, size_faults, text_faults, text_rules, timestamp, typed
from local_aws.sagemaker.errors import AwsError, ResponseMismatchError, validation_error

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
        raise _refusal(problems)
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
        raise _refusal(missing)


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
            return timestamp(value)
        case "boolean":
            return typed(value, bool, "a Boolean")
        case "integer" | "long":
            return _number(shape, typed(value, int, "an Integer"), path, problems)
        case "float" | "double":
            return _number(shape, float(typed(value, int | float, "a Float")), path, problems)
        case _:
            return value


def _structure(shape: Shape | None, value: Any, path: str, problems: Problems) -> dict[str, Any]:
    assert isinstance(shape, StructureShape)  # noqa: S101 - the model's type_name says so
    typed(value, dict, "a structure")
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
    items = typed(list(value) if isinstance(value, tuple) else value, list, "a list")
    _report(problems, items, path, size_faults(shape, items, "length"))
    return [_walk(shape.member, item, f"{path}.{at}.member", problems) for at, item in enumerate(items, 1)]


def _map(shape: Shape, value: Any, path: str, problems: Problems) -> dict[str, Any]:
    assert isinstance(shape, MapShape)  # noqa: S101 - the model's type_name says so
    entries: dict[str, Any] = typed(value, dict, "a map")
    _report(problems, entries, path, size_faults(shape, entries, "length"))
    for part, member, texts in (("keys", shape.key, entries.keys()), ("value", shape.value, entries.values())):
        if member.type_name == "string" and any(text_faults(member, text) for text in texts):
            constraint = f"Map {part} must satisfy constraint: [{', '.join(text_rules(member))}]"
            _report(problems, entries, path, [constraint])
    if shape.value.type_name == "string":
        return dict(entries)
    return {key: _walk(shape.value, item, f"{path}.{key}", problems) for key, item in entries.items()}


def _string(shape: Shape, value: Any, path: str, problems: Problems) -> str:
    _report(problems, value, path, text_faults(shape, value))
    return str(value)


def _number(shape: Shape, value: float, path: str, problems: Problems) -> float:
    if not math.isfinite(value):
        raise AwsError("SerializationException", "NaN and infinity are not numbers in JSON")
    _report(problems, value, path, bound_faults(shape, value, "value"))
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


def _refusal(problems: Problems) -> AwsError:
    count = f"{len(problems)} validation error{'s' if len(problems) > 1 else ''} detected"
    return validation_error(f"{count}: {'; '.join(problems)}")
