"""Starts container processes by forking from a warm one; Linux only, where forking is safe."""

import itertools
import json
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import Future

from local_aws.sagemaker.executors.launcher import Command, Container, base_environment, container_environment

KILLED = -int(signal.SIGKILL)


class ForkedContainer:
    """A container in a child of the fork server."""

    def __init__(self, launcher: "WarmLauncher", number: int, ended: "Future[int]") -> None:
        """Know the launcher, the container's number there, and its future exit code."""
        self._launcher = launcher
        self._number = number
        self._ended = ended

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end and give the exit code."""
        try:
            return self._ended.result(timeout)
        except TimeoutError:
            return None

    def send(self, signal_number: signal.Signals) -> None:
        """Send a signal, if it still runs; the server knows, so no other process can be hit."""
        if not self._ended.done():
            self._launcher.signal(self._number, signal_number)


class WarmLauncher:
    """Owns a fork server; orders given before it is warm wait in its socket."""

    def __init__(self, threads: int = 1) -> None:
        """Start the server."""
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "local_aws.sagemaker.executors.fork_server", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                env=base_environment(threads),
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # Ctrl-C is for us
            )
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._ended: dict[int, Future[int]] = {}
        self._reader = threading.Thread(target=self._read, name="fork-server-reader", daemon=True)
        self._reader.start()

    @property
    def alive(self) -> bool:
        """Whether the server still takes orders."""
        return self._reader.is_alive()

    def launch(self, command: Command, output: int, listener: int | None = None) -> Container:
        """Start one container.

        Raises:
            OSError: the server is gone.
        """
        number, ended = next(self._numbers), Future[int]()
        order = {
            "number": number,
            "kind": command.kind,
            "container": command.container,
            "base_dir": str(command.base_dir),
            "environment": container_environment(command.base_dir) | dict(command.environment),
        }
        with self._lock:
            self._ended[number] = ended
            descriptors = [output] + ([] if listener is None else [listener])
            socket.send_fds(self._socket, [json.dumps(order).encode()], descriptors)
        return ForkedContainer(self, number, ended)

    def signal(self, number: int, signal_number: signal.Signals) -> None:
        """Send a signal to a container by its number."""
        with self._lock:
            if self.alive:
                self._socket.send(json.dumps({"number": number, "signal": int(signal_number)}).encode())

    def close(self) -> None:
        """Close the socket, whereupon the server kills its children and itself."""
        with self._lock:
            self._socket.shutdown(socket.SHUT_RDWR)
        self._process.wait()
        self._reader.join()
        self._socket.close()

    def _read(self) -> None:
        """Take the exit codes from the server; when it is gone, all that it ran was killed."""
        try:
            while message := self._socket.recv(4096):
                report = json.loads(message)
                with self._lock:
                    ended = self._ended.pop(report["number"])
                ended.set_result(report["exit"])
        except OSError:
            pass  # a reset: the server died with messages unread, which is the same as its end
        with self._lock:
            left, self._ended = self._ended, {}
        for ended in left.values():
            ended.set_result(KILLED)
