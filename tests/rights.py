"""Rights in tests: every call of a function, and of its jobs, is judged by the policies that the template gives them.

With the variable YARDMASTER_RIGHTS, what was used is written to that folder, for `make rights`.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_aws.iam.authorizer import AccessDeniedError, Authorizer
from local_aws.iam.calls import Call, Principal
from local_aws.iam.jobs import JobAccess
from local_aws.iam.ledger import Ledger
from local_aws.iam.needs import Need
from local_aws.iam.roles import Roles
from local_aws.sagemaker.access import Access
from local_aws.template.intrinsics import Scope, as_text, resolve
from local_aws.template.planned import ACCOUNT, REGION, planned
from local_aws.template.rights import StackRights, stack_rights
from local_aws.template.sam import translate
from tests.fakes.errors import refusal
from tests.fakes.watched import Make

MISSING = {"404", "NoSuchKey", "NoSuchVersion"}
TEMPLATE = Path(__file__).parents[1] / "template.yaml"
STACK = "yardmaster"
FOLDER = "YARDMASTER_RIGHTS"
"""The variable that names the folder."""
LEDGER = Ledger()
"""What was used in this process, by all tests."""
_CODES = {"s3": ("AccessDenied", 403), "cloudwatch": ("AccessDenied", 403)}


@dataclass(frozen=True)
class Stack:
    """The template as a test needs it: who may do what, and what the functions' environment says."""

    rights: StackRights
    environment: Mapping[str, str]
    queue: str
    """The URL of the queue for what functions failed on."""


@cache
def stack(parameters: tuple[tuple[str, str], ...] = ()) -> Stack:
    translated = translate(TEMPLATE)
    scope = planned(translated, STACK, dict(parameters))
    functions = [one for one in translated.document["Resources"].values() if one["Type"] == "AWS::Lambda::Function"]
    return Stack(
        rights=stack_rights(translated, scope),
        environment=_environment(functions, scope),
        queue=scope.made["FailedInvocations"].ref,
    )


def _environment(functions: list[Any], scope: Scope) -> dict[str, str]:
    variables = [resolve(one["Properties"]["Environment"]["Variables"], scope) for one in functions]
    return {name: as_text(value) for one in variables for name, value in one.items()}


@dataclass(frozen=True)
class Facts:
    """What IAM knows of the account that a test's fakes are: the tags of what exists, and the stack's one KMS key."""

    tags_of: Callable[[str], Mapping[str, str]]
    of_stack: str | None = None
    account: str = ACCOUNT
    region: str = REGION

    def tags(self, arn: str) -> Mapping[str, str]:
        return self.tags_of(arn)

    def key(self, arn: str) -> str | None:
        return self.of_stack


class _Remembering(Authorizer):
    """Keeps what it denied."""

    def __init__(self, rights: StackRights, facts: Facts, ledger: Ledger) -> None:
        super().__init__(rights, facts, ledger)
        self.denied: list[AccessDeniedError] = []

    def require(self, principal: Principal, need: Need) -> None:
        try:
            super().require(principal, need)
        except AccessDeniedError as error:
            self.denied.append(error)
            raise


class Gate:
    """Stands before every call, and answers what IAM denies as boto3 does."""

    def __init__(self, rights: StackRights, facts: Facts, ledger: Ledger = LEDGER) -> None:
        self._rights = rights
        self._authorizer = _Remembering(rights, facts, ledger)
        self.jobs: Access = JobAccess(self._authorizer, Roles(rights), facts)
        """Judges what SageMaker does in the name of the execution role."""
        self.denied = self._authorizer.denied
        """What was denied to functions and jobs."""

    def as_function(self, function: str, operation: str, params: Mapping[str, Any], call: Make) -> Any:
        """Make a call (`s3:PutObject`) if the function may; Lambda itself calls in a function's name, too."""
        return self._as(Principal(self._rights.role_of(function).name, function), operation, params, call)

    def as_role(self, role: str, operation: str, params: Mapping[str, Any], call: Make) -> Any:
        """Make a call if a role may that a service assumes."""
        return self._as(Principal(role, role), operation, params, call)

    def _as(self, principal: Principal, operation: str, params: Mapping[str, Any], call: Make) -> Any:
        self._check(principal, operation, params)
        try:
            return call()
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                # S3 tells a missing object from a forbidden one only to who may list the bucket. A read has no prefix,
                # so a right to list below some prefix does not count.
                self._check(principal, "s3:ListObjectsV2", {"Bucket": params["Bucket"]})
            raise

    def _check(self, principal: Principal, operation: str, params: Mapping[str, Any]) -> None:
        service, name = operation.split(":")
        try:
            self._authorizer.check(principal, Call(service, name, params))
        except AccessDeniedError as error:
            raise _as_boto3_says(error, service, name) from None


def _as_boto3_says(error: AccessDeniedError, service: str, operation: str) -> ClientError:
    if operation.startswith("Head"):  # an answer without a body has no words
        return refusal("403", "Forbidden", operation, 403)
    code, status = _CODES.get(service, ("AccessDeniedException", 400))
    return refusal(code, str(error), operation, status)


def write_ledger() -> None:
    """Write what was used, if somebody asked for it."""
    if folder := os.environ.get(FOLDER):
        LEDGER.dump(Path(folder) / f"tests-{os.getpid()}.json")
