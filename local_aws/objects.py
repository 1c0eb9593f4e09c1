"""S3 for the simulator's core: straight into moto's backend, since the core asks while others wait for its lock."""

from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeBucket, FakeKey, S3Backend, s3_backends

from local_aws.envelopes import ACCOUNT
from local_aws.sagemaker.store import split_uri


class MotoObjects:
    """Objects by `s3://bucket/key` URI; keys are never decoded."""

    def size(self, uri: str) -> int:
        """Return the size in bytes; raises FileNotFoundError if there is no such object."""
        return int(_key(uri).size)

    def exists(self, uri: str) -> bool:
        """Say whether the object exists, or the bucket where the URI has no key."""
        bucket, key = split_uri(uri)
        try:
            return bool(_key(uri) if key else _bucket(bucket))
        except FileNotFoundError:
            return False

    def list(self, prefix: str) -> "list[str]":
        """Return the URIs of all objects under a prefix, sorted; none if there is no such bucket."""
        bucket, key_prefix = split_uri(prefix)
        try:
            keys = list(_bucket(bucket).keys.items())
        except FileNotFoundError:
            return []
        return sorted(
            f"s3://{bucket}/{name}" for name, key in keys if isinstance(key, FakeKey) and name.startswith(key_prefix)
        )

    def read(self, uri: str) -> bytes:
        """Return an object's bytes; raises FileNotFoundError if there is none."""
        return bytes(_key(uri).value)

    def write(self, uri: str, body: bytes) -> None:
        """Create or replace an object, with its event."""
        bucket, key = split_uri(uri)
        _bucket(bucket)
        _backend().put_object(bucket, key, body)


def _backend() -> S3Backend:
    return s3_backends[ACCOUNT]["aws"]


def _bucket(name: str) -> FakeBucket:
    try:
        return _backend().get_bucket(name)
    except MissingBucket as error:
        raise FileNotFoundError(f"there is no bucket {name}") from error


def _key(uri: str) -> FakeKey:
    bucket, name = split_uri(uri)
    key = _bucket(bucket).keys.get(name)
    if not isinstance(key, FakeKey):  # absent, or a delete marker
        raise FileNotFoundError(f"there is no object {uri}")
    return key
