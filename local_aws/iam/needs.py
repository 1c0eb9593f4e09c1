"""Which rights a call needs: each action with its resource and the condition keys of the request.

After the Service Authorization Reference, service by service in `services/`. A call that needs several actions, or one
action on several resources, needs all of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from local_aws.iam.calls import Call, UnknownCallError

Keys = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Need:
    """One right that a call needs.

    Attributes:
        action: Such as `s3:GetObject`.
        resource: An ARN; `*` where the action knows none.
        keys: The condition keys of the request and their values; what is not in it is absent from the request.
    """

    action: str
    resource: str
    keys: Keys = field(default_factory=dict)


class Facts(Protocol):
    """What IAM knows of the account beyond the request."""

    @property
    def account(self) -> str:
        """The account's number."""

    @property
    def region(self) -> str:
        """The region."""

    def tags(self, arn: str) -> Mapping[str, str]:
        """Return the tags of an existing resource; none if it isn't there."""

    def key(self, arn: str) -> str | None:
        """Return the ARN of the KMS key of a bucket, a table, a queue or an endpoint config; None for AWS's own key."""


def needs(call: Call, facts: Facts) -> list[Need]:
    """Return the rights that a call needs, dependent actions (`iam:PassRole`, `sagemaker:AddTags`, `kms:*`) included.

    Raises:
        UnknownCallError: The table doesn't know the call.
    """
    from local_aws.iam.services import SERVICES

    service = SERVICES.get(call.service)
    found = service(call, facts) if service else None
    if found is None:
        raise UnknownCallError(call, f"local_aws/iam/services/{call.service.replace('-', '_')}.py")
    return found


NeedsOf = Callable[[Call, Facts], list[Need] | None]
"""What a service's module has: the needs of a call, None if it doesn't know the operation."""
