"""Model packages: versions in a group, their approval, and the events about both."""

from collections.abc import Callable
from typing import Any

from local_aws.sagemaker.algorithm import Algorithms
from local_aws.sagemaker.arns import name_in
from local_aws.sagemaker.errors import conflict, validation_error
from local_aws.sagemaker.events import iso
from local_aws.sagemaker.inputs import refuse_unsimulated
from local_aws.sagemaker.marketplace import Marketplace
from local_aws.sagemaker.model_package_group import ModelPackageGroups
from local_aws.sagemaker.model_package_sources import PackageSources, check_unversioned
from local_aws.sagemaker.model_package_state import (
    Deployable,
    ModelPackage,
    changed_members,
    described,
    summary,
    with_digests,
)
from local_aws.sagemaker.paging import Listed, list_page
from local_aws.sagemaker.world import Handler, Table, World

_UNSIMULATED = (
    "ValidationSpecification",
    "ModelCard",
    "ModelLifeCycle",
    "ManagedStorageType",
)


class ModelPackages:
    """The model packages of the account."""

    def __init__(
        self,
        world: World,
        groups: ModelPackageGroups,
        algorithms: Algorithms,
        marketplace: Marketplace,
        containers_of: Callable[[str], list[dict[str, Any]]],
    ) -> None:
        """Begin empty; versions belong to groups, and packages may be made of algorithms and of models (by name)."""
        self._world = world
        self._groups = groups
        self._sources = PackageSources(algorithms, containers_of)
        self._marketplace = marketplace
        self._packages: Table[ModelPackage] = Table(world)
        self._tokens: dict[str, tuple[dict[str, Any], str]] = {}

    def operations(self) -> dict[str, Handler]:
        """Return the operations on model packages."""
        return {
            "CreateModelPackage": lambda params: self._once("CreateModelPackage", params, self.create),
            "UpdateModelPackage": lambda params: self._once("UpdateModelPackage", params, self.update),
            "DescribeModelPackage": self.describe,
            "ListModelPackages": self.list_packages,
            "DeleteModelPackage": self.delete,
        }

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        """Register a package: a version of a group, or one with a name of its own."""
        refuse_unsimulated("CreateModelPackage", params, *_UNSIMULATED)
        self._world.tags.check(params.get("Tags"))
        members = {name: value for name, value in params.items() if name not in {"Tags", "ClientToken"}}
        if ("ModelPackageName" in params) == ("ModelPackageGroupName" in params):
            raise validation_error("Exactly one of ModelPackageName and ModelPackageGroupName must be given.")
        members |= self._sources.inference(members)
        arn = self._version(members) if "ModelPackageGroupName" in params else self._named(members)
        if "InferenceSpecification" in members:
            members["InferenceSpecification"] = with_digests(members["InferenceSpecification"])
        now = self._world.timeline.now()
        package = ModelPackage(arn, now, now, members)
        self._packages.put(arn, package)
        self._world.tags.born(arn, params.get("Tags"))
        self._world.timeline.after(self._world.settings.model_package_seconds, lambda: self._complete(package))
        return {"ModelPackageArn": arn}

    def update(self, params: dict[str, Any]) -> dict[str, Any]:
        """Change a package, above all its approval; the event names the members that changed."""
        refuse_unsimulated("UpdateModelPackage", params, "ModelCard", "ModelLifeCycle")
        package = self._require(params["ModelPackageArn"])
        after = changed_members(package.members, params)
        changed = sorted(name for name in after if after[name] != package.members.get(name))
        package.members = {name: value for name, value in after.items() if value not in ({}, [])}
        if changed:
            package.modified = self._world.timeline.now()
            self._send(package, changed)
        return {"ModelPackageArn": package.arn}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        """Describe a package by ARN or name."""
        return described(self._require(params["ModelPackageName"]))

    def list_packages(self, params: dict[str, Any]) -> dict[str, Any]:
        """List the versions of a group, or packages by type: unversioned ones unless asked otherwise."""
        asked = params.get("ModelPackageGroupName")
        group = self._groups.require(asked).name if asked else None
        kind = params.get("ModelPackageType", "Versioned" if group else "Unversioned")
        items = [
            Listed(summary(package), package.arn, package.created, package.modified)
            for package in self._packages.visible()
            if (group is None or package.group == group)
            and self._marketplace.product_id(package.arn) is None
            and (kind == "Both" or (package.group is not None) == (kind == "Versioned"))
            and params.get("ModelApprovalStatus") in (None, package.members.get("ModelApprovalStatus"))
        ]
        return list_page(items, params, "ModelPackageSummaryList", order="Ascending")

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        """Delete a package; its version number is not given again."""
        package = self._require(params["ModelPackageName"])
        if package.group:
            self._groups.require(package.group).versions.discard(package.members["ModelPackageVersion"])
        self._packages.remove(package.arn)
        self._world.tags.died(package.arn)
        return {}

    def offer(self, reference: str) -> str:
        """Let a seller offer a copy of an unversioned package in AWS Marketplace; return its ARN."""
        package = self._require(reference)
        if package.group:
            raise validation_error(f"Model package {package.arn} is a version of a group, which can't be listed.")
        arn = self._marketplace.offer(package.arn)
        product = {"ProductId": self._marketplace.product_id(arn)}
        specification = package.members["InferenceSpecification"]
        containers = [container | product for container in specification["Containers"]]
        members = package.members | {"InferenceSpecification": specification | {"Containers": containers}}
        self._packages.put(arn, ModelPackage(arn, package.created, package.modified, members, package.status))
        return arn

    def deployable(self, reference: str) -> Deployable:
        """Return what is deployed of a package that may be.

        Raises:
            AwsError: There is none, nobody has subscribed to it, it isn't approved, or it has no container.
        """
        package = self._require(reference)
        self._marketplace.require_subscribed(package.arn)
        if not package.group and package.status != "Completed":
            raise validation_error(
                f"Cannot create a model from model package {package.arn}: it is {package.status}, not Completed."
            )
        if package.group and package.members.get("ModelApprovalStatus") != "Approved":
            status = package.members.get("ModelApprovalStatus")
            raise validation_error(
                f"Cannot create a model from model package {package.arn}: it is {status}, not Approved."
            )
        containers = package.members.get("InferenceSpecification", {}).get("Containers", [])
        if not containers:
            raise validation_error(f"Model package {package.arn} has no container.")
        return Deployable.of(package)

    def search_records(self) -> list[dict[str, Any]]:
        """Return all packages as Search sees them."""
        return [
            described(package) | {"Tags": self._world.tags.as_list(package.arn)} for package in self._packages.visible()
        ]

    def _once(self, operation: str, params: dict[str, Any], handle: Handler) -> dict[str, Any]:
        """Answer a repeated ClientToken with the first answer; another request under it is a conflict."""
        token = params.get("ClientToken")
        if token is None:
            return handle(params)
        key = f"{operation}/{token}"
        if key not in self._tokens:
            self._tokens[key] = (params, handle(params)["ModelPackageArn"])
        first, arn = self._tokens[key]
        if first != params:
            raise conflict(f"The ClientToken {token} was used before with other parameters.")
        return {"ModelPackageArn": arn}

    def _version(self, members: dict[str, Any]) -> str:
        group = self._groups.require(members["ModelPackageGroupName"])
        group.last_version += 1
        group.versions.add(group.last_version)
        members["ModelPackageGroupName"] = group.name
        members["ModelPackageVersion"] = group.last_version
        members.setdefault("ModelApprovalStatus", "PendingManualApproval")
        return self._world.arns.of("model-package", f"{group.name}/{group.last_version}")

    def _named(self, members: dict[str, Any]) -> str:
        arn = self._world.arns.of("model-package", members["ModelPackageName"])
        if self._packages.taken(arn):
            raise validation_error(f"ModelPackage already exists: {arn}")
        check_unversioned(members)
        return arn

    def _require(self, reference: str) -> ModelPackage:
        arn = reference.lower()
        if not arn.startswith("arn:"):
            arn = self._world.arns.of("model-package", name_in(reference, "model-package"))
        package = self._packages.find(arn)
        if package is None:
            raise validation_error(f"ModelPackage {reference} does not exist.")
        return package

    def _complete(self, package: ModelPackage) -> None:
        package.status = "Completed"
        self._send(package, None)

    def _send(self, package: ModelPackage, changed: list[str] | None) -> None:
        times = {"CreationTime": iso(package.created), "LastModifiedTime": iso(package.modified)}
        detail = {**described(package), **times, "UpdatedModelPackageFields": changed}
        if package.group:
            del detail["ModelPackageName"]
        self._world.events.send("Model Package", package.arn, detail)
