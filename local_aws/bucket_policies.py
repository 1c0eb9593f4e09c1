"""Bucket policies as S3 applies them to requests for objects. moto takes a statement whose condition fails for a Deny.

After https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import has_request_context, request
from moto.iam.access_control import PermissionResult
from moto.s3.exceptions import S3AccessDeniedError
from moto.s3.models import FakeBucket

from local_aws.envelopes import ACCOUNT
from local_aws.patterns import wildcard_regex
from local_aws.seams import Seams

_SUBRESOURCES = {"acl": "Acl", "tagging": "Tagging", "retention": "Retention", "legal-hold": "LegalHold"}
_OPERATORS: dict[str, tuple[bool, Callable[[str, str], bool]]] = {
    "StringEquals": (False, str.__eq__),
    "StringNotEquals": (True, str.__eq__),
    "StringLike": (False, lambda wanted, value: wildcard_regex(wanted).fullmatch(value) is not None),
    "StringNotLike": (True, lambda wanted, value: wildcard_regex(wanted).fullmatch(value) is not None),
    "Bool": (False, lambda wanted, value: wanted.lower() == value.lower()),
}
"""By name: whether the comparison is negated, and the comparison."""


def install(seams: Seams) -> None:
    """Take the place of moto's evaluation.

    Raises:
        SeamError: moto has changed.
    """
    seams.replace(FakeBucket, "get_permission", "self action resource", _permission)


def evaluate(policy: Mapping[str, Any], action: str, resource: str, keys: Mapping[str, str]) -> str | None:
    """Return the effect of a policy: `Deny`, `Allow`, or None if it says nothing.

    Args:
        policy: The document.
        action: Such as `s3:PutObject`.
        resource: The object's ARN.
        keys: The condition keys of the request; what is absent is absent in the request.
    """
    effects = {
        statement["Effect"]
        for statement in _listed(policy["Statement"])
        if _names(statement, "Action", action, ignore_case=True)
        and _names(statement, "Resource", resource)
        and _holds(statement.get("Condition", {}), keys)
    }
    return next((effect for effect in ("Deny", "Allow") if effect in effects), None)


def _permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    action, keys = _of_request(action)
    effect = evaluate(json.loads(bucket.policy), action, resource, keys)
    if effect == "Deny":
        if has_request_context() and "delete" not in request.args:
            raise S3AccessDeniedError  # moto's own answer is an empty 403, without S3's error code
        return PermissionResult.DENIED
    return PermissionResult.PERMITTED if effect == "Allow" else PermissionResult.NEUTRAL


def _of_request(action: str) -> tuple[str, dict[str, str]]:
    """Return the action as AWS names it, and the condition keys of the request that is answered."""
    keys = {
        # The port speaks HTTP, but stands for AWS's HTTPS.
        "aws:SecureTransport": "true",
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalIsAWSService": "false",
    }
    if not has_request_context():
        return action, keys
    if action in ("s3:HeadObject", "s3:PostObject"):
        action = "s3:GetObject" if action == "s3:HeadObject" else "s3:PutObject"
    for name, suffix in _SUBRESOURCES.items():
        if name in request.args:
            return action + suffix, keys
    if action == "s3:PutObject":
        creates = "partNumber" not in request.args and "uploads" not in request.args
        keys["s3:ObjectCreationOperation"] = str(creates).lower()
        for header in ("If-None-Match", "If-Match"):
            if value := request.headers.get(header):
                keys[f"s3:{header.lower()}"] = value
    return action, keys


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _names(statement: Mapping[str, Any], element: str, value: str, *, ignore_case: bool = False) -> bool:
    """Say whether an element of a statement (or its Not-form) covers a value."""
    negated = f"Not{element}" in statement
    wanted = _listed(statement[f"Not{element}" if negated else element])
    if ignore_case:
        wanted, value = [one.lower() for one in wanted], value.lower()
    return any(wildcard_regex(one).fullmatch(value) for one in wanted) is not negated


def _holds(conditions: Mapping[str, Mapping[str, Any]], keys: Mapping[str, str]) -> bool:
    present = {name.lower(): value for name, value in keys.items()}
    return all(
        _condition_holds(operator, [str(one) for one in _listed(wanted)], present.get(name.lower()))
        for operator, wanted_by_key in conditions.items()
        for name, wanted in wanted_by_key.items()
    )


def _condition_holds(operator: str, wanted: list[str], value: str | None) -> bool:
    if operator == "Null":
        return (value is None) is (wanted[0].lower() == "true")
    name = operator.removesuffix("IfExists")
    if name not in _OPERATORS:
        raise NotImplementedError(f"the condition operator {operator} of a bucket policy is not known")
    negated, compare = _OPERATORS[name]
    if value is None:
        return negated or name != operator
    return any(compare(one, value) for one in wanted) is not negated
