"""Model package groups: Create, Describe, List and Delete."""

from dataclasses import dataclass, field
from typing import Any

from local_aws.sagemaker.arns import name_in
from local_aws.sagemaker.errors import conflict, validation_error
from local_aws.sagemaker.inputs import refuse_unsimulated
from local_aws.sagemaker.paging import Listed, list_page
from local_aws.sagemaker.validation import echo
from local_aws.sagemaker.world import Handler, Table, World


@dataclass
class ModelPackageGroup:
    """A group; `last_version` never goes back, so a deleted version's number is not given again."""

    name: str
    arn: str
    created: float
    request: dict[str, Any] = field(hash=False)
    versions: set[int] = field(default_factory=set)
    last_version: int = 0


class ModelPackageGroups:
    """The model package groups of the account."""

    def __init__(self, world: World) -> None:
        """Begin empty."""
        self._world = world
        self._groups: Table[ModelPackageGroup] = Table(world)

    def operations(self) -> dict[str, Handler]:
        """Return the operations on groups."""
        return {
            "CreateModelPackageGroup": self.create,
            "DescribeModelPackageGroup": self.describe,
            "ListModelPackageGroups": self.list_groups,
            "DeleteModelPackageGroup": self.delete,
        }

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        """Create a group."""
        name = params["ModelPackageGroupName"]
        arn = self._world.arns.of("model-package-group", name)
        refuse_unsimulated("CreateModelPackageGroup", params, "ManagedConfiguration")
        if self._groups.taken(name):
            raise validation_error(f"Model Package Group already exists: {arn}")
        self._world.tags.check(params.get("Tags"))
        self._groups.put(name, ModelPackageGroup(name, arn, self._world.timeline.now(), params))
        self._world.tags.born(arn, params.get("Tags"))
        return {"ModelPackageGroupArn": arn}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        """Describe a group."""
        group = self.require(params["ModelPackageGroupName"])
        return {**echo("DescribeModelPackageGroup", group.request), **_summary(group), "CreatedBy": {}}

    def list_groups(self, params: dict[str, Any]) -> dict[str, Any]:
        """List groups."""
        items = [Listed(_summary(group), group.name, group.created) for group in self._groups.visible()]
        return list_page(items, params, "ModelPackageGroupSummaryList", order="Ascending")

    def delete(self, params: dict[str, Any]) -> dict[str, Any]:
        """Delete an empty group."""
        group = self.require(params["ModelPackageGroupName"])
        if group.versions:
            raise conflict(
                f"Model Package Group {group.arn} cannot be deleted because it still contains "
                f"{len(group.versions)} Model Packages."
            )
        self._groups.remove(group.name)
        self._world.tags.died(group.arn)
        return {}

    def require(self, reference: str) -> ModelPackageGroup:
        """Return a group by name or ARN.

        Raises:
            AwsError: There is none (yet visible).
        """
        group = self._groups.find(name_in(reference, "model-package-group"))
        if group is None:
            raise validation_error(f"ModelPackageGroup {reference} does not exist.")
        return group

    def search_records(self) -> list[dict[str, Any]]:
        """Return all groups as Search sees them."""
        tags = self._world.tags
        return [
            {"CreatedBy": {}, **_summary(group), "Tags": tags.as_list(group.arn)} for group in self._groups.visible()
        ]


def _summary(group: ModelPackageGroup) -> dict[str, Any]:
    return {
        "ModelPackageGroupName": group.name,
        "ModelPackageGroupArn": group.arn,
        "ModelPackageGroupDescription": group.request.get("ModelPackageGroupDescription"),
        "CreationTime": group.created,
        "ModelPackageGroupStatus": "Completed",
    }
