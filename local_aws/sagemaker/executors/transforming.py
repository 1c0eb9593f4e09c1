"""Runs one batch transform job: data and model in, container, outputs out."""

from pathlib import PurePosixPath

from local_aws.sagemaker.access import DeniedError
from local_aws.sagemaker.executors import artifacts, failures, inputs, log_metrics, registry, user_code
from local_aws.sagemaker.executors.base import Finished, TransformOutcome, TransformRequest
from local_aws.sagemaker.executors.container_run import ContainerRun
from local_aws.sagemaker.executors.launcher import Command
from local_aws.sagemaker.executors.surroundings import Surroundings
from local_aws.sagemaker.executors.workspace import TRANSFORM_INPUT, Workspace

LOG_GROUP = "/aws/sagemaker/TransformJobs"
SEE_LOGS = "See job logs for more information"  # all that SageMaker says


class TransformJob:
    """One job; `run` belongs to a worker thread, `stop` to any."""

    def __init__(self, request: TransformRequest, surroundings: Surroundings) -> None:
        """Take the request; nothing happens yet."""
        self._request = request
        self._around = surroundings
        self._run = ContainerRun(surroundings.stop_grace_seconds)

    def stop(self) -> None:
        """Ask the job to stop; no output is stored then."""
        self._run.stop()

    def run(self) -> TransformOutcome:
        """Do everything, and say how it ended."""
        workspace = Workspace(self._around.work_dir / "transform" / self._request.name)
        try:
            container = registry.find(self._request.image, self._request.environment, self._around.images)
            workspace.write_container(container.details)
            self._around.pull(self._request.image)
            self._bring_data(workspace)
            code = self._run_container(container.name, workspace)
            return self._outcome(workspace, code)
        except (DeniedError, registry.UnavailableImageError, inputs.InputError, artifacts.ArtifactError) as error:
            return self._failed(failures.of_customer(str(error)))
        except Exception as error:  # a worker thread has nobody above it: no job may end without an outcome
            return self._failed(failures.of_platform(error))
        finally:
            workspace.remove()

    def _bring_data(self, workspace: Workspace) -> None:
        store, request = self._around.store, self._request
        if request.model_data_url:
            artifacts.unpack(store, request.model_data_url, workspace.model_dir)
        user_code.bring(store, user_code.of_serving(request.environment), workspace.base_dir)
        objects = inputs.find(store, request.s3_uri, request.s3_data_type)
        inputs.download(store, objects, workspace.channel_dir(TRANSFORM_INPUT), request.compression)
        workspace.write_transform_config(request)

    def _run_container(self, container: str, workspace: Workspace) -> int | None:
        stream = f"{self._request.name}/local-1-{int(self._around.clock())}"

        def on_line(line: str) -> None:
            self._around.log(LOG_GROUP, stream, log_metrics.escape(line))

        command = Command("transform", container, workspace.base_dir, self._request.environment)
        return self._run.run(self._around.launcher(), command, on_line)

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
