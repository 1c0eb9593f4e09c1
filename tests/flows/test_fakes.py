"""The fakes answer as moto does, which answers as AWS does: the same calls against both."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

import boto3
import pytest
from moto import mock_aws

from tests.fakes.dynamodb import INDEXES, PROJECTED, FakeDynamoDB
from tests.fakes.s3 import FakeS3
from tests.world import BUCKET, START, TABLE
from yardmaster.aws.bucket import PART, Bucket, MissingObjectError
from yardmaster.aws.table import ReleaseTable
from yardmaster.errors import ConflictError, YardmasterError
from yardmaster.records import Batch, DropKind, Endpoint, Model, Release, Source, Stage


@pytest.fixture(params=["fake", "moto"])
def table(request: pytest.FixtureRequest) -> Iterator[ReleaseTable]:
    if request.param == "fake":
        yield ReleaseTable(cast("Any", FakeDynamoDB(lambda: START)), TABLE)
        return
    with mock_aws():
        client = boto3.client("dynamodb")
        make_table(client)
        yield ReleaseTable(client, TABLE)


@pytest.fixture(params=["fake", "moto"])
def bucket(request: pytest.FixtureRequest) -> Iterator[Bucket]:
    if request.param == "fake":
        yield Bucket(cast("Any", FakeS3(BUCKET)), BUCKET)
        return
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET)
        client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield Bucket(client, BUCKET)


def projection(index: str) -> dict[str, Any]:
    if others := PROJECTED[index]:
        return {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(others)}
    return {"ProjectionType": "KEYS_ONLY"}


def make_table(client: Any) -> None:
    def keys(partition: str, sort: str) -> list[dict[str, str]]:
        return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]

    types = {"pk": "S", "sk": "S", "open": "S", "due": "N", "model": "S", "number": "N"}
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in types.items()],
        KeySchema=keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {"IndexName": name, "KeySchema": keys(*attributes), "Projection": projection(name)}
            for name, attributes in INDEXES.items()
        ],
    )


def release(number: int, due: float | None = START) -> Release:
    source = Source(BUCKET, f"churn/data/{number}.csv", "v1", str(number), DropKind.FILE)
    return Release(f"release{number}", "churn", number, source, due=due, created_at=START)


def test_a_row_is_moved_by_compare_and_set(table: ReleaseTable) -> None:
    created, model = table.create_release(release(1), Model("churn", "salt", revision=0))
    moved = table.save_release(replace(created, stage=Stage.PREPARED, due=START + 60), START)

    with pytest.raises(ConflictError):
        table.save_release(replace(created, stage=Stage.REFUSED), START)
    assert table.get_release(created.id) == moved
    assert table.get_model("churn") == model
    assert table.get_model("fraud") is None


def test_a_release_is_made_once_and_with_its_number_or_not_at_all(table: ReleaseTable) -> None:
    _, model = table.create_release(release(1), Model("churn", "salt", revision=0))

    with pytest.raises(ConflictError):
        table.create_release(release(1), model)
    with pytest.raises(ConflictError):
        table.create_release(release(2), replace(model, revision=7))
    assert table.get_release("release2") is None
    assert [model.last_number for model in table.all_models()] == [1]


def test_rows_are_written_together_or_not_at_all(table: ReleaseTable) -> None:
    created, model = table.create_release(release(1), Model("churn", "salt", revision=0))
    endpoint = Endpoint("churn", "churn", revision=0, holder=created.id)

    (moved,) = table.save_together([(replace(created, reason="a"), False)], [endpoint, model], START)
    with pytest.raises(ConflictError):
        table.save_together([(replace(moved, reason="b"), False)], [endpoint], START)

    assert table.get_release(created.id) == moved
    assert table.get_endpoint("churn") == replace(endpoint, revision=1)
    assert [row.name for row in table.all_endpoints()] == ["churn"]


def test_what_is_due_is_found_in_order_until_it_is_published_and_sleeps(table: ReleaseTable) -> None:
    model = Model("churn", "salt", revision=0)
    for number in (1, 2, 3):
        _, model = table.create_release(replace(release(number), created_at=START + 60 - number), model)

    def due(now: float) -> list[Release]:
        return [found for found in table.due(now) if isinstance(found, Release)]

    assert [found.number for found in due(START + 60)] == [3, 2, 1]
    assert [found.number for found in due(START + 57.5)] == [3]
    for found in due(START + 60):
        saved = table.save_release(replace(found, due=None if found.number == 1 else START + 600), START)
        table.mark_published(saved)
        table.mark_published(replace(saved, revision=1))
    assert list(table.due(START + 60)) == []
    assert [found.number for found in due(START + 600)] == [2, 3]


def test_batches_and_endpoints_are_due_beside_releases(table: ReleaseTable) -> None:
    table.create_release(replace(release(1), created_at=START), Model("churn", "salt", revision=0))
    batch = table.save_batch(Batch("abcdefgh", "churn", due=START + 1), START + 1)
    table.save_endpoint(Endpoint("churn", "churn", revision=0, due=START + 2))
    asleep = table.save_endpoint(Endpoint("fraud", "fraud", revision=0))

    found = list(table.due(START + 60))

    assert [type(one) for one in found] == [Release, Batch, Endpoint]
    assert found[1] == batch == table.get_batch("abcdefgh")
    with pytest.raises(ConflictError):
        table.save_batch(replace(batch, revision=0), START)
    table.save_batch(replace(batch, due=None, published=batch.revision), START, silent=True)
    assert [type(one) for one in table.due(START + 60)] == [Release, Endpoint]
    assert asleep.due is None


def test_a_models_releases_come_by_number(table: ReleaseTable) -> None:
    model = Model("churn", "salt", revision=0)
    for number in (1, 2, 10):
        _, model = table.create_release(release(number), model)

    assert [found.number for found in table.releases_of("churn")] == [10, 2, 1]
    assert [found.number for found in table.releases_of("churn", newest_first=False)] == [1, 2, 10]
    assert next(table.releases_of("churn", stages={Stage.LIVE}), None) is None
    assert len(list(table.releases_of("churn", stages={Stage.RECEIVED}))) == 3
    found = table.find_number("churn", 2)
    assert found is not None
    assert found.id == "release2"
    assert table.find_number("churn", 3) is None
    assert list(table.releases_of("fraud")) == []


def test_the_watermark_is_kept(table: ReleaseTable) -> None:
    assert table.get_watermark() is None
    table.save_watermark(START)
    assert table.get_watermark() == START


def test_versions_of_an_object_are_kept_apart(bucket: Bucket) -> None:
    first = bucket.write("churn/spec.yaml", b"one", "text/plain")
    second = bucket.write("churn/spec.yaml", b"three", "text/plain")

    assert bucket.read("churn/spec.yaml") == (b"three", second)
    assert bucket.read("churn/spec.yaml", first) == (b"one", first)
    assert bucket.read("churn/spec.yaml", limit=2)[0] == b"th"
    assert b"".join(bucket.stream("churn/spec.yaml", first)) == b"one"
    assert bucket.head("churn/spec.yaml", first).size == 3
    assert [item.version_id for item in bucket.list("churn/")] == [second]
    assert bucket.region() == "us-east-1"


@pytest.mark.parametrize("look", [Bucket.read, Bucket.head, lambda bucket, key: list(bucket.stream(key))])
def test_what_is_not_there_is_missing(bucket: Bucket, look: Any) -> None:
    with pytest.raises(MissingObjectError):
        look(bucket, "churn/none.csv")
    assert bucket.list("churn/") == []


def test_what_was_deleted_is_missing_but_its_versions_are_not(bucket: Bucket) -> None:
    version = bucket.write("churn/a.csv", b"one", "text/csv")
    bucket._client.delete_object(Bucket=BUCKET, Key="churn/a.csv")

    with pytest.raises(MissingObjectError):
        bucket.read("churn/a.csv")
    with pytest.raises(MissingObjectError):
        bucket.head("churn/a.csv")
    assert bucket.read("churn/a.csv", version)[0] == b"one"
    assert bucket.list("churn/") == []


def test_what_is_written_once_stays(bucket: Bucket) -> None:
    bucket.write_once("churn/columns.json", b"{}", "application/json")
    bucket.write_once("churn/columns.json", b"{}", "application/json")

    with pytest.raises(YardmasterError, match="other content"):
        bucket.write_once("churn/columns.json", b"[]", "application/json")


@pytest.mark.parametrize("size", [3, PART + 5])
def test_an_upload_appears_when_it_is_complete_and_the_first_one_stays(bucket: Bucket, size: int) -> None:
    for filling in (b"a", b"b"):
        upload = bucket.upload("churn/train.csv")
        upload.write(filling * size)
        upload.complete()

    assert bucket.read("churn/train.csv")[0] == b"a" * size
    assert bucket._client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []


def test_an_upload_that_is_given_up_leaves_nothing(bucket: Bucket) -> None:
    upload = bucket.upload("churn/train.csv")
    upload.write(b"a" * (PART + 5))
    assert len(bucket._client.list_multipart_uploads(Bucket=BUCKET)["Uploads"]) == 1
    upload.abort()

    assert bucket.list("churn/") == []
    assert bucket._client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", []) == []
