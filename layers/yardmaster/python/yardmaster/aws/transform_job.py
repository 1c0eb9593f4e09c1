"""Batch transform jobs (SageMaker): they score test channels, and batches of predictions."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from yardmaster.aws import endings, protection, sagemaker_errors, tags
from yardmaster.aws.protection import Protection

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class TransformJobRequest:
    """A transform of rows, mostly a line for each.

    Attributes:
        manifest_uri: A manifest that lists the input objects.
        output_uri: Each input becomes `<output_uri>/<path below the manifest's prefix>.out`.
        content_type, accept: What the rows are, and what the answers shall be.
        input_filter: Which columns the model gets; None for all.
        output_filter: These columns are kept of the answers, or of rows and answers; None for all.
        joined: Whether rows and answers are joined.
        split_type, assemble_with: How a file becomes records, and the answers to these a file again.
        batch_strategy, max_payload, max_concurrent: What a request to the model holds, in MB, and how many there are
            at once; None for SageMaker's defaults.
        protection: Keys; the network is the model's.
    """

    name: str
    model_name: str
    manifest_uri: str
    output_uri: str
    instance_type: str
    instance_count: int
    tags: dict[str, str]
    content_type: str = "text/csv"
    accept: str = "text/csv"
    input_filter: str | None = None
    output_filter: str | None = None
    joined: bool = False
    split_type: str = "Line"
    assemble_with: str = "Line"
    batch_strategy: str | None = "MultiRecord"
    max_payload: int | None = None
    max_concurrent: int | None = None
    protection: Protection = protection.NONE

    def processing(self) -> dict[str, Any]:
        """Return the request's DataProcessing: empty if rows and answers stay as they are."""
        chosen = {
            "InputFilter": self.input_filter,
            "JoinSource": "Input" if self.joined else None,
            "OutputFilter": self.output_filter,
        }
        given = {name: value for name, value in chosen.items() if value is not None}
        return {"DataProcessing": given} if given else {}

    def limits(self) -> dict[str, Any]:
        """Return what the request says of the requests to the model."""
        said = {
            "BatchStrategy": self.batch_strategy,
            "MaxPayloadInMB": self.max_payload,
            "MaxConcurrentTransforms": self.max_concurrent,
        }
        return {name: value for name, value in said.items() if value is not None}


@dataclass(frozen=True)
class TransformJob:
    """A transform job as SageMaker describes it; `status` as for training jobs, `seconds` from start to end."""

    name: str
    status: str
    failure_reason: str
    model_name: str
    output_uri: str
    seconds: float | None = None


def create(client: "SageMakerClient", request: TransformJobRequest) -> None:
    """Start a transform job; a repeat of the same request is fine.

    Raises:
        QuotaError: The account may not run it now.
        NameTakenError: Another job has the name.
    """
    source = {"S3DataType": "ManifestFile", "S3Uri": request.manifest_uri}
    try:
        client.create_transform_job(
            TransformJobName=request.name,
            ModelName=request.model_name,
            TransformInput={
                "DataSource": {"S3DataSource": source},  # type: ignore[typeddict-item]
                "ContentType": request.content_type,
                "SplitType": request.split_type,  # type: ignore[typeddict-item]
            },
            TransformOutput={
                "S3OutputPath": request.output_uri,
                "Accept": request.accept,
                "AssembleWith": request.assemble_with,
                **request.protection.for_output(),  # type: ignore[typeddict-item]
            },
            TransformResources={
                "InstanceType": request.instance_type,
                "InstanceCount": request.instance_count,
                **request.protection.for_volume(),  # type: ignore[typeddict-item]
            },
            Tags=tags.as_list(request.tags),
            **request.processing(),
            **request.limits(),
        )
    except ClientError as error:
        if not sagemaker_errors.is_taken(error):
            raise sagemaker_errors.translate(error) from error
        there = describe(client, request.name)
        if there is None or (there.model_name, there.output_uri) != (request.model_name, request.output_uri):
            raise sagemaker_errors.NameTakenError(f"transform job {request.name} exists, for other data") from error


def describe(client: "SageMakerClient", name: str) -> TransformJob | None:
    """Return a job, or None if there is none."""
    try:
        answer = client.describe_transform_job(TransformJobName=name)
    except ClientError as error:
        if sagemaker_errors.is_not_found(error):
            return None
        raise
    began, ended = answer.get("TransformStartTime"), answer.get("TransformEndTime")
    return TransformJob(
        name=name,
        status=answer["TransformJobStatus"],
        failure_reason=answer.get("FailureReason", ""),
        model_name=answer["ModelName"],
        output_uri=answer.get("TransformOutput", {}).get("S3OutputPath", ""),
        seconds=(ended - began).total_seconds() if began and ended else None,
    )


def stop(client: "SageMakerClient", name: str) -> bool:
    """Stop a job, unless it has ended; return whether there is one."""
    return endings.stopped(lambda: client.stop_transform_job(TransformJobName=name))
