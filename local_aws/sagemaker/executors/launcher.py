"""Starts container processes: the plain way, a Python of its own for each."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import local_aws

# The directory that makes `local_aws` importable in a process that runs elsewhere.
IMPORT_ROOT = str(Path(local_aws.__file__).resolve().parent.parent)


@dataclass(frozen=True)
class Command:
    """A container to run: train, transform or serve, its stand-in, where, and with which extra environment."""

    kind: str
    container: str
    base_dir: Path
    environment: Mapping[str, str]


class Container(Protocol):
    """A running container process."""

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end and give the exit code, negative for a signal; None if the timeout (seconds) came first."""

    def send(self, signal_number: signal.Signals) -> None:
        """Send a signal, if it still runs."""


class Launcher(Protocol):
    """Whoever starts container processes."""

    def launch(self, command: Command, output: int, listener: int | None = None) -> Container:
        """Start one; `output` (its stdout and stderr) and `listener` are descriptors, which the caller closes."""

    def close(self) -> None:
        """End what was started."""


def base_environment(threads: int) -> dict[str, str]:
    """Give the environment of all containers: nothing of the caller's but what Python needs, and few threads."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return kept | {
        "PYTHONPATH": IMPORT_ROOT,
        "PYTHONUNBUFFERED": "1",
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "PASSIVE",  # waiting threads else spin: with two on busy cores a job took five times as long
        "OPENBLAS_NUM_THREADS": "1",  # OpenBLAS starts its threads at import, and no thread may live before a fork
    }


def container_environment(base_dir: Path) -> dict[str, str]:
    """Give the variables by which SageMaker tells a container where things are."""
    return {"SAGEMAKER_BASE_DIR": str(base_dir), "SM_MODEL_DIR": str(base_dir / "model")}


class ProcessContainer:
    """A container in a subprocess."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        """Take over the process, and whatever it leaves behind: a container ends with its first process."""
        self._process = process
        threading.Thread(target=self._sweep, name="container-sweep", daemon=True).start()

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end and give the exit code."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return None

    def send(self, signal_number: signal.Signals) -> None:
        """Send a signal to it and to whatever it started, if it still runs."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal_number)

    def _sweep(self) -> None:
        self._process.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):  # nothing is left; macOS denies zombies
            os.killpg(self._process.pid, signal.SIGKILL)


class SubprocessLauncher:
    """Starts a new Python for each container: about two seconds of imports, on any system."""

    def __init__(self, threads: int = 1) -> None:
        """Limit each container to some threads."""
        self._environment = base_environment(threads)
        self._started: list[ProcessContainer] = []

    def launch(self, command: Command, output: int, listener: int | None = None) -> Container:
        """Start one container; it ends by itself if this process dies, for its standard input ends then."""
        arguments = [command.kind, command.container, str(command.base_dir)] + (
            [] if listener is None else [str(listener)]
        )
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "local_aws.sagemaker.executors.container_main", *arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=command.base_dir,
            env=self._environment | container_environment(command.base_dir) | dict(command.environment),
            pass_fds=() if listener is None else (listener,),
            start_new_session=True,  # Ctrl-C is for us, and a container's processes end together
        )
        container = ProcessContainer(process)
        self._started = [c for c in self._started if c.wait(0) is None] + [container]
        return container

    def close(self) -> None:
        """Kill what still runs."""
        for container in self._started:
            container.send(signal.SIGKILL)
            container.wait()
