"""The objects of a drop, pinned to their versions, as the intake reads them."""

import functools
import json
from dataclasses import asdict, dataclass

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.errors import RefusedError
from yardmaster.flows.yard import Yard
from yardmaster.intake.keys import contents
from yardmaster.intake.source import SourceFile
from yardmaster.records import DropKind, Release


@dataclass(frozen=True)
class Part:
    """One object of a drop; `size` in bytes, `channel` only for drops that are split already, `etag` of folders."""

    key: str
    version_id: str
    size: int
    channel: str | None = None
    etag: str = ""


def parts_of(yard: Yard, release: Release, *, as_they_are: bool = False) -> tuple[Part, ...]:
    """Return the objects of a drop; of one that goes to the job as it is, all files of its channels.

    A folder is listed when it is first looked at; once its channels are being written, what was listed is pinned in
    `source.json`, so that another try reads the same, and so does another release of the same drop.

    Raises:
        RefusedError: The folder has no data, or lacks a channel.
    """
    source = release.source
    if source.kind is DropKind.FILE:
        found = yard.bucket.head(source.key, source.version_id)
        return (Part(source.key, found.version_id, found.size),)
    first = yard.table.get_release(release.retrains) if release.retrains else None
    for pinned in (release, first):
        try:
            if pinned is not None:
                raw, _ = yard.bucket.read(_pin_key(pinned))
                return tuple(Part(**part) for part in json.loads(raw))
        except MissingObjectError:
            continue
    return _list(yard, release, as_they_are)


def pin(yard: Yard, release: Release, parts: tuple[Part, ...]) -> None:
    """Write down which objects a folder's channels are made of."""
    if release.source.kind is not DropKind.FILE:
        text = json.dumps([asdict(part) for part in parts], indent=1)
        yard.bucket.write_once(_pin_key(release), text.encode(), "application/json")


def as_files(yard: Yard, parts: tuple[Part, ...]) -> list[SourceFile]:
    """Return what the intake reads: name, size, and how to open it (again)."""
    return [
        SourceFile(
            name=part.key.rsplit("/", 1)[-1],
            open=functools.partial(yard.bucket.stream, part.key, part.version_id),
            size=part.size,
        )
        for part in parts
    ]


def _pin_key(release: Release) -> str:
    return f"{release.folder}source.json"


def _list(yard: Yard, release: Release, as_they_are: bool) -> tuple[Part, ...]:
    folder = release.source.folder or ""
    objects = {item.key: item for item in yard.bucket.list(folder)}
    inside = contents(objects)
    by_channel = {"": inside.parts} if release.source.kind is DropKind.FOLDER else inside.channels
    if as_they_are:
        by_channel = inside.files
    if release.source.kind is DropKind.SPLIT and inside.parts:
        stray = inside.parts[0].removeprefix(folder)
        raise RefusedError(
            f"{folder} is split into channels, but {stray} lies in none of them: move it into train/, validation/ or "
            "test/, or take it away"
        )
    found = [
        Part(key, objects[key].version_id, objects[key].size, channel or None, objects[key].etag)
        for channel, keys in by_channel.items()
        for key in keys
    ]
    if not found:
        raise RefusedError(f"{folder} is marked complete, but holds no data: upload the parts before the marker")
    return tuple(found)
