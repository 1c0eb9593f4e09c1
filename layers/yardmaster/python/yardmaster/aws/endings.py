"""Stopping jobs and deleting things in SageMaker: what is over, or gone, already is fine."""

from collections.abc import Callable

from botocore.exceptions import ClientError

from yardmaster.aws import sagemaker_errors


def stopped(stop: Callable[[], object]) -> bool:
    """Stop a job, unless it has ended; return whether there is one."""
    try:
        stop()
    except ClientError as error:
        if sagemaker_errors.is_not_found(error):
            return False
        if not sagemaker_errors.is_already_over(error):
            raise
    return True


def deleted(*calls: Callable[[], object]) -> None:
    """Make the calls that delete something; the first that does not find it ends that.

    Raises:
        BusyError: It is being changed.
    """
    try:
        for call in calls:
            call()
    except ClientError as error:
        if not sagemaker_errors.is_not_found(error):
            raise sagemaker_errors.translate(error) from error
