"""A stack on local AWS: made from its template, and later changed in place, as CloudFormation does it.

An update makes what is new, changes what differs, and at its end removes what is gone. What fails on the way undoes
what was done, so that the stack is as it was: the functions get their new code and settings last.
"""

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.function_spec import FunctionSpec
from local_aws.iam.roles import TrustError
from local_aws.template.assertions import check_rules
from local_aws.template.errors import TemplateError
from local_aws.template.intrinsics import Made, Scope, as_text, holds, pseudo_parameters, resolve
from local_aws.template.makers import MAKERS
from local_aws.template.order import in_order
from local_aws.template.parameters import bind
from local_aws.template.resource import Resource, Stack
from local_aws.template.sam import translate

log = logging.getLogger(__name__)

_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
}
_ATTRIBUTES = {"Condition", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdateReplacePolicy"}
_FAILURES = (TemplateError, ClientError, BotoCoreError)


class Host(Protocol):
    """What the deployer needs of the function host."""

    def register(self, spec: FunctionSpec) -> None:
        """Make a function known, or replace it."""


@dataclass
class _Version:
    """One state of a stack: the template bound to parameters, and what was made of it."""

    document: Mapping[str, Any]
    wanted: Mapping[str, Any]
    scope: Scope
    stack: Stack
    resources: dict[str, Resource] = field(default_factory=dict)

    @property
    def outputs(self) -> dict[str, str]:
        return {
            name: as_text(resolve(output["Value"], self.scope))
            for name, output in self.document.get("Outputs", {}).items()
            if "Condition" not in output or holds(output["Condition"], self.scope)
        }


class Deployment:
    """A stack and its template, as deployed last."""

    def __init__(self, stack_name: str, aws: Callable[[str], Any], host: Host) -> None:
        """Begin without anything made.

        Args:
            stack_name: What `AWS::StackName` gives.
            aws: Gives a boto3 client of local AWS for a service, e.g. `partial(session.client, endpoint_url=…)`.
            host: Gets each function, complete.
        """
        self._name = stack_name
        self._aws = cache(aws)
        self._host = host
        self._now: _Version | None = None

    def create(self, template: Path, parameters: Mapping[str, str]) -> dict[str, str]:
        """Make the stack; return its outputs.

        Raises:
            TemplateError: Something in the template is wrong, or unknown to local AWS. What was made before stays.
        """
        version = self._read(template, parameters)
        for name in in_order(version.wanted):
            _make(version, _resolved(version, name))
        self._finish(version)
        return version.outputs

    def update(self, template: Path, parameters: Mapping[str, str]) -> dict[str, str]:
        """Change the stack in place to another template, or other parameters; return its outputs.

        Raises:
            TemplateError: Something is wrong, or can't be changed in place. The stack is as it was.
        """
        before = self._now
        if before is None:
            raise TemplateError("there is no stack to update: deploy it first")
        version = self._read(template, parameters)
        gone = _removable(before, version)
        undo: list[Callable[[], None]] = []
        try:
            for name in in_order(version.wanted):
                _make_or_change(version, before, name, undo)
            _forget_calls_of_removed_rules(version, before)
            self._finish(version)
        except _FAILURES as error:
            _undo(undo)
            for spec in before.stack.functions.values():
                self._host.register(spec)
            raise TemplateError(f"{error}; the stack is as it was") from error
        for name in gone:
            _unmake(before, name)
        return version.outputs

    def _read(self, template: Path, parameters: Mapping[str, str]) -> _Version:
        sts = self._aws("sts")
        account, region = sts.get_caller_identity()["Account"], sts.meta.region_name
        translated = translate(template, region)
        document = translated.document
        if unknown := sorted(set(document) - _SECTIONS):
            raise TemplateError(f"local AWS does not know the template section {unknown[0]}")
        values = pseudo_parameters(self._name, account, region) | bind(document.get("Parameters", {}), parameters)
        scope = Scope(values, document.get("Mappings", {}), document.get("Conditions", {}))
        check_rules(document.get("Rules", {}), scope)
        stack = Stack(self._name, account, region, self._aws, translated)
        return _Version(document, _wanted(document["Resources"], scope), scope, stack)

    def _finish(self, version: _Version) -> None:
        """Hand over the functions, complete; from then on this is the stack."""
        _check_calls(version.stack)
        for spec in version.stack.functions.values():
            try:
                self._host.register(spec)
            except TrustError as error:
                raise TemplateError(f"{spec.name}: {error}") from error
        self._now = version


def _wanted(resources: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """Return the resources whose condition holds, refusing at once, before anything is made, what can't be made."""
    for name, resource in resources.items():
        if resource["Type"] not in MAKERS:
            raise TemplateError(
                f"{name}: local AWS does not know the resource type {resource['Type']}; "
                "a maker for it belongs in local_aws/template/makers"
            )
        if unknown := sorted(set(resource) - _ATTRIBUTES):
            raise TemplateError(f"{name}: local AWS does not know the resource attribute {unknown[0]}")
    return {
        name: resource
        for name, resource in resources.items()
        if "Condition" not in resource or holds(resource["Condition"], scope)
    }


def _resolved(version: _Version, name: str) -> Resource:
    declared = version.wanted[name]
    try:
        properties = resolve(declared.get("Properties", {}), version.scope)
        resource = Resource(name, declared["Type"], properties, version.stack)
        MAKERS[resource.kind].check(resource)
    except _FAILURES as error:
        raise TemplateError(f"{name} ({declared['Type']}): {error}") from error
    return resource


def _make(version: _Version, resource: Resource) -> Made:
    try:
        made = MAKERS[resource.kind].make(resource)
    except _FAILURES as error:
        raise TemplateError(f"{resource.name} ({resource.kind}): {error}") from error
    log.debug("made %s (%s): %s", resource.name, resource.kind, made.ref)
    return _keep(version, resource, made)


def _keep(version: _Version, resource: Resource, made: Made) -> Made:
    version.resources[resource.name] = resource
    version.scope.made[resource.name] = made
    return made


def _make_or_change(version: _Version, before: _Version, name: str, undo: list[Callable[[], None]]) -> None:
    """Bring one resource to what the new template says, and note how to undo it."""
    kind, old = version.wanted[name]["Type"], before.resources.get(name)
    if old and old.kind != kind:
        raise TemplateError(f"{name} is a {old.kind} and can't become a {kind}: give it another name")
    resource, maker = _resolved(version, name), MAKERS[kind]
    if old is None:
        made = _make(version, resource)
        undo.append(lambda: maker.unmake(resource, made) if maker.unmake else None)
    elif maker.gathered:
        _make(version, resource)
    else:
        made = before.scope.made[name]
        if resource.properties != old.properties:
            undo.append(lambda: _change(old, resource, made))
            _change(resource, old, made)
        _keep(version, resource, made)


def _change(resource: Resource, old: Resource, made: Made) -> None:
    maker, properties = MAKERS[resource.kind], set(resource.properties) | set(old.properties)
    differing = {key for key in properties if resource.get(key) != old.get(key)}
    if fixed := sorted(differing - maker.changeable):
        raise TemplateError(f"{resource.name} ({resource.kind}): its {fixed[0]} can't be changed in place")
    try:
        if maker.change:
            maker.change(resource, old, made)
    except _FAILURES as error:
        raise TemplateError(f"{resource.name} ({resource.kind}): {error}") from error


def _removable(before: _Version, version: _Version) -> list[str]:
    """Return what the new template no longer has, the last made first.

    Raises:
        TemplateError: Local AWS can't remove one of them.
    """
    gone = [name for name in reversed(before.resources) if name not in version.wanted]
    leaving = [name for name in gone if before.wanted[name].get("DeletionPolicy") != "Retain"]
    for name in leaving:
        if MAKERS[before.resources[name].kind].unmake is None:
            raise TemplateError(f"{name} ({before.resources[name].kind}): local AWS can't remove it from a stack")
    return leaving


def _unmake(before: _Version, name: str) -> None:
    """Remove what is gone from the template; as with CloudFormation, a failure here fails no update."""
    resource = before.resources[name]
    try:
        if unmake := MAKERS[resource.kind].unmake:
            unmake(resource, before.scope.made[name])
    except _FAILURES:
        log.warning("%s (%s) could not be removed", name, resource.kind, exc_info=True)


def _undo(steps: list[Callable[[], None]]) -> None:
    for step in reversed(steps):
        # What failed half-way may refuse to be undone; the rest is undone all the same.
        with suppress(*_FAILURES):
            step()


def _forget_calls_of_removed_rules(version: _Version, before: _Version) -> None:
    """Rules that did not change keep their targets; those that are gone call nobody."""
    rules = {made.attributes.get("Arn") for made in version.scope.made.values()}
    version.stack.calls |= {(target, source) for target, source in before.stack.calls if source in rules}


def _check_calls(stack: Stack) -> None:
    """Refuse a rule whose function does not let it call: on AWS its events would go to the dead-letter queue."""
    for target, source in sorted(stack.calls - stack.permissions):
        if target in stack.functions:
            raise TemplateError(f"{source} calls {target}, but no AWS::Lambda::Permission allows it")
