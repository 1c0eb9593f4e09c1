"""Endpoints with all that they are made of, whoever made them: to delete them, and to make them again."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from yardmaster.aws import endpoint, sagemaker_errors, tags
from yardmaster.records import ListedEndpoint

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

PAGE = 100
"""The most that ListEndpoints gives at once; it gives ten unasked."""
_NOT_ASKED_FOR = {"EndpointConfigName", "EndpointConfigArn", "CreationTime", "ResponseMetadata"}
"""What DescribeEndpointConfig answers and CreateEndpointConfig doesn't take, or gets besides."""


def list_all(client: "SageMakerClient") -> Iterator[ListedEndpoint]:
    """Yield every endpoint of account and region, a hundred with each call."""
    for page in client.get_paginator("list_endpoints").paginate(PaginationConfig={"PageSize": PAGE}):
        for one in page["Endpoints"]:
            created, modified = one["CreationTime"].timestamp(), one["LastModifiedTime"].timestamp()
            yield ListedEndpoint(one["EndpointName"], one["EndpointArn"], one["EndpointStatus"], created, modified)


def describe(client: "SageMakerClient", name: str) -> dict[str, Any] | None:
    """Return an endpoint as DescribeEndpoint answers; None if there is none."""
    try:
        return dict(client.describe_endpoint(EndpointName=name))
    except ClientError as error:
        if sagemaker_errors.is_not_found(error):
            return None
        raise


def config(client: "SageMakerClient", name: str) -> tuple[dict[str, Any], str] | None:
    """Return all that a configuration was asked for with, and its ARN; None if there is none."""
    try:
        answer = dict(client.describe_endpoint_config(EndpointConfigName=name))
    except ClientError as error:
        if sagemaker_errors.is_not_found(error):
            return None
        raise
    arn = str(answer["EndpointConfigArn"])
    return {key: value for key, value in answer.items() if key not in _NOT_ASKED_FOR}, arn


def make_config(
    client: "SageMakerClient", name: str, content: Mapping[str, Any], config_tags: Mapping[str, str]
) -> None:
    """Make a configuration again that was deleted; one that is there already is fine.

    Raises:
        NotYetError: A model of it does not exist.
    """
    try:
        client.create_endpoint_config(EndpointConfigName=name, Tags=tags.as_list(dict(config_tags)), **content)
    except ClientError as error:
        if not sagemaker_errors.is_taken(error):
            raise sagemaker_errors.translate(error) from error


def tags_of(client: "SageMakerClient", arn: str) -> dict[str, str]:
    """Return a resource's tags, without those that only AWS can give (`aws:…`)."""
    found = endpoint.tags_of(client, arn)
    return {key: value for key, value in found.items() if not key.lower().startswith("aws:")}
