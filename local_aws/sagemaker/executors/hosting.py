"""Runs one container's model server, and talks to it over kept connections."""

import os
import signal
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import urllib3

from local_aws.sagemaker.access import DeniedError
from local_aws.sagemaker.executors import artifacts, failures, log_metrics, registry, user_code
from local_aws.sagemaker.executors.base import Answer, Invocation, ServedContainer
from local_aws.sagemaker.executors.launcher import Command, Container
from local_aws.sagemaker.executors.surroundings import Surroundings
from local_aws.sagemaker.executors.workspace import Workspace

LOOPBACK = "127.0.0.1"
MODEL_SECONDS = 60.0  # a model has a minute to answer: the InvokeEndpoint page
CONNECTIONS = 64
NO_PING = "it did not answer /ping with 200: its own log says why"


@dataclass(frozen=True)
class Place:
    """Where a container works, and the CloudWatch log stream that has its lines."""

    directory: Path
    log_group: str
    log_stream: str


class Host:
    """One model server; `start` belongs to one thread, the rest to any."""

    def __init__(self, container: ServedContainer, place: Place, surroundings: Surroundings) -> None:
        """Take what to run and where; nothing happens yet."""
        self.name = container.name
        self._served = container
        self._place = place
        self._around = surroundings
        self._lock = threading.Lock()
        self._container: Container | None = None
        self._pool: urllib3.HTTPConnectionPool | None = None
        self._workspace = Workspace(place.directory)
        self._ended = False

    def start(self) -> str | None:
        """Start the server and wait for its ping; return why it can't serve, or None."""
        try:
            return None if self.serve() else NO_PING
        except (DeniedError, registry.UnavailableImageError, artifacts.ArtifactError) as error:
            return str(error)
        except Exception as error:  # a worker thread has nobody above it: no variant may wait for ever
            return failures.of_platform(error)

    def invoke(self, invocation: Invocation) -> Answer:
        """Send one request.

        Raises:
            ConnectionError: the server is not there, ended, or took longer than a minute.
        """
        if self._pool is None or self._ended:
            raise ConnectionError(f"no container runs in {self._place.directory.name}")
        headers = {"Content-Type": invocation.content_type, "Accept": invocation.accept}
        begun = time.perf_counter()
        try:
            response = self._pool.urlopen(
                "POST", "/invocations", body=invocation.body, headers=headers, timeout=MODEL_SECONDS
            )
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionError(f"the container in {self._place.directory.name}: {type(error).__name__}") from error
        seconds = time.perf_counter() - begun
        return Answer(response.status, response.data, response.headers.get("Content-Type", ""), seconds)

    def end(self) -> None:
        """End the server at once."""
        with self._lock:
            self._ended = True
            if self._container:
                self._container.send(signal.SIGKILL)
                self._container.wait()
        if self._pool:
            self._pool.close()
        self._workspace.remove()

    def serve(self) -> bool:
        """Start the server, and say whether it answers its ping.

        Raises:
            DeniedError: The role may not pull the image, or not read the artifact.
            UnavailableImageError: Local AWS can't run the image.
            ArtifactError: The artifact is missing, or none.
        """
        served, around = self._served, self._around
        container = registry.find(served.image, served.environment, around.images)
        self._workspace.write_container(container.details)
        around.pull(served.image)
        if served.model_data_url:
            artifacts.unpack(around.store, served.model_data_url, self._workspace.model_dir)
        user_code.bring(around.store, user_code.of_serving(served.environment), self._workspace.base_dir)
        # We bind, the container inherits: there is no moment at which another process could take the port.
        with socket.create_server((LOOPBACK, 0), backlog=128) as listener:
            self._pool = urllib3.HTTPConnectionPool(
                LOOPBACK, listener.getsockname()[1], maxsize=CONNECTIONS, retries=False
            )
            self._launch(container.name, listener)
        return self._answers_ping()

    def _launch(self, container: str, listener: socket.socket) -> None:
        reading, writing = os.pipe()
        threading.Thread(target=self._copy_log, args=[reading], name="container-log", daemon=True).start()
        try:
            with self._lock:
                if not self._ended:
                    command = Command("serve", container, self._workspace.base_dir, self._served.environment)
                    self._container = self._around.launcher().launch(command, writing, listener.fileno())
        finally:
            os.close(writing)

    def _answers_ping(self) -> bool:
        """Ping once: the connection waits in the socket until the model is loaded, and breaks if the process ends."""
        if self._pool is None:
            return False
        try:
            return self._pool.urlopen("GET", "/ping", timeout=self._around.startup_seconds).status == 200
        except urllib3.exceptions.HTTPError:
            return False

    def _copy_log(self, reading: int) -> None:
        with open(reading, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                message = log_metrics.escape(line.rstrip("\r\n"))
                self._around.log(self._place.log_group, self._place.log_stream, message)
