"""S3: versioned objects, delete markers, conditional writes, multipart uploads."""

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.response import StreamingBody

from tests.fakes.errors import refusal

MIN_PART = 5 * 1024 * 1024
MOST_DELETED = 1000


@dataclass(frozen=True)
class Version:
    """One version of an object; `body` is None for a delete marker."""

    id: str
    body: bytes | None

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.body or b"", usedforsecurity=False).hexdigest()}"'


class FakeS3:
    """boto3's methods, with boto3's errors, on one bucket in us-east-1."""

    def __init__(self, bucket: str) -> None:
        self._bucket = bucket
        self._objects: dict[str, list[Version]] = {}
        self._uploads: dict[str, tuple[str, dict[int, bytes]]] = {}
        self._ids = itertools.count(1)
        self.kept: set[str] = set()
        """Keys of which no version can be deleted."""

    def head_bucket(self, Bucket: str) -> dict[str, Any]:  # noqa: N803
        self._check(Bucket, "HeadBucket")
        return {"BucketRegion": "us-east-1"}

    def head_object(self, Bucket: str, Key: str, VersionId: str | None = None) -> dict[str, Any]:  # noqa: N803
        self._check(Bucket, "HeadObject")
        version = self._find(Key, VersionId)
        if version is None or version.body is None:
            raise refusal("404", "Not Found", "HeadObject", 404)
        return {"VersionId": version.id, "ContentLength": len(version.body), "ETag": version.etag}

    def get_object(self, Bucket: str, Key: str, VersionId: str | None = None) -> dict[str, Any]:  # noqa: N803
        self._check(Bucket, "GetObject")
        version = self._find(Key, VersionId)
        if version is None or version.body is None:
            code = "NoSuchVersion" if VersionId else "NoSuchKey"
            raise refusal(code, "The specified key or version does not exist.", "GetObject", 404)
        body = StreamingBody(BytesIO(version.body), len(version.body))
        return {"VersionId": version.id, "ContentLength": len(version.body), "ETag": version.etag, "Body": body}

    def put_object(
        self,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        Body: bytes | bytearray = b"",  # noqa: N803
        IfNoneMatch: str | None = None,  # noqa: N803
        **_: Any,
    ) -> dict[str, Any]:
        self._check(Bucket, "PutObject")
        self._check_absent(Key, IfNoneMatch, "PutObject")
        return {"VersionId": self._add(Key, bytes(Body))}

    def copy_object(
        self,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        CopySource: dict[str, str],  # noqa: N803
        IfNoneMatch: str | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        self._check(Bucket, "CopyObject")
        source = self._find(CopySource["Key"], None)
        if source is None or source.body is None:
            raise refusal("NoSuchKey", "The specified key does not exist.", "CopyObject", 404)
        self._check_absent(Key, IfNoneMatch, "CopyObject")
        return {"VersionId": self._add(Key, source.body)}

    def upload_file(self, filename: str, bucket: str, key: str) -> None:
        self.put_object(Bucket=bucket, Key=key, Body=Path(filename).read_bytes())

    def delete_object(self, Bucket: str, Key: str, VersionId: str | None = None) -> dict[str, Any]:  # noqa: N803
        self._check(Bucket, "DeleteObject")
        if VersionId is None:
            return {"DeleteMarker": True, "VersionId": self._add(Key, None)}
        left = [version for version in self._objects.get(Key, []) if version.id != VersionId]
        self._objects |= {Key: left}
        if not left:
            del self._objects[Key]
        return {"VersionId": VersionId}

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        self._check(Bucket, "DeleteObjects")
        assert 1 <= len(Delete["Objects"]) <= MOST_DELETED
        errors = []
        for one in Delete["Objects"]:
            if one["Key"] in self.kept:
                errors.append({**one, "Code": "InternalError", "Message": "We encountered an internal error."})
            else:
                self.delete_object(Bucket, one["Key"], one["VersionId"])
        return {"Errors": errors} if errors else {}

    def list_objects_v2(self, Bucket: str, Prefix: str = "") -> dict[str, Any]:  # noqa: N803
        self._check(Bucket, "ListObjectsV2")
        newest = {key: versions[-1] for key, versions in sorted(self._objects.items()) if key.startswith(Prefix)}
        found = [{"Key": key, "Size": len(one.body)} for key, one in newest.items() if one.body is not None]
        return {"Contents": found} if found else {}

    def get_paginator(self, name: str) -> Any:
        pages = {"list_object_versions": self._list_versions, "list_objects_v2": self._list_objects}
        return SimpleNamespace(paginate=pages[name])

    def create_multipart_upload(self, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        self._check(Bucket, "CreateMultipartUpload")
        identifier = f"upload-{next(self._ids)}"
        self._uploads[identifier] = (Key, {})
        return {"UploadId": identifier}

    def upload_part(
        self,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        UploadId: str,  # noqa: N803
        PartNumber: int,  # noqa: N803
        Body: bytes,  # noqa: N803
    ) -> dict[str, Any]:
        self._parts(UploadId, "UploadPart")[PartNumber] = bytes(Body)
        return {"ETag": Version("", bytes(Body)).etag}

    def complete_multipart_upload(
        self,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        UploadId: str,  # noqa: N803
        MultipartUpload: dict[str, Any],  # noqa: N803
        IfNoneMatch: str | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        parts = self._parts(UploadId, "CompleteMultipartUpload")
        bodies = [parts[part["PartNumber"]] for part in MultipartUpload["Parts"]]
        if any(len(body) < MIN_PART for body in bodies[:-1]):
            raise refusal("EntityTooSmall", "A part is too small", "CompleteMultipartUpload")
        self._check_absent(Key, IfNoneMatch, "CompleteMultipartUpload")
        del self._uploads[UploadId]
        return {"VersionId": self._add(Key, b"".join(bodies))}

    def abort_multipart_upload(self, Bucket: str, Key: str, UploadId: str) -> dict[str, Any]:  # noqa: N803
        self._parts(UploadId, "AbortMultipartUpload")
        del self._uploads[UploadId]
        return {}

    def list_multipart_uploads(self, Bucket: str) -> dict[str, Any]:  # noqa: N803
        return {"Uploads": [{"Key": key, "UploadId": one} for one, (key, _) in self._uploads.items()]}

    def versions(self, prefix: str) -> list[str]:
        """Return the key of every version below a prefix: one that was written twice is there twice."""
        return [key for key, versions in self._objects.items() for _ in versions if key.startswith(prefix)]

    def _list_objects(self, **where: Any) -> Iterator[dict[str, Any]]:
        yield self.list_objects_v2(**where)

    def _list_versions(self, Bucket: str, Prefix: str = "") -> Iterator[dict[str, Any]]:  # noqa: N803
        self._check(Bucket, "ListObjectVersions")
        yield {
            "Versions": [
                {
                    "Key": key,
                    "VersionId": one.id,
                    "Size": len(one.body),
                    "ETag": one.etag,
                    "IsLatest": one is versions[-1],
                }
                for key, versions in sorted(self._objects.items())
                for one in reversed(versions)
                if key.startswith(Prefix) and one.body is not None
            ],
            "DeleteMarkers": [
                {"Key": key, "VersionId": one.id, "IsLatest": one is versions[-1]}
                for key, versions in sorted(self._objects.items())
                for one in reversed(versions)
                if key.startswith(Prefix) and one.body is None
            ],
        }

    def _find(self, key: str, version: str | None) -> Version | None:
        versions = self._objects.get(key, [])
        return next((one for one in reversed(versions) if version in {None, one.id}), None)

    def _add(self, key: str, body: bytes | None) -> str:
        version = Version(f"v{next(self._ids):08d}", body)
        self._objects.setdefault(key, []).append(version)
        return version.id

    def _check(self, bucket: str, operation: str) -> None:
        if bucket != self._bucket:
            raise refusal("NoSuchBucket", "The specified bucket does not exist", operation, 404)

    def _check_absent(self, key: str, if_none_match: str | None, operation: str) -> None:
        there = self._find(key, None)
        if if_none_match == "*" and there is not None and there.body is not None:
            raise refusal("PreconditionFailed", "At least one of the pre-conditions did not hold", operation, 412)

    def _parts(self, upload: str, operation: str) -> dict[int, bytes]:
        if upload not in self._uploads:
            raise refusal("NoSuchUpload", "The specified upload does not exist.", operation, 404)
        return self._uploads[upload][1]
