"""Where a deployed stack's parts are, and who asks: what the command line needs to know first."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient


@dataclass(frozen=True)
class Whereabouts:
    """The names of a stack's table and bucket, and how the names of its jobs and models begin."""

    table: str
    bucket: str
    prefix: str


def find_stack(ssm: "SSMClient", name: str) -> Whereabouts | None:
    """Read a stack's SSM parameter; None if there is no such stack in this account and region."""
    try:
        value = ssm.get_parameter(Name=f"/yardmaster/{name}")["Parameter"]["Value"]
    except ClientError as error:
        # A name that no parameter can have is refused as invalid, not as missing.
        if error.response["Error"]["Code"] not in {"ParameterNotFound", "ValidationException"}:
            raise
        return None
    where = json.loads(value)
    return Whereabouts(table=where["table"], bucket=where["bucket"], prefix=where["prefix"])


def caller(sts: "STSClient") -> str:
    """Return the ARN that AWS knows the credentials by."""
    return sts.get_caller_identity()["Arn"]
