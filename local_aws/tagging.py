"""Resource Groups Tagging API: moto's, which knows nothing of the simulator, with the simulator's endpoints in it."""

from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

from local_aws.seams import Seams

ENDPOINTS = "sagemaker:endpoint"
_PARAMETERS = "self tag_filters resource_type_filters resource_arn_list"

Tagged = Callable[[str], list[tuple[str, Mapping[str, str]]]]
"""Takes a kind of resource of SageMaker; returns ARN and tags of each."""


def install(seams: Seams, tagged: Tagged) -> None:
    """Let GetResources find endpoints where it is asked for them.

    Raises:
        SeamError: moto has changed.
    """

    def make(original: Any) -> Any:
        def generator(
            backend: Any, tag_filters: Any = None, resource_type_filters: Any = None, resource_arn_list: Any = None
        ) -> Iterator[Any]:
            if ENDPOINTS not in (resource_type_filters or ()):
                yield from original(backend, tag_filters, resource_type_filters, resource_arn_list)
                return
            for arn, tags in tagged("endpoint"):
                if all(_matches(one, tags) for one in tag_filters or ()):
                    yield SimpleNamespace(arn=arn, tags=tags)

        return generator

    seams.wrap(ResourceGroupsTaggingAPIBackend, "_get_resources_generator", _PARAMETERS, make)


def _matches(wanted: Mapping[str, Any], tags: Mapping[str, str]) -> bool:
    """A filter's values are alternatives; without values, the key alone counts."""
    values = wanted.get("Values") or ()
    return wanted["Key"] in tags and (not values or tags[wanted["Key"]] in values)
