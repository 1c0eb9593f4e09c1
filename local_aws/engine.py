"""What is SageMaker in local AWS: the simulator's core, its executors and its wire, behind one small interface."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from local_aws.clock import Clock
from local_aws.envelopes import Event
from local_aws.sagemaker.access import Access
from local_aws.sagemaker.executors.own_images import NO_IMAGES, OwnImages
from local_aws.sagemaker.scaling import NoTargets, ScalableTargets
from local_aws.sagemaker.telemetry import Datapoint, LogLine
from local_aws.wsgi import App


class Engine(Protocol):
    """What local AWS needs of its SageMaker."""

    @property
    def app(self) -> App:
        """The WSGI application for requests signed for `sagemaker`."""

    def tick(self) -> None:
        """Let happen what is due; called about twenty times a second."""

    def close(self) -> None:
        """End all jobs and containers."""

    def put_in_status(self, endpoint: str, status: str, reason: str, seconds: float | None) -> None:
        """Put an endpoint into a status by hand; see `SageMaker.put_in_status`."""

    def provoke(self, kind: str, name: str, what: str, reason: str, seconds: float | None) -> None:
        """Let something happen to a job that AWS does by itself; see `SageMaker.provoke`."""

    def trade(self, deal: str, arn: str) -> str:
        """Let a seller offer something in AWS Marketplace, or the account (un)subscribe; return the product's ARN."""

    def tags_of(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a resource; none if it isn't there."""

    def key_of(self, arn: str) -> str | None:
        """Return the KMS key of an endpoint config; None if it has none."""

    def tagged(self, kind: str) -> list[tuple[str, Mapping[str, str]]]:
        """Return ARN and tags of every resource of a kind (`endpoint`) that has any."""

    def quotas(self) -> Mapping[str, int]:
        """Return the account's quotas, by AWS's name of each; what is missing is unlimited."""


@dataclass(frozen=True)
class Parts:
    """What an engine gets: the clock, where events and datapoints go, clients, a folder for files, rights, scaling.

    `images` has the programs that stand for containers of one's own.
    """

    clock: Clock
    emit: Callable[[Event], None]
    put_metric: Callable[[Datapoint], None]
    client: Callable[[str], Any]
    folder: Path
    jobs: Access
    scaling: ScalableTargets = field(default_factory=NoTargets)
    images: OwnImages = NO_IMAGES


MakeEngine = Callable[[Parts], Engine]


def sagemaker_engine(parts: Parts) -> Engine:
    """Make the simulator with executors that really train, transform and serve."""
    from local_aws.cloudwatch import put_log
    from local_aws.late_writer import LateWriter
    from local_aws.objects import MotoObjects
    from local_aws.sagemaker.core import SageMaker
    from local_aws.sagemaker.executors.processes import ProcessExecutors
    from local_aws.sagemaker.store import S3ObjectStore
    from local_aws.sagemaker.wire import SageMakerApp

    def log(group: str, stream: str, message: str) -> None:
        put_log(LogLine(group, stream, message, parts.clock.now()))

    store = S3ObjectStore(parts.client("s3"))
    captures = LateWriter(store)
    executors = ProcessExecutors(
        store, parts.folder, log=log, clock=parts.clock.now, access=parts.jobs, images=parts.images
    )
    core = SageMaker(
        clock=parts.clock.now,
        executors=executors,
        emit=parts.emit,
        put_metric=parts.put_metric,
        put_log=put_log,
        store=MotoObjects(),
        access=parts.jobs,
        scaling=parts.scaling,
        put_capture=captures.put,
    )
    lock = threading.RLock()
    return SageMakerEngine(SageMakerApp(core, lock), core, executors, lock, captures.close)


class SageMakerEngine:
    """The core is called by one thread at a time: the lock is its wire's, too."""

    def __init__(
        self, app: App, core: Any, executors: Any, lock: threading.RLock, end: Callable[[], None] = lambda: None
    ) -> None:
        """Take the wire, the core, what runs its jobs, and the lock around the core; `end` ends the rest."""
        self.app = app
        self._core = core
        self._executors = executors
        self._lock = lock
        self._end = end

    def tick(self) -> None:
        """Let happen what is due."""
        with self._lock:
            self._core.advance()

    def close(self) -> None:
        """End all jobs and containers."""
        self._executors.close()
        self._end()

    def put_in_status(self, endpoint: str, status: str, reason: str, seconds: float | None) -> None:
        """Put an endpoint into a status by hand; see `SageMaker.put_in_status`."""
        with self._lock:
            self._core.put_in_status(endpoint, status, reason, seconds)

    def provoke(self, kind: str, name: str, what: str, reason: str, seconds: float | None) -> None:
        """Let something happen to a job that AWS does by itself; see `SageMaker.provoke`."""
        with self._lock:
            self._core.provoke(kind, name, what, reason, seconds)

    def trade(self, deal: str, arn: str) -> str:
        """Do a deal in AWS Marketplace: `offer`, `subscribe` or `unsubscribe`; return the product's ARN."""
        with self._lock:
            traded: str = self._core.trade(deal, arn)
            return traded

    def tags_of(self, arn: str) -> Mapping[str, str]:
        """Return the tags of a resource; none if it isn't there."""
        with self._lock:
            return self._core.tags_of(arn)  # type: ignore[no-any-return]  # imported late, so untyped here

    def key_of(self, arn: str) -> str | None:
        """Return the KMS key of an endpoint config; None if it has none."""
        with self._lock:
            return self._core.volume_key_of(arn)  # type: ignore[no-any-return]  # imported late, so untyped here

    def tagged(self, kind: str) -> list[tuple[str, Mapping[str, str]]]:
        """Return ARN and tags of every resource of a kind (`endpoint`) that has any."""
        with self._lock:
            return list(self._core.tagged(kind))

    def quotas(self) -> Mapping[str, int]:
        """Return the account's quotas, by AWS's name of each; what is missing is unlimited."""
        found: Mapping[str, int] = self._core.settings.quotas
        return found
