"""A yard that writes nothing: the functions' own flows run over files on this machine, to see what they would do.

Local files stand where they would lie in the bucket. What is not there is read from the stack, if there is one; what
is written stays in memory, but for the channels, of which the counts are kept and the first bytes.
"""

import hashlib
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yardmaster.aws.bucket import BLOCK, Bucket, MissingObjectError, Object, Upload
from yardmaster.aws.bus import Bus
from yardmaster.aws.table import ReleaseTable
from yardmaster.errors import YardmasterError
from yardmaster.flows.yard import Yard
from yardmaster.records import Batch, Endpoint, Model, Release, Stage

if TYPE_CHECKING:
    from mypy_boto3_sagemaker import SageMakerClient

VERSION = "local"
"""The version id of what lies on this machine."""
HEAD = 64 * 1024
"""Bytes that are kept of a channel: what two drops are compared by (`rules.history.HEAD`)."""
MOST_LABELS = 1000
"""More different first cells than this are numbers, and no classes: they are counted no further."""
READS = ("describe_", "list_", "search", "get_", "meta")
"""How the names of calls begin that change nothing."""
_SINGLE_PUT = 8 * 1024 * 1024
"""Up to this size the ETag of an upload is the MD5 of its bytes."""


class OfflineError(YardmasterError):
    """What was asked for is known to AWS only, and the command runs without it."""


@dataclass(frozen=True)
class Local:
    """What stands for an object: a file, or bytes."""

    content: Path | bytes

    @property
    def size(self) -> int:
        """Its bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def blocks(self) -> Iterator[bytes]:
        """Yield its bytes."""
        if isinstance(self.content, bytes):
            yield self.content
            return
        with self.content.open("rb") as file:
            while block := file.read(BLOCK):
                yield block

    def described(self, key: str) -> Object:
        """Return it as S3 would."""
        size, digest = self.size, hashlib.md5(usedforsecurity=False)
        if size <= _SINGLE_PUT:
            for block in self.blocks():
                digest.update(block)
        return Object(key, VERSION, size, f'"{digest.hexdigest()}"')


class Tally(Upload):
    """A sink that keeps nothing but the beginning, and counts rows by their first cell: the label, where there is one.

    Attributes:
        head: The first bytes.
        bytes, rows: All that was written.
        labels: Rows by first cell; empty once there are too many to be classes.
        gaps: Rows that lack a value.
    """

    def __init__(self) -> None:
        self.head = b""
        self.bytes = 0
        self.rows = 0
        self.gaps = 0
        self.labels: Counter[bytes] = Counter()
        self._counts_labels = True

    def write(self, data: bytes) -> None:
        """Count bytes and rows."""
        if len(self.head) < HEAD:
            self.head += data[: HEAD - len(self.head)]
        self.bytes += len(data)
        lines = data.splitlines()
        self.rows += len(lines)
        # An empty cell stands between two commas, or at an end.
        if b",," in data or b",\n" in data or b"\n," in data or data.startswith(b","):
            self.gaps += sum(b",," in line or line.startswith(b",") or line.endswith(b",") for line in lines)
        if self._counts_labels:
            self.labels.update(line.partition(b",")[0] for line in lines)
            if len(self.labels) > MOST_LABELS:
                self._counts_labels = False
                self.labels.clear()

    def complete(self) -> None:
        """There is nothing to send."""

    def abort(self) -> None:
        """There is nothing to take back."""


class DryBucket(Bucket):
    """The bucket with local files laid over it; `below` is the stack's own, None without a stack."""

    def __init__(self, name: str, region: str, objects: Mapping[str, Path | bytes], below: Bucket | None) -> None:
        self.name = name
        self.channels: dict[str, Tally] = {}
        self._region = region
        self._objects = {key: Local(content) for key, content in objects.items()}
        self._below = below

    def region(self) -> str:
        """Return where it is; without a stack, where jobs would run."""
        return self._below.region() if self._below else self._region

    def head(self, key: str, version_id: str | None = None) -> Object:
        """Describe an object."""
        if (found := self._local(key)) is not None:
            return found.described(key)
        return self._deeper(key).head(key, version_id)

    def read(self, key: str, version_id: str | None = None, limit: int | None = None) -> tuple[bytes, str]:
        """Return an object's bytes and its version id."""
        if (found := self._local(key)) is not None:
            return b"".join(found.blocks())[:limit], VERSION
        return self._deeper(key).read(key, version_id, limit)

    def stream(self, key: str, version_id: str | None = None) -> Iterator[bytes]:
        """Yield an object's bytes."""
        if (found := self._local(key)) is not None:
            yield from found.blocks()
            return
        yield from self._deeper(key).stream(key, version_id)

    def list(self, prefix: str) -> list[Object]:
        """Return what lies below a prefix, by key."""
        found = {item.key: item for item in self._below.list(prefix)} if self._below else {}
        for key in {**self._objects, **self.channels}:
            if key.startswith(prefix) and (local := self._local(key)) is not None:
                found[key] = local.described(key)
        return sorted(found.values(), key=lambda item: item.key)

    def write(self, key: str, data: bytes, content_type: str) -> str:
        """Keep an object in memory."""
        self._objects[key] = Local(data)
        return VERSION

    def write_once(self, key: str, data: bytes, content_type: str) -> None:
        """Keep an object in memory."""
        self.write(key, data, content_type)

    def upload(self, key: str, content_type: str = "text/csv") -> Tally:
        """Return a sink that counts."""
        self.channels[key] = Tally()
        return self.channels[key]

    def _local(self, key: str) -> Local | None:
        if key in self.channels:
            return Local(self.channels[key].head)
        return self._objects.get(key)

    def _deeper(self, key: str) -> Bucket:
        if self._below is None:
            raise MissingObjectError(f"{key} does not exist, or not in that version")
        return self._below


class DryTable(ReleaseTable):
    """The release table with rows in memory laid over it; `below` is the stack's own, None without a stack."""

    def __init__(self, below: ReleaseTable | None) -> None:
        self._below = below
        self._releases: dict[str, Release] = {}
        self._models: dict[str, Model] = {}

    def get_release(self, release: str) -> Release | None:
        """Return a release."""
        return self._releases.get(release) or (self._below.get_release(release) if self._below else None)

    def get_model(self, name: str) -> Model | None:
        """Return a model's row."""
        return self._models.get(name) or (self._below.get_model(name) if self._below else None)

    def get_endpoint(self, name: str) -> Endpoint | None:
        """Return an endpoint's row."""
        return self._below.get_endpoint(name) if self._below else None

    def get_batch(self, batch: str) -> Batch | None:
        """Return a batch of predictions."""
        return self._below.get_batch(batch) if self._below else None

    def get_ledger(self) -> tuple[int, dict[str, Any]]:
        """Return the ledger of jobs; without a stack, nothing runs."""
        return self._below.get_ledger() if self._below else (0, {})

    def create_release(self, release: Release, model: Model) -> tuple[Release, Model]:
        """Keep a release in memory."""
        release = replace(release, revision=1, published=0)
        counted = replace(model, revision=model.revision + 1, last_number=release.number)
        self._releases[release.id], self._models[model.name] = release, counted
        return release, counted

    def save_release(self, release: Release, now: float, *, silent: bool = False) -> Release:
        """Keep a release in memory."""
        self._releases[release.id] = replace(release, revision=release.revision + 1)
        return self._releases[release.id]

    def mark_published(self, release: Release) -> Release:
        """Keep a release in memory."""
        self._releases[release.id] = replace(release, published=release.revision)
        return self._releases[release.id]

    def save_model(self, model: Model) -> Model:
        """Keep a model's row in memory."""
        self._models[model.name] = replace(model, revision=model.revision + 1)
        return self._models[model.name]

    def get_quotas(self) -> dict[str, Any]:
        """Return what is known of the account's quotas."""
        return self._below.get_quotas() if self._below else {}

    def save_quotas(self, quotas: Mapping[str, Any]) -> None:
        """Keep nothing: the next check looks again."""

    def releases_of(
        self, model: str, *, newest_first: bool = True, stages: Container[Stage] | None = None
    ) -> Iterator[Release]:
        """Yield a model's releases by number."""
        found = {release.id: release for release in (self._below.releases_of(model) if self._below else ())}
        found |= {release.id: release for release in self._releases.values() if release.model == model}
        for release in sorted(found.values(), key=lambda one: one.number, reverse=newest_first):
            if stages is None or release.stage in stages:
                yield release


class _SilentBus(Bus):
    """Tells nobody."""

    def __init__(self) -> None:
        """It needs no client."""

    def publish(self, detail_type: str, *details: dict[str, Any]) -> None:
        """Tell nobody."""


class ReadOnly:
    """A client of which only what reads can be called, whatever a flow tries."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        if not name.startswith(READS):
            raise YardmasterError(f"a check starts and changes nothing, and was about to call {name}")
        return getattr(self._client, name)


class _Unreachable:
    """Stands for a client where there is no AWS."""

    def __getattr__(self, name: str) -> Any:
        raise OfflineError("this can only be looked up in AWS: leave out --offline, and name the model with --model")


class _NoQuotas:
    """Stands for the client that knows the account's quotas where there is no AWS: it knows none."""

    def get_paginator(self, name: str) -> "_NoQuotas":
        """Return what has no pages."""
        return self

    def paginate(self, **_: Any) -> tuple[()]:
        """Return no pages."""
        return ()


@dataclass(frozen=True)
class DryYard(Yard):
    """Settings, and services that write nothing; `aws` has the stack's own clients, by name, empty without a stack."""

    objects: DryBucket = field(kw_only=True)
    rows: DryTable = field(kw_only=True)
    aws: Mapping[str, Any] = field(kw_only=True, default_factory=dict)

    @property
    def table(self) -> DryTable:
        """The release table, never written."""
        return self.rows

    @property
    def bucket(self) -> DryBucket:
        """The bucket, never written."""
        return self.objects

    @property
    def bus(self) -> Bus:
        """A bus that tells nobody."""
        return _SilentBus()

    @property
    def sagemaker(self) -> "SageMakerClient":
        """The client, of which only what reads is used."""
        found: Any = self.aws.get("sagemaker") or _Unreachable()
        client: SageMakerClient = found
        return client

    @property
    def service_quotas(self) -> Any:
        """The client for the account's quotas; it knows none without a stack."""
        return self.aws.get("service-quotas") or _NoQuotas()


def tallies(yard: DryYard, folder: str) -> dict[str, Tally]:
    """Return what was written below a folder, by channel: the last part of the path but the file's name."""
    found: dict[str, Tally] = {}
    for key, tally in yard.bucket.channels.items():
        if key.startswith(folder):
            found[key.split("/")[-2]] = tally
    return found
