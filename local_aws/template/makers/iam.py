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
    ),
    "AWS::IAM::ManagedPolicy": Maker(
        _managed_policy, frozenset({"Description", "ManagedPolicyName", "Path", "PolicyDocument", "Roles"})
    ),
    "AWS::IAM::Policy": Maker(_policy, frozenset({"PolicyDocument", "PolicyName", "Roles"})),
}
