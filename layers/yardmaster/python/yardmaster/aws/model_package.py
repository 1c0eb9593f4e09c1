"""The model registry (SageMaker): package groups, versions and their approval."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from yardmaster.aws import sagemaker_errors, tags
from yardmaster.aws.model import ContainerRequest

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

Approval = Literal["Approved", "Rejected", "PendingManualApproval"]


@dataclass(frozen=True)
class PackageRequest:
    """A model package version as we ask for it.

    Attributes:
        token: Makes a repeated create return the first one's version (1 to 36 letters, digits and hyphens).
        evaluation_uri: `evaluation.json`, shown by the registry as the model's quality; None if it was not tested.
        training_job_arn: What made the artifact; None if it was trained elsewhere.
        metadata: Up to 50 pairs; values of at most 256 characters.
        containers: What it is deployed as; none with `source_uri`.
        source_uri: The ARN of the SageMaker model that is registered, if its containers are not ours to list.
    """

    group: str
    token: str
    description: str
    approval: Approval
    containers: tuple[ContainerRequest, ...]
    evaluation_uri: str | None
    training_job_arn: str | None
    metadata: dict[str, str]
    source_uri: str | None = None


@dataclass(frozen=True)
class Package:
    """A model package version.

    Attributes:
        modified_by: Who changed it last, as SageMaker knows them; empty if nobody did.
        said: The approval's description, in their words.
        status: `Pending`, `InProgress`, `Completed`, `Failed` or `Deleting`: SageMaker's own, of its making.
        failure_reason: Why it failed; empty if it did not.
        is_product: Whether it comes from the Marketplace.
        realtime_types, transform_types: The instance types that it runs on; empty if it does not say.
    """

    arn: str
    group: str
    approval: str
    metadata: dict[str, str]
    modified_at: float
    modified_by: str
    said: str = ""
    status: str = "Completed"
    failure_reason: str = ""
    is_product: bool = False
    realtime_types: tuple[str, ...] = ()
    transform_types: tuple[str, ...] = ()


def ensure_group(client: "SageMakerClient", group: str, group_tags: dict[str, str]) -> None:
    """Make a model's package group if there is none."""
    try:
        client.describe_model_package_group(ModelPackageGroupName=group)
        return
    except ClientError as error:
        if not sagemaker_errors.is_not_found(error):
            raise
    try:
        client.create_model_package_group(ModelPackageGroupName=group, Tags=tags.as_list(group_tags))
    except ClientError as error:
        if not sagemaker_errors.is_taken(error) and sagemaker_errors.code(error) != "ConflictException":
            raise


def create(client: "SageMakerClient", request: PackageRequest) -> str:
    """Add a version to a group; return its ARN. A repeat with the same token returns the same version."""
    answer = client.create_model_package(
        ModelPackageGroupName=request.group,
        ModelPackageDescription=request.description[:1024],
        ClientToken=request.token,
        ModelApprovalStatus=request.approval,
        CustomerMetadataProperties=request.metadata,
        **_content(request),
        **_origin(request),
    )
    return answer["ModelPackageArn"]


def create_of_algorithm(
    client: "SageMakerClient", name: str, algorithm: str, artifact_uri: str, package_tags: dict[str, str]
) -> None:
    """Make a package without a group of an algorithm and an artifact; a repeat is fine.

    SageMaker serves what an algorithm of the Marketplace trained only so.

    Raises:
        NotSubscribedError: The account has no subscription to the algorithm.
    """
    try:
        client.create_model_package(
            ModelPackageName=name,
            ModelPackageDescription=f"trained with {algorithm}"[:1024],
            SourceAlgorithmSpecification={
                "SourceAlgorithms": [{"AlgorithmName": algorithm, "ModelDataUrl": artifact_uri}]
            },
            Tags=tags.as_list(package_tags),
        )
    except ClientError as error:
        if not sagemaker_errors.is_taken(error):
            raise sagemaker_errors.translate(error) from error


def _content(request: PackageRequest) -> Any:
    """Return what is registered: containers; or a model, whose containers SageMaker fills in itself."""
    if request.source_uri is not None:
        return {"SourceUri": request.source_uri}
    return {
        "InferenceSpecification": {
            "Containers": [container.definition() for container in request.containers],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        }
    }


def _origin(request: PackageRequest) -> Any:
    """Return who made the model and how good it was, as far as that is known."""
    known: dict[str, Any] = {}
    if request.evaluation_uri is not None:
        statistics = {"ContentType": "application/json", "S3Uri": request.evaluation_uri}
        known["ModelMetrics"] = {"ModelQuality": {"Statistics": statistics}}
    if request.training_job_arn is not None:
        known["MetadataProperties"] = {"GeneratedBy": request.training_job_arn}
    return known


def describe(client: "SageMakerClient", arn: str) -> Package | None:
    """Return a package version, or None if there is none."""
    try:
        answer = client.describe_model_package(ModelPackageName=arn)
    except ClientError as error:
        if sagemaker_errors.is_not_found(error):
            return None
        raise
    return _package(dict(answer))


def set_approval(
    client: "SageMakerClient", arn: str, approval: Approval, why: str, metadata: dict[str, str] | None = None
) -> None:
    """Approve or reject a package version; metadata that it has already stays."""
    # SageMaker refuses an empty map.
    more: Any = {"CustomerMetadataProperties": metadata} if metadata else {}
    client.update_model_package(
        ModelPackageArn=arn, ModelApprovalStatus=approval, ApprovalDescription=why[:1024], **more
    )


def note(client: "SageMakerClient", arn: str, metadata: dict[str, str]) -> None:
    """Add metadata to a package version."""
    client.update_model_package(ModelPackageArn=arn, CustomerMetadataProperties=metadata)


def approved_since(client: "SageMakerClient", prefix: str, since: float) -> Iterator[Package]:
    """Yield the packages of groups named `<prefix>-…` that are approved and changed since a time, by one Search."""
    # Search's own form of a time: UTC, and nothing that says so.
    changed = datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    paginator = client.get_paginator("search")
    pages = paginator.paginate(
        Resource="ModelPackage",
        SearchExpression={
            "Filters": [
                {"Name": "ModelApprovalStatus", "Operator": "Equals", "Value": "Approved"},
                {"Name": "LastModifiedTime", "Operator": "GreaterThanOrEqualTo", "Value": changed},
            ]
        },
    )
    for page in pages:
        for result in page["Results"]:
            package = _package(dict(result["ModelPackage"]))
            if package.group.startswith(f"{prefix}-"):
                yield package


def _package(answer: dict[str, Any]) -> Package:
    by = answer.get("LastModifiedBy", {})
    inference: dict[str, Any] = answer.get("InferenceSpecification", {})
    failures = answer.get("ModelPackageStatusDetails", {}).get("ValidationStatuses", [])
    return Package(
        arn=answer["ModelPackageArn"],
        group=answer.get("ModelPackageGroupName", ""),
        approval=answer.get("ModelApprovalStatus", ""),
        metadata=dict(answer.get("CustomerMetadataProperties", {})),
        modified_at=(answer.get("LastModifiedTime") or answer["CreationTime"]).timestamp(),
        modified_by=by.get("UserProfileName") or by.get("IamIdentity", {}).get("Arn", ""),
        said=answer.get("ApprovalDescription", ""),
        status=answer.get("ModelPackageStatus", ""),
        failure_reason="; ".join(one["FailureReason"] for one in failures if one.get("FailureReason")),
        is_product=any("ProductId" in container for container in inference.get("Containers", [])),
        realtime_types=tuple(inference.get("SupportedRealtimeInferenceInstanceTypes", ())),
        transform_types=tuple(inference.get("SupportedTransformInstanceTypes", ())),
    )
