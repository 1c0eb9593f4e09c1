"""Runs one variant's model server, and talks to it over kept connections."""

import os
import signal
import socket
import threading
import time

import urllib3

from local_aws.sagemaker.access import DeniedError
from local_aws.sagemaker.executors import artifacts, failures, log_metrics, registry, user_code
from local_aws.sagemaker.executors.base import Answer, HostingOutcome, HostingRequest, Invocation
from local_aws.sagemaker.executors.launcher import Command, Container
from local_aws.sagemaker.executors.surroundings import Surroundings
from local_aws.sagemaker.executors.workspace import Workspace

LOOPBACK = "127.0.0.1"
MODEL_SECONDS = 60.0  # a model has a minute to answer: the InvokeEndpoint page
CONNECTIONS = 64


class Host:
    """One model server; `start` belongs to a worker thread, the rest to any."""

    def __init__(self, request: HostingRequest, surroundings: Surroundings) -> None:
        """Take the request; nothing happens yet."""
        self._request = request
        self._around = surroundings
        self._lock = threading.Lock()
        self._container: Container | None = None
        self._pool: urllib3.HTTPConnectionPool | None = None
        self._workspace = Workspace(surroundings.work_dir / "hosting" / request.hosting_id.replace("/", "+"))
        self._ended = False

    def start(self) -> HostingOutcome | None:
        """Start the server and wait for its ping; None if it was ended meanwhile."""
        try:
            reason = self._start()
        except (DeniedError, registry.UnavailableImageError, artifacts.ArtifactError) as error:
            reason = str(error)
        except Exception as error:  # a worker thread has nobody above it: no variant may wait for ever
            reason = failures.of_platform(error)
        if self._ended:
            return None
        if reason is None:
            return HostingOutcome(self._request.hosting_id, ready=True)
        self.end()
        return HostingOutcome(self._request.hosting_id, ready=False, failure_reason=reason)

    def invoke(self, invocation: Invocation) -> Answer:
        """Send one request.

        Raises:
            ConnectionError: the server is not there, ended, or took longer than a minute.
        """
        if self._pool is None or self._ended:
            raise ConnectionError(f"no container runs for {self._request.hosting_id}")
        headers = {"Content-Type": invocation.content_type, "Accept": invocation.accept}
        begun = time.perf_counter()
        try:
            response = self._pool.urlopen(
                "POST", "/invocations", body=invocation.body, headers=headers, timeout=MODEL_SECONDS
            )
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionError(f"the container of {self._request.hosting_id}: {type(error).__name__}") from error
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

    def _start(self) -> str | None:
        """Start, and give the reason if the server never answers its ping."""
        container = registry.find(self._request.image, self._request.environment, self._around.images)
        self._workspace.write_container(container.details)
        self._around.pull(self._request.image)
        if self._request.model_data_url:
            artifacts.unpack(self._around.store, self._request.model_data_url, self._workspace.model_dir)
        user_code.bring(self._around.store, user_code.of_serving(self._request.environment), self._workspace.base_dir)
        # We bind, the container inherits: there is no moment at which another process could take the port.
        with socket.create_server((LOOPBACK, 0), backlog=128) as listener:
            self._pool = urllib3.HTTPConnectionPool(
                LOOPBACK, listener.getsockname()[1], maxsize=CONNECTIONS, retries=False
            )
            self._launch(container.name, listener)
        return None if self._answers_ping() else self._no_ping()

    def _launch(self, container: str, listener: socket.socket) -> None:
        reading, writing = os.pipe()
        threading.Thread(target=self._copy_log, args=[reading], name="container-log", daemon=True).start()
        try:
            with self._lock:
                if not self._ended:
                    command = Command("serve", container, self._workspace.base_dir, self._request.environment)
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

    def _no_ping(self) -> str:
        parts = self._request.hosting_id.split("/")
        variant = f" for production variant {parts[1]}" if len(parts) > 1 else ""
        return (
            f"The primary container{variant} did not pass the ping health check. "
            "Please check CloudWatch logs for this endpoint."
        )

    def _copy_log(self, reading: int) -> None:
        endpoint, _, rest = self._request.hosting_id.partition("/")
        with open(reading, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                message = log_metrics.escape(line.rstrip("\r\n"))
                self._around.log(f"/aws/sagemaker/Endpoints/{endpoint}", rest or endpoint, message)
