"""What SageMaker's errors mean. Its `ValidationException` says five things; only the message's beginning tells which.

Source: the error table of the operators that AWS wrote for SageMaker (Kubernetes operator, ACK controller).
"""

from botocore.exceptions import ClientError

from yardmaster.errors import YardmasterError


class QuotaError(YardmasterError):
    """A service quota, or the capacity of the region, does not allow it now; the message is AWS's."""


class NoCapacityError(QuotaError):
    """The region has no such instances to give at the moment; the message is AWS's."""


class BusyError(YardmasterError):
    """The endpoint is being changed by somebody: try again later."""


class NotYetError(YardmasterError):
    """Something that was just made is not visible yet (SageMaker reads it eventually consistent): try again later."""


class NameTakenError(YardmasterError):
    """Something else has this name already; it is not what we would have made."""


class NotSubscribedError(YardmasterError):
    """The account has not subscribed to this product of AWS Marketplace; the message is AWS's, and what to do."""


_NOT_FOUND = (
    "Requested resource not found",
    "Could not find requested job",
    "Could not find job",
    "Could not find endpoint",
    "Could not find model",
)
_EXISTS = ("Cannot create already existing", "Training job names must be unique", "Job names must be unique")
_BUSY = ("Cannot update in-progress endpoint",)
_NOT_SUBSCRIBED = "Caller is not subscribed to the marketplace offering"
# Source: aws/amazon-sagemaker-examples#2290 and #2286, for CreateTrainingJob and CreateModel.
_SUBSCRIBE = (
    "subscribe to it at https://aws.amazon.com/marketplace (SageMaker's console lists subscriptions under AWS "
    "Marketplace resources), in this account, then drop the data again"
)
_NOT_STOPPABLE = "The request was rejected because the"


def code(error: ClientError) -> str:
    """Return AWS's error code."""
    return error.response["Error"]["Code"]


def message(error: ClientError) -> str:
    """Return AWS's message."""
    return error.response["Error"].get("Message", "")


def is_not_found(error: ClientError) -> bool:
    """Tell whether the job, model, configuration, package or endpoint does not exist."""
    if code(error) in {"ResourceNotFound", "ResourceNotFoundException"}:
        return True
    text = message(error)
    return code(error) == "ValidationException" and (text.startswith(_NOT_FOUND) or text.endswith("does not exist."))


def is_taken(error: ClientError) -> bool:
    """Tell whether the name of a create is in use already."""
    if code(error) == "ResourceInUse":
        return True
    text = message(error)
    return code(error) == "ValidationException" and (text.startswith(_EXISTS) or "already exists" in text)


def is_already_over(error: ClientError) -> bool:
    """Tell whether a stop came too late: the job has ended."""
    return code(error) == "ValidationException" and message(error).startswith(_NOT_STOPPABLE)


def translate(error: ClientError) -> Exception:
    """Return the error that a flow can decide on, or the error itself."""
    if code(error) == "ResourceLimitExceeded":
        return QuotaError(message(error))
    if code(error) == "CapacityError":
        return NoCapacityError(message(error))
    if code(error) == "ValidationException" and message(error).startswith(_BUSY):
        return BusyError(message(error))
    if code(error) == "ValidationException" and message(error).startswith(_NOT_SUBSCRIBED):
        return NotSubscribedError(f"{message(error).rstrip('.')}: {_SUBSCRIBE}")
    if is_not_found(error):
        return NotYetError(message(error))
    return error
