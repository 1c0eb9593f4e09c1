"""A model trained elsewhere: which archives are taken, and what its container is told about its code."""

from yardmaster.errors import RefusedError
from yardmaster.spec.artifacts import ArtifactsSpec

GZIP = b"\x1f\x8b"
"""What every gzip begins with (RFC 1952). The archive is never unpacked here: it is a stranger's."""
MAX_BYTES = 5 * 1024**3
"""What a function copies in its 15 minutes with much room to spare."""
RESERVE = 20.0
"""Seconds of an invocation that are left to say that the time was too short."""
CODE_FOLDER = "/opt/ml/model/code"
"""Where SageMaker's containers find the folder `code/` of a model.tar.gz."""


def check_size(size: int) -> None:
    """Refuse what is empty, or takes too long to copy.

    Raises:
        RefusedError: 0 bytes, or more than 5 GiB.
    """
    if size == 0:
        raise RefusedError("the model is empty: 0 bytes")
    if size > MAX_BYTES:
        raise RefusedError(
            f"the model has {size / 1024**3:,.1f} GiB, the limit is {MAX_BYTES / 1024**3:g} GiB: leave out of the "
            "archive what serving does not need"
        )


def check_beginning(block: bytes) -> None:
    """Refuse what is no gzip, by its first bytes.

    Raises:
        RefusedError: It begins otherwise.
    """
    if not block.startswith(GZIP):
        raise RefusedError(
            "model.tar.gz is not compressed with gzip: pack it with `tar -czf model.tar.gz`, the model's files at the "
            "top and not in a folder"
        )


def check_time(left: float, done: int, size: int) -> None:
    """Refuse while there is still time to say so.

    Raises:
        RefusedError: The invocation is about to end.
    """
    if left < RESERVE:
        raise RefusedError(
            f"the time is over after {done / 1e6:,.0f} of {size / 1e6:,.0f} MB: leave out of the archive what serving "
            "does not need, or drop it again"
        )


def environment(spec: ArtifactsSpec) -> dict[str, str]:
    """Return the container's environment: with an entry point, AWS's framework containers run it from `code/`."""
    if spec.entry_point is None:
        return {}
    return {"SAGEMAKER_PROGRAM": spec.entry_point, "SAGEMAKER_SUBMIT_DIRECTORY": CODE_FOLDER}
