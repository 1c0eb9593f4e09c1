"""In which order the resources of a template can be made: each after all that it refers to."""

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from local_aws.template.errors import TemplateError
from local_aws.template.intrinsics import references


def in_order(resources: Mapping[str, Any]) -> list[str]:
    """Return the names of the resources so that each comes after those that it needs.

    Raises:
        TemplateError: Some need each other in a circle, or one depends on what does not exist.
    """
    sorter: TopologicalSorter[str] = TopologicalSorter(
        {name: _needs(name, resource, resources) for name, resource in resources.items()}
    )
    try:
        return list(sorter.static_order())
    except CycleError as error:
        # graphlib names the circle from the one that is needed to the one that needs it.
        circle = " -> ".join(reversed(error.args[1]))
        raise TemplateError(f"these resources need each other in a circle: {circle}") from error


def _needs(name: str, resource: Mapping[str, Any], resources: Mapping[str, Any]) -> set[str]:
    explicit = resource.get("DependsOn", [])
    explicit = {explicit} if isinstance(explicit, str) else set(explicit)
    if missing := sorted(explicit - set(resources)):
        raise TemplateError(f"{name} depends on {missing[0]}, which the template does not have")
    return explicit | (references(resource.get("Properties", {})) & set(resources))
