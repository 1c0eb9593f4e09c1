"""Which objects an S3 data source means, under which relative names, and how they reach a directory."""

import gzip
import json
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from local_aws.sagemaker.store import ObjectStore


class InputError(ValueError):
    """Data that can't be brought to a container; FailureReason begins with ClientError."""


@dataclass(frozen=True)
class InputObject:
    """One object, and the relative path under which the container sees it."""

    uri: str
    path: PurePosixPath


def find(store: ObjectStore, s3_uri: str, s3_data_type: str) -> list[InputObject]:
    """List the objects of an S3Prefix or a ManifestFile, in order.

    Raises:
        InputError: there are none, a manifest can't be read, or a name leaves the directory.
    """
    match s3_data_type:
        case "S3Prefix":
            found = list(_of_prefix(store, s3_uri))
        case "ManifestFile":
            found = list(_of_manifest(store, s3_uri))
        case _:
            raise InputError(f"S3DataType {s3_data_type} is not available on local AWS: use S3Prefix or ManifestFile")
    if not found:
        raise InputError(
            f'No S3 objects found under S3 URL "{s3_uri}" given in input data source. Please ensure that the bucket '
            "exists in the selected region, and that objects exist under that S3 prefix."
        )
    return found


def download(store: ObjectStore, objects: list[InputObject], directory: Path, compression: str) -> None:
    """Bring objects into a directory, unpacking each when the compression is Gzip.

    Raises:
        InputError: an object is missing, is not gzip, or its name can't be a file.
    """
    for item in objects:
        target = directory.joinpath(*item.path.parts)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with opened(store, item, compression) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
        except OSError as error:
            raise InputError(f'Data download failed: "{item.uri}": {error.strerror}') from None


@contextmanager
def opened(store: ObjectStore, item: InputObject, compression: str) -> Iterator[BinaryIO]:
    """Open an object as a container sees it.

    Raises:
        InputError: it is missing, or the compression is Gzip and it is not.
    """
    try:
        with store.open(item.uri) as source:
            yield cast(BinaryIO, gzip.GzipFile(fileobj=source)) if compression == "Gzip" else source
    except FileNotFoundError:
        raise InputError(f'Data download failed: no object at "{item.uri}"') from None
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InputError(f'Data download failed: "{item.uri}" is not in gzip format') from None


def unpacked(content: bytes, compression: str) -> bytes:
    """Give an object's content as a container sees it.

    Raises:
        InputError: the compression is Gzip, the content is not.
    """
    try:
        return gzip.decompress(content) if compression == "Gzip" else content
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise InputError("Data download failed: the object is not in gzip format") from None


def _of_prefix(store: ObjectStore, s3_uri: str) -> Iterator[InputObject]:
    """Names are relative to the prefix's last folder; keys that end in `/` are folder marks, not data."""
    for uri, _size in store.list(s3_uri):
        if uri.endswith("/"):
            continue
        inside = not s3_uri.endswith("/") and uri.startswith(f"{s3_uri}/")
        folder = f"{s3_uri}/" if inside else s3_uri[: s3_uri.rindex("/") + 1]
        yield InputObject(uri, safe_path(uri.removeprefix(folder)))


def _of_manifest(store: ObjectStore, s3_uri: str) -> Iterator[InputObject]:
    """Read `[{"prefix": "s3://…/"}, "name", …]`; names are relative to the prefix."""
    try:
        head, *names = json.loads(store.read(s3_uri))
        prefix = head["prefix"]
        if not isinstance(prefix, str) or not all(isinstance(name, str) for name in names):
            raise TypeError("not strings")
    except FileNotFoundError:
        raise InputError(f'No manifest at "{s3_uri}"') from None
    except (ValueError, KeyError, TypeError):
        raise InputError(
            f'The manifest "{s3_uri}" is not JSON of the form [{{"prefix": "s3://…/"}}, "name", …]'
        ) from None
    for name in names:
        yield InputObject(prefix + name, safe_path(name))


def safe_path(name: str) -> PurePosixPath:
    """Turn the end of a key into a relative path.

    Raises:
        InputError: it would leave the channel's directory, or is no file name.
    """
    parts = name.split("/")
    if not name or "\0" in name or any(part in ("", ".", "..") for part in parts):
        raise InputError(f"key {name!r} leaves its channel's directory or is not a file name: rename the object")
    return PurePosixPath(*parts)
