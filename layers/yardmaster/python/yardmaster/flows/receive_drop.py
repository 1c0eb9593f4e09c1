"""A drop becomes a release: one row, once, however often and in whatever order its events arrive."""

import hashlib
import logging
from dataclasses import replace

from yardmaster.errors import ConflictError, YardmasterError
from yardmaster.flows.publish import publish
from yardmaster.flows.spec_in_force import new_model
from yardmaster.flows.yard import Yard
from yardmaster.intake.keys import (
    ArtifactFile,
    ChannelMarker,
    DropFile,
    FolderMarker,
    Key,
    NotADrop,
    Part,
    SpecFile,
    classify,
    contents,
)
from yardmaster.records import DropKind, Release, Source
from yardmaster.rules import retraining
from yardmaster.rules.commands import Command
from yardmaster.rules.names import release_id, retrain_id
from yardmaster.rules.received import new_release

log = logging.getLogger(__name__)

TRIES = 20
"""How often the model's counter is tried against other drops of the same moment."""
MARKER = "_SUCCESS"


def receive(yard: Yard, key: str, version_id: str, now: float) -> Release | None:
    """Return the release of a drop, made now if it is new; None (and a log line) if the key completes no drop."""
    found = classify(key)
    source = _source(yard, found, version_id)
    if source is None:
        log.info("%s: %s", key, _why_not(found))
        return None
    return create(yard, found.model if not isinstance(found, NotADrop) else "", source, now)[0]


def create(yard: Yard, model_name: str, source: Source, now: float, reason: str | None = None) -> tuple[Release, bool]:
    """Return the release of a source, and whether it was made just now.

    Args:
        yard: Settings and adapters.
        model_name: The model.
        source: What was dropped or registered: its bucket, key and version decide the release's id.
        now: The time.
        reason: Why there is a new release; by default because the key was dropped.

    Raises:
        ConflictError: Too many others count the model's releases at this moment.
    """
    for _ in range(TRIES):
        identifier, there = _free_id(yard, source)
        if there is not None:
            return there, False
        model = yard.table.get_model(model_name) or new_model(yard, model_name)
        release = new_release(identifier, model_name, model.last_number + 1, source, now, reason)
        try:
            created, _ = yard.table.create_release(release, model)
        except ConflictError:
            continue
        return publish(yard, created), True
    raise ConflictError(f"{source.key}: model {model_name}'s counter is contended; the event will be tried again")


def _source(yard: Yard, found: Key, version_id: str) -> Source | None:
    match found:
        case DropFile(name=name, key=key):
            # S3 names the version of every upload; an event that a person wrote may leave it out.
            version_id = version_id or yard.bucket.newest(key)
            return Source(yard.bucket.name, key, version_id, name, DropKind.FILE)
        case ArtifactFile(name=name, key=key):
            version_id = version_id or yard.bucket.newest(key)
            return Source(yard.bucket.name, key, version_id, name, DropKind.ARTIFACT)
        case FolderMarker(name=name, folder=folder, key=key):
            inside = contents(item.key for item in yard.bucket.list(folder))
            kind = DropKind.SPLIT if inside.files else DropKind.FOLDER
            return Source(yard.bucket.name, key, version_id, name, kind, folder)
        case ChannelMarker(name=name, folder=folder):
            return _split_source(yard, name, folder)
        case Part() | SpecFile() | NotADrop():
            return None


def _split_source(yard: Yard, name: str, folder: str) -> Source | None:
    """A split folder without a marker of its own is complete when each of its channels has one."""
    versions = {item.key: item.version_id for item in yard.bucket.list(folder)}
    inside = contents(versions)
    if not inside.complete:
        return None
    markers = [f"{folder}{channel}/{MARKER}" for channel in sorted(inside.files)]
    # The markers together are the drop's version: whichever event comes last finds the same release.
    together = hashlib.sha256("\0".join(versions[key] for key in markers if key in versions).encode()).hexdigest()[:32]
    return Source(yard.bucket.name, markers[0], together, name, DropKind.SPLIT, folder)


def receive_again(yard: Yard, release: Release, asked: Command, now: float) -> Release:
    """Return the new release that a command makes of another's drop; the one that it has made, if it comes again.

    Raises:
        ConflictError: Others keep adding releases.
    """
    for salt in range(TRIES):
        identifier = retrain_id(release.id, asked.id, salt)
        there = yard.table.get_release(identifier)
        if there is None:
            model = yard.table.get_model(release.model) or new_model(yard, release.model)
            again = retraining.anew(release, identifier, model.last_number + 1, asked, now)
            created, _ = yard.table.create_release(again, model)
            return publish(yard, created)
        if there.source == release.source and there.retrains is not None:
            return there
    raise YardmasterError(f"{release.title}: {TRIES} release ids collide")


def _free_id(yard: Yard, source: Source) -> tuple[str, Release | None]:
    """Return the drop's release id, and its release if it is known already."""
    for salt in range(TRIES):
        identifier = release_id(source.bucket, source.key, source.version_id, salt)
        there = yard.table.get_release(identifier)
        # The kind may be seen differently while a folder fills; key and version are the drop's identity.
        if there is None or replace(there.source, kind=source.kind, folder=source.folder) == source:
            return identifier, there
    raise YardmasterError(f"{source.key}: {TRIES} release ids collide")


def _why_not(found: Key) -> str:
    match found:
        case NotADrop(reason=reason):
            return f"not a drop: {reason}"
        case Part(folder=folder):
            return f"a part of {folder}, which is complete once it holds {MARKER}"
        case ChannelMarker(folder=folder):
            return f"{folder} waits for the markers of its other channels"
        case SpecFile() | DropFile() | FolderMarker() | ArtifactFile():
            return "not a drop"
