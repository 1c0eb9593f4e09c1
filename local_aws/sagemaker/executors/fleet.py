"""What serves a variant: a container, several in a row, or one for each model that is asked for."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from local_aws.sagemaker.access import DeniedError
from local_aws.sagemaker.executors import pipeline, registry, targets
from local_aws.sagemaker.executors.base import (
    Answer,
    HostingOutcome,
    HostingRequest,
    Invocation,
    ServedContainer,
)
from local_aws.sagemaker.executors.hosting import Host, Place
from local_aws.sagemaker.executors.surroundings import Surroundings

LOG_GROUP = "/aws/sagemaker/Endpoints"


class Served(Protocol):
    """What serves a variant; `start` belongs to a worker thread, the rest to any."""

    def start(self) -> HostingOutcome | None:
        """Start it and wait until it is ready; None if it was ended meanwhile."""

    def invoke(self, invocation: Invocation) -> Answer:
        """Send one request.

        Raises:
            ConnectionError: A container is gone.
            ModelDataError: The request's TargetModel can't be read.
        """

    def end(self) -> None:
        """End it at once."""


def served(request: HostingRequest, surroundings: Surroundings) -> Served:
    """Return what serves a variant; nothing is started yet."""
    kind = MultiModel if request.containers[0].multi_model else Pipeline
    return kind(request, surroundings)


class Pipeline:
    """The containers of a variant, each in a process of its own: mostly it is one."""

    def __init__(self, request: HostingRequest, surroundings: Surroundings) -> None:
        """Take the request; nothing happens yet."""
        self._request = request
        several = len(request.containers) > 1
        self._hosts = [
            Host(container, _place(request, surroundings, container.name if several else ""), surroundings)
            for container in request.containers
        ]
        self._asks = [(host.name, host.invoke) for host in self._hosts]
        self._ended = False

    def start(self) -> HostingOutcome | None:
        """Start all at once, and wait for their pings; None if they were ended meanwhile."""
        with ThreadPoolExecutor(len(self._hosts)) as threads:
            reasons = dict(zip(self._hosts, threads.map(Host.start, self._hosts), strict=True))
        failed = {host.name: reason for host, reason in reasons.items() if reason is not None}
        if self._ended:
            return None
        if not failed:
            return HostingOutcome(self._request.hosting_id, ready=True)
        self.end()
        reason = "; ".join(dict.fromkeys(failed.values()))
        return HostingOutcome(self._request.hosting_id, ready=False, failure_reason=reason, failed=tuple(failed))

    def invoke(self, invocation: Invocation) -> Answer:
        """Send one request through all.

        Raises:
            ConnectionError: One is gone.
        """
        return pipeline.through(self._asks, invocation)

    def end(self) -> None:
        """End all at once."""
        self._ended = True
        for host in self._hosts:
            host.end()


class MultiModel:
    """A multi-model container: a process for each model, begun when the first request asks for it.

    AWS's container has one process with all its models, and forgets some when memory is short; here none is forgotten.
    """

    def __init__(self, request: HostingRequest, surroundings: Surroundings) -> None:
        """Take the request; nothing happens yet."""
        self._request = request
        self._container = request.containers[0]
        self._around = surroundings
        self._lock = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}
        self._hosts: dict[str, Host] = {}
        self._ended = False

    def start(self) -> HostingOutcome | None:
        """Look whether the image is there: models come later."""
        try:
            registry.find(self._container.image, self._container.environment, self._around.images)
            self._around.pull(self._container.image)
        except (DeniedError, registry.UnavailableImageError) as error:
            failed = (self._container.name,)
            return HostingOutcome(self._request.hosting_id, ready=False, failure_reason=str(error), failed=failed)
        return None if self._ended else HostingOutcome(self._request.hosting_id, ready=True)

    def invoke(self, invocation: Invocation) -> Answer:
        """Send one request to the model that it names.

        Raises:
            ConnectionError: The endpoint's containers are gone, or the model's is.
            ModelDataError: There is no such model below the prefix, or the role may not read it.
        """
        target = invocation.target_model or ""
        begun = time.perf_counter()
        host = self._hosts.get(target)
        if host is not None:
            return replace(host.invoke(invocation), loading_seconds=0.0)
        with self._lock:
            loading = self._loading.setdefault(target, threading.Lock())
        with loading:
            loaded = self._hosts.get(target) or self._load(target)
        waited = time.perf_counter() - begun
        if isinstance(loaded, str):
            # What the real container answers to POST /models is passed on as its error.
            return Answer(500, loaded.encode(), "text/plain", 0.0, loading_seconds=waited)
        return replace(loaded.invoke(invocation), loading_seconds=waited)

    def end(self) -> None:
        """End all that were loaded."""
        with self._lock:
            self._ended = True
            hosts, self._hosts = list(self._hosts.values()), {}
        for host in hosts:
            host.end()

    def _load(self, target: str) -> Host | str:
        """Start a model's process; return it, or why it can't serve."""
        url = targets.uri(self._container, target)
        targets.check(self._around.store, url)
        place = _place(self._request, self._around, sha256(target.encode()).hexdigest()[:16])
        single = ServedContainer(self._container.image, url, self._container.environment)
        host = Host(single, replace(place, log_stream=f"{place.log_stream}/{target}"), self._around)
        if reason := host.start():
            host.end()
            return reason
        with self._lock:
            if not self._ended:
                self._hosts[target] = host
                return host
        host.end()
        raise ConnectionError(f"no container runs for {self._request.hosting_id}")


def _place(request: HostingRequest, around: Surroundings, part: str) -> Place:
    """Return where one container of a variant works, and where its log goes; `part` tells it from the others."""
    endpoint, _, rest = request.hosting_id.partition("/")
    folder: Path = around.work_dir / "hosting" / "+".join([*request.hosting_id.split("/"), *([part] if part else [])])
    return Place(folder, f"{LOG_GROUP}/{endpoint}", "/".join([rest or endpoint, *([part] if part else [])]))
