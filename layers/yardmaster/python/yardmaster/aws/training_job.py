"""Training jobs (SageMaker)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from yardmaster.aws import endings, protection, sagemaker_errors, tags
from yardmaster.aws.protection import Protection

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class ChannelRequest:
    """One channel of a training job: all that lies below an S3 prefix, and what it holds.

    `is_sharded`: of several instances each gets a part of the objects, not all.
    """

    uri: str
    content_type: str = "text/csv"
    is_sharded: bool = False

    def definition(self, name: str) -> dict[str, Any]:
        """Return it as CreateTrainingJob takes it."""
        spread = "ShardedByS3Key" if self.is_sharded else "FullyReplicated"
        source = {"S3DataType": "S3Prefix", "S3Uri": self.uri, "S3DataDistributionType": spread}
        return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "ContentType": self.content_type}


@dataclass(frozen=True)
class TrainingJobRequest:
    """A training job as we ask for it.

    Attributes:
        channels: By the name that the algorithm knows each under.
        output_uri: The artifact becomes `<output_uri>/<name>/output/model.tar.gz`.
        volume_gb: Size of each instance's volume in GiB; 1 where the instance type brings its own storage.
        max_run, max_wait: Seconds; `max_wait` only with spot instances.
        metric_definitions: Regular expressions by metric name, for algorithms that have none of their own.
        environment: Of the container.
        protection: Keys and network.
        algorithm_name: Of an algorithm resource, by its ARN; there is no image then.
        isolated: Whether the container gets no network at all, as those of the Marketplace must.
        checkpoint_path: The folder in the container that is kept at `checkpoint_uri`, and restored from there after an
            interruption; None for none.
    """

    name: str
    image: str
    role_arn: str
    hyperparameters: dict[str, str]
    channels: dict[str, ChannelRequest]
    output_uri: str
    instance_type: str
    instance_count: int
    volume_gb: int
    max_run: int
    max_wait: int | None
    input_mode: str
    tags: dict[str, str]
    metric_definitions: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    protection: Protection = protection.NONE
    algorithm_name: str | None = None
    isolated: bool = False
    checkpoint_path: str | None = None
    checkpoint_uri: str = ""

    @property
    def runs(self) -> str:
        """What runs: the image, or the algorithm."""
        return self.algorithm_name or self.image

    @property
    def channel_uris(self) -> dict[str, str]:
        """Where each channel is."""
        return {name: channel.uri for name, channel in self.channels.items()}


@dataclass(frozen=True)
class TrainingJob:
    """A training job as SageMaker describes it.

    Attributes:
        status: `InProgress`, `Completed`, `Failed`, `Stopping` or `Stopped`.
        secondary: The finer status, e.g. `MaxRuntimeExceeded`.
        artifact_uri: The model, once there is one.
        image: What it runs: an image, or an algorithm by its ARN.
        metrics: The final value of each metric, e.g. `validation:auc`.
        since: When the finer status began; None if SageMaker doesn't say.
        interruptions: How often its spot capacity was taken back.
        seconds, billable: What it trained, and what of that is paid for, in seconds; None before its end.
    """

    name: str
    arn: str
    status: str
    secondary: str
    failure_reason: str
    artifact_uri: str | None
    image: str
    hyperparameters: dict[str, str]
    channels: dict[str, str]
    metrics: dict[str, float]
    since: float | None = None
    interruptions: int = 0
    seconds: int | None = None
    billable: int | None = None


def create(client: "SageMakerClient", request: TrainingJobRequest) -> None:
    """Start a training job; a repeat of the same request is fine.

    Raises:
        QuotaError: The account may not run it now.
        NameTakenError: Another job has the name.
    """
    try:
        client.create_training_job(**_body(request))
    except ClientError as error:
        if not sagemaker_errors.is_taken(error):
            raise sagemaker_errors.translate(error) from error
        there = describe(client, request.name)
        if there is None or (there.channels, there.image) != (request.channel_uris, request.runs):
            raise sagemaker_errors.NameTakenError(f"training job {request.name} exists, for other data") from error


def describe(client: "SageMakerClient", name: str) -> TrainingJob | None:
    """Return a job, or None if there is none."""
    try:
        answer = client.describe_training_job(TrainingJobName=name)
    except ClientError as error:
        if sagemaker_errors.is_not_found(error):
            return None
        raise
    transitions = answer.get("SecondaryStatusTransitions", [])
    return TrainingJob(
        name=name,
        arn=answer["TrainingJobArn"],
        status=answer["TrainingJobStatus"],
        secondary=answer["SecondaryStatus"],
        failure_reason=answer.get("FailureReason", ""),
        artifact_uri=answer.get("ModelArtifacts", {}).get("S3ModelArtifacts"),
        image=answer["AlgorithmSpecification"].get("TrainingImage")
        or answer["AlgorithmSpecification"].get("AlgorithmName", ""),
        hyperparameters=dict(answer.get("HyperParameters", {})),
        channels={
            channel["ChannelName"]: channel["DataSource"]["S3DataSource"]["S3Uri"]
            for channel in answer.get("InputDataConfig", [])
        },
        metrics={metric["MetricName"]: metric["Value"] for metric in answer.get("FinalMetricDataList", [])},
        since=transitions[-1]["StartTime"].timestamp() if transitions else None,
        interruptions=sum(one["Status"] == "Interrupted" for one in transitions),
        seconds=answer.get("TrainingTimeInSeconds"),
        billable=answer.get("BillableTimeInSeconds"),
    )


def stop(client: "SageMakerClient", name: str) -> bool:
    """Stop a job, unless it has ended; return whether there is one."""
    return endings.stopped(lambda: client.stop_training_job(TrainingJobName=name))


def _body(request: TrainingJobRequest) -> dict[str, Any]:
    return {
        "TrainingJobName": request.name,
        "HyperParameters": request.hyperparameters,
        **definition(request),
        "Tags": tags.as_list(request.tags),
    }


def definition(request: TrainingJobRequest) -> dict[str, Any]:
    """Return what a training job and each training job of a tuning job are made with."""
    runs = {"AlgorithmName": request.algorithm_name} if request.algorithm_name else {"TrainingImage": request.image}
    algorithm: dict[str, Any] = {**runs, "TrainingInputMode": request.input_mode}
    if request.metric_definitions:
        algorithm["MetricDefinitions"] = [
            {"Name": name, "Regex": regex} for name, regex in request.metric_definitions.items()
        ]
    stopping = {"MaxRuntimeInSeconds": request.max_run}
    if request.max_wait is not None:
        stopping["MaxWaitTimeInSeconds"] = request.max_wait
    return {
        "AlgorithmSpecification": algorithm,
        "RoleArn": request.role_arn,
        "InputDataConfig": [channel.definition(name) for name, channel in request.channels.items()],
        "OutputDataConfig": {"S3OutputPath": request.output_uri, **request.protection.for_output()},
        "ResourceConfig": {
            "InstanceType": request.instance_type,
            "InstanceCount": request.instance_count,
            "VolumeSizeInGB": request.volume_gb,
            **request.protection.for_volume(),
        },
        "StoppingCondition": stopping,
        "EnableManagedSpotTraining": request.max_wait is not None,
        # It costs time, so only where a private network is asked for, and where there is traffic between instances.
        "EnableInterContainerTrafficEncryption": bool(request.protection.subnets) and request.instance_count > 1,
        **({"Environment": request.environment} if request.environment else {}),
        **({"EnableNetworkIsolation": True} if request.isolated else {}),
        **(
            {"CheckpointConfig": {"S3Uri": request.checkpoint_uri, "LocalPath": request.checkpoint_path}}
            if request.checkpoint_path
            else {}
        ),
        **request.protection.for_network(),
    }
