"""The tagging API finds the simulator's endpoints."""

from pathlib import Path

import pytest

from local_aws.server import LocalAws
from tests.local_aws.house.support import stub_engine


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ([], 1),
        ([{"Key": "team"}], 1),
        ([{"Key": "team", "Values": ["risk"]}], 1),
        ([{"Key": "team", "Values": ["x"]}], 0),
        ([{"Key": "no"}], 0),
    ],
)
def test_endpoints_are_found_by_their_tags(tmp_path: Path, wanted: list[dict[str, object]], found: int) -> None:
    with LocalAws(tmp_path, stub_engine) as local:
        client = local.client("resourcegroupstaggingapi")
        answer = client.get_resources(TagFilters=wanted, ResourceTypeFilters=["sagemaker:endpoint"])
        assert len(answer["ResourceTagMappingList"]) == found
        assert client.get_resources(ResourceTypeFilters=["s3"])["ResourceTagMappingList"] == []
