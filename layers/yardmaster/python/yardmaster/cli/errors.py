"""What goes wrong at a terminal, in one line that says what to do."""

from typing import assert_never

from yardmaster.aws.trouble import AWS_ERRORS, Kind, Trouble, trouble
from yardmaster.errors import YardmasterError

REPORTED = (YardmasterError, *AWS_ERRORS)
"""The errors that a command reports in a line; anything else is a bug and keeps its traceback."""


class UsageError(YardmasterError):
    """The command can't be carried out as it was typed; the message says what to do. Exit code 2."""


def explain(error: Exception) -> str:
    """Return one line for an error of ours or of AWS's."""
    return _advice(trouble(error)) if isinstance(error, AWS_ERRORS) else str(error)


def _advice(found: Trouble) -> str:
    match found.kind:
        case Kind.NO_CREDENTIALS:
            return "no AWS credentials: `aws configure`, set AWS_PROFILE, or `source .local/env` for local AWS"
        case Kind.NO_REGION:
            return "no AWS region: set AWS_REGION, or `source .local/env` for local AWS"
        case Kind.NO_PROFILE:
            return f"{found.said}: see `aws configure list-profiles`"
        case Kind.UNREACHABLE:
            return f"AWS can't be reached: {found.said} If this is local AWS, is `make local` running?"
        case Kind.CREDENTIALS_REFUSED:
            return f"AWS refuses the credentials ({found.said}): log in again, or set AWS_PROFILE"
        case Kind.NO_RIGHT:
            return f"these credentials may not do this: {found.said}"
        case Kind.OTHER:
            return found.said
        case _:
            assert_never(found.kind)
