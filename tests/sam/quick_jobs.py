"""SageMaker whose jobs and endpoints take no time, do what a script says, and can be forgotten."""

import threading
from collections.abc import Iterable, Mapping

from local_aws.cloudwatch import put_log
from local_aws.engine import Parts
from local_aws.objects import MotoObjects
from local_aws.sagemaker.core import SageMaker
from local_aws.sagemaker.executors.script import Script
from local_aws.sagemaker.executors.scripted import ScriptedExecutors
from local_aws.sagemaker.settings import SimulatorSettings
from local_aws.sagemaker.store import S3ObjectStore
from local_aws.sagemaker.wire import SageMakerApp
from local_aws.wsgi import App, Environ, StartResponse

AT_ONCE = SimulatorSettings(
    training_start_seconds=0,
    training_download_seconds=0,
    tuning_start_seconds=0,
    warm_start_seconds=0,
    training_upload_seconds=0,
    transform_start_seconds=0,
    stop_seconds=0,
    instance_start_seconds=0,
    weight_change_seconds=0,
    rollback_seconds=0,
    drain_seconds=0,
    delete_seconds=0,
    model_package_seconds=0,
)


class QuickJobs:
    """An engine of local AWS: the simulator, and models that are a function of the row."""

    script: Script
    """What happens to the jobs; may be changed until they run."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._lock = threading.RLock()
        self.forget()

    @property
    def app(self) -> App:
        return self._answer

    def forget(self) -> None:
        """Begin anew, as in an account that never had a job."""
        parts, script = self._parts, Script(training_seconds=0, transform_seconds=0, hosting_seconds=0)
        script.quality = {"*": 0.9}
        executors = ScriptedExecutors(S3ObjectStore(parts.client("s3")), parts.clock.now, script)
        core = SageMaker(
            clock=parts.clock.now,
            executors=executors,
            emit=parts.emit,
            put_metric=parts.put_metric,
            put_log=put_log,
            store=MotoObjects(),
            settings=AT_ONCE,
            access=parts.jobs,
        )
        with self._lock:
            self.script, self._core, self._wire = script, core, SageMakerApp(core, self._lock)

    def tick(self) -> None:
        with self._lock:
            self._core.advance()

    def close(self) -> None:
        """Nothing runs outside this process."""

    def put_in_status(self, endpoint: str, status: str, reason: str, seconds: float | None) -> None:
        with self._lock:
            self._core.put_in_status(endpoint, status, reason, seconds)

    def provoke(self, kind: str, name: str, what: str, reason: str, seconds: float | None) -> None:
        with self._lock:
            self._core.provoke(kind, name, what, reason, seconds)

    def trade(self, deal: str, arn: str) -> str:
        with self._lock:
            return self._core.trade(deal, arn)

    def tags_of(self, arn: str) -> Mapping[str, str]:
        with self._lock:
            return self._core.tags_of(arn)

    def key_of(self, arn: str) -> str | None:
        with self._lock:
            return self._core.volume_key_of(arn)

    def tagged(self, kind: str) -> list[tuple[str, Mapping[str, str]]]:
        with self._lock:
            return list(self._core.tagged(kind))

    def quotas(self) -> Mapping[str, int]:
        return self._core.settings.quotas

    def _answer(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return self._wire(environ, start_response)
