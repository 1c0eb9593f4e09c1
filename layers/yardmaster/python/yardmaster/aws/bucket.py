"""The bucket (S3): exact versions in, write-once objects out. Keys are never decoded."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from yardmaster.errors import YardmasterError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ErrorTypeDef, GetObjectOutputTypeDef

BLOCK = 256 * 1024
"""How many bytes a stream yields at once."""
PART = 8 * 1024 * 1024
"""Size of a multipart upload's parts: the buffer of a sink. 10,000 parts of it are 80 GB."""


PAGES = 10
"""How many pages of keys below one prefix are looked at where only the newest objects matter."""


ENOUGH = 30.0
"""Seconds for one more page of deletions."""


class UndeletedError(YardmasterError):
    """S3 did not delete some of many objects."""


class UnreadableError(YardmasterError):
    """S3 does not give it, for whatever reason; the message is S3's."""


class MissingObjectError(YardmasterError):
    """The object, or that version of it, does not exist (any more)."""


@dataclass(frozen=True)
class Object:
    """One version of one object; `size` in bytes."""

    key: str
    version_id: str
    size: int
    etag: str


class Bucket:
    """The one bucket of the stack."""

    def __init__(self, client: "S3Client", name: str) -> None:
        self._client = client
        self.name = name

    def uri(self, key: str) -> str:
        """Return `s3://bucket/key`."""
        return f"s3://{self.name}/{key}"

    def key_of(self, uri: str) -> str:
        """Return the key inside a URI of this bucket."""
        return uri.removeprefix(f"s3://{self.name}/")

    def region(self) -> str:
        """Return the region that the bucket is in."""
        answer = self._client.head_bucket(Bucket=self.name)
        return answer["BucketRegion"]

    def head(self, key: str, version_id: str | None = None) -> Object:
        """Describe an object, or one version of it.

        Raises:
            MissingObjectError: There is none.
        """
        try:
            answer = self._client.head_object(Bucket=self.name, Key=key, **_version(version_id))
        except ClientError as error:
            raise _missing(error, key) from error
        return Object(key, answer.get("VersionId", ""), answer["ContentLength"], answer["ETag"])

    def read(self, key: str, version_id: str | None = None, limit: int | None = None) -> tuple[bytes, str]:
        """Return an object's bytes and its version id; at most the first `limit` bytes.

        Raises:
            MissingObjectError: There is none.
        """
        answer = self._get(key, version_id)
        return answer["Body"].read(limit), answer.get("VersionId", "")

    def stream(self, key: str, version_id: str | None = None) -> Iterator[bytes]:
        """Yield an object's bytes in blocks of 256 KiB.

        Raises:
            MissingObjectError: There is none.
        """
        yield from self._get(key, version_id)["Body"].iter_chunks(BLOCK)

    def list(self, prefix: str) -> list[Object]:
        """Return the newest version of each object below a prefix, by key."""
        paginator = self._client.get_paginator("list_object_versions")
        found = [
            Object(version["Key"], version["VersionId"], version["Size"], version["ETag"])
            for page in paginator.paginate(Bucket=self.name, Prefix=prefix)
            for version in page.get("Versions", [])
            if version["IsLatest"]
        ]
        return sorted(found, key=lambda item: item.key)

    def read_text(self, key: str) -> bytes:
        """Return an object that is nice to have.

        Raises:
            UnreadableError: S3 does not give it.
        """
        try:
            return self.read(key)[0]
        except (ClientError, BotoCoreError, MissingObjectError) as error:
            raise UnreadableError(f"{self.uri(key)}: {error}") from error

    def newest_lines(self, prefixes: Sequence[str], limit: int) -> tuple[bytes, ...]:
        """Return the lines of the newest objects, whose keys are in the order of their times.

        Args:
            prefixes: Where they are, the newest place first.
            limit: How many bytes are read at most; the line in which that ends is left out.

        Raises:
            UnreadableError: S3 does not give them.
        """
        lines: tuple[bytes, ...] = ()
        try:
            for key, size in self._newest_first(prefixes):
                if limit <= 0:
                    break
                data, _ = self.read(key, limit=limit)
                whole = data.splitlines()
                lines += tuple(whole if size <= limit else whole[:-1])
                limit -= len(data)
        except (ClientError, BotoCoreError, MissingObjectError) as error:
            raise UnreadableError(f"{self.uri(prefixes[0])}: {error}") from error
        return lines

    def _newest_first(self, prefixes: Sequence[str]) -> Iterator[tuple[str, int]]:
        paginator = self._client.get_paginator("list_objects_v2")
        for prefix in prefixes:
            pages = islice(paginator.paginate(Bucket=self.name, Prefix=prefix), PAGES)
            found = [(item["Key"], item["Size"]) for page in pages for item in page.get("Contents", [])]
            yield from sorted(found, reverse=True)

    def newest(self, key: str) -> str:
        """Return the id of an object's newest version.

        Raises:
            MissingObjectError: There is none.
        """
        found = next((item.version_id for item in self.list(key) if item.key == key), None)
        if found is None:
            raise MissingObjectError(f"{key} does not exist")
        return found

    def write(self, key: str, data: bytes, content_type: str) -> str:
        """Write an object; return its version id."""
        answer = self._client.put_object(Bucket=self.name, Key=key, Body=data, ContentType=content_type)
        return answer.get("VersionId", "")

    def write_once(self, key: str, data: bytes, content_type: str) -> None:
        """Write an object that must never change; a repeat with the same bytes is fine.

        Raises:
            YardmasterError: The object is there already with other bytes.
        """
        try:
            self._client.put_object(Bucket=self.name, Key=key, Body=data, ContentType=content_type, IfNoneMatch="*")
        except ClientError as error:
            if _code(error) not in {"PreconditionFailed", "ConditionalRequestConflict"}:
                raise
            there, _ = self.read(key)
            if hashlib.sha256(there).digest() != hashlib.sha256(data).digest():
                raise YardmasterError(f"{self.uri(key)} exists already with other content") from error

    def copy_once(self, source: str, key: str) -> None:
        """Copy an object, of at most 5 GiB, inside S3; a copy that is there already is an earlier try's, and stays.

        Raises:
            MissingObjectError: There is no such object.
        """
        where = {"Bucket": self.name, "Key": source}
        try:
            self._client.copy_object(Bucket=self.name, Key=key, CopySource=where, IfNoneMatch="*")  # type: ignore[arg-type]  # a mapping
        except ClientError as error:
            if _code(error) not in {"PreconditionFailed", "ConditionalRequestConflict"}:
                raise _missing(error, source) from error

    def delete_below(self, prefix: str, chosen: Callable[[str], bool], left: Callable[[], float]) -> bool:
        """Delete every version of the objects below a prefix that are chosen, for good.

        Args:
            prefix: Where they are.
            chosen: Tells by an object's key whether it goes.
            left: The seconds that are left; nothing more is begun once they are few.

        Returns:
            Whether all are gone; False if time ran out.

        Raises:
            UndeletedError: S3 did not delete some; all others are gone.
        """
        paginator = self._client.get_paginator("list_object_versions")
        wrong: list[ErrorTypeDef] = []
        # A page has at most a thousand, and so has a request.
        for page in paginator.paginate(Bucket=self.name, Prefix=prefix):
            if left() < ENOUGH:
                return False
            listed = (*page.get("Versions", []), *page.get("DeleteMarkers", []))
            if found := [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in listed if chosen(one["Key"])]:
                answer = self._client.delete_objects(Bucket=self.name, Delete={"Objects": found, "Quiet": True})  # type: ignore[typeddict-item]
                wrong += answer.get("Errors", [])
        if wrong:
            raise UndeletedError(
                f"{len(wrong)} objects below {prefix} can't be deleted, {wrong[0].get('Key')} among them: "
                f"{wrong[0].get('Code')}: {wrong[0].get('Message')}"
            )
        return True

    def upload(self, key: str, content_type: str = "text/csv") -> "Upload":
        """Return a sink for one object of any size, which exists only once it is completed."""
        return Upload(self._client, self.name, key, content_type)

    def _get(self, key: str, version_id: str | None) -> "GetObjectOutputTypeDef":
        try:
            return self._client.get_object(Bucket=self.name, Key=key, **_version(version_id))
        except ClientError as error:
            raise _missing(error, key) from error


class Upload:
    """Writes one object in constant memory: small ones in one request, large ones in parts of 8 MiB."""

    def __init__(self, client: "S3Client", bucket: str, key: str, content_type: str) -> None:
        self._client = client
        self._content_type = content_type
        self._where: dict[str, Any] = {"Bucket": bucket, "Key": key}
        self._buffer = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []
        self.bytes = 0

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._buffer += data
        self.bytes += len(data)
        while len(self._buffer) >= PART:
            self._send(bytes(self._buffer[:PART]))
            del self._buffer[:PART]

    def complete(self) -> None:
        """Let the object appear. One that is there already was written by an earlier try of the same step: kept."""
        try:
            if self._upload_id is None:
                self._client.put_object(
                    **self._where, Body=bytes(self._buffer), ContentType=self._content_type, IfNoneMatch="*"
                )
                return
            if self._buffer:
                self._send(bytes(self._buffer))
            self._client.complete_multipart_upload(
                **self._where,
                UploadId=self._upload_id,
                MultipartUpload={"Parts": self._parts},  # type: ignore[typeddict-item]
                IfNoneMatch="*",
            )
            # Who gives up later has nothing to abort: S3 knows no upload that is complete.
            self._upload_id = None
        except ClientError as error:
            if _code(error) not in {"PreconditionFailed", "ConditionalRequestConflict"}:
                raise
            self.abort()

    def abort(self) -> None:
        """Leave nothing behind."""
        if self._upload_id is not None:
            self._client.abort_multipart_upload(**self._where, UploadId=self._upload_id)
        self._buffer.clear()
        self._upload_id = None

    def _send(self, part: bytes) -> None:
        if self._upload_id is None:
            begun = self._client.create_multipart_upload(**self._where, ContentType=self._content_type)
            self._upload_id = begun["UploadId"]
        number = len(self._parts) + 1
        answer = self._client.upload_part(**self._where, UploadId=self._upload_id, PartNumber=number, Body=part)
        self._parts.append({"PartNumber": number, "ETag": answer["ETag"]})


def _version(version_id: str | None) -> dict[str, Any]:
    return {"VersionId": version_id} if version_id else {}


def _code(error: ClientError) -> str:
    return error.response["Error"]["Code"]


def _missing(error: ClientError, key: str) -> Exception:
    if _code(error) in {"404", "NoSuchKey", "NoSuchVersion", "NotFound", "MethodNotAllowed", "405"}:
        return MissingObjectError(f"{key} does not exist, or not in that version")
    return error
