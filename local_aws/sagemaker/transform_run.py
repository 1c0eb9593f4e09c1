"""The life of a transform job: InProgress, then Completed, Failed or Stopped."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from local_aws.sagemaker.access import DeniedError, ExecutionRole
from local_aws.sagemaker.errors import validation_error
from local_aws.sagemaker.events import milliseconds
from local_aws.sagemaker.executors.base import Finished, TransformOutcome, TransformRequest
from local_aws.sagemaker.executors.failures import LIMIT
from local_aws.sagemaker.model import Model
from local_aws.sagemaker.timeline import Timer
from local_aws.sagemaker.world import World

ACTIVE = frozenset({"InProgress", "Stopping"})
"""The statuses in which a job holds its instances."""

_LOOK_IN_LOGS = "ClientError: See job logs for more information"


@dataclass
class TransformJob:
    """A transform job; its model is the one of the moment of creation."""

    name: str
    arn: str
    request: dict[str, Any]
    model: Model
    created: float
    modified: float = 0.0
    status: str = "InProgress"
    started: float | None = None
    ended: float | None = None
    failure: str | None = None
    timer: Timer | None = None


class TransformRun:
    """Moves transform jobs on; the work lasts as long as the executor takes."""

    def __init__(self, world: World) -> None:
        """Act in a world."""
        self._world = world

    def start(self, job: TransformJob) -> None:
        """Begin a job that was just created."""
        self._enter(job, "InProgress")
        self._then(job, self._world.settings.transform_start_seconds, self._transform)

    def stop(self, job: TransformJob) -> None:
        """Stop a job."""
        self._enter(job, "Stopping")
        if job.timer:
            job.timer.cancel()
        if job.started is not None:
            self._world.executors.stop_transform(job.name)
        else:
            self._then(job, self._world.settings.stop_seconds, lambda late: self._end(late, "Stopped"))

    def fail(self, job: TransformJob, reason: str) -> None:
        """End a job as AWS does for reasons of its own.

        Raises:
            AwsError: It has ended.
        """
        if job.status not in ACTIVE:
            raise validation_error(f"Transform job {job.name} is {job.status}: it can't fail any more.")
        if job.timer:
            job.timer.cancel()
        if job.started is not None:
            self._world.executors.stop_transform(job.name)
        self._end(job, "Failed", reason[:LIMIT])

    def finished(self, job: TransformJob, outcome: TransformOutcome) -> None:
        """End a job after its container ended."""
        if job.status not in ACTIVE:
            return
        if job.status == "Stopping":
            self._end(job, "Stopped")
            return
        match outcome.result:
            case Finished.COMPLETED:
                self._end(job, "Completed")
            case Finished.FAILED:
                self._end(job, "Failed", outcome.failure_reason or _LOOK_IN_LOGS)
            case Finished.STOPPED:
                self._end(job, "Stopped")

    def _transform(self, job: TransformJob) -> None:
        job.started = self._world.timeline.now()
        role, vpc = ExecutionRole(job.model.role_arn, job.arn), job.model.vpc
        try:
            self._world.access.place(role, vpc, job.request["TransformResources"].get("VolumeKmsKeyId"))
        except DeniedError as denied:
            self._end(job, "Failed", f"ClientError: {denied}"[:LIMIT])
            return
        self._world.executors.start_transform(transform_request(job))

    def _end(self, job: TransformJob, status: str, failure: str | None = None) -> None:
        job.ended, job.failure = self._world.timeline.now(), failure
        self._enter(job, status)

    def _enter(self, job: TransformJob, status: str) -> None:
        job.status, job.modified = status, self._world.timeline.now()
        stream = f"{job.name}/i-{round(job.created)}"
        self._world.log("TransformJobs", stream, f"{status}: {job.failure}" if job.failure else status)
        self._world.events.send("Transform Job", job.arn, self._detail(job))

    def _then(self, job: TransformJob, seconds: float, step: Callable[[TransformJob], None]) -> None:
        job.timer = self._world.timeline.after(seconds, lambda: step(job))

    def _detail(self, job: TransformJob) -> dict[str, Any]:
        request = job.request
        return {
            "TransformJobName": job.name,
            "TransformJobArn": job.arn,
            "TransformJobStatus": job.status,
            "ModelName": request["ModelName"],
            "MaxConcurrentTransforms": request.get("MaxConcurrentTransforms", 1),
            "MaxPayloadInMB": request.get("MaxPayloadInMB", 6),
            "BatchStrategy": request.get("BatchStrategy", "MultiRecord"),
            "Environment": request.get("Environment", {}),
            "TransformInput": {"CompressionType": "None", "SplitType": "None", **request["TransformInput"]},
            "TransformOutput": {"KmsKeyId": "", **request["TransformOutput"]},
            "TransformResources": request["TransformResources"],
            "CreationTime": milliseconds(job.created),
            "TransformStartTime": None if job.started is None else milliseconds(job.started),
            "TransformEndTime": None if job.ended is None else milliseconds(job.ended),
            "Tags": self._world.tags.as_object(job.arn),
            "FailureReason": job.failure,
        }


def transform_request(job: TransformJob) -> TransformRequest:
    """Return what the executor needs to know of a job; its environment variables win over those of all containers."""
    request, source = job.request, job.request["TransformInput"]
    output, processing = request["TransformOutput"], request.get("DataProcessing", {})
    return TransformRequest(
        name=job.name,
        containers=tuple(
            replace(each, environment=each.environment | request.get("Environment", {}))
            for each in job.model.containers
        ),
        s3_uri=source["DataSource"]["S3DataSource"]["S3Uri"],
        s3_data_type=source["DataSource"]["S3DataSource"]["S3DataType"],
        content_type=source.get("ContentType"),
        compression=source.get("CompressionType", "None"),
        split_type=source.get("SplitType", "None"),
        s3_output_path=output["S3OutputPath"],
        accept=output.get("Accept"),
        assemble_with=output.get("AssembleWith", "None"),
        batch_strategy=request.get("BatchStrategy", "MultiRecord"),
        max_payload_mb=request.get("MaxPayloadInMB", 6),
        max_concurrent=request.get("MaxConcurrentTransforms", 1),
        input_filter=processing.get("InputFilter", "$"),
        join_source=processing.get("JoinSource", "None"),
        output_filter=processing.get("OutputFilter", "$"),
        role_arn=job.model.role_arn,
        arn=job.arn,
    )
