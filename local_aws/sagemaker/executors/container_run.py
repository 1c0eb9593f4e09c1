"""Runs one container to its end: its log line by line, and a stop that first asks and then kills."""

import os
import signal
import threading
from collections.abc import Callable

from local_aws.sagemaker.executors.launcher import Command, Container, Launcher

SETTLE = 5.0
"""Seconds for the last lines of a container that has ended."""


def _copy(reading: int, on_line: Callable[[str], None]) -> None:
    with open(reading, encoding="utf-8", errors="replace", newline="\n") as lines:
        for line in lines:
            on_line(line.rstrip("\r\n"))


class ContainerRun:
    """One run, which another thread may stop at any time, before it began too."""

    def __init__(self, grace_seconds: float) -> None:
        """Leave this long between SIGTERM and SIGKILL; SageMaker gives 120 seconds."""
        self._grace = grace_seconds
        self._lock = threading.Lock()
        self._container: Container | None = None
        self._killer: threading.Timer | None = None
        self.stopped = False

    def run(self, launcher: Launcher, command: Command, on_line: Callable[[str], None]) -> int | None:
        """Run the container, giving each line of its output.

        Returns:
            The exit code, or None if it was stopped before it began.
        """
        reading, writing = os.pipe()
        copying = threading.Thread(target=_copy, args=[reading, on_line], name="container-lines", daemon=True)
        try:
            container = self._launch(launcher, command, writing)
        finally:
            copying.start()
            os.close(writing)
        if container is None:
            copying.join()
            return None
        code = container.wait()
        # What escaped from the container's group may keep its output open for ever.
        copying.join(SETTLE)
        with self._lock:
            if self._killer:
                self._killer.cancel()
        return code

    def stop(self) -> None:
        """Ask the container to end; it is killed if it has not after the grace."""
        with self._lock:
            if self.stopped:
                return
            self.stopped = True
            if self._container:
                self._container.send(signal.SIGTERM)
                self._killer = threading.Timer(self._grace, self._container.send, [signal.SIGKILL])
                self._killer.daemon = True
                self._killer.start()

    def _launch(self, launcher: Launcher, command: Command, output: int) -> Container | None:
        with self._lock:
            if not self.stopped:
                self._container = launcher.launch(command, output)
            return self._container
