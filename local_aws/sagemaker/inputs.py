"""What the creates check before anything starts: images, buckets, input objects, and things not simulated."""

import re
from collections.abc import Mapping
from typing import Any

from local_aws.sagemaker.errors import not_simulated, validation_error
from local_aws.sagemaker.storage import bucket_exists, bucket_of
from local_aws.sagemaker.world import World

_ECR_IMAGE = re.compile(r"\d{12}\.dkr\.ecr(-fips)?\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[a-z0-9._/-]+([:@].+)?")


def check_image(image: str) -> None:
    """Refuse an image that is not in ECR; whether it can be run is the executors' business."""
    if not _ECR_IMAGE.fullmatch(image):
        raise validation_error(f'Using non-ECR image "{image}" without Vpc repository access mode is not supported.')


def check_input(world: World, uri: str, role: str) -> None:
    """Refuse an input prefix without objects, as CreateTrainingJob and CreateTransformJob do."""
    bucket = bucket_of(uri)
    if not world.store.list(uri):
        raise validation_error(
            f'No S3 objects found under S3 URL "{uri}" given in input data source. Please ensure that the bucket '
            f"exists in the selected region ({world.arns.region}), that objects exist under that S3 prefix, and that "
            f'the role "{role}" has "s3:ListBucket" permissions on bucket "{bucket.removeprefix("s3://")}".'
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
