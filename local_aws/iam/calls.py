"""A call to AWS, as IAM sees it: who, which service, which operation, on what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_aws.envelopes import ACCOUNT

ADMINISTRATOR = "local"
"""The access key of the account's administrator, whose calls all pass."""


@dataclass(frozen=True)
class Call:
    """One call.

    Attributes:
        service: The name that requests are signed for: `sagemaker`, `s3`, `monitoring` (boto3's `cloudwatch` is
            understood too), `dynamodb`, `events`, ….
        operation: botocore's name, such as `CreateTrainingJob`.
        params: As boto3 takes them (S3: `Bucket`, `Key`, `IfNoneMatch`, …).
    """

    service: str
    operation: str
    params: Mapping[str, Any]


@dataclass(frozen=True)
class Principal:
    """Who calls.

    Attributes:
        role: The name of the role whose session it is; None for the account's administrator and for services.
        session: The name of the role's session; for a function, Lambda gives its name.
        service: The AWS service that acts, such as `events.amazonaws.com`, in its own name or in the role's.
    """

    role: str | None
    session: str = ""
    service: str | None = None
    account: str = ACCOUNT

    @property
    def administrator(self) -> bool:
        """Whether every call passes."""
        return self.role is None and self.service is None

    @property
    def role_arn(self) -> str:
        """The ARN of the role, which bucket policies name."""
        return f"arn:aws:iam::{self.account}:role/{self.role}"

    @property
    def arn(self) -> str:
        """The ARN that AWS's sentences name."""
        if self.role:
            return f"arn:aws:sts::{self.account}:assumed-role/{self.role}/{self.session or 'session'}"
        return self.service or f"arn:aws:iam::{self.account}:root"


class UnknownCallError(Exception):
    """The table of needs doesn't know a call, so nobody can say which rights it takes."""

    def __init__(self, call: Call, where: str) -> None:
        """Name the call and the file that it is to be added to."""
        super().__init__(f"which rights {call.service}:{call.operation} needs is not known: add it to {where}")
