"""Search: finds resources by a search expression, sorted by any property, and paged."""

from collections.abc import Callable
from typing import Any

from local_aws.sagemaker.errors import not_simulated
from local_aws.sagemaker.inputs import refuse_unsimulated
from local_aws.sagemaker.paging import page_of
from local_aws.sagemaker.search_filters import acceptance_of
from local_aws.sagemaker.search_properties import Record, property_of, sorted_by
from local_aws.sagemaker.world import Handler

Records = Callable[[], list[Record]]

_NEVER_MODIFIED = frozenset({"ModelPackageGroup"})


class Search:
    """Searches the kinds of resources that the simulator has."""

    def __init__(self, kinds: dict[str, Records]) -> None:
        """Take, for each value of Resource, what gives all its records."""
        self._kinds = kinds

    def operations(self) -> dict[str, Handler]:
        """Return the one operation."""
        return {"Search": self.search}

    def search(self, params: dict[str, Any]) -> dict[str, Any]:
        """Answer a search; by default the latest modified come first."""
        resource = params["Resource"]
        if resource not in self._kinds:
            raise not_simulated(f"Search for {resource}")
        refuse_unsimulated("Search", params, "VisibilityConditions")
        if params.get("CrossAccountFilterOption") == "CrossAccount":
            raise not_simulated("Search with CrossAccountFilterOption")
        found = self._kinds[resource]()
        if "SearchExpression" in params:
            accepts = acceptance_of(resource, params["SearchExpression"])
            found = [record for record in found if accepts(record)]
        default = "CreationTime" if resource in _NEVER_MODIFIED else "LastModifiedTime"
        wanted = property_of(resource, params.get("SortBy", default))
        found = sorted_by(found, wanted, descending=params.get("SortOrder", "Descending") == "Descending")
        page = page_of([{resource: record} for record in found], params, "Results")
        return {**page, "TotalHits": {"Value": len(found), "Relation": "EqualTo"}}
