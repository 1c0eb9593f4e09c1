"""Runs one batch transform job: data and model in, containers, outputs out."""

from dataclasses import replace
from pathlib import PurePosixPath

from local_aws.sagemaker.access import DeniedError
from local_aws.sagemaker.executors import (
    artifacts,
    data_log,
    failures,
    inputs,
    log_metrics,
    pipeline,
    registry,
    transform_agent,
    user_code,
)
from local_aws.sagemaker.executors.base import (
    Finished,
    Invocation,
    ServedContainer,
    TransformOutcome,
    TransformRequest,
)
from local_aws.sagemaker.executors.container_run import ContainerRun
from local_aws.sagemaker.executors.hosting import Host, Place
from local_aws.sagemaker.executors.launcher import Command
from local_aws.sagemaker.executors.surroundings import Surroundings
from local_aws.sagemaker.executors.workspace import TRANSFORM_INPUT, Workspace

LOG_GROUP = "/aws/sagemaker/TransformJobs"
BATCH = "SAGEMAKER_BATCH"
"""By which a container knows that it serves a transform job: it answers a line for each row."""
SEE_LOGS = "See job logs for more information"  # all that SageMaker says

NO_PING = (
    "Model container failed to respond to ping. Please ensure /ping endpoint is implemented and responds with an HTTP "
    "200 status code"
)


class NoPingError(Exception):
    """A container of a pipeline does not serve."""


class TransformJob:
    """One job; `run` belongs to a worker thread, `stop` to any."""

    def __init__(self, request: TransformRequest, surroundings: Surroundings) -> None:
        """Take the request; nothing happens yet."""
        self._request = request
        self._around = surroundings
        self._run = ContainerRun(surroundings.stop_grace_seconds)
        self._stream = f"{request.name}/local-1-{int(surroundings.clock())}"
        self._hosts: tuple[Host, ...] = ()
        self._uris: dict[str, str] = {}

    def stop(self) -> None:
        """Ask the job to stop; no output is stored then."""
        self._run.stop()
        self._end_hosts()

    def run(self) -> TransformOutcome:
        """Do everything, and say how it ended."""
        workspace = Workspace(self._around.work_dir / "transform" / self._request.name)
        try:
            self._bring_data(workspace)
            [first, *more] = self._request.containers
            code = self._run_pipeline(workspace) if more else self._run_container(first, workspace)
            return self._outcome(workspace, code)
        except (DeniedError, registry.UnavailableImageError, inputs.InputError, artifacts.ArtifactError) as error:
            return self._failed(failures.of_customer(str(error)))
        except NoPingError:
            return self._failed(f"AlgorithmError: {NO_PING}")
        except Exception as error:  # a worker thread has nobody above it: no job may end without an outcome
            return self._failed(failures.of_platform(error))
        finally:
            workspace.remove()

    def _bring_data(self, workspace: Workspace) -> None:
        store, request = self._around.store, self._request
        objects = inputs.find(store, request.s3_uri, request.s3_data_type)
        self._uris = {str(item.path): item.uri for item in objects}
        inputs.download(store, objects, workspace.channel_dir(TRANSFORM_INPUT), request.compression)
        workspace.write_transform_config(request)

    def _run_container(self, served: ServedContainer, workspace: Workspace) -> int | None:
        """Let the one container read the files in its own process."""
        container = registry.find(served.image, served.environment, self._around.images)
        workspace.write_container(container.details)
        self._around.pull(served.image)
        store = self._around.store
        if served.model_data_url:
            artifacts.unpack(store, served.model_data_url, workspace.model_dir)
        user_code.bring(store, user_code.of_serving(served.environment), workspace.base_dir)
        command = Command("transform", container.name, workspace.base_dir, served.environment)
        return self._run.run(self._around.launcher(), command, self._say)

    def _run_pipeline(self, workspace: Workspace) -> int | None:
        """Start all containers as servers, and send the files through them; None if the job was stopped."""
        self._hosts = tuple(self._host(container) for container in self._request.containers)
        try:
            if self._run.stopped or not self._all_serve():
                return None
            return transform_agent.transform_files(workspace.base_dir, self._request, self._ask, self._say)
        except ConnectionError:
            if self._run.stopped:
                return None
            raise
        finally:
            self._end_hosts()

    def _host(self, container: ServedContainer) -> Host:
        folder = self._around.work_dir / "transform" / f"{self._request.name}+{container.name}"
        batch = replace(container, environment=container.environment | {BATCH: "True"})
        return Host(batch, Place(folder, LOG_GROUP, f"{self._stream}/{container.name}"), self._around)

    def _all_serve(self) -> bool:
        """Start one after the other; False if the job was stopped meanwhile.

        Raises:
            NoPingError: One does not answer its ping.
        """
        for host in self._hosts:
            if not host.serve():
                if self._run.stopped:
                    return False
                raise NoPingError
        return True

    def _ask(self, body: bytes) -> tuple[int, bytes]:
        accept = self._request.accept or pipeline.ANY
        invocation = Invocation(body, self._request.content_type or "", accept)
        answer = pipeline.through([(host.name, host.invoke) for host in self._hosts], invocation)
        return answer.status, answer.problem.encode() or answer.body

    def _end_hosts(self) -> None:
        for host in self._hosts:
            host.end()

    def _say(self, line: str) -> None:
        told = data_log.translated(line, self._uris)
        stream = self._stream if told is None else f"{self._stream}/{data_log.NAME}"
        self._around.log(LOG_GROUP, stream, log_metrics.escape(told or line))

    def _outcome(self, workspace: Workspace, code: int | None) -> TransformOutcome:
        if self._run.stopped:
            return TransformOutcome(self._request.name, Finished.STOPPED)
        self._upload(workspace)  # of a failed job too: the files without bad records keep their outputs
        if code:
            kind = "ClientError" if code == failures.CUSTOMER_FAULT else "AlgorithmError"
            return self._failed(f"{kind}: {SEE_LOGS}")
        return TransformOutcome(self._request.name, Finished.COMPLETED)

    def _upload(self, workspace: Workspace) -> None:
        prefix = self._request.s3_output_path.rstrip("/")
        for path in sorted(workspace.output_dir.rglob("*.out")):
            name = PurePosixPath(path.relative_to(workspace.output_dir))
            self._around.store.write(f"{prefix}/{name}", path.read_bytes())

    def _failed(self, reason: str) -> TransformOutcome:
        return TransformOutcome(self._request.name, Finished.FAILED, reason)
