"""A training job: its record, what its executor needs to know of it, and what its events tell."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local_aws.sagemaker.events import milliseconds
from local_aws.sagemaker.executors.base import InputChannel, MetricDefinition, MetricValue, TrainingRequest
from local_aws.sagemaker.timeline import Timer

DEFAULT_MAX_RUNTIME = 86_400
CHECKPOINTS = "/opt/ml/checkpoints"
"""Where a container finds its checkpoints unless CheckpointConfig says otherwise."""
ACTIVE = frozenset({"InProgress", "Stopping"})
"""The statuses in which a job holds its instances."""


@dataclass(frozen=True)
class Launch:
    """Why a tuning job's training job runs, and who is told of it.

    Attributes:
        tuning_arn: The tuning job.
        metric: Its objective metric.
        warm: Whether instances of the tuning job's earlier training jobs are free.
        measured: Takes each value of the metric while the job runs.
        ended: Is called when the job has ended.
    """

    tuning_arn: str
    metric: str
    warm: bool
    measured: Callable[[float], None]
    ended: Callable[[], None]


@dataclass(frozen=True)
class Interruption:
    """Spot capacity is taken back; `seconds` later there is some again, None for never."""

    seconds: float | None


@dataclass
class TrainingJob:
    """A training job; `stopped_as` is the secondary status that a stop in progress will end in.

    `image`, `metric_definitions` and `defaults` (hyperparameters) are the algorithm's, if the request names one.
    `ran` has the seconds that instances ran until the last interruption, `running_since` since when they run again;
    `interruption` is in progress while the container still has its grace; `patience` ends the wait for spot capacity.
    """

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
    ran: float = 0.0
    running_since: float | None = None
    interruption: Interruption | None = None
    patience: Timer | None = None
    launch: Launch | None = None
    image: str = ""
    metric_definitions: tuple[MetricDefinition, ...] = ()
    defaults: dict[str, str] = field(default_factory=dict)

    @property
    def seconds(self) -> int | None:
        """The training time, once it is known; at least one second, as SageMaker counts it."""
        if self.started is None or self.ended is None:
            return None
        return max(1, round(self.ran))

    @property
    def is_spot(self) -> bool:
        """Whether it runs on spare capacity."""
        return bool(self.request.get("EnableManagedSpotTraining", False))

    def runs(self, at: float) -> None:
        """Note that it has its instances from now on."""
        self.running_since = at

    def rests(self, at: float) -> None:
        """Note that it has none any more."""
        if self.running_since is not None:
            self.ran += at - self.running_since
        self.running_since = None

    def billable(self, spot_share: float) -> int | None:
        """Return the seconds that are paid for, of spot capacity only a share, once they are known."""
        if self.seconds is None or not self.is_spot:
            return self.seconds
        return max(1, round(self.seconds * spot_share))


def event_detail(job: TrainingJob, tags: dict[str, str]) -> dict[str, Any]:
    """Return the detail of a Training Job State Change."""
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
        "Tags": tags,
        "FailureReason": job.failure,
        "ModelArtifacts": {"S3ModelArtifacts": job.artifact} if job.artifact else None,
        "TuningJobArn": job.launch.tuning_arn if job.launch else None,
    }


def training_request(job: TrainingJob) -> TrainingRequest:
    """Return what the executor needs to know of a job."""
    request = job.request
    algorithm, resources = request["AlgorithmSpecification"], request["ResourceConfig"]
    checkpoints = request.get("CheckpointConfig", {})
    return TrainingRequest(
        name=job.name,
        image=job.image or algorithm["TrainingImage"],
        hyperparameters=job.defaults | request.get("HyperParameters", {}),
        channels=tuple(
            _channel(channel, algorithm["TrainingInputMode"]) for channel in request.get("InputDataConfig", [])
        ),
        output_s3_path=request["OutputDataConfig"]["S3OutputPath"],
        metric_definitions=tuple(
            MetricDefinition(definition["Name"], definition["Regex"])
            for definition in algorithm.get("MetricDefinitions", [])
        )
        or job.metric_definitions,
        environment=dict(request.get("Environment", {})),
        instance_type=resources["InstanceType"],
        instance_count=resources["InstanceCount"],
        max_runtime_seconds=request["StoppingCondition"]["MaxRuntimeInSeconds"],
        role_arn=request["RoleArn"],
        arn=job.arn,
        watched=job.launch.metric if job.launch else None,
        checkpoint_uri=checkpoints["S3Uri"].rstrip("/") if checkpoints else None,
        checkpoint_path=checkpoints.get("LocalPath", CHECKPOINTS),
    )


def _channel(channel: dict[str, Any], mode: str) -> InputChannel:
    source = channel["DataSource"]["S3DataSource"]
    return InputChannel(
        channel["ChannelName"],
        source["S3Uri"],
        source["S3DataType"],
        channel.get("ContentType"),
        channel.get("CompressionType", "None"),
        channel.get("InputMode", mode),
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
