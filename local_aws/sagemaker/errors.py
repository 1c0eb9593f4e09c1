"""What the simulator answers when it refuses: AWS's own codes, messages and HTTP statuses."""

from collections.abc import Mapping
from typing import Any


class AwsError(Exception):
    """An error as AWS would answer it; never a 5xx for a refused request, so that no client retries it.

    Attributes:
        code: The error code that botocore shows, such as `ValidationException`.
        message: AWS's message, with its prefix word for word.
        status: The HTTP status.
        fields: Further members of the answer (`OriginalStatusCode` of a ModelError).
    """

    def __init__(self, code: str, message: str, status: int = 400, fields: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = dict(fields or {})


class ResponseMismatchError(Exception):
    """The simulator built an answer that botocore's model does not allow: its own fault, not the caller's."""


def validation_error(message: str) -> AwsError:
    """Return a ValidationException: SageMaker's answer to malformed, missing, busy and duplicate things alike."""
    return AwsError("ValidationException", message)


def resource_in_use(message: str) -> AwsError:
    """Return the ResourceInUse of a duplicate job name."""
    return AwsError("ResourceInUse", message)


def limit_exceeded(message: str) -> AwsError:
    """Return the ResourceLimitExceeded of a quota."""
    return AwsError("ResourceLimitExceeded", message)


def conflict(message: str) -> AwsError:
    """Return the ConflictException of the model registry."""
    return AwsError("ConflictException", message)


def not_simulated(what: str) -> AwsError:
    """Return the refusal of something that AWS has and the simulator does not."""
    return AwsError("UnknownOperationException", f"Not simulated by local AWS: {what} (see docs/fidelity.md)")
