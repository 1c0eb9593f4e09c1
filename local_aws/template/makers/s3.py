"""Buckets and their policies."""

import json
from collections.abc import Callable
from typing import Any

from local_aws.template.intrinsics import Made
from local_aws.template.resource import Maker, Resource, only


def _bucket(resource: Resource) -> Made:
    name = resource.get("BucketName") or resource.physical_name("", 63).lower()
    client, region = resource.stack.aws("s3"), resource.stack.region
    # S3 refuses the constraint in the one region that is its default.
    where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=name, **where)
    for key, apply in _SETTINGS.items():
        if key in resource.properties:
            apply(client, name, resource.properties[key])
    domain = f"{name}.s3.amazonaws.com"
    return Made(name, {"Arn": f"arn:aws:s3:::{name}", "DomainName": domain})


def _versioning(client: Any, name: str, value: Any) -> None:
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration=value)


def _encryption(client: Any, name: str, value: Any) -> None:
    rules = [
        {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
        for rule in only(value, "BucketEncryption", "ServerSideEncryptionConfiguration")[
            "ServerSideEncryptionConfiguration"
        ]
        if only(rule, "BucketEncryption", "ServerSideEncryptionByDefault")
    ]
    client.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": rules})


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


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    only(rule, "LifecycleConfiguration", "Id", "Status", "AbortIncompleteMultipartUpload", "Prefix")
    made = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        made["ID"] = rule["Id"]
    if "AbortIncompleteMultipartUpload" in rule:
        made["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    return made


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


MAKERS = {
    "AWS::S3::Bucket": Maker(_bucket, frozenset(_SETTINGS) | {"BucketName"}),
    "AWS::S3::BucketPolicy": Maker(_policy, frozenset({"Bucket", "PolicyDocument"})),
}
