"""Batch transform jobs (SageMaker), as Yardmaster uses them to score test channels."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from yardmaster.aws import protection, sagemaker_errors, tags
from yardmaster.aws.protection import Protection

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class TransformJobRequest:
    """A transform of test rows, a line for each.

    Attributes:
        manifest_uri: A manifest that lists the input objects.
        output_uri: Each input becomes `<output_uri>/<path below the manifest's prefix>.out`.
        content_type, accept: What the rows are, and what the answers shall be.
        input_filter: Which columns the model gets; None for all.
        output_filter: Rows and answers are joined, and these columns of both are kept; None: answers alone.
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
    protection: Protection = protection.NONE

    def processing(self) -> dict[str, Any]:
        """Return the request's DataProcessing: empty if rows and answers stay as they are."""
        chosen = {"InputFilter": self.input_filter} if self.input_filter else {}
        joined = {"JoinSource": "Input", "OutputFilter": self.output_filter} if self.output_filter else {}
        return {"DataProcessing": {**chosen, **joined}} if chosen or joined else {}


@dataclass(frozen=True)
class TransformJob:
    """A transform job as SageMaker describes it; `status` as for training jobs."""

    name: str
    status: str
    failure_reason: str
    model_name: str
    output_uri: str


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
            BatchStrategy="MultiRecord",
            TransformInput={
                "DataSource": {"S3DataSource": source},  # type: ignore[typeddict-item]
                "ContentType": request.content_type,
                "SplitType": "Line",
            },
            TransformOutput={
                "S3OutputPath": request.output_uri,
                "Accept": request.accept,
                "AssembleWith": "Line",
                **request.protection.for_output(),  # type: ignore[typeddict-item]
            },
            TransformResources={
                "InstanceType": request.instance_type,
                "InstanceCount": request.instance_count,
                **request.protection.for_volume(),  # type: ignore[typeddict-item]
            },
            Tags=tags.as_list(request.tags),
            **request.processing(),
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
    return TransformJob(
        name=name,
        status=answer["TransformJobStatus"],
        failure_reason=answer.get("FailureReason", ""),
        model_name=answer["ModelName"],
        output_uri=answer.get("TransformOutput", {}).get("S3OutputPath", ""),
    )


def stop(client: "SageMakerClient", name: str) -> bool:
    """Stop a job, unless it has ended; return whether there is one."""
    try:
        client.stop_transform_job(TransformJobName=name)
    except ClientError as error:
        if sagemaker_errors.is_not_found(error):
            return False
        if not sagemaker_errors.is_already_over(error):
            raise
    return True
