"""What the simulator's core asks of S3: whether things are there. The data is the executors' business."""

from collections.abc import Sequence
from typing import Protocol

from local_aws.sagemaker.errors import validation_error


class Objects(Protocol):
    """Objects by `s3://bucket/key` URI; `store.ObjectStore` is one that can also read and write."""

    def exists(self, uri: str) -> bool:
        """Say whether the object exists, or the bucket where the URI has no key (`s3://bucket`)."""

    def list(self, prefix_uri: str, /) -> Sequence[object]:
        """Return something for each object whose URI begins so; nothing if there are none or no such bucket."""


def bucket_of(uri: str) -> str:
    """Return `s3://bucket` of an S3 URI.

    Raises:
        AwsError: It is none.
    """
    if not uri.startswith("s3://"):
        raise validation_error(f"Invalid S3 URI: {uri}. It must begin with s3://")
    return "s3://" + uri.removeprefix("s3://").split("/", 1)[0]


def bucket_exists(objects: Objects, uri: str) -> bool:
    """Say whether the bucket of a URI exists; a store that knows only objects shows it by any object in it."""
    bucket = bucket_of(uri)
    return objects.exists(bucket) or bool(objects.list(f"{bucket}/"))
