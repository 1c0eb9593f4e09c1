"""The real executors: subprocesses that train, transform and serve; the caller is never kept waiting."""

import queue
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local_aws.sagemaker.access import Access, Unlimited
from local_aws.sagemaker.executors.base import (
    Answer,
    HostingRequest,
    Invocation,
    Outcome,
    TrainingRequest,
    TransformRequest,
)
from local_aws.sagemaker.executors.fleet import Served, served
from local_aws.sagemaker.executors.launcher import Launcher, SubprocessLauncher
from local_aws.sagemaker.executors.own_images import NO_IMAGES, OwnImages
from local_aws.sagemaker.executors.surroundings import Log, Surroundings
from local_aws.sagemaker.executors.training import TrainingJob
from local_aws.sagemaker.executors.transforming import TransformJob
from local_aws.sagemaker.executors.warm_launcher import WarmLauncher
from local_aws.sagemaker.store import ObjectStore

JOBS_AT_ONCE = 32  # more wait in the pool; a job's thread only waits for its process


def _no_log(_group: str, _stream: str, _message: str) -> None:
    """Drop a log line."""


class ProcessExecutors:
    """`Executors` with a process for each job and each hosted variant."""

    def __init__(
        self,
        store: ObjectStore,
        work_dir: Path,
        *,
        log: Log = _no_log,
        clock: Callable[[], float] = time.time,
        threads: int = 1,
        warm: bool = sys.platform == "linux",
        stop_grace_seconds: float = 120.0,
        startup_seconds: float = 120.0,
        drain_seconds: float = 5.0,
        access: Access | None = None,
        images: OwnImages = NO_IMAGES,
    ) -> None:
        """Prepare; with `warm`, a process that imports the algorithms' libraries in the background is started now.

        Args:
            store: where data, artifacts and outputs are; used from several threads.
            work_dir: where processes have their own directories, each removed at its end.
            log: takes (log group, log stream, message); called from several threads.
            clock: epoch seconds, for metrics and the names of log streams.
            threads: how many threads a training job has, unless its nthread says otherwise.
            warm: fork containers from a warm process (Linux), in place of starting a Python for each.
            stop_grace_seconds: between SIGTERM and SIGKILL when a job is stopped.
            startup_seconds: how long a container may take until it answers its ping.
            drain_seconds: how long a stopped container still answers requests that were routed before.
            access: judges what jobs and containers do in their role's name; without, they may do everything.
            images: the programs that stand for containers of one's own.
        """
        self._warm = WarmLauncher(threads) if warm else None
        self._plain = SubprocessLauncher(threads)
        self._around = Surroundings(
            store,
            work_dir.resolve(),
            log,
            clock,
            self._launcher,
            stop_grace_seconds,
            startup_seconds,
            access or Unlimited(),
            images=images,
        )
        self._drain_seconds = drain_seconds
        self._pool = ThreadPoolExecutor(JOBS_AT_ONCE, thread_name_prefix="sagemaker-executor")
        self._outcomes: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._trainings: dict[str, TrainingJob] = {}
        self._transforms: dict[str, TransformJob] = {}
        self._hosts: dict[str, Served] = {}
        self._drains: list[threading.Timer] = []

    def start_training(self, request: TrainingRequest) -> None:
        """Begin a training job; a `TrainingOutcome` follows, also when it can't be started."""
        job = TrainingJob(request, self._around.under(request.role_arn, request.arn), self._outcomes.put)
        self._trainings[request.name] = job
        self._pool.submit(self._run_training, request.name, job)

    def stop_training(self, name: str) -> None:
        """Ask a training job to stop: SIGTERM, and SIGKILL after the grace."""
        if job := self._trainings.get(name):
            job.stop()

    def interrupt_training(self, name: str) -> None:
        """Take a training job's machine away: SIGTERM, SIGKILL after the grace, and no model."""
        if job := self._trainings.get(name):
            job.interrupt()

    def start_transform(self, request: TransformRequest) -> None:
        """Begin a transform job; a `TransformOutcome` follows."""
        job = TransformJob(request, self._around.under(request.role_arn, request.arn))
        self._transforms[request.name] = job
        self._pool.submit(self._run_transform, request.name, job)

    def stop_transform(self, name: str) -> None:
        """Ask a transform job to stop; no output is stored then."""
        if job := self._transforms.get(name):
            job.stop()

    def start_hosting(self, request: HostingRequest) -> None:
        """Start a model's containers; a `HostingOutcome` follows."""
        host = served(request, self._around.under(request.role_arn, request.arn))
        with self._lock:
            self._hosts[request.hosting_id] = host
        self._pool.submit(self._start_host, host)

    def stop_hosting(self, hosting_id: str) -> None:
        """End a model's containers, after a while in which they answer what was already routed to them."""
        timer = threading.Timer(self._drain_seconds, self._end_host, [hosting_id])
        timer.daemon = True
        with self._lock:
            self._drains = [*(drain for drain in self._drains if drain.is_alive()), timer]
        timer.start()

    def invoke(self, hosting_id: str, invocation: Invocation) -> Answer:
        """Send one request to a model's containers; safe from many threads.

        Raises:
            ConnectionError: a container is gone.
            ModelDataError: the request's TargetModel can't be read.
        """
        host = self._hosts.get(hosting_id)
        if host is None:
            raise ConnectionError(f"no container runs for {hosting_id}")
        return host.invoke(invocation)

    def poll(self) -> list[Outcome]:
        """Give the outcomes since the last call; never blocks."""
        found: list[Outcome] = []
        while not self._outcomes.empty():
            found.append(self._outcomes.get())
        return found

    def close(self) -> None:
        """Kill everything that runs, and remove its directories."""
        with self._lock:
            drains, hosts = self._drains, list(self._hosts.values())
            self._hosts = {}
        for drain in drains:
            drain.cancel()
        for training in list(self._trainings.values()):
            training.stop()
        for transform in list(self._transforms.values()):
            transform.stop()
        for host in hosts:
            host.end()
        for launcher in (self._warm, self._plain):
            if launcher:
                launcher.close()
        self._pool.shutdown(cancel_futures=True)
        self.poll()

    def _launcher(self) -> Launcher:
        return self._warm if self._warm and self._warm.alive else self._plain

    def _run_training(self, name: str, job: TrainingJob) -> None:
        outcome = job.run()
        del self._trainings[name]
        self._outcomes.put(outcome)

    def _run_transform(self, name: str, job: TransformJob) -> None:
        outcome = job.run()
        del self._transforms[name]
        self._outcomes.put(outcome)

    def _start_host(self, host: Served) -> None:
        if outcome := host.start():
            self._outcomes.put(outcome)

    def _end_host(self, hosting_id: str) -> None:
        with self._lock:
            host = self._hosts.pop(hosting_id, None)
        if host:
            host.end()
