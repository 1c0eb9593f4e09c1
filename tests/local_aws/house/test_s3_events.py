import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig

from local_aws.function_spec import FunctionSpec
from local_aws.server import LocalAws
from tests.local_aws.house.support import Queue
from tests.waiting import eventually


class Bucket:
    """A versioned bucket whose events come to a queue."""

    def __init__(self, local: LocalAws, queue: Queue, name: str) -> None:
        self.name = name
        self.queue = queue
        self.s3 = local.client("s3")
        self.s3.create_bucket(Bucket=name)
        self.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        self.s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        events = local.client("events")
        pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [name]}}}
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "one", "Arn": queue.arn}])

    def events(self, count: int = 1) -> list[dict[str, Any]]:
        """Wait for so many events; one more that comes with them is returned too."""
        received: list[dict[str, Any]] = []

        def look() -> bool:
            received.extend(json.loads(message["Body"]) for message in self.queue.messages())
            return len(received) >= count

        eventually(look)
        return received


@pytest.fixture
def bucket(local: LocalAws, queue: Queue, request: pytest.FixtureRequest) -> Bucket:
    name = "b" + "".join(letter for letter in request.node.name.lower() if letter.isalnum())[:50]
    return Bucket(local, queue, name)


def test_an_upload_sends_one_event_with_the_version(bucket: Bucket) -> None:
    answer = bucket.s3.put_object(Bucket=bucket.name, Key="churn/data/jän 1+2.csv", Body=b"a,b\n1,2\n")
    event = bucket.events()[0]
    assert event["detail-type"] == "Object Created"
    assert event["resources"] == [f"arn:aws:s3:::{bucket.name}"]
    detail = event["detail"]
    assert detail["reason"] == "PutObject"
    assert detail["object"]["key"] == "churn/data/jän 1+2.csv"
    assert detail["object"]["size"] == 8
    assert detail["object"]["etag"] == answer["ETag"].strip('"')
    assert detail["object"]["version-id"] == answer["VersionId"]


def test_an_upload_wakes_a_function(
    bucket: Bucket, local: LocalAws, make_function: Callable[..., FunctionSpec], queue: Queue
) -> None:
    spec = make_function(
        "on-upload",
        """
import boto3
def handler(event, context):
    where = {"Bucket": event["detail"]["bucket"]["name"], "Key": event["detail"]["object"]["key"]}
    body = boto3.client("s3").get_object(**where, VersionId=event["detail"]["object"]["version-id"])["Body"].read()
    boto3.client("s3").put_object(Bucket=where["Bucket"], Key="out/copy", Body=body)
""",
        timeout=60,
    )
    pattern = {"source": ["aws.s3"], "detail": {"object": {"key": [{"wildcard": "*/data/*"}]}}}
    events = local.client("events")
    events.put_rule(Name="drops", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="drops", Targets=[{"Id": "one", "Arn": spec.arn}])
    bucket.s3.put_object(Bucket=bucket.name, Key="churn/data/jan.csv", Body=b"a,b")
    keys = [event["detail"]["object"]["key"] for event in bucket.events(2)]
    events.remove_targets(Rule="drops", Ids=["one"])
    events.delete_rule(Name="drops")
    assert keys == ["churn/data/jan.csv", "out/copy"]
    assert bucket.s3.get_object(Bucket=bucket.name, Key="out/copy")["Body"].read() == b"a,b"


def test_ids_and_sequencers_are_unique_and_sequencers_grow(bucket: Bucket) -> None:
    for _ in range(3):
        bucket.s3.put_object(Bucket=bucket.name, Key="same", Body=b"x")
    events = bucket.events(3)
    assert len({event["id"] for event in events}) == 3
    assert len({event["detail"]["object"]["version-id"] for event in events}) == 3
    sequencers = [event["detail"]["object"]["sequencer"] for event in events]
    assert sorted(set(sequencers)) == sequencers


def test_a_copy_says_so(bucket: Bucket) -> None:
    bucket.s3.put_object(Bucket=bucket.name, Key="one", Body=b"x")
    bucket.s3.copy_object(Bucket=bucket.name, Key="two", CopySource={"Bucket": bucket.name, "Key": "one"})
    reasons = {event["detail"]["object"]["key"]: event["detail"]["reason"] for event in bucket.events(2)}
    assert reasons == {"one": "PutObject", "two": "CopyObject"}


def test_a_multipart_upload_sends_one_event(bucket: Bucket) -> None:
    body = b"x" * (6 << 20)
    small_parts = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
    bucket.s3.upload_fileobj(io.BytesIO(body), bucket.name, "large", Config=small_parts)
    bucket.s3.put_object(Bucket=bucket.name, Key="last", Body=b"x")
    events = bucket.events(2)
    assert [event["detail"]["reason"] for event in events] == ["CompleteMultipartUpload", "PutObject"]
    assert events[0]["detail"]["object"]["size"] == len(body)
    assert bucket.s3.get_object(Bucket=bucket.name, Key="large")["Body"].read() == body


def test_tags_added_later_say_so(bucket: Bucket) -> None:
    bucket.s3.put_object(Bucket=bucket.name, Key="one", Body=b"x", Tagging="a=b")
    bucket.s3.put_object_tagging(Bucket=bucket.name, Key="one", Tagging={"TagSet": [{"Key": "a", "Value": "c"}]})
    assert [event["detail-type"] for event in bucket.events(2)] == ["Object Created", "Object Tags Added"]


def test_deletions_say_which_kind(bucket: Bucket) -> None:
    version = bucket.s3.put_object(Bucket=bucket.name, Key="spec.yaml", Body=b"x")["VersionId"]
    marker = bucket.s3.delete_object(Bucket=bucket.name, Key="spec.yaml")["VersionId"]
    bucket.s3.delete_object(Bucket=bucket.name, Key="spec.yaml", VersionId=version)
    _, marked, removed = bucket.events(3)
    assert marked["detail-type"] == removed["detail-type"] == "Object Deleted"
    assert marked["detail"]["deletion-type"] == "Delete Marker Created"
    assert marked["detail"]["object"]["version-id"] == marker
    assert removed["detail"]["deletion-type"] == "Permanently Deleted"
    assert removed["detail"]["object"]["version-id"] == version


def test_a_bucket_without_eventbridge_sends_nothing(bucket: Bucket, local: LocalAws) -> None:
    bucket.s3.put_bucket_notification_configuration(Bucket=bucket.name, NotificationConfiguration={})
    bucket.s3.put_object(Bucket=bucket.name, Key="silent", Body=b"x")
    bucket.s3.delete_object(Bucket=bucket.name, Key="silent")
    bucket.s3.put_bucket_notification_configuration(
        Bucket=bucket.name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    bucket.s3.put_object(Bucket=bucket.name, Key="heard", Body=b"x")
    assert [event["detail"]["object"]["key"] for event in bucket.events()] == ["heard"]


def test_a_refused_conditional_write_sends_nothing(bucket: Bucket) -> None:
    bucket.s3.put_object(Bucket=bucket.name, Key="once", Body=b"x", IfNoneMatch="*")
    with pytest.raises(bucket.s3.exceptions.ClientError, match="PreconditionFailed"):
        bucket.s3.put_object(Bucket=bucket.name, Key="once", Body=b"y", IfNoneMatch="*")
    bucket.s3.put_object(Bucket=bucket.name, Key="last", Body=b"x")
    assert [event["detail"]["object"]["key"] for event in bucket.events(2)] == ["once", "last"]


@pytest.mark.skipif(shutil.which("aws") is None, reason="the AWS CLI is not installed")
def test_the_aws_cli_uploads_small_and_large_files(bucket: Bucket, local: LocalAws, tmp_path: Path) -> None:
    (tmp_path / "small.csv").write_bytes(b"a,b\n1,2\n")
    (tmp_path / "large.csv").write_bytes(b"0123456789abcdef" * (9 << 16))
    environment = os.environ | {"AWS_ENDPOINT_URL": local.endpoint}
    for name in ("small.csv", "large.csv"):
        command = ["aws", "s3", "cp", str(tmp_path / name), f"s3://{bucket.name}/churn/data/{name}"]
        subprocess.run(command, check=True, env=environment, capture_output=True)
    reasons = {event["detail"]["object"]["key"]: event["detail"]["reason"] for event in bucket.events(2)}
    assert reasons == {"churn/data/small.csv": "PutObject", "churn/data/large.csv": "CompleteMultipartUpload"}
    downloaded = bucket.s3.get_object(Bucket=bucket.name, Key="churn/data/large.csv")["Body"].read()
    assert downloaded == (tmp_path / "large.csv").read_bytes()
