"""Deploys the template to local AWS: what is in it is made, over boto3, or refused; nothing is skipped silently."""

import logging
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from local_aws.function_spec import FunctionSpec
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
}
_ATTRIBUTES = {"Condition", "DeletionPolicy", "DependsOn", "Metadata", "Properties", "Type", "UpdateReplacePolicy"}
"""What a resource may say. The two policies speak of the time after a stack's end, which local AWS does not outlive."""


class Host(Protocol):
    """What the deployer needs of the function host."""

    def register(self, spec: FunctionSpec) -> None:
        """Make a function known."""


def deploy(
    template_path: Path, stack_name: str, parameters: Mapping[str, str], aws: Callable[[str], Any], host: Host
) -> dict[str, str]:
    """Make a stack.

    Args:
        template_path: The SAM template; its code folders are relative to it.
        stack_name: What `AWS::StackName` gives.
        parameters: Values by name; the others get their defaults.
        aws: Gives a boto3 client of local AWS for a service, e.g. `partial(session.client, endpoint_url=…)`.
        host: Gets each function, complete.

    Returns:
        The stack's outputs.

    Raises:
        TemplateError: Something in the template is wrong, or unknown to local AWS. What was made before stays.
    """
    aws = cache(aws)
    sts = aws("sts")
    account, region = sts.get_caller_identity()["Account"], sts.meta.region_name
    translated = translate(template_path, region)
    document = translated.document
    if unknown := sorted(set(document) - _SECTIONS):
        raise TemplateError(f"local AWS does not know the template section {unknown[0]}")
    scope = Scope(
        values=pseudo_parameters(stack_name, account, region) | bind(document.get("Parameters", {}), parameters),
        mappings=document.get("Mappings", {}),
        conditions=document.get("Conditions", {}),
    )
    stack = Stack(stack_name, account, region, aws, translated)
    wanted = _wanted(document["Resources"], scope)
    for name in in_order(wanted):
        scope.made[name] = _make(name, wanted[name], scope, stack)
    _check_calls(stack)
    for spec in stack.functions.values():
        host.register(spec)
    return _outputs(document.get("Outputs", {}), scope)


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


def _make(name: str, declared: Mapping[str, Any], scope: Scope, stack: Stack) -> Made:
    kind = declared["Type"]
    maker = MAKERS[kind]
    try:
        resource = Resource(name, kind, resolve(declared.get("Properties", {}), scope), stack)
        maker.check(resource)
        made = maker.make(resource)
    except (TemplateError, ClientError, BotoCoreError) as error:
        raise TemplateError(f"{name} ({kind}): {error}") from error
    log.debug("made %s (%s): %s", name, kind, made.ref)
    return made


def _check_calls(stack: Stack) -> None:
    """Refuse a rule whose function does not let it call: on AWS its events would go to the dead-letter queue."""
    for target, source in sorted(stack.calls - stack.permissions):
        if target in stack.functions:
            raise TemplateError(f"{source} calls {target}, but no AWS::Lambda::Permission allows it")


def _outputs(declared: Mapping[str, Any], scope: Scope) -> dict[str, str]:
    return {
        name: as_text(resolve(output["Value"], scope))
        for name, output in declared.items()
        if "Condition" not in output or holds(output["Condition"], scope)
    }
