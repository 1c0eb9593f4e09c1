"""What goes wrong at a terminal, in one line that says what to do."""

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

from yardmaster.errors import YardmasterError

REPORTED = (YardmasterError, BotoCoreError, Boto3Error, ClientError)
"""The errors that a command reports in a line; anything else is a bug and keeps its traceback."""


class UsageError(YardmasterError):
    """The command can't be carried out as it was typed; the message says what to do. Exit code 2."""


_CREDENTIALS = {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
_RIGHTS = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}


def explain(error: Exception) -> str:
    """Return one line for an error of ours or of AWS's."""
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            return "no AWS credentials: `aws configure`, set AWS_PROFILE, or `source .local/env` for local AWS"
        case NoRegionError():
            return "no AWS region: set AWS_REGION, or `source .local/env` for local AWS"
        case ProfileNotFound():
            return f"{error}: see `aws configure list-profiles`"
        case EndpointConnectionError() | ConnectionError() | HTTPClientError():
            return f"AWS can't be reached: {error} If this is local AWS, is `make local` running?"
        case ClientError():
            return _explain_answer(error)
        case BotoCoreError() | Boto3Error() | YardmasterError():
            return str(error)
        case _:
            return f"{type(error).__name__}: {error}"


def _explain_answer(error: ClientError) -> str:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    if code in _CREDENTIALS:
        return f"AWS refuses the credentials ({code}): log in again, or set AWS_PROFILE"
    if code in _RIGHTS:
        return f"these credentials may not do this: {message or code}"
    return f"AWS answered {code} to {error.operation_name}: {message}"
