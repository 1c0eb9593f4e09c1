"""S3 for the simulator's core: straight into moto's backend, since the core asks while others wait for its lock."""

from moto.s3.exceptions import MissingBucket
from moto.s3.models import FakeBucket, FakeKey, s3_backends

from local_aws.envelopes import ACCOUNT
from local_aws.sagemaker.store import split_uri


class MotoObjects:
    """What is there, by `s3://bucket/key` URI; keys are never decoded."""

    def exists(self, uri: str) -> bool:
        """Say whether the object exists, or the bucket where the URI has no key."""
        name, key = split_uri(uri)
        bucket = _bucket(name)
        return bucket is not None and (not key or isinstance(bucket.keys.get(key), FakeKey))

    def list(self, prefix_uri: str, /) -> "list[str]":
        """Return the URIs of all objects that begin so, sorted; none if there is no such bucket."""
        name, prefix = split_uri(prefix_uri)
        bucket = _bucket(name)
        if bucket is None:
            return []
        # A deleted object of a versioned bucket has a delete marker in its place.
        keys = [key for key, newest in list(bucket.keys.items()) if isinstance(newest, FakeKey)]
        return sorted(f"s3://{name}/{key}" for key in keys if key.startswith(prefix))


def _bucket(name: str) -> FakeBucket | None:
    try:
        return s3_backends[ACCOUNT]["aws"].get_bucket(name)
    except MissingBucket:
        return None
