"""Where a deployed stack's parts are, and who asks: what the command line needs to know first."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_sts import STSClient


@dataclass(frozen=True)
class Whereabouts:
    """What a stack's parameter says of it.

    Attributes:
        table, bucket: Their names.
        prefix: How the names of its jobs and models begin.
        region: Where it is; empty if its template is older than this field.
        allowed: The limits that its parameters set, by the names that the functions' environment has for them; None if
            its template is older than these.
    """

    table: str
    bucket: str
    prefix: str
    region: str = ""
    allowed: Mapping[str, str] | None = None


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
    return Whereabouts(
        table=where["table"],
        bucket=where["bucket"],
        prefix=where["prefix"],
        region=where.get("region", ""),
        allowed=where.get("allowed"),
    )


def caller(sts: "STSClient") -> str:
    """Return the ARN that AWS knows the credentials by."""
    return sts.get_caller_identity()["Arn"]
