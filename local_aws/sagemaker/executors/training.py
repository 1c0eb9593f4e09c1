"""Runs one training job: data in, container, model out."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress

from local_aws.sagemaker.access import DeniedError
from local_aws.sagemaker.executors import artifacts, failures, inputs, log_metrics, registry, user_code
from local_aws.sagemaker.executors.base import Finished, TrainingOutcome, TrainingProgress, TrainingRequest
from local_aws.sagemaker.executors.built_in import BUILT_IN
from local_aws.sagemaker.executors.checkpoints import Checkpoints
from local_aws.sagemaker.executors.container_run import ContainerRun
from local_aws.sagemaker.executors.launcher import Command
from local_aws.sagemaker.executors.log_metrics import MetricScanner
from local_aws.sagemaker.executors.pipes import PipeFeeder, check_folder
from local_aws.sagemaker.executors.surroundings import Surroundings
from local_aws.sagemaker.executors.workspace import Workspace

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
OUTPUT = "output.tar.gz"
"""What SageMaker makes of /opt/ml/output/data, beside the model."""
_OF_CUSTOMER = (
    DeniedError,
    registry.UnavailableImageError,
    inputs.InputError,
    artifacts.ArtifactError,
    log_metrics.PatternError,
)


def _nobody(progress: TrainingProgress) -> None:
    """Tell nobody of a job's progress."""
    del progress


class TrainingJob:
    """One job; `run` belongs to a worker thread, `stop` to any."""

    def __init__(
        self, request: TrainingRequest, surroundings: Surroundings, tell: Callable[[TrainingProgress], None] = _nobody
    ) -> None:
        """Take the request, and who is told of each value of its watched metric; nothing happens yet."""
        self._request = request
        self._tell = tell
        self._around = surroundings
        self._run = ContainerRun(surroundings.stop_grace_seconds)
        self._feeders: list[PipeFeeder] = []
        self._interrupted = False

    def interrupt(self) -> None:
        """Take the job's machine away: what it has of a model is lost, its checkpoints are not."""
        self._interrupted = True
        self._run.stop()

    def stop(self) -> None:
        """Ask the job to stop; it keeps the model that it has by then."""
        self._run.stop()

    def run(self) -> TrainingOutcome:
        """Do everything, and say how it ended."""
        workspace = Workspace(self._around.work_dir / "training" / self._request.name)
        try:
            container = registry.find(self._request.image, own=self._around.images)
            workspace.write_container(container.details)
            self._around.pull(self._request.image)
            scanner = MetricScanner(self._request.metric_definitions, BUILT_IN.get(container.name))
            self._bring_data(workspace)
            code = self._run_container(container.name, workspace, scanner)
            self._close_pipes()
            return self._outcome(workspace, scanner, code)
        except _OF_CUSTOMER as error:
            return self._failed(failures.of_customer(str(error)))
        except Exception as error:  # a worker thread has nobody above it: no job may end without an outcome
            return self._failed(failures.of_platform(error))
        finally:
            with suppress(Exception):  # what ended the job is told already
                self._close_pipes()
            workspace.remove()

    def _bring_data(self, workspace: Workspace) -> None:
        store = self._around.store
        for channel in self._request.channels:
            objects = inputs.find(store, channel.s3_uri, channel.s3_data_type)
            if channel.input_mode == "Pipe":
                feeder = PipeFeeder(store, objects, workspace.pipe(channel.name), channel.compression)
                self._feeders.append(feeder)
                continue
            if channel.input_mode == "FastFile":
                check_folder(objects, channel.s3_uri)
            inputs.download(store, objects, workspace.channel_dir(channel.name), channel.compression)
        user_code.bring(store, user_code.of_training(self._request.hyperparameters), workspace.base_dir)
        workspace.write_training_config(self._request)

    def _close_pipes(self) -> None:
        for feeder in self._feeders:
            feeder.close()

    def _run_container(self, container: str, workspace: Workspace, scanner: MetricScanner) -> int | None:
        stream = f"{self._request.name}/algo-1-{int(self._around.clock())}"

        def on_line(line: str) -> None:
            escaped = log_metrics.escape(line)
            values = scanner.scan(escaped, self._around.clock())
            if self._request.watched in values:
                self._tell(TrainingProgress(self._request.name, values[self._request.watched]))
            self._around.log(LOG_GROUP, stream, escaped)

        environment = {**_around_job(self._request), **self._request.environment}
        command = Command("train", container, workspace.base_dir, environment)
        with self._checkpoints(workspace):
            return self._run.run(self._around.launcher(), command, on_line)

    def _checkpoints(self, workspace: Workspace) -> AbstractContextManager[None]:
        request = self._request
        if request.checkpoint_uri is None:
            return nullcontext()
        folder = workspace.checkpoint_dir(request.checkpoint_path)
        return Checkpoints(self._around.store, request.checkpoint_uri, folder).kept()

    def _outcome(self, workspace: Workspace, scanner: MetricScanner, code: int | None) -> TrainingOutcome:
        name = self._request.name
        if self._interrupted:
            return TrainingOutcome(name, Finished.STOPPED)
        if self._run.stopped:
            return TrainingOutcome(name, Finished.STOPPED, None, self._upload(workspace), scanner.values())
        if code:
            return self._failed(failures.of_container(workspace.failure(), code), scanner)
        return TrainingOutcome(name, Finished.COMPLETED, None, self._upload(workspace), scanner.values())

    def _upload(self, workspace: Workspace) -> str | None:
        uri = artifacts.uri_of(self._request.output_s3_path, self._request.name)
        if output := artifacts.pack_directory(workspace.output_dir):
            self._around.store.write(f"{uri.rpartition('/')[0]}/{OUTPUT}", output)
        archive = artifacts.pack_directory(workspace.model_dir)
        if archive is None:
            return None
        self._around.store.write(uri, archive)
        return uri

    def _failed(self, reason: str, scanner: MetricScanner | None = None) -> TrainingOutcome:
        metrics = scanner.values() if scanner else ()
        return TrainingOutcome(self._request.name, Finished.FAILED, reason, None, metrics)


def _around_job(request: TrainingRequest) -> dict[str, str]:
    """Return what SageMaker itself tells every training container."""
    if not request.arn:
        return {"TRAINING_JOB_NAME": request.name}
    region = request.arn.split(":")[3]
    return {"TRAINING_JOB_NAME": request.name, "TRAINING_JOB_ARN": request.arn, "AWS_REGION": region}
