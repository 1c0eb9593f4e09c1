"""The life of a training job: Starting, Downloading, Training, Uploading, and its four ends."""

from dataclasses import dataclass, field
from typing import Any

from local_aws.sagemaker.events import milliseconds
from local_aws.sagemaker.executors.base import (
    Finished,
    InputChannel,
    MetricDefinition,
    MetricValue,
    TrainingOutcome,
    TrainingRequest,
)
from local_aws.sagemaker.telemetry import Datapoint
from local_aws.sagemaker.timeline import Timer
from local_aws.sagemaker.world import World

DEFAULT_MAX_RUNTIME = 86_400
ACTIVE = frozenset({"InProgress", "Stopping"})
"""The statuses in which a job holds its instances."""

_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "Failed": "Training job failed",
}


@dataclass
class TrainingJob:
    """A training job; `stopped_as` is the secondary status that a stop in progress will end in."""

    name: str
    arn: str
    request: dict[str, Any]
    created: float
    modified: float = 0.0
    status: str = "InProgress"
    secondary: str = "Starting"
    transitions: list[dict[str, Any]] = field(default_factory=list)
    started: float | None = None
    ended: float | None = None
    failure: str | None = None
    artifact: str | None = None
    metrics: tuple[MetricValue, ...] = ()
    stopped_as: str | None = None
    timer: Timer | None = None

    @property
    def seconds(self) -> int | None:
        """The training time, once it is known."""
        return None if self.started is None or self.ended is None else round(self.ended - self.started)


class TrainingRun:
    """Moves jobs from phase to phase; the phase Training lasts as long as the executor takes."""

    def __init__(self, world: World) -> None:
        """Act in a world."""
        self._world = world

    def start(self, job: TrainingJob) -> None:
        """Begin a job that was just created."""
        self._enter(job, "Starting")
        self._then(job, self._world.settings.training_start_seconds, self._download)

    def stop(self, job: TrainingJob, ending: str = "Stopped") -> None:
        """Stop a job; SIGTERM lets its container save what it has."""
        phase = job.secondary
        job.status, job.stopped_as = "Stopping", ending
        self._enter(job, "Stopping")
        self._cancel_timer(job)
        if phase == "Training":
            self._world.executors.stop_training(job.name)
        else:
            self._then(job, self._world.settings.stop_seconds, self._end_stopped)

    def finished(self, job: TrainingJob, outcome: TrainingOutcome) -> None:
        """Go on after the container ended."""
        if job.status not in ACTIVE:
            return
        self._cancel_timer(job)
        job.artifact, job.metrics = outcome.artifact_uri, outcome.metrics
        self._publish_metrics(job)
        if job.stopped_as:
            self._end_stopped(job)
            return
        match outcome.result:
            case Finished.COMPLETED:
                self._enter(job, "Uploading")
                self._then(job, self._world.settings.training_upload_seconds, self._complete)
            case Finished.FAILED:
                self._end(job, "Failed", "Failed", failure=outcome.failure_reason or "AlgorithmError: exit code: 1")
            case Finished.STOPPED:
                # Nobody asked: the executor itself ran out of the time that the job allows.
                self._end(job, "Stopped", "MaxRuntimeExceeded")

    def _download(self, job: TrainingJob) -> None:
        job.started = self._world.timeline.now()
        self._enter(job, "Downloading")
        self._then(job, self._world.settings.training_download_seconds, self._train)

    def _train(self, job: TrainingJob) -> None:
        self._enter(job, "Training")
        limit = job.request["StoppingCondition"]["MaxRuntimeInSeconds"]
        left = (job.started or job.created) + limit - self._world.timeline.now()
        self._then(job, max(left, 0), lambda late: self.stop(late, "MaxRuntimeExceeded"))
        self._world.executors.start_training(training_request(job))

    def _complete(self, job: TrainingJob) -> None:
        self._end(job, "Completed", "Completed")

    def _end_stopped(self, job: TrainingJob) -> None:
        self._end(job, "Stopped", job.stopped_as or "Stopped")

    def _end(self, job: TrainingJob, status: str, secondary: str, failure: str | None = None) -> None:
        job.status, job.failure, job.ended = status, failure, self._world.timeline.now()
        self._enter(job, secondary)
        job.transitions[-1]["EndTime"] = job.ended
        if failure:
            job.transitions[-1]["StatusMessage"] = failure
            self._log(job, failure)

    def _enter(self, job: TrainingJob, secondary: str) -> None:
        now = self._world.timeline.now()
        if job.transitions:
            job.transitions[-1]["EndTime"] = now
        job.secondary, job.modified = secondary, now
        job.transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": _MESSAGES[secondary]})
        self._log(job, f"{secondary} - {_MESSAGES[secondary]}")
        self._world.events.send("Training Job", job.arn, self._detail(job))

    def _then(self, job: TrainingJob, seconds: float, step: Any) -> None:
        job.timer = self._world.timeline.after(seconds, lambda: step(job))

    def _cancel_timer(self, job: TrainingJob) -> None:
        if job.timer:
            job.timer.cancel()

    def _publish_metrics(self, job: TrainingJob) -> None:
        dimensions = {"TrainingJobName": job.name}
        for metric in job.metrics:
            self._world.put_metric(
                Datapoint("/aws/sagemaker/TrainingJobs", metric.name, dimensions, metric.value, metric.at)
            )

    def _log(self, job: TrainingJob, message: str) -> None:
        self._world.log("TrainingJobs", f"{job.name}/algo-1-{round(job.created)}", message)

    def _detail(self, job: TrainingJob) -> dict[str, Any]:
        request = job.request
        return {
            "TrainingJobName": job.name,
            "TrainingJobArn": job.arn,
            "TrainingJobStatus": job.status,
            "SecondaryStatus": job.secondary,
            "HyperParameters": request.get("HyperParameters", {}),
            "AlgorithmSpecification": request["AlgorithmSpecification"],
            "RoleArn": request["RoleArn"],
            "InputDataConfig": [_channel_detail(channel) for channel in request.get("InputDataConfig", [])],
            "OutputDataConfig": {"KmsKeyId": "", **request["OutputDataConfig"]},
            "ResourceConfig": {"VolumeKmsKeyId": "", **request["ResourceConfig"]},
            "VpcConfig": request.get("VpcConfig", {}),
            "StoppingCondition": request["StoppingCondition"],
            "CreationTime": milliseconds(job.created),
            "TrainingStartTime": _maybe_milliseconds(job.started),
            "TrainingEndTime": _maybe_milliseconds(job.ended),
            "LastModifiedTime": milliseconds(job.modified),
            "SecondaryStatusTransitions": [_transition_detail(transition) for transition in job.transitions],
            "Tags": self._world.tags.as_object(job.arn),
            "FailureReason": job.failure,
            "ModelArtifacts": {"S3ModelArtifacts": job.artifact} if job.artifact else None,
        }


def training_request(job: TrainingJob) -> TrainingRequest:
    """Return what the executor needs to know of a job."""
    request = job.request
    algorithm, resources = request["AlgorithmSpecification"], request["ResourceConfig"]
    return TrainingRequest(
        name=job.name,
        image=algorithm["TrainingImage"],
        hyperparameters=dict(request.get("HyperParameters", {})),
        channels=tuple(_channel(channel) for channel in request.get("InputDataConfig", [])),
        output_s3_path=request["OutputDataConfig"]["S3OutputPath"],
        metric_definitions=tuple(
            MetricDefinition(definition["Name"], definition["Regex"])
            for definition in algorithm.get("MetricDefinitions", [])
        ),
        environment=dict(request.get("Environment", {})),
        instance_type=resources["InstanceType"],
        instance_count=resources["InstanceCount"],
        max_runtime_seconds=request["StoppingCondition"]["MaxRuntimeInSeconds"],
    )


def _channel(channel: dict[str, Any]) -> InputChannel:
    source = channel["DataSource"]["S3DataSource"]
    return InputChannel(
        channel["ChannelName"],
        source["S3Uri"],
        source["S3DataType"],
        channel.get("ContentType"),
        channel.get("CompressionType", "None"),
    )


def _channel_detail(channel: dict[str, Any]) -> dict[str, Any]:
    source = {"S3DataDistributionType": "FullyReplicated", **channel["DataSource"]["S3DataSource"]}
    defaults = {"CompressionType": "None", "RecordWrapperType": "None"}
    return {**defaults, **channel, "DataSource": {"S3DataSource": source}}


def _transition_detail(transition: dict[str, Any]) -> dict[str, Any]:
    detail = dict(transition)
    for name in ("StartTime", "EndTime"):
        if name in detail:
            detail[name] = milliseconds(detail[name])
    return detail


def _maybe_milliseconds(at: float | None) -> int | None:
    return None if at is None else milliseconds(at)
