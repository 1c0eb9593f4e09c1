"""Models (SageMaker): an image and an artifact under a name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from yardmaster.aws import protection, sagemaker_errors, tags
from yardmaster.aws.protection import Protection

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient


@dataclass(frozen=True)
class ModelRequest:
    """A model as we ask for it; of `protection` only the network is the model's, `environment` is its container's."""

    name: str
    image: str
    artifact_uri: str
    role_arn: str
    tags: dict[str, str]
    environment: Mapping[str, str] = field(default_factory=dict)
    protection: Protection = protection.NONE


def create(client: "SageMakerClient", request: ModelRequest) -> None:
    """Make a model; a repeat of the same request is fine.

    Raises:
        NameTakenError: Another model has the name.
    """
    try:
        client.create_model(
            ModelName=request.name,
            PrimaryContainer={
                "Image": request.image,
                "ModelDataUrl": request.artifact_uri,
                "Environment": dict(request.environment),
            },
            ExecutionRoleArn=request.role_arn,
            Tags=tags.as_list(request.tags),
            **request.protection.for_network(),
        )
    except ClientError as error:
        if not sagemaker_errors.is_taken(error):
            raise sagemaker_errors.translate(error) from error
        there = client.describe_model(ModelName=request.name)["PrimaryContainer"]
        if there.get("ModelDataUrl") != request.artifact_uri:
            raise sagemaker_errors.NameTakenError(f"model {request.name} exists, with another artifact") from error
