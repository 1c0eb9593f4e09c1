"""Received → prepared: a drop whose channels go to the job as they are, copied under names that never change.

SageMaker reads whatever has a name now, so each file is copied once from the version that was dropped: what somebody
uploads to the folder afterwards belongs to another drop.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.errors import RefusedError
from yardmaster.flows import drop_files, pin_containers
from yardmaster.flows.drop_files import Part
from yardmaster.flows.yard import Yard
from yardmaster.intake.source import check_size
from yardmaster.records import Channel, DropKind, Problem, Release, Stage
from yardmaster.rules import received, stages
from yardmaster.spec.of_algorithm import content_type_of, profile_of
from yardmaster.spec.problem import problem_of
from yardmaster.spec.profile import Profile
from yardmaster.spec.schema import Spec

MOST_FILES = 10_000
"""How many a function copies in its 15 minutes with room to spare."""
RESERVE = 20.0
"""Seconds of an invocation that are left to say that the time was too short."""
TEST = "test"
_BY_LINE = re.compile(r"text/.*|application/jsonlines")
"""What has one row in each line."""

Left = Callable[[], float]


def take(yard: Yard, release: Release, spec: Spec, previous: Release | None, left: Left, now: float) -> Release:
    """Check a drop and copy its channels into the release's folder; return the row to write.

    Args:
        yard: Settings and adapters.
        release: Received, and pinned to a spec.
        spec: That spec.
        previous: The drop before it; None if there was none.
        left: Returns the seconds until this invocation's end.
        now: The time.

    Raises:
        RefusedError: The drop can't be used.
    """
    profile, content_type = profile_of(spec.algorithm), content_type_of(spec)
    if release.source.kind is not DropKind.SPLIT:
        raise RefusedError(
            f"{profile.name} reads {content_type} as it is: put the files into a folder with train/ (and "
            "validation/), and a _SUCCESS into that folder at last"
        )
    parts = drop_files.parts_of(yard, release, as_they_are=True)
    check(parts, profile, measured=problem_of(spec) is not Problem.NONE)
    digest = _digest(release, parts)
    if received.is_unchanged(release, digest, previous) and previous is not None:
        reason = f"the same files and the same spec as {previous.title}: no job"
        return replace(stages.move(release, Stage.UNCHANGED, reason, now), data_digest=digest)
    pin_containers.pin(yard, release, spec, left)
    drop_files.pin(yard, release, parts)
    rows: Counter[str] = Counter()
    for number, part in enumerate(parts):
        if left() < RESERVE:
            raise RefusedError(
                f"the time is over after {number:,} of {len(parts):,} files: pack them into fewer (RecordIO), or drop "
                "fewer at once"
            )
        rows[part.channel or ""] += _copy(yard, part, _key(release, part, profile))
    by_line = _BY_LINE.fullmatch(content_type) is not None
    channels = {
        name: Channel(
            yard.bucket.uri(_folder(release, name, profile)),
            rows[name] if by_line else 0,
            sum(part.size for part in parts if part.channel == name),
        )
        for name in dict.fromkeys(part.channel or "" for part in parts)
    }
    moved = stages.move(release, Stage.PREPARED, _said(content_type, channels, parts), now, due=now)
    # What was encoded by columns before may go as it is in a later attempt.
    return replace(moved, data_digest=digest, columns_uri=None, columns_digest=content_type, channels=channels)


def check(parts: tuple[Part, ...], profile: Profile, *, measured: bool) -> None:
    """Refuse channels that the algorithm does not know, or that are missing, and drops that are too large.

    Args:
        parts: The drop.
        profile: The algorithm's.
        measured: Whether a model is judged by its answers, for which there must be rows that no model learned from.

    Raises:
        RefusedError: Says what is wrong.
    """
    names = {part.channel or "" for part in parts}
    if strange := sorted(names - {*profile.folders, TEST}):
        raise RefusedError(
            f"{profile.name} has no channel {', '.join(strange)}; it has {', '.join(profile.folders)} (and test, from "
            "which none learns)"
        )
    needed = (*profile.needed, TEST) if measured else profile.needed
    if absent := [name for name in needed if name not in names]:
        raise RefusedError(f"the split folder has no files in {'/ and '.join(absent)}/")
    check_size(sum(part.size for part in parts), compressed=False)
    if len(parts) > MOST_FILES:
        raise RefusedError(f"the drop has {len(parts):,} files, the limit is {MOST_FILES:,}: pack them into RecordIO")


def _copy(yard: Yard, part: Part, key: str) -> int:
    """Copy one file; return how many lines it has."""
    lines, last = 0, b"\n"
    upload = yard.bucket.upload(key, "application/octet-stream")
    try:
        for block in yard.bucket.stream(part.key, part.version_id):
            upload.write(block)
            lines += block.count(b"\n")
            last = block[-1:]
        upload.complete()
    except MissingObjectError as error:
        raise RefusedError(f"{error}: it was deleted before it was read; drop it again") from error
    finally:
        upload.abort()
    return lines + (last != b"\n")


def _key(release: Release, part: Part, profile: Profile) -> str:
    """Return where a file goes: under its own name, which some algorithms look at.

    Rows that no job reads get the release's name: outputs of a transform are told apart by it.
    """
    channel = part.channel or ""
    inside = part.key.removeprefix(f"{release.source.folder}{channel}/")
    if _are_test_rows(channel, profile):
        inside = f"{release.number:04d}-{release.source.name}-{inside.replace('/', '-')}.rows"
    return f"{_folder(release, channel, profile)}{inside}"


def _folder(release: Release, channel: str, profile: Profile) -> str:
    # The bucket policy lets nobody write these twice, and must not keep SageMaker from writing `….rows.out` elsewhere.
    return f"{release.folder}{'rows' if _are_test_rows(channel, profile) else 'files'}/{channel}/"


def _are_test_rows(channel: str, profile: Profile) -> bool:
    """Tell our test rows from a channel that the algorithm itself calls so."""
    return channel == TEST and TEST not in profile.folders


def _digest(release: Release, parts: tuple[Part, ...]) -> str:
    """Return the SHA-256 of what was dropped: each file's channel, name, size and S3's own digest of its bytes."""
    folder = release.source.folder or ""
    lines = sorted(f"{part.key.removeprefix(folder)}\0{part.size}\0{part.etag}" for part in parts)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _said(content_type: str, channels: dict[str, Channel], parts: tuple[Part, ...]) -> str:
    sizes = ", ".join(f"{name} {channel.bytes / 1e6:,.1f} MB" for name, channel in channels.items())
    files = f"{len(parts):,} files" if len(parts) > 1 else "one file"
    return f"{content_type} as it is, {files}: {sizes}"
