"""What a maker gets, and what it promises: one resource, as the template declares it and as local AWS can make it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local_aws.function_spec import FunctionSpec
from local_aws.template.errors import TemplateError
from local_aws.template.intrinsics import Made
from local_aws.template.sam import Translated


@dataclass
class Stack:
    """A stack while it is being made.

    Attributes:
        aws: Gives a boto3 client for a service of local AWS.
        functions: By ARN; complete only at the end, since their asynchronous settings are resources of their own.
        layers: The local folder of each layer version, by ARN.
        permissions: (function ARN, source ARN) of each permission to call a function.
        calls: (function ARN, source ARN) of each rule or schedule that will call one as a service.
    """

    name: str
    account: str
    region: str
    aws: Callable[[str], Any]
    translated: Translated
    functions: dict[str, FunctionSpec] = field(default_factory=dict)
    layers: dict[str, Path] = field(default_factory=dict)
    permissions: set[tuple[str, str]] = field(default_factory=set)
    calls: set[tuple[str, str]] = field(default_factory=set)

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN in this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


def made_up_name(stack: str, resource: str, limit: int) -> str:
    """Return the name of a resource that has none in the template: always the same for the same stack."""
    tail = hashlib.sha256(f"{stack}/{resource}".encode()).hexdigest()[:12]
    return f"{f'{stack}-{resource}'[: limit - len(tail) - 1]}-{tail}"


@dataclass(frozen=True)
class Resource:
    """One resource to make; its properties have no intrinsic functions any more."""

    name: str
    kind: str
    properties: Mapping[str, Any]
    stack: Stack

    def get(self, key: str, default: Any = None) -> Any:
        """Return a property."""
        return self.properties.get(key, default)

    def need(self, key: str) -> Any:
        """Return a property that must be there.

        Raises:
            TemplateError: It is not.
        """
        if key not in self.properties:
            raise TemplateError(f"the property {key} is missing")
        return self.properties[key]

    def pick(self, *keys: str) -> dict[str, Any]:
        """Return those of the properties that are there, for an API that calls them the same."""
        return {key: self.properties[key] for key in keys if key in self.properties}

    def physical_name(self, key: str, limit: int) -> str:
        """Return the name under `key`, or one made of the stack's and the resource's, as CloudFormation does.

        Raises:
            TemplateError: The name is no text.
        """
        named = self.get(key)
        if isinstance(named, str) and named:
            return named
        if named is not None:
            raise TemplateError(f"its {key} must be a text, not {named!r}")
        return made_up_name(self.stack.name, self.name, limit)


@dataclass(frozen=True)
class Maker:
    """How resources of one type are made.

    Attributes:
        make: Makes one.
        honoured: The properties that have their effect.
        left_out: The properties that local AWS has no use for, each with the reason.
        change: Brings one that is there to new properties; it gets the new, the old, and what was made.
        fixed: The honoured properties that can't be changed in place.
        unmake: Removes one; None if local AWS can't.
        gathered: It is nothing by itself, only part of a function's settings: made anew at each update.
    """

    make: Callable[[Resource], Made]
    honoured: frozenset[str]
    left_out: Mapping[str, str] = field(default_factory=dict)
    change: Callable[[Resource, Resource, Made], None] | None = None
    fixed: frozenset[str] = frozenset()
    unmake: Callable[[Resource, Made], None] | None = None
    gathered: bool = False

    @property
    def changeable(self) -> frozenset[str]:
        """The properties that an update may change."""
        honoured = self.honoured - self.fixed if self.change else frozenset()
        return honoured | frozenset(self.left_out)

    def check(self, resource: Resource) -> None:
        """Refuse a property that is neither honoured nor knowingly left out.

        Raises:
            TemplateError: There is one.
        """
        if unknown := sorted(set(resource.properties) - self.honoured - set(self.left_out)):
            raise TemplateError(f"local AWS does not know its property {unknown[0]}")


def only(part: Mapping[str, Any], where: str, *known: str) -> Mapping[str, Any]:
    """Return a part of a property if it has known keys only; what is in it is then never skipped silently.

    Raises:
        TemplateError: It has another key.
    """
    if unknown := sorted(set(part) - set(known)):
        raise TemplateError(f"local AWS does not know {unknown[0]} in its property {where}")
    return part


def tags_as_dict(tags: list[dict[str, str]]) -> dict[str, str]:
    """Return tags as some APIs want them."""
    return {tag["Key"]: tag["Value"] for tag in tags}
