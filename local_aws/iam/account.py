"""The account that moto keeps: the policies of roles, buckets and queues as they are now, and the keys of what stores.

Each request asks anew, so that `aws iam put-role-policy` takes effect at once; a document is read once as long as its
text stays the same.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from moto.dynamodb.models import dynamodb_backends
from moto.iam.models import ManagedPolicy, Role, iam_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from local_aws.envelopes import ACCOUNT, REGION
from local_aws.iam.policy import Policy
from local_aws.iam.services.sagemaker_keys import key_arn


@lru_cache(512)
def _policy(name: str, document: str) -> Policy:
    return Policy(name, json.loads(document))


class AccountRights:
    """Finds the policies of roles and resources."""

    def __init__(self, callers_of: Callable[[str], tuple[str, ...] | None]) -> None:
        """Take what returns the ARNs that may call a function (its ARN); None for any."""
        self._callers_of = callers_of

    def of_role(self, role: str) -> Sequence[Policy]:
        """Return the identity policies of a role, inline and attached; none if the role is gone."""
        found = _role(role)
        if found is None:
            return ()
        inline = [_policy(name, document) for name, document in list(found.policies.items())]
        return [*inline, *(_policy(one.name, _document(one)) for one in list(found.managed_policies.values()))]

    def boundary_of(self, role: str) -> Policy | None:
        """Return the permissions boundary of a role."""
        found = _role(role)
        arn = found.permissions_boundary_arn if found else None
        if not arn:
            return None
        policy = _iam().managed_policies.get(arn)
        # A boundary that was deleted allows nothing.
        return _policy(policy.name, _document(policy)) if policy else Policy(arn, {"Statement": []})

    def trust_of(self, role: str) -> Policy | None:
        """Return the trust policy of a role; None if there is no such role."""
        found = _role(role)
        return _policy(f"{role}'s trust policy", found.assume_role_policy_document) if found else None

    def of_resource(self, arn: str) -> Policy | None:
        """Return the policy of a bucket, a queue or a function."""
        service = arn.split(":")[2] if arn.startswith("arn:") else ""
        if service == "lambda":
            return _permissions(arn, self._callers_of(arn))
        if service == "s3":
            bucket = _bucket(arn)
            text = bucket.policy if bucket else None
            return _policy("bucket policy", text.decode() if isinstance(text, bytes) else text) if text else None
        if service == "sqs":
            queue = sqs_backends[ACCOUNT][REGION].queues.get(arn.rpartition(":")[2])
            return _policy("queue policy", queue.policy) if queue and queue.policy else None
        return None


@dataclass(frozen=True)
class AccountFacts:
    """What IAM knows of the account beyond the request.

    Attributes:
        tags_of: Returns the tags of a SageMaker resource.
        key_of: Returns the KMS key of an endpoint config.
    """

    tags_of: Callable[[str], Mapping[str, str]]
    key_of: Callable[[str], str | None]
    account: str = ACCOUNT
    region: str = REGION

    def tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a SageMaker resource; none if it isn't there."""
        return self.tags_of(arn)

    def key(self, arn: str) -> str | None:
        """Return the ARN of the KMS key of a bucket, a table, a queue, a topic or an endpoint config."""
        finders: dict[str, Callable[[str], str | None]] = {
            "s3": _key_of_bucket,
            "dynamodb": _key_of_table,
            "sns": _key_of_topic,
            "sqs": _key_of_queue,
            "sagemaker": self.key_of,
        }
        found = finders[arn.split(":")[2]](arn)
        return key_arn(found, self) if found else None


def _permissions(arn: str, callers: tuple[str, ...] | None) -> Policy:
    """Return the policy that Lambda keeps of a function's permissions."""
    source = {} if callers is None else {"Condition": {"ArnLike": {"AWS:SourceArn": list(callers)}}}
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "lambda:InvokeFunction"}
    return Policy("function policy", {"Statement": [{"Sid": "Rules", **allowed, "Resource": arn, **source}]})


def _iam() -> Any:
    return iam_backends[ACCOUNT]["aws"]


def _role(name: str) -> Role | None:
    return next((role for role in list(_iam().roles.values()) if role.name == name), None)


def _document(policy: ManagedPolicy) -> str:
    version = next(one for one in policy.versions if one.version_id == policy.default_version_id)
    return str(version.document)


def _bucket(arn: str) -> Any:
    name = arn.removeprefix("arn:aws:s3:::").partition("/")[0]
    return s3_backends[ACCOUNT]["aws"].buckets.get(name)


def _key_of_bucket(arn: str) -> str | None:
    """Return the bucket's default key, where it is one of the account."""
    bucket = _bucket(arn)
    rule = bucket.encryption["Rule"] if bucket and bucket.encryption else {}
    default = (rule[0] if isinstance(rule, list) else rule).get("ApplyServerSideEncryptionByDefault", {})
    return default.get("KMSMasterKeyID") if default.get("SSEAlgorithm", "").startswith("aws:kms") else None


def _key_of_table(arn: str) -> str | None:
    table = dynamodb_backends[ACCOUNT][REGION].tables.get(arn.rpartition("/")[2])
    specification = (table.sse_specification if table else None) or {}
    return specification.get("KMSMasterKeyId") if specification.get("Enabled") else None


def _key_of_topic(arn: str) -> str | None:
    topic = sns_backends[ACCOUNT][REGION].topics.get(arn)
    key = topic.kms_master_key_id if topic else None
    return key if key and key != "alias/aws/sns" else None


def _key_of_queue(arn: str) -> str | None:
    queue = sqs_backends[ACCOUNT][REGION].queues.get(arn.rpartition(":")[2])
    key = getattr(queue, "kms_master_key_id", None)  # moto sets a queue's attributes by their names
    return key if key and key != "alias/aws/sqs" else None
