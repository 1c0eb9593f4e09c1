"""Buckets and their policies."""

import json
from collections.abc import Callable
from typing import Any

from local_aws.template.errors import TemplateError
from local_aws.template.intrinsics import Made
from local_aws.template.resource import Maker, Resource, only


def _bucket(resource: Resource) -> Made:
    # Nobody else's buckets are here: without a random part, the name is the one that the samples of events/ have.
    name = resource.get("BucketName") or f"{resource.stack.name}-{resource.name}".lower()[:63]
    client, region = resource.stack.aws("s3"), resource.stack.region
    # S3 refuses the constraint in the one region that is its default.
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=name, **where)
    _apply_settings(resource, name)
    domain = f"{name}.s3.amazonaws.com"
    return Made(name, {"Arn": f"arn:aws:s3:::{name}", "DomainName": domain})


def _apply_settings(resource: Resource, name: str) -> None:
    for key, apply in _SETTINGS.items():
        if key in resource.properties:
            apply(resource.stack.aws("s3"), name, resource.properties[key])


def _change_bucket(resource: Resource, old: Resource, made: Made) -> None:
    """Apply all settings again; one that is no longer written would have to be taken back, which nothing here needs."""
    if dropped := sorted(set(old.properties) - set(resource.properties)):
        raise TemplateError(f"its {dropped[0]} can't be taken back in place")
    _apply_settings(resource, made.ref)


def _versioning(client: Any, name: str, value: Any) -> None:
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration=value)


def _encryption(client: Any, name: str, value: Any) -> None:
    declared = only(value, "BucketEncryption", "ServerSideEncryptionConfiguration")
    rules = [_encryption_rule(rule) for rule in declared["ServerSideEncryptionConfiguration"]]
    client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})


def _encryption_rule(rule: dict[str, Any]) -> dict[str, Any]:
    only(rule, "BucketEncryption", "BucketKeyEnabled", "ServerSideEncryptionByDefault")
    made = {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
    return made | {key: rule[key] for key in ("BucketKeyEnabled",) if key in rule}


def _public_access(client: Any, name: str, value: Any) -> None:
    client.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=value)


def _ownership(client: Any, name: str, value: Any) -> None:
    client.put_bucket_ownership_controls(Bucket=name, OwnershipControls=value)


def _notifications(client: Any, name: str, value: Any) -> None:
    bridge = only(value, "NotificationConfiguration", "EventBridgeConfiguration").get("EventBridgeConfiguration")
    if bridge and only(bridge, "NotificationConfiguration", "EventBridgeEnabled").get("EventBridgeEnabled"):
        client.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )


def _lifecycle(client: Any, name: str, value: Any) -> None:
    rules = [_lifecycle_rule(rule) for rule in only(value, "LifecycleConfiguration", "Rules")["Rules"]]
    client.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


_LIFECYCLE_ACTIONS = ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration")


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    expires = ("ExpirationInDays", "ExpiredObjectDeleteMarker")
    only(rule, "LifecycleConfiguration", "Id", "Status", "Prefix", *expires, *_LIFECYCLE_ACTIONS)
    made = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        made["Expiration"] = {"Days": rule["ExpirationInDays"]}
    if "ExpiredObjectDeleteMarker" in rule:
        made["Expiration"] = {"ExpiredObjectDeleteMarker": rule["ExpiredObjectDeleteMarker"]}
    return made | {action: rule[action] for action in _LIFECYCLE_ACTIONS if action in rule}


def _tags(client: Any, name: str, value: Any) -> None:
    client.put_bucket_tagging(Bucket=name, Tagging={"TagSet": value})


_SETTINGS: dict[str, Callable[[Any, str, Any], None]] = {
    "VersioningConfiguration": _versioning,
    "BucketEncryption": _encryption,
    "PublicAccessBlockConfiguration": _public_access,
    "OwnershipControls": _ownership,
    "NotificationConfiguration": _notifications,
    "LifecycleConfiguration": _lifecycle,
    "Tags": _tags,
}


def _policy(resource: Resource) -> Made:
    bucket = resource.need("Bucket")
    resource.stack.aws("s3").put_bucket_policy(Bucket=bucket, Policy=json.dumps(resource.need("PolicyDocument")))
    return Made(bucket)


def _change_policy(resource: Resource, _old: Resource, _made: Made) -> None:
    _policy(resource)


MAKERS = {
    "AWS::S3::Bucket": Maker(
        _bucket,
        frozenset(_SETTINGS) | {"BucketName"},
        change=_change_bucket,
        fixed=frozenset({"BucketName"}),
    ),
    "AWS::S3::BucketPolicy": Maker(
        _policy, frozenset({"Bucket", "PolicyDocument"}), change=_change_policy, fixed=frozenset({"Bucket"})
    ),
}
