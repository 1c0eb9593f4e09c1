"""Ends a Docker container when the process that ran it is gone, however it went."""

import subprocess
import sys
from types import TracebackType

_WAIT = "import subprocess, sys; sys.stdin.read(); subprocess.run(['docker', 'rm', '--force', sys.argv[1]])"
"""Standard input ends with the process that holds its other end."""


class Watchdog:
    """Guards a container by its name for as long as this process lives, or until it is left."""

    def __init__(self, name: str) -> None:
        """Start to guard; without a name there is nothing to guard."""
        self._process = _start(name) if name else None

    def __enter__(self) -> "Watchdog":
        """Guard it."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the container, if it is still there."""
        if self._process is not None:
            self._process.communicate()


def _start(name: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", _WAIT, name],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # it must outlive whoever is killed with this process
    )
