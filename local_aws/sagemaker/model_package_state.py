"""A model package: its record, how an update changes it, and how it is shown."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

from local_aws.sagemaker.validation import answer_members

_REPLACED = (
    "ModelApprovalStatus",
    "ApprovalDescription",
    "InferenceSpecification",
    "SourceUri",
    "ModelPackageRegistrationType",
)


@dataclass
class ModelPackage:
    """A model package; `members` are those that Describe shows and Update changes."""

    arn: str
    created: float
    modified: float
    members: dict[str, Any] = field(hash=False)
    status: str = "Pending"

    @property
    def group(self) -> str | None:
        """The group's name, None for an unversioned package."""
        return self.members.get("ModelPackageGroupName")


@dataclass(frozen=True)
class Deployable:
    """What is deployed of a package.

    Attributes:
        containers: Each one's name, image, artifact and environment, as CreateModel takes them.
        is_product: Whether it comes from AWS Marketplace.
        realtime_types, transform_types: The instance types that it runs on; empty if it does not say.
    """

    containers: tuple[dict[str, Any], ...] = field(hash=False)
    is_product: bool
    realtime_types: tuple[str, ...]
    transform_types: tuple[str, ...]

    @classmethod
    def of(cls, package: ModelPackage) -> "Deployable":
        """Return what is deployed of a package."""
        specification = package.members["InferenceSpecification"]
        used = ("ContainerHostname", "Image", "ModelDataUrl", "Environment")
        return cls(
            containers=tuple(
                {name: container[name] for name in used if name in container}
                for container in specification["Containers"]
            ),
            is_product=any("ProductId" in container for container in specification["Containers"]),
            realtime_types=tuple(specification.get("SupportedRealtimeInferenceInstanceTypes", ())),
            transform_types=tuple(specification.get("SupportedTransformInstanceTypes", ())),
        )


def described(package: ModelPackage) -> dict[str, Any]:
    """Return a package as DescribeModelPackage writes it."""
    known = answer_members("DescribeModelPackage")
    return {
        **{name: value for name, value in package.members.items() if name in known},
        "ModelPackageName": package.members.get("ModelPackageName", package.group),
        "ModelPackageArn": package.arn,
        "ModelPackageStatus": package.status,
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "CertifyForMarketplace": package.members.get("CertifyForMarketplace", False),
        "CreationTime": package.created,
        "LastModifiedTime": package.modified,
    }


def changed_members(members: dict[str, Any], params: dict[str, Any]) -> dict[str, Any]:
    """Return a package's members after an UpdateModelPackage."""
    after = members | {name: params[name] for name in _REPLACED if name in params}
    if "InferenceSpecification" in params:
        after["InferenceSpecification"] = with_digests(params["InferenceSpecification"])
    _change_properties(after, params)
    _add_specifications(after, params)
    return after


def with_digests(specification: dict[str, Any]) -> dict[str, Any]:
    """Return an InferenceSpecification whose images have digests: hashes of their names."""
    containers = [
        {"ImageDigest": f"sha256:{hashlib.sha256(container['Image'].encode()).hexdigest()}", **container}
        if "Image" in container
        else container
        for container in specification["Containers"]
    ]
    return {**specification, "Containers": containers}


def _change_properties(after: dict[str, Any], params: dict[str, Any]) -> None:
    kept = after.get("CustomerMetadataProperties", {}) | params.get("CustomerMetadataProperties", {})
    gone = set(params.get("CustomerMetadataPropertiesToRemove", []))
    if kept:
        after["CustomerMetadataProperties"] = {key: value for key, value in kept.items() if key not in gone}


def _add_specifications(after: dict[str, Any], params: dict[str, Any]) -> None:
    if added := params.get("AdditionalInferenceSpecificationsToAdd"):
        after["AdditionalInferenceSpecifications"] = [*after.get("AdditionalInferenceSpecifications", []), *added]


def summary(package: ModelPackage) -> dict[str, Any]:
    """Return a package as ListModelPackages writes it."""
    names = (
        "ModelPackageGroupName",
        "ModelPackageVersion",
        "ModelPackageDescription",
        "ModelApprovalStatus",
        "ModelPackageRegistrationType",
    )
    return {
        **{name: package.members[name] for name in names if name in package.members},
        "ModelPackageName": package.members.get("ModelPackageName", package.group),
        "ModelPackageArn": package.arn,
        "CreationTime": package.created,
        "ModelPackageStatus": package.status,
    }
