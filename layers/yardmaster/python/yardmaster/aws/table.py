"""The release table (DynamoDB): releases, models and endpoints, each one row, moved by compare-and-set.

Primary key `pk`, `sk`. Index `due`: partition `open` ("1", only on rows that wait for a time), sort `due`. Index
`model`: partition `model`, sort `number`. A row is some kilobytes, and each entry of an index is written with it: so
the indexes have its keys only, `model` the stage too. They are eventually consistent: a hint which rows to read.
"""

import json
import logging
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError

from yardmaster.aws import rows
from yardmaster.errors import ConflictError, UnknownSchemaError
from yardmaster.records import Batch, Endpoint, Model, Release, Stage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

log = logging.getLogger(__name__)

T = TypeVar("T")

CLAIM = 15 * 60.0
"""Seconds for which an invocation may be about to tell something: Lambda's retries of it come within three minutes."""
REMEMBERED = 30 * 24 * 3600.0
"""Seconds for which it is known what was told: dead letters are kept for two weeks, and may be sent again."""


class ReleaseTable:
    """Reads rows, and writes them only where nobody else wrote since."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def get_release(self, release: str) -> Release | None:
        """Return a release, strongly consistent; None if there is no such row."""
        item = self._get(rows.release_key(release))
        return rows.read_release(item) if item else None

    def get_model(self, name: str) -> Model | None:
        """Return a model's row; None before its first spec or drop."""
        item = self._get(rows.model_key(name))
        return rows.read_model(item) if item else None

    def get_endpoint(self, name: str) -> Endpoint | None:
        """Return an endpoint's row; None before its first deployment."""
        item = self._get(rows.endpoint_key(name))
        return rows.read_endpoint(item) if item else None

    def create_release(self, release: Release, model: Model) -> tuple[Release, Model]:
        """Add a release and count it in its model's row, both or neither.

        Args:
            release: The new row; its number is the model's `last_number` + 1.
            model: The model's row as it was read; a model with revision 0 is added as well.

        Raises:
            ConflictError: The release exists already, or the model's row was changed by somebody else.
        """
        release = replace(release, revision=1, published=0)
        counted = replace(model, revision=model.revision + 1, last_number=release.number)
        puts = [
            self._put(rows.release_item(release, release.created_at), 0),
            self._put(rows.model_item(counted), model.revision),
        ]
        self._transact(puts, release.title)
        return release, counted

    def save_release(self, release: Release, now: float, *, silent: bool = False) -> Release:
        """Write a release if nobody moved it since it was read; return it with its new revision.

        Args:
            release: The new content, with the revision as it was read.
            now: An unpublished row is due at once, so that its event is never lost.
            silent: Nothing changed that others should hear of (a later look).

        Raises:
            ConflictError: Somebody else moved it first.
        """
        written, item = _next(release, now, silent)
        self._write(item, release.revision, written.title)
        return written

    def save_together(
        self, releases: Sequence[tuple[Release, bool]], others: Sequence[Model | Endpoint], now: float
    ) -> list[Release]:
        """Write several rows, all of them or none.

        Args:
            releases: Each with whether it is silent, as for `save_release`.
            others: Rows of models and endpoints, with the revisions as they were read.
            now: As for `save_release`.

        Returns:
            The releases with their new revisions. Those of the other rows rise by one as well.

        Raises:
            ConflictError: Somebody else changed one of them first.
        """
        written = [_next(release, now, silent) for release, silent in releases]
        puts = [self._put(item, before.revision) for (_, item), (before, _) in zip(written, releases, strict=True)]
        puts += [self._put(_next_item(other), other.revision) for other in others]
        self._transact(puts, ", ".join(release.title for release, _ in releases))
        return [release for release, _ in written]

    def mark_published(self, release: Release) -> Release:
        """Note that this revision's event is out, and let the row sleep until its own due time."""
        self._note_published(rows.release_key(release.id), release.revision, release.due)
        return replace(release, published=release.revision)

    def mark_batch_published(self, batch: Batch) -> Batch:
        """Note the same of a batch."""
        self._note_published(rows.batch_key(batch.id), batch.revision, batch.due)
        return replace(batch, published=batch.revision)

    def _note_published(self, key: dict[str, Any], revision: int, due: float | None) -> None:
        values: dict[str, Any] = {":revision": {"N": str(revision)}}
        if due is None:
            update = "SET published = :revision REMOVE #open, due"
            names = {"#open": "open"}
        else:
            update = "SET published = :revision, due = :due, #open = :open"
            names = {"#open": "open"}
            values |= {":due": {"N": repr(due)}, ":open": {"S": "1"}}
        try:
            self._client.update_item(
                TableName=self._name,
                Key=key,
                UpdateExpression=update,
                ConditionExpression="revision = :revision",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
            )
        except ClientError as error:
            # Moved on already: the newer revision has its own event to publish.
            if _code(error) != "ConditionalCheckFailedException":
                raise

    def save_model(self, model: Model) -> Model:
        """Write a model's row if nobody changed it since it was read (revision 0: if there is none).

        Raises:
            ConflictError: Somebody else changed it first.
        """
        written = replace(model, revision=model.revision + 1)
        self._write(rows.model_item(written), model.revision, model.name)
        return written

    def save_endpoint(self, endpoint: Endpoint) -> Endpoint:
        """Write an endpoint's row if nobody changed it since it was read (revision 0: if there is none).

        Raises:
            ConflictError: Somebody else changed it first.
        """
        written = replace(endpoint, revision=endpoint.revision + 1)
        self._write(rows.endpoint_item(written), endpoint.revision, f"endpoint {endpoint.name}")
        return written

    def get_batch(self, batch: str) -> Batch | None:
        """Return a batch, strongly consistent; None if there is no such row."""
        item = self._get(rows.batch_key(batch))
        return rows.read_batch(item) if item else None

    def save_batch(self, batch: Batch, now: float, *, silent: bool = False) -> Batch:
        """Write a batch's row if nobody changed it since it was read (revision 0: if there is none).

        Args:
            batch: The row as it shall be.
            now: The time; the row is due at once, until it is known that its change was published.
            silent: Nobody needs to hear of this change; if an earlier one is still to be published, it is due at once.

        Raises:
            ConflictError: Somebody else changed it first.
        """
        quiet = silent and batch.published == batch.revision
        revision = batch.revision + 1
        written = replace(batch, revision=revision, published=revision if quiet else batch.published)
        self._write(rows.batch_item(written, written.due if quiet else now), batch.revision, batch.title)
        return written

    def claim_notice(self, about: str, what: str, owner: str, now: float) -> bool:
        """Take the telling of something upon oneself; False if somebody else told it, or is about to.

        Args:
            about: Of what, such as `release-mfzwizdt`.
            what: What of it.
            owner: The invocation, the same for its retries: these go on where it died.
            now: The time. A claim lapses, should its owner never come back.
        """
        try:
            self._client.put_item(
                TableName=self._name,
                Item={
                    **rows.notice_key(about, what),
                    "claimed_by": {"S": owner},
                    "claimed_until": {"N": repr(now + CLAIM)},
                    "expires": {"N": str(int(now + REMEMBERED))},
                },
                ConditionExpression="attribute_not_exists(pk) OR claimed_by = :owner OR claimed_until < :now",
                ExpressionAttributeValues={":owner": {"S": owner}, ":now": {"N": repr(now)}},
            )
        except ClientError as error:
            if _code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def mark_told(self, about: str, what: str, now: float) -> None:
        """Note that something was told: nobody can claim it any more. The row goes by itself after a month."""
        told = {"told_at": {"N": repr(now)}, "expires": {"N": str(int(now + REMEMBERED))}}
        self._client.put_item(TableName=self._name, Item={**rows.notice_key(about, what), **told})

    def batches_of(self, model: str) -> Iterator[Batch]:
        """Yield a model's batches, the newest first; each is read when it is asked for, strongly consistent."""
        for entry in self._query(
            IndexName="model",
            KeyConditionExpression="model = :model",
            ExpressionAttributeValues={":model": {"S": rows.batches_of(model)}},
            ScanIndexForward=False,
        ):
            if (item := self._get(rows.key(entry))) is not None:
                yield rows.read_batch(item)

    def due(self, now: float) -> Iterator[Release | Batch | Endpoint | Model]:
        """Yield what is due, the longest waiting first; rows of a newer schema are logged and left.

        Each is read when it is asked for, strongly consistent: what went to sleep meanwhile is left out.
        """
        for entry in self._query(
            IndexName="due",
            KeyConditionExpression="#open = :open AND due <= :now",
            ExpressionAttributeNames={"#open": "open"},
            ExpressionAttributeValues={":open": {"S": "1"}, ":now": {"N": repr(now)}},
        ):
            item = self._get(rows.key(entry))
            if item is None or not rows.is_due(item, now):
                continue
            try:
                yield rows.read_due(item)
            except UnknownSchemaError as error:
                log.error("%s", error)

    def releases_of(
        self, model: str, *, newest_first: bool = True, stages: Container[Stage] | None = None
    ) -> Iterator[Release]:
        """Yield a model's releases by number; each is read when it is asked for, strongly consistent.

        Args:
            model: The model's name.
            newest_first: False for the oldest first.
            stages: Only the releases that stand in one of these; one that has just come there may be missed, since the
                index is behind.
        """
        for entry in self._query(
            IndexName="model",
            KeyConditionExpression="model = :model",
            ExpressionAttributeValues={":model": {"S": model}},
            ScanIndexForward=not newest_first,
        ):
            if stages is not None and Stage(entry["stage"]["S"]) not in stages:
                continue
            if (item := self._get(rows.key(entry))) is None:
                continue
            release = rows.read_release(item)
            if stages is None or release.stage in stages:
                yield release

    def find_number(self, model: str, number: int) -> Release | None:
        """Return `churn #7`, or None."""
        for entry in self._query(
            IndexName="model",
            KeyConditionExpression="model = :model AND #number = :number",
            ExpressionAttributeNames={"#number": "number"},
            ExpressionAttributeValues={":model": {"S": model}, ":number": {"N": str(number)}},
        ):
            item = self._get(rows.key(entry))
            return rows.read_release(item) if item else None
        return None

    def all_models(self) -> list[Model]:
        """Return every model of the stack by name."""
        return [rows.read_model(item) for item in self._partition(rows.MODELS)]

    def all_endpoints(self) -> list[Endpoint]:
        """Return every endpoint of the stack by name."""
        return [rows.read_endpoint(item) for item in self._partition(rows.ENDPOINTS)]

    def readable_models(self) -> tuple[list[Model], list[str]]:
        """Return every model whose row this code knows, and of the others why not: a sweep goes on without these."""
        return _readable(self._bodies(rows.MODELS), rows.read_model)

    def readable_endpoints(self) -> tuple[list[Endpoint], list[str]]:
        """Return every endpoint whose row this code knows, and of the others why not."""
        return _readable(self._bodies(rows.ENDPOINTS), rows.read_endpoint)

    def get_looks(self) -> dict[str, float]:
        """Return until when requests to each endpoint are known, from earlier sweeps; what is lost is asked again."""
        pages = [json.loads(item["body"]["S"]) for item in self._partition(rows.LOOKS)]
        return {name: float(at) for page in pages for name, at in page.items()}

    def save_looks(self, looks: Mapping[str, float], before: Mapping[str, float]) -> None:
        """Note until when requests to each endpoint are known; pages of it that are as `before` are not written."""
        old, new = (rows.look_pages(one) for one in (before, looks))
        for number, page in enumerate(new):
            if number >= len(old) or old[number] != page:
                item = {**rows.look_key(number), "body": {"S": json.dumps(page, separators=(",", ":"))}}
                self._client.put_item(TableName=self._name, Item=item)
        for number in range(len(new), len(old)):
            self._client.put_item(TableName=self._name, Item={**rows.look_key(number), "body": {"S": "{}"}})

    def get_watermark(self) -> float | None:
        """Return until when approvals were looked for; None before the first tick."""
        item = self._get(rows.WATERMARK)
        return float(item["at"]["N"]) if item else None

    def save_watermark(self, at: float) -> None:
        """Note until when approvals were looked for."""
        self._client.put_item(TableName=self._name, Item={**rows.WATERMARK, "at": {"N": repr(at)}})

    def get_ledger(self) -> tuple[int, dict[str, Any]]:
        """Return the revision and the content of the ledger of jobs; 0 and nothing before the first job."""
        item = self._get(rows.LEDGER)
        return (int(item["revision"]["N"]), json.loads(item["body"]["S"])) if item else (0, {})

    def save_ledger(self, revision: int, body: dict[str, Any]) -> None:
        """Write the ledger of jobs if nobody did since it was read with this revision.

        Raises:
            ConflictError: Somebody else did.
        """
        text = json.dumps(body, separators=(",", ":"))
        item = {**rows.LEDGER, "body": {"S": text}, "revision": {"N": str(revision + 1)}}
        self._write(item, revision, "the ledger of jobs")

    def get_quotas(self) -> dict[str, Any]:
        """Return what is known of the account's quotas, by name."""
        item = self._get(rows.QUOTAS)
        return json.loads(item["body"]["S"]) if item else {}

    def save_quotas(self, quotas: Mapping[str, Any]) -> None:
        """Note what is known of the account's quotas: what is lost is looked up again."""
        item = {**rows.QUOTAS, "body": {"S": json.dumps(quotas, separators=(",", ":"))}}
        self._client.put_item(TableName=self._name, Item=item)

    def _partition(self, pk: str) -> Iterator[dict[str, Any]]:
        return self._query(KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": pk}})

    def _bodies(self, pk: str) -> Iterator[dict[str, Any]]:
        """Yield the rows of a partition with the least that can be read: there may be thousands."""
        found = self._query(
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ProjectionExpression="sk, body",
        )
        return ({"pk": {"S": pk}, **item} for item in found)

    def _query(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        paginator = self._client.get_paginator("query")
        for page in paginator.paginate(TableName=self._name, **arguments):
            yield from page["Items"]

    def _get(self, key: dict[str, Any]) -> dict[str, Any] | None:
        if not rows.is_possible(key):
            return None
        return self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item")

    def _put(self, item: dict[str, Any], revision: int) -> dict[str, Any]:
        put: dict[str, Any] = {"TableName": self._name, "Item": item}
        if revision == 0:
            return put | {"ConditionExpression": "attribute_not_exists(pk)"}
        return put | {
            "ConditionExpression": "revision = :revision",
            "ExpressionAttributeValues": {":revision": {"N": str(revision)}},
        }

    def _transact(self, puts: Sequence[dict[str, Any]], title: str) -> None:
        try:
            self._client.transact_write_items(TransactItems=[{"Put": put} for put in puts])  # type: ignore[typeddict-item]
        except ClientError as error:
            if _code(error) in {"TransactionCanceledException", "TransactionConflictException"}:
                raise ConflictError(f"{title}: somebody else was first") from error
            raise

    def _write(self, item: dict[str, Any], revision: int, title: str) -> None:
        try:
            self._client.put_item(**self._put(item, revision))
        except ClientError as error:
            if _code(error) == "ConditionalCheckFailedException":
                raise ConflictError(f"{title}: revision {revision} is not the newest any more") from error
            raise


def _next(release: Release, now: float, silent: bool) -> tuple[Release, dict[str, Any]]:
    """Return a release's next revision and its row; an unpublished one is due at once."""
    quiet = silent and release.published == release.revision
    revision = release.revision + 1
    written = replace(release, revision=revision, published=revision if quiet else release.published)
    return written, rows.release_item(written, written.due if quiet else now)


def _readable(items: Iterable[dict[str, Any]], read: Callable[[dict[str, Any]], T]) -> tuple[list[T], list[str]]:
    found, unknown = [], []
    for item in items:
        try:
            found.append(read(item))
        except UnknownSchemaError as error:
            unknown.append(str(error))
    return found, unknown


def _next_item(record: Model | Endpoint) -> dict[str, Any]:
    match record:
        case Model():
            return rows.model_item(replace(record, revision=record.revision + 1))
        case Endpoint():
            return rows.endpoint_item(replace(record, revision=record.revision + 1))


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]
