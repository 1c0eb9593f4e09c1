"""The rows that a release is trained on: its own channels, or copies of several drops' in one place.

SageMaker reads a prefix, or a manifest of keys. With a manifest it lays the objects into folders by their keys, and
XGBoost's container looks for files two folders deep and no deeper: it would train on nothing, with a warning in its
log. So the channels are copied side by side, below a prefix of the attempt's own; a lifecycle rule of the bucket
deletes the copies later.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.errors import YardmasterError
from yardmaster.flows.advance import commit
from yardmaster.flows.yard import Yard
from yardmaster.records import Channel, Release
from yardmaster.rules import history, stages
from yardmaster.spec.schema import Spec

COPIES = "_history"
"""The folder of all copies. No model is called so; what lies below it is deleted after 45 days."""
CLAIM = 16 * 60.0
"""Seconds for which a release is left to the invocation that copies: its 15 minutes, and one more."""


@dataclass(frozen=True)
class Training:
    """The drops that a release is trained on, the oldest first, and the channels that its job reads."""

    drops: tuple[Release, ...]
    channels: dict[str, Channel]


def pin(yard: Yard, release: Release, spec: Spec, now: float) -> Release:
    """Return the release with the drops that it is trained on: chosen once, the same for all tries of an attempt."""
    if release.trained_on:
        return release
    chosen = history.choose(
        release, yard.table.releases_of(release.model), spec.data.history, lambda other: _has_rows(yard, other)
    )
    pinned = replace(release, trained_on=tuple(drop.number for drop in chosen.drops))
    if len(chosen.drops) == 1 and not chosen.left_out:
        return pinned  # Written with its next move: there is nothing that another try could see otherwise.
    reason = f"to be trained on the rows{history.told(pinned.trained_on) or ' of this drop'}"
    reason += history.told_left_out(chosen) + _told_repeated(yard, chosen.drops)
    noted = stages.note(pinned, reason, now, due=now + CLAIM)
    return commit(yard, release, noted, now)


def gather(yard: Yard, release: Release) -> Training:
    """Return the drops that were pinned, and where their rows are, or will be once they are copied.

    Raises:
        YardmasterError: One of them is not in the table any more, or was prepared anew meanwhile.
    """
    if len(release.trained_on) == 1:
        return Training((release,), dict(release.channels))
    others = {other.number: other for other in yard.table.releases_of(release.model)}
    drops = tuple(release if number == release.number else others.get(number) for number in release.trained_on)
    there = tuple(drop for drop in drops if drop is not None and drop.columns_digest == release.columns_digest)
    if len(there) < len(drops):
        missing = sorted({*release.trained_on} - {drop.number for drop in there})
        raise YardmasterError(f"{release.title} was to be trained on the rows of #{missing[0]}, which has them no more")
    channels = {
        name: Channel(yard.bucket.uri(_folder(release, name)), rows, size)
        for name, (rows, size) in history.sums(there).items()
    }
    return Training(there, channels)


def copy(yard: Yard, release: Release, training: Training) -> None:
    """Put the channels of several drops side by side. A copy that is there already is an earlier try's."""
    if len(training.drops) == 1:
        return
    for name in training.channels:
        for drop in training.drops:
            if name in drop.channels:
                _copy(yard, drop, name, _folder(release, name))


def _copy(yard: Yard, drop: Release, channel: str, folder: str) -> None:
    sources = _objects(yard, drop, channel)
    if not sources:
        raise YardmasterError(f"{drop.title}: its {channel} channel is gone")
    for position, source in enumerate(sources):
        more = f"-{position}" if position else ""
        target = f"{folder}{drop.number:04d}-{drop.source.name}{more}.csv"
        if _is_there(yard, target):
            continue
        upload = yard.bucket.upload(target)
        try:
            for block in yard.bucket.stream(source):
                upload.write(block)
            upload.complete()
        finally:
            upload.abort()


def _told_repeated(yard: Yard, drops: Sequence[Release]) -> str:
    """Warn if the newest drop seems to hold the rows of the one before it again, as a growing file does."""
    if len(drops) < 2:
        return ""
    earlier, newest = (_head(yard, drop) for drop in drops[-2:])
    return history.told_repeated(drops[-2], drops[-1]) if history.begins_alike(earlier, newest) else ""


def _head(yard: Yard, release: Release) -> bytes:
    head, _ = yard.bucket.read(_objects(yard, release, "train")[0], limit=history.HEAD)
    return head


def _is_there(yard: Yard, key: str) -> bool:
    try:
        yard.bucket.head(key)
    except MissingObjectError:
        return False
    return True


def _has_rows(yard: Yard, release: Release) -> bool:
    return all(_objects(yard, release, name) for name in history.CHANNELS if name in release.channels)


def _objects(yard: Yard, release: Release, channel: str) -> Sequence[str]:
    return [item.key for item in yard.bucket.list(yard.bucket.key_of(release.channels[channel].uri))]


def _folder(release: Release, channel: str) -> str:
    return f"{COPIES}/{release.folder}{release.attempt}/{channel}/"
