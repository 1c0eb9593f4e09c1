"""Received → prepared: the drop is checked, encoded and split into channels, or refused in words.

A model that was trained elsewhere goes its own way, straight to its tests (`take_artifact`). A drop that a person wants
trained again begins here once more (`retrain`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from yardmaster.aws.bucket import MissingObjectError, Upload
from yardmaster.errors import ConflictError, RefusedError
from yardmaster.flows import drop_files, pin_containers, retrain, source_code, spec_in_force
from yardmaster.flows.advance import Step, advance, commit
from yardmaster.flows.obey import obey
from yardmaster.flows.receive_drop import receive
from yardmaster.flows.yard import Yard
from yardmaster.intake.columns import Columns
from yardmaster.intake.counts import SplitResult, summary
from yardmaster.intake.learn import learn
from yardmaster.intake.source import check_size
from yardmaster.intake.split import SplitPlan, encode_channels, split
from yardmaster.intake.table import peek
from yardmaster.records import Channel, DropKind, Model, Release, Stage, Waiting, WaitKind
from yardmaster.rules import received, retry, stages
from yardmaster.rules.commands import Command
from yardmaster.spec.digest import channels_digest, data_digest
from yardmaster.spec.fits import require_fit
from yardmaster.spec.of_algorithm import is_encoded, profile_of
from yardmaster.spec.problem import problem_of
from yardmaster.spec.proposed import propose
from yardmaster.spec.schema import Spec

CLAIM = 16 * 60.0
"""How long a drop is left to the invocation that prepares it: a function's 15 minutes, and one more.

The platform's retry of that same invocation does not wait: it comes only after the first try is dead.
"""
FREEZE_TRIES = 10


@dataclass(frozen=True)
class Invocation:
    """Who prepares a drop: Lambda's request id, the same for its retries, and the seconds until its end."""

    id: str
    left: Callable[[], float]


@dataclass(frozen=True)
class _Drop:
    """What was gathered for one drop."""

    release: Release
    spec: Spec
    parts: tuple[drop_files.Part, ...]
    previous: Release | None
    left: Callable[[], float]


def drop(yard: Yard, key: str, version_id: str, clock: Callable[[], float], me: Invocation) -> str:
    """Take a dropped object as far as it goes; return what became of it."""
    release = receive(yard, key, version_id, clock())
    return resume(yard, release.id, clock, me) if release else "not a drop"


def resume(yard: Yard, release_id: str, clock: Callable[[], float], me: Invocation) -> str:
    """Go on with a release that was received.

    Args:
        yard: Settings and adapters.
        release_id: The release.
        clock: Returns the time.
        me: This invocation.
    """

    def step(yard: Yard, release: Release, now: float) -> Release:
        return _received(yard, release, now, me)

    steps: dict[Stage, Step] = {Stage.RECEIVED: step}
    return advance(yard, release_id, steps, clock)


def command(yard: Yard, asked: Command, clock: Callable[[], float], me: Invocation) -> str:
    """Train a drop again on a person's word; return what became of it, or why it is refused."""
    now = clock()
    goes_on = asked.release

    def change(release: Release) -> tuple[Release, tuple[()]]:
        nonlocal goes_on
        after, begun = retrain.begin(yard, release, asked, now)
        goes_on = begun.id
        return after, ()

    refused = obey(yard, asked, change, now)
    return refused or resume(yard, goes_on, clock, me)


def _received(yard: Yard, release: Release, now: float, me: Invocation) -> Release:
    if received.is_claimed(release, me.id, now):
        return release
    model = spec_in_force.refresh(yard, release.model, now)
    match received.spec_for(release, model):
        case received.Refuse(reason):
            return commit(yard, release, stages.move(release, Stage.REFUSED, reason, now), now)
        case received.WaitForSpec(reason):
            return _wait_for_spec(yard, release, model, reason, now)
        case received.Follow(pin, baseline):
            claim = replace(release, spec=pin, baseline=baseline, due=now + CLAIM, waiting_for=None, claimed_by=me.id)
            if release.claimed_by is not None:
                claim = replace(claim, failures=release.failures + 1)
            if claim.failures >= retry.MAX_FAILURES:
                reason = f"{claim.failures} tries ended without a word, out of memory or time: split the drop yourself"
                return commit(yard, release, stages.move(release, Stage.FAILED, reason, now), now)
            release = commit(yard, release, claim, now)
            if release.source.is_model:
                return _take_model(yard, release, now, me.left)
            return _prepare(yard, release, model, now, me.left)


def _take_model(yard: Yard, release: Release, now: float, left: Callable[[], float]) -> Release:
    try:
        # Most drops are data: to these, loading it would be part of their cold start.
        if release.source.kind is DropKind.PACKAGE:
            from yardmaster.flows import take_package

            after = take_package.take(yard, release, left, now)
        else:
            from yardmaster.flows import take_artifact

            after = take_artifact.take(yard, release, _previous(yard, release), left, now)
    except RefusedError as refusal:
        after = stages.move(release, Stage.REFUSED, str(refusal), now)
    return commit(yard, release, after, now)


def _wait_for_spec(yard: Yard, release: Release, model: Model, reason: str, now: float) -> Release:
    if model.spec_error is None:
        _propose_spec(yard, release)
    waiting = Waiting(WaitKind.SPEC, f"{release.model}/spec.yaml", since=now)
    # Whoever uploads the spec wakes us, unless they looked before this is written: so look again.
    due = retry.next_look(release.created_at, now)
    return commit(yard, release, stages.wait(release, due, waiting, reason), now)


def _propose_spec(yard: Yard, release: Release) -> None:
    """Put a guess beside the data, if its header can be read."""
    try:
        seen = peek(drop_files.as_files(yard, _parts(yard, release))[0])
    except RefusedError:
        return  # The drop will be refused in words once there is a spec.
    text = propose(seen.header, seen.rows, seen.delimiter)
    yard.bucket.write(f"{release.model}/spec.proposed.yaml", text.encode(), "application/yaml")


def _prepare(yard: Yard, release: Release, model: Model, now: float, left: Callable[[], float]) -> Release:
    spec = spec_in_force.pinned(yard, release)
    known = replace(release, code_digest=source_code.digest(yard, release.model, spec))
    try:
        if not is_encoded(spec):
            # Few models learn from anything but rows: to the others, loading it would be part of their cold start.
            from yardmaster.flows import take_channels

            after = take_channels.take(yard, known, spec, _previous(yard, release), left, now)
            return commit(yard, release, after, now)
        if there := retrain.reuse(yard, known, model, spec, now):
            pin_containers.pin(yard, release, spec, left)
            return commit(yard, release, there, now)
        parts = _parts(yard, release)
        check_size(sum(part.size for part in parts), any(part.key.endswith(".gz") for part in parts))
        after = _channels(yard, _Drop(known, spec, parts, _previous(yard, release), left), now)
    except RefusedError as refusal:
        after = stages.move(release, Stage.REFUSED, str(refusal), now)
    return commit(yard, release, after, now)


def _parts(yard: Yard, release: Release) -> tuple[drop_files.Part, ...]:
    try:
        return drop_files.parts_of(yard, release)
    except MissingObjectError as error:
        raise RefusedError(f"{error}: it was deleted before it was read; drop it again") from error


def _previous(yard: Yard, release: Release) -> Release | None:
    """The newest earlier drop of its sort that got as far as its channels, or its tests."""
    earlier = (other for other in yard.table.releases_of(release.model) if other.number < release.number)
    return next(
        (other for other in earlier if received.is_alike(other, release) and received.counts_as_previous(other)), None
    )


def _channels(yard: Yard, drop: _Drop, now: float) -> Release:
    """Encode and split; nothing becomes visible in the bucket before every check has passed."""
    for _ in range(FREEZE_TRIES):
        model = yard.table.get_model(drop.release.model) or spec_in_force.new_model(yard, drop.release.model)
        columns, columns_uri = _columns(yard, drop, model)
        uploads = {name: yard.bucket.upload(_channel_key(drop.release, name)) for name in _channel_names(drop)}
        try:
            result = _write(yard, drop, columns, model.salt, uploads)
            if received.is_unchanged(drop.release, result.digest, drop.previous):
                return _unchanged(drop, result.digest, now)
            pin_containers.pin(yard, drop.release, drop.spec, drop.left)
            if not _freeze(yard, drop, model, columns, columns_uri):
                continue
            drop_files.pin(yard, drop.release, drop.parts)
            for upload in uploads.values():
                upload.complete()
        finally:
            for upload in uploads.values():
                upload.abort()
        return _prepared(yard, drop, columns, columns_uri, result, now)
    raise ConflictError(f"{drop.release.title}: other drops keep freezing the columns")


def _columns(yard: Yard, drop: _Drop, model: Model) -> tuple[Columns, str]:
    """Return the columns that the drop is encoded with, and where they are or will be."""
    match received.columns_for(model, data_digest(drop.spec)):
        case received.Use(uri):
            raw, _ = yard.bucket.read(yard.bucket.key_of(uri))
            return Columns.from_json(raw.decode()), uri
        case received.Learn():
            files = drop_files.as_files(yard, drop.parts)
            columns = learn(files, drop.spec.data, problem_of(drop.spec), deadline=drop.left)
            require_fit(drop.spec, columns.problem, columns.classes)
            return columns, yard.bucket.uri(f"{drop.release.attempt_folder}columns.json")
        case received.Refuse(reason):
            raise RefusedError(reason)


def _write(yard: Yard, drop: _Drop, columns: Columns, salt: str, uploads: dict[str, Upload]) -> SplitResult:
    data = drop.spec.data
    if drop.release.source.kind is DropKind.SPLIT:
        files = {
            name: drop_files.as_files(yard, tuple(part for part in drop.parts if part.channel == name))
            for name in uploads
        }
        return encode_channels(
            files, columns, uploads, delimiter=data.delimiter, deadline=drop.left, gapless=_gapless(drop.spec)
        )
    shares = data.split
    fractions = {"train": shares.train, "validation": shares.validation, "test": shares.test}
    plan = SplitPlan(salt, fractions, shares.by, data.delimiter, _gapless(drop.spec))
    return split(drop_files.as_files(yard, drop.parts), columns, plan, uploads, deadline=drop.left)


def _gapless(spec: Spec) -> str | None:
    """Say why a missing value is refused; None if the algorithm learns from rows that lack one."""
    taken = profile_of(spec.algorithm)
    if taken.takes_missing:
        return None
    return f"a value is missing, and {taken.name} can't learn without: fill it in, or write data.missing: drop_rows"


def _freeze(yard: Yard, drop: _Drop, model: Model, columns: Columns, columns_uri: str) -> bool:
    """Make these the model's columns, unless they are; False if another drop was first and froze others."""
    if model.columns_digest == columns.digest:
        return True
    yard.bucket.write_once(yard.bucket.key_of(columns_uri), columns.to_json().encode(), "application/json")
    frozen = replace(model, columns_uri=columns_uri, columns_digest=columns.digest, columns_data=data_digest(drop.spec))
    try:
        yard.table.save_model(frozen)
    except ConflictError:
        return False
    return True


def _unchanged(drop: _Drop, digest: str, now: float) -> Release:
    same = drop.previous.title if drop.previous else "the last drop"
    moved = stages.move(drop.release, Stage.UNCHANGED, f"the same bytes and the same spec as {same}: no job", now)
    return replace(moved, data_digest=digest)


def _prepared(yard: Yard, drop: _Drop, columns: Columns, columns_uri: str, result: SplitResult, now: float) -> Release:
    channels = {
        name: Channel(yard.bucket.uri(f"{drop.release.attempt_folder}channels/{name}/"), count.rows, count.bytes)
        for name, count in result.channels.items()
    }
    reason = f"{columns.problem.value}, {len(columns.features)} features; {summary(result)}"
    moved = stages.move(drop.release, Stage.PREPARED, reason, now, due=now)
    return replace(
        moved,
        data_digest=result.digest,
        columns_uri=columns_uri,
        columns_digest=columns.digest,
        channels_digest=channels_digest(drop.spec),
        channels=channels,
    )


def _channel_names(drop: _Drop) -> tuple[str, ...]:
    if drop.release.source.kind is DropKind.SPLIT:
        return tuple(dict.fromkeys(part.channel for part in drop.parts if part.channel))
    return ("train", "validation", "test")


def _channel_key(release: Release, channel: str) -> str:
    """The one object of a channel. Its name is the release's own: outputs of a transform are told apart by it."""
    return f"{release.attempt_folder}channels/{channel}/{release.number:04d}-{release.source.name}.csv"
