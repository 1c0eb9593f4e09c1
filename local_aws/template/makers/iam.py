"""Roles and policies."""

import json
from typing import Any

from botocore.exceptions import ClientError

from local_aws.template.errors import TemplateError
from local_aws.template.intrinsics import Made
from local_aws.template.resource import Maker, Resource

_AWS_OWN = "arn:aws:iam::aws:policy/"


def _role(resource: Resource) -> Made:
    name = resource.physical_name("RoleName", 64)
    client = resource.stack.aws("iam")
    role = client.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=_document(resource.need("AssumeRolePolicyDocument")),
        **resource.pick("Description", "MaxSessionDuration", "Path", "PermissionsBoundary", "Tags"),
    )["Role"]
    for arn in resource.get("ManagedPolicyArns", []):
        _attach(client, name, arn)
    for policy in resource.get("Policies", []):
        _put_inline(client, name, policy["PolicyName"], policy["PolicyDocument"])
    return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})


def _managed_policy(resource: Resource) -> Made:
    name = resource.physical_name("ManagedPolicyName", 128)
    client = resource.stack.aws("iam")
    document = _document(resource.need("PolicyDocument"))
    policy = client.create_policy(PolicyName=name, PolicyDocument=document, **resource.pick("Description", "Path"))
    arn = policy["Policy"]["Arn"]
    for role in resource.get("Roles", []):
        _attach(client, role, arn)
    return Made(arn, {"PolicyArn": arn})


def _policy(resource: Resource) -> Made:
    name = resource.need("PolicyName")
    for role in resource.need("Roles"):
        _put_inline(resource.stack.aws("iam"), role, name, resource.need("PolicyDocument"))
    return Made(name)


def _change_role(resource: Resource, old: Resource, made: Made) -> None:
    """Add first, then take away: no right is missing in between."""
    client, name = resource.stack.aws("iam"), made.ref
    trust = _document(resource.need("AssumeRolePolicyDocument"))
    client.update_assume_role_policy(RoleName=name, PolicyDocument=trust)
    for policy in resource.get("Policies", []):
        _put_inline(client, name, policy["PolicyName"], policy["PolicyDocument"])
    for arn in set(resource.get("ManagedPolicyArns", [])) - set(old.get("ManagedPolicyArns", [])):
        _attach(client, name, arn)
    for gone in _inline_names(old) - _inline_names(resource):
        client.delete_role_policy(RoleName=name, PolicyName=gone)
    for arn in set(old.get("ManagedPolicyArns", [])) - set(resource.get("ManagedPolicyArns", [])):
        client.detach_role_policy(RoleName=name, PolicyArn=arn)
    _bound(client, name, resource.get("PermissionsBoundary"))


def _bound(client: Any, role: str, boundary: str | None) -> None:
    if boundary:
        client.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=boundary)
    elif "PermissionsBoundary" in client.get_role(RoleName=role)["Role"]:
        client.delete_role_permissions_boundary(RoleName=role)


def _unmake_role(resource: Resource, made: Made) -> None:
    client, name = resource.stack.aws("iam"), made.ref
    for policy in client.list_role_policies(RoleName=name)["PolicyNames"]:
        client.delete_role_policy(RoleName=name, PolicyName=policy)
    for policy in client.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        client.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
    client.delete_role(RoleName=name)


def _inline_names(resource: Resource) -> set[str]:
    return {policy["PolicyName"] for policy in resource.get("Policies", [])}


def _change_managed_policy(resource: Resource, old: Resource, made: Made) -> None:
    client = resource.stack.aws("iam")
    document = _document(resource.need("PolicyDocument"))
    if document != _document(old.need("PolicyDocument")):
        before = client.get_policy(PolicyArn=made.ref)["Policy"]["DefaultVersionId"]
        client.create_policy_version(PolicyArn=made.ref, PolicyDocument=document, SetAsDefault=True)
        client.delete_policy_version(PolicyArn=made.ref, VersionId=before)  # there may be five only
    for role in set(resource.get("Roles", [])) - set(old.get("Roles", [])):
        _attach(client, role, made.ref)
    for role in set(old.get("Roles", [])) - set(resource.get("Roles", [])):
        client.detach_role_policy(RoleName=role, PolicyArn=made.ref)


def _unmake_managed_policy(resource: Resource, made: Made) -> None:
    client = resource.stack.aws("iam")
    for role in client.list_entities_for_policy(PolicyArn=made.ref)["PolicyRoles"]:
        client.detach_role_policy(RoleName=role["RoleName"], PolicyArn=made.ref)
    client.delete_policy(PolicyArn=made.ref)


def _attach(client: Any, role: str, arn: str) -> None:
    try:
        client.attach_role_policy(RoleName=role, PolicyArn=arn)
    except ClientError as error:
        if arn.startswith(_AWS_OWN) and error.response["Error"]["Code"] == "NoSuchEntity":
            raise TemplateError(
                f"moto has no {arn}: it must be configured with iam.load_aws_managed_policies"
            ) from error
        raise


def _put_inline(client: Any, role: str, name: str, document: dict[str, Any]) -> None:
    client.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=_document(document))


def _document(document: dict[str, Any]) -> str:
    """Return a policy as text. SAM's own have no Version: AWS takes that for the old one, which moto refuses."""
    return json.dumps({"Version": "2012-10-17"} | document)


MAKERS = {
    "AWS::IAM::Role": Maker(
        _role,
        frozenset(
            {
                "AssumeRolePolicyDocument",
                "Description",
                "ManagedPolicyArns",
                "MaxSessionDuration",
                "Path",
                "PermissionsBoundary",
                "Policies",
                "RoleName",
                "Tags",
            }
        ),
        change=_change_role,
        fixed=frozenset({"Description", "MaxSessionDuration", "Path", "RoleName", "Tags"}),
        unmake=_unmake_role,
    ),
    "AWS::IAM::ManagedPolicy": Maker(
        _managed_policy,
        frozenset({"Description", "ManagedPolicyName", "Path", "PolicyDocument", "Roles"}),
        change=_change_managed_policy,
        fixed=frozenset({"Description", "ManagedPolicyName", "Path"}),
        unmake=_unmake_managed_policy,
    ),
    "AWS::IAM::Policy": Maker(_policy, frozenset({"PolicyDocument", "PolicyName", "Roles"})),
}
