"""Batch transform jobs (SageMaker), as Yardmaster uses them to score test channels."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from yardmaster.aws import protection, sagemaker_errors, tags
from yardmaster.aws.protection import Protection

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class TransformJobRequest:
    """A transform of labelled CSV rows: the label is kept from the model and joined with its answer.

    Attributes:
        manifest_uri: A manifest that lists the input objects.
        output_uri: Each input becomes `<output_uri>/<path below the manifest's prefix>.out`.
        features: How many columns follow the label. The output keeps the label and what the model answered: column 0
            and all columns after the features (a multiclass model answers with more than one).
        protection: Keys; the network is the model's.
    """

    name: str
    model_name: str
    manifest_uri: str
    output_uri: str
    features: int
    instance_type: str
    instance_count: int
    tags: dict[str, str]
    protection: Protection = protection.NONE


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
                "ContentType": "text/csv",
                "SplitType": "Line",
            },
            TransformOutput={
                "S3OutputPath": request.output_uri,
                "Accept": "text/csv",
                "AssembleWith": "Line",
                **request.protection.for_output(),  # type: ignore[typeddict-item]
            },
            DataProcessing={
                "InputFilter": "$[1:]",
                "JoinSource": "Input",
                "OutputFilter": f"$[0,{request.features + 1}:]",
            },
            TransformResources={
                "InstanceType": request.instance_type,
                "InstanceCount": request.instance_count,
                **request.protection.for_volume(),  # type: ignore[typeddict-item]
            },
            Tags=tags.as_list(request.tags),
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
