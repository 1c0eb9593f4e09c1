"""Files of the user's."""

from pathlib import Path

from yardmaster.cli.errors import UsageError


def read_file(path: Path) -> bytes:
    """Return a file of the user's.

    Raises:
        UsageError: It can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
