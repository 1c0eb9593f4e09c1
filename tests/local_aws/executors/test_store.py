"""The object store over a boto3 client, against the one in memory: both keep the same promises."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from local_aws.sagemaker.store import MemoryObjectStore, ObjectStore, S3ObjectStore, split_uri


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> Iterator[ObjectStore]:
    if request.param == "memory":
        yield MemoryObjectStore()
        return
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket="bucket")
        yield S3ObjectStore(client)


def test_what_is_written_is_read_listed_and_streamed(store: ObjectStore) -> None:
    store.write("s3://bucket/in/a b+ü%20.csv", b"123")
    store.write("s3://bucket/in/sub/c.csv", b"4")
    store.write("s3://bucket/other", b"")
    assert store.read("s3://bucket/in/a b+ü%20.csv") == b"123"
    assert store.size("s3://bucket/in/a b+ü%20.csv") == 3
    assert store.list("s3://bucket/in/") == [("s3://bucket/in/a b+ü%20.csv", 3), ("s3://bucket/in/sub/c.csv", 1)]
    with store.open("s3://bucket/in/sub/c.csv") as stream:
        assert stream.read(10) == b"4"


def test_what_is_missing_is_said_so(store: ObjectStore) -> None:
    assert not store.exists("s3://bucket/none")
    assert store.list("s3://bucket/none") == store.list("s3://nobucket/x") == []
    for uri in ("s3://bucket/none", "s3://nobucket/x"):
        with pytest.raises(FileNotFoundError):
            store.read(uri)
        with pytest.raises(FileNotFoundError):
            store.size(uri)


@pytest.mark.parametrize("uri", ["", "b/key", "https://b/key", "s3:///key", "s3:/b/key"])
def test_what_is_no_s3_uri_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match="is not an S3 URI"):
        split_uri(uri)
