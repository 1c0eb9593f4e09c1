"""What SageMaker does in the name of a job's or a model's role, and whether the role may.

What that is: https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html (CreateTrainingJob, CreateModel).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Vpc = Mapping[str, Any]
"""A request's VpcConfig; empty without one."""


class DeniedError(Exception):
    """The role may not do something; the message is what SageMaker says of it."""


@dataclass(frozen=True)
class ExecutionRole:
    """A role, and the resource for which SageMaker assumes it.

    Attributes:
        arn: The role.
        source: The ARN of the training job, transform job, model or endpoint.
    """

    arn: str
    source: str


class Access(Protocol):
    """Judges what SageMaker does as a role. All but the last two raise DeniedError."""

    def assume(self, role: ExecutionRole) -> None:
        """Assume the role."""

    def place(self, role: ExecutionRole, vpc: Vpc, volume_key: str | None) -> None:
        """Make instances: network interfaces in a VPC and volumes under a KMS key, where these are given."""

    def pull(self, role: ExecutionRole, image: str) -> None:
        """Pull an image from ECR."""

    def list(self, role: ExecutionRole, uri: str) -> None:
        """List the objects whose URI begins so."""

    def read(self, role: ExecutionRole, uri: str) -> None:
        """Read an object."""

    def write(self, role: ExecutionRole, uri: str, key: str | None = None) -> None:
        """Write an object, under a KMS key of its own if one is given."""

    def delete(self, role: ExecutionRole, uri: str) -> None:
        """Delete an object."""

    def may_log(self, role: ExecutionRole, group: str, stream: str) -> bool:
        """Say whether the role may write to a log stream; a job that may not goes on without."""

    def may_measure(self, role: ExecutionRole, namespace: str) -> bool:
        """Say whether the role may publish metrics; a job that may not goes on without."""


class Unlimited:
    """An `Access` for accounts without IAM: every role may do everything."""

    def assume(self, role: ExecutionRole) -> None:
        """Allow it."""

    def place(self, role: ExecutionRole, vpc: Vpc, volume_key: str | None) -> None:
        """Allow it."""

    def pull(self, role: ExecutionRole, image: str) -> None:
        """Allow it."""

    def list(self, role: ExecutionRole, uri: str) -> None:
        """Allow it."""

    def read(self, role: ExecutionRole, uri: str) -> None:
        """Allow it."""

    def write(self, role: ExecutionRole, uri: str, key: str | None = None) -> None:
        """Allow it."""

    def delete(self, role: ExecutionRole, uri: str) -> None:
        """Allow it."""

    def may_log(self, role: ExecutionRole, group: str, stream: str) -> bool:
        """Allow it."""
        del role, group, stream
        return True

    def may_measure(self, role: ExecutionRole, namespace: str) -> bool:
        """Allow it."""
        del role, namespace
        return True
