"""Why AWS can't be asked, or refuses to answer: what botocore's many exceptions and AWS's codes come down to."""

from dataclasses import dataclass
from enum import StrEnum

from boto3.exceptions import Boto3Error
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's own: an endpoint that can't be reached
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
)

AWS_ERRORS = (BotoCoreError, Boto3Error, ClientError)
"""All that boto3 raises."""
_CREDENTIALS = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
_RIGHTS = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


class Kind(StrEnum):
    """What a person can do something about, each in their own way."""

    NO_CREDENTIALS = "no credentials"
    NO_REGION = "no region"
    NO_PROFILE = "no profile"
    UNREACHABLE = "unreachable"
    CREDENTIALS_REFUSED = "credentials refused"
    NO_RIGHT = "no right"
    OTHER = "other"


@dataclass(frozen=True)
class Trouble:
    """One of them, with what boto3 or AWS says."""

    kind: Kind
    said: str


def trouble(error: Exception) -> Trouble:
    """Classify one of AWS_ERRORS."""
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            kind = Kind.NO_CREDENTIALS
        case NoRegionError():
            kind = Kind.NO_REGION
        case ProfileNotFound():
            kind = Kind.NO_PROFILE
        case EndpointConnectionError() | ConnectionError() | HTTPClientError():
            kind = Kind.UNREACHABLE
        case ClientError():
            return _answered(error)
        case _:
            kind = Kind.OTHER
    return Trouble(kind, str(error))


def _answered(error: ClientError) -> Trouble:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    if code in _CREDENTIALS:
        return Trouble(Kind.CREDENTIALS_REFUSED, code)
    if code in _RIGHTS:
        return Trouble(Kind.NO_RIGHT, message or code)
    return Trouble(Kind.OTHER, f"AWS answered {code} to {error.operation_name}: {message}")
