"""Endpoints that carry a tag, whoever made them (Resource Groups Tagging API).

https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
"""

from typing import Any

PAGE = 100
"""The most that GetResources gives at once."""


def endpoints_with(client: Any, key: str) -> dict[str, dict[str, str]]:
    """Return the tags of every endpoint that has a tag with this key, by ARN."""
    pages = client.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": key}],
        ResourceTypeFilters=["sagemaker:endpoint"],
        PaginationConfig={"PageSize": PAGE},
    )
    found = [one for page in pages for one in page["ResourceTagMappingList"]]
    return {one["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]} for one in found}
