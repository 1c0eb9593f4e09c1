"""What the simulator asks of executors, and what they answer: plain records and one protocol."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Finished(StrEnum):
    """How a job ended."""

    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPED = "Stopped"


@dataclass(frozen=True)
class InputChannel:
    """One channel of a training job.

    Attributes:
        s3_data_type: S3Prefix or ManifestFile.
        compression: None or Gzip.
        input_mode: File, FastFile or Pipe.
    """

    name: str
    s3_uri: str
    s3_data_type: str = "S3Prefix"
    content_type: str | None = None
    compression: str = "None"
    input_mode: str = "File"


@dataclass(frozen=True)
class MetricDefinition:
    """A regular expression whose first group is the metric's value in a log line."""

    name: str
    regex: str


@dataclass(frozen=True)
class TrainingRequest:
    """A training job to run; the maximum runtime (seconds) is enforced by the core, which stops the job.

    Here and below: `role_arn` is the role under which it runs, and `arn` its own ARN, for which the role is assumed.
    `watched` is the metric of which each value is told while the job runs, as `TrainingProgress`. `checkpoint_uri` is
    where what the container writes to `checkpoint_path` is kept, and comes back from; None for nowhere.
    """

    name: str
    image: str
    hyperparameters: dict[str, str]
    channels: tuple[InputChannel, ...]
    output_s3_path: str
    metric_definitions: tuple[MetricDefinition, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    instance_type: str = "ml.m5.xlarge"
    instance_count: int = 1
    max_runtime_seconds: int = 86_400
    role_arn: str = ""
    arn: str = ""
    watched: str | None = None
    checkpoint_uri: str | None = None
    checkpoint_path: str = "/opt/ml/checkpoints"


@dataclass(frozen=True)
class MetricValue:
    """The final value of a metric; `at` is epoch seconds."""

    name: str
    value: float
    at: float


@dataclass(frozen=True)
class TrainingProgress:
    """A new value of the metric that a training job's request watches."""

    name: str
    value: MetricValue


@dataclass(frozen=True)
class TrainingOutcome:
    """How a training job ended; `artifact_uri` is s3://…/<job>/output/model.tar.gz if one was written."""

    name: str
    result: Finished
    failure_reason: str | None = None
    artifact_uri: str | None = None
    metrics: tuple[MetricValue, ...] = ()


@dataclass(frozen=True)
class ServedContainer:
    """One container of a model.

    Attributes:
        image: Its image in ECR.
        model_data_url: Its model.tar.gz; of a multi-model one the prefix below which the models are.
        environment: Its environment variables.
        name: What errors and logs call it where a model has several: its host name, else `container-1` by its place.
        multi_model: Whether it loads a model when a request asks for it.
    """

    image: str
    model_data_url: str | None
    environment: dict[str, str] = field(default_factory=dict)
    name: str = "container-1"
    multi_model: bool = False


@dataclass(frozen=True, kw_only=True)
class TransformRequest:
    """A batch transform job to run; the words and defaults are those of CreateTransformJob.

    The records go through the containers in their order.
    """

    name: str
    containers: tuple[ServedContainer, ...]
    s3_uri: str
    s3_data_type: str = "S3Prefix"
    content_type: str | None = None
    compression: str = "None"
    split_type: str = "None"
    s3_output_path: str
    accept: str | None = None
    assemble_with: str = "None"
    batch_strategy: str = "MultiRecord"
    max_payload_mb: int = 6
    max_concurrent: int = 1
    input_filter: str = "$"
    join_source: str = "None"
    output_filter: str = "$"
    role_arn: str = ""
    arn: str = ""


@dataclass(frozen=True)
class TransformOutcome:
    """How a transform job ended."""

    name: str
    result: Finished
    failure_reason: str | None = None


@dataclass(frozen=True)
class HostingRequest:
    """One variant's containers to start; `hosting_id` is unique: endpoint, variant and generation.

    Several containers are an inference pipeline: requests go through them in their order.
    """

    hosting_id: str
    containers: tuple[ServedContainer, ...]
    role_arn: str = ""
    arn: str = ""


@dataclass(frozen=True)
class HostingOutcome:
    """Ready when all answered `/ping` with 200; otherwise the containers of these names failed, for this reason."""

    hosting_id: str
    ready: bool
    failure_reason: str | None = None
    failed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Invocation:
    """One request to a model; `target_model` says which of a multi-model container's, relative to its prefix."""

    body: bytes
    content_type: str
    accept: str
    target_model: str | None = None


@dataclass(frozen=True)
class Answer:
    """A container's own status, body and content type, and the seconds that the request took in all.

    Attributes:
        status, body, content_type, seconds: As said.
        container: Whose answer it is, where the model has several.
        problem: What SageMaker says in place of the container's own error; empty if it adds nothing.
        loading_seconds: How long the request waited for its model to be loaded: 0 if it was; None without TargetModel.
    """

    status: int
    body: bytes
    content_type: str
    seconds: float
    container: str = ""
    problem: str = ""
    loading_seconds: float | None = None


class ModelDataError(Exception):
    """The artifact of a request's TargetModel can't be read; the message is SageMaker's."""


Outcome = TrainingProgress | TrainingOutcome | TransformOutcome | HostingOutcome


class Executors(Protocol):
    """Whoever runs jobs and containers. `start_*` returns at once; what became of it comes from `poll`."""

    def start_training(self, request: TrainingRequest) -> None:
        """Begin a training job; a `TrainingOutcome` follows, also when it can't be started."""

    def stop_training(self, name: str) -> None:
        """Ask a training job to stop; an outcome STOPPED follows, with the artifact if one was written."""

    def interrupt_training(self, name: str) -> None:
        """Take a training job's machine away: an outcome STOPPED follows; only its checkpoints are left."""

    def start_transform(self, request: TransformRequest) -> None:
        """Begin a transform job; a `TransformOutcome` follows."""

    def stop_transform(self, name: str) -> None:
        """Ask a transform job to stop; an outcome STOPPED follows, and no output is stored."""

    def start_hosting(self, request: HostingRequest) -> None:
        """Start a model's containers; a `HostingOutcome` follows."""

    def stop_hosting(self, hosting_id: str) -> None:
        """End a model's containers; nothing follows. Unknown ids are ignored."""

    def invoke(self, hosting_id: str, invocation: Invocation) -> Answer:
        """Send one request to a model's containers; safe from many threads.

        Raises:
            ConnectionError: a container is gone.
            ModelDataError: the request's TargetModel can't be read.
        """

    def poll(self) -> list[Outcome]:
        """Give the outcomes since the last call; never blocks."""

    def close(self) -> None:
        """End everything that runs; no outcomes follow."""
