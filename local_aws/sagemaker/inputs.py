"""What the creates check before anything starts: images, buckets, input objects, and things not simulated."""

import re
from collections.abc import Mapping
from typing import Any

from local_aws.sagemaker.access import DeniedError, ExecutionRole
from local_aws.sagemaker.errors import not_simulated, validation_error
from local_aws.sagemaker.storage import bucket_exists, bucket_of
from local_aws.sagemaker.world import World

_ECR_IMAGE = re.compile(r"\d{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9._/-]+([:@].+)?")


def check_image(image: str) -> None:
    """Refuse an image that is not in ECR; whether it can be run is the executors' business."""
    if not _ECR_IMAGE.fullmatch(image):
        raise validation_error(f'Using non-ECR image "{image}" without Vpc repository access mode is not supported.')


def check_role(world: World, role: ExecutionRole) -> None:
    """Refuse a role that SageMaker may not assume."""
    try:
        world.access.assume(role)
    except DeniedError:
        raise validation_error(
            f"Could not assume role {role.arn}. Please ensure that the role exists and allows principal "
            "'sagemaker.amazonaws.com' to assume the role."
        ) from None


def check_model_data(world: World, role: ExecutionRole, url: str) -> None:
    """Refuse an artifact that the role may not read, as CreateModel does."""
    try:
        world.access.read(role, url)
    except DeniedError:
        raise validation_error(
            f'Could not access model data at {url}. Please ensure that the role "{role.arn}" exists and that its trust '
            'relationship policy allows the action "sts:AssumeRole" for the service principal '
            '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the object '
            f"is located in {world.arns.region}."
        ) from None


def check_model_prefix(world: World, role: ExecutionRole, url: str) -> None:
    """Refuse a prefix of models that the role may not list, as CreateModel does; nothing need be below it yet."""
    if not bucket_exists(world.store, url) or not _may_list(world, role, url):
        raise validation_error(
            f'Could not access model data at {url}. Please ensure that the role "{role.arn}" exists and that its trust '
            'relationship policy allows the action "sts:AssumeRole" for the service principal '
            '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the object '
            f"is located in {world.arns.region}. If your Model uses multiple models or uncompressed models, please "
            'ensure that the role has "s3:ListBucket" permission.'
        )


def check_input(world: World, uri: str, role: ExecutionRole) -> None:
    """Refuse an input prefix without objects, or that the role may not list, as the creates of jobs do."""
    bucket = bucket_of(uri)
    if not _may_list(world, role, uri) or not world.store.list(uri):
        raise validation_error(
            f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
            f"exists in the selected region ({world.arns.region}), that objects exist under that S3 prefix, and that "
            f'the role "{role.arn}" has "s3:ListBucket" permissions on bucket "{bucket.removeprefix("s3://")}".'
        )


def _may_list(world: World, role: ExecutionRole, uri: str) -> bool:
    try:
        world.access.list(role, uri)
    except DeniedError:
        return False
    return True


def check_instance_type(asked: str, supported: tuple[str, ...]) -> None:
    """Refuse an instance type on which a model package does not run; one that says nothing runs on any."""
    if supported and asked not in supported:
        raise validation_error(
            f"The instance type [{asked}] isn't supported by the model package: use one of [{', '.join(supported)}]."
        )


def check_output(world: World, uri: str) -> None:
    """Refuse an output path in a bucket that does not exist."""
    if not bucket_exists(world.store, uri):
        raise validation_error(
            f'The bucket of the output path "{uri}" does not exist in the selected region ({world.arns.region}).'
        )


def refuse_unsimulated(operation: str, members: Mapping[str, Any], *names: str) -> None:
    """Refuse members of a request that the simulator would have to ignore.

    Raises:
        AwsError: Names the first such member.
    """
    for name in names:
        if members.get(name):
            raise not_simulated(f"{operation} with {name}")
