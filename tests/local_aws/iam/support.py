from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local_aws.iam.calls import Principal
from local_aws.iam.needs import Need
from local_aws.iam.policy import Policy

ACCOUNT, REGION = "123456789012", "us-east-1"
SAGEMAKER = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k-1"
ROLE = Principal("worker", "session")


@dataclass(frozen=True)
class Facts:
    """An account in which some resources have tags, and some a KMS key."""

    of: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    account: str = ACCOUNT
    region: str = REGION

    def tags(self, arn: str) -> Mapping[str, str]:
        return self.of.get(arn, {})

    def key(self, arn: str) -> str | None:
        return self.keys.get(arn)


def policy(*statements: Mapping[str, Any], name: str = "p") -> Policy:
    return Policy(name, {"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **rest: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **rest}


def deny(action: Any, resource: Any = "*", **rest: Any) -> dict[str, Any]:
    return {**allow(action, resource, **rest), "Effect": "Deny"}


def a_need(action: str = "s3:GetObject", resource: str = "arn:aws:s3:::b/k", **keys: Any) -> Need:
    found = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in keys.get("keys", {}).items()}
    return Need(action, resource, found)
