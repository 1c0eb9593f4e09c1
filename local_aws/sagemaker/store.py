"""S3 as the simulator and its executors see it: whole objects by `s3://bucket/key` URIs, keys never decoded."""

import io
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MISSING = {"404", "NoSuchKey", "NoSuchBucket"}


class ObjectStore(Protocol):
    """Objects by URI. A missing object raises FileNotFoundError."""

    def size(self, uri: str) -> int:
        """Give the object's size in bytes."""

    def exists(self, uri: str) -> bool:
        """Say whether there is an object at exactly this URI."""

    def list(self, prefix_uri: str) -> "list[tuple[str, int]]":
        """Give (URI, size in bytes) of the objects whose URI begins so, in key order; none for a missing bucket."""

    def read(self, uri: str) -> bytes:
        """Give the object's whole content."""

    def write(self, uri: str, body: bytes) -> None:
        """Store an object, replacing one that is there."""

    def delete(self, uri: str) -> None:
        """Delete an object; one that isn't there is fine."""

    def open(self, uri: str) -> AbstractContextManager[BinaryIO]:
        """Stream the object's content, to be used in a `with` statement."""


def split_uri(uri: str) -> tuple[str, str]:
    """Split `s3://bucket/key` into bucket and key; the key may be empty.

    Raises:
        ValueError: not an S3 URI.
    """
    scheme, separator, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not separator or not bucket:
        raise ValueError(f"{uri!r} is not an S3 URI: write s3://bucket/key")
    return bucket, key


class S3ObjectStore:
    """An `ObjectStore` over a boto3 S3 client, which decides where it goes."""

    def __init__(self, client: "S3Client") -> None:
        """Take the client; it is used from several threads, which boto3 clients allow."""
        self._client = client

    def size(self, uri: str) -> int:
        """Give the object's size in bytes."""
        bucket, key = split_uri(uri)
        with _missing_is_file_not_found(uri):
            return self._client.head_object(Bucket=bucket, Key=key)["ContentLength"]

    def exists(self, uri: str) -> bool:
        """Say whether there is an object at exactly this URI, or the bucket where it has no key."""
        bucket, key = split_uri(uri)
        try:
            with _missing_is_file_not_found(uri):
                self._client.head_object(Bucket=bucket, Key=key) if key else self._client.head_bucket(Bucket=bucket)
        except FileNotFoundError:
            return False
        return True

    def list(self, prefix_uri: str) -> "list[tuple[str, int]]":
        """Give (URI, size in bytes) of the objects whose URI begins so, in key order; none for a missing bucket."""
        bucket, prefix = split_uri(prefix_uri)
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        try:
            return [
                (f"s3://{bucket}/{item['Key']}", item["Size"]) for page in pages for item in page.get("Contents", [])
            ]
        except ClientError as error:
            if error.response["Error"]["Code"] in MISSING:
                return []
            raise

    def read(self, uri: str) -> bytes:
        """Give the object's whole content."""
        with self.open(uri) as stream:
            return stream.read()

    def write(self, uri: str, body: bytes) -> None:
        """Store an object, replacing one that is there."""
        bucket, key = split_uri(uri)
        with _missing_is_file_not_found(uri):
            self._client.put_object(Bucket=bucket, Key=key, Body=body)

    def delete(self, uri: str) -> None:
        """Delete an object; one that isn't there is fine."""
        bucket, key = split_uri(uri)
        self._client.delete_object(Bucket=bucket, Key=key)

    @contextmanager
    def open(self, uri: str) -> Iterator[BinaryIO]:
        """Stream the object's content."""
        bucket, key = split_uri(uri)
        with _missing_is_file_not_found(uri):
            body = self._client.get_object(Bucket=bucket, Key=key)["Body"]
        with body:
            yield cast(BinaryIO, body)


class MemoryObjectStore:
    """An `ObjectStore` in a dictionary, for tests and the virtual clock."""

    def __init__(self, objects: dict[str, bytes] | None = None) -> None:
        """Begin with these objects (URI to content)."""
        self.objects = dict(objects or {})

    def size(self, uri: str) -> int:
        """Give the object's size in bytes."""
        return len(self.read(uri))

    def exists(self, uri: str) -> bool:
        """Say whether there is an object at exactly this URI."""
        return uri in self.objects

    def list(self, prefix_uri: str) -> "list[tuple[str, int]]":
        """Give (URI, size in bytes) of the objects whose URI begins so, in key order."""
        return [(uri, len(body)) for uri, body in sorted(self.objects.items()) if uri.startswith(prefix_uri)]

    def read(self, uri: str) -> bytes:
        """Give the object's whole content."""
        try:
            return self.objects[uri]
        except KeyError:
            raise FileNotFoundError(uri) from None

    def write(self, uri: str, body: bytes) -> None:
        """Store an object, replacing one that is there."""
        split_uri(uri)
        self.objects[uri] = body

    def delete(self, uri: str) -> None:
        """Delete an object; one that isn't there is fine."""
        self.objects.pop(uri, None)

    @contextmanager
    def open(self, uri: str) -> Iterator[BinaryIO]:
        """Stream the object's content."""
        yield io.BytesIO(self.read(uri))


@contextmanager
def _missing_is_file_not_found(uri: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            raise FileNotFoundError(uri) from None
        raise
