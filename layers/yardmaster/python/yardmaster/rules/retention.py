"""What of a model's old releases is removed: their models and configurations, and the rows that they were made of.

What serves, what is under way, and what a person may go back to in one step is never among it. Small records
(evaluation, decision, tuning, columns) and the drops themselves stay. The checkpoints of a training go from every
release that has ended.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from yardmaster.records import Endpoint, Release, Stage
from yardmaster.rules import stages
from yardmaster.rules.names import job_name

MODEL, CHANNELS, CHECKPOINTS, CLEARED = "model", "channels", "checkpoints", "cleared"
"""The keys of `Release.removed`."""
SERVED: Final = frozenset({Stage.LIVE, Stage.REPLACED})
_UNTRUSTED: Final = frozenset({Stage.REJECTED, Stage.REFUSED, Stage.FAILED, Stage.CANCELLED, Stage.UNCHANGED})
"""Endings whose rows may be left out by whoever compares or trains on earlier drops."""
_OF_MODEL: Final = frozenset({"training", "artifact", "containers", "encoder", "scores", "reordered", "checkpoints"})
_OF_CHECKPOINTS: Final = frozenset({"checkpoints"})
_OF_CHANNELS: Final = frozenset({"channels", "files", "rows"})
_ATTEMPT: Final = re.compile(r"attempt-[0-9]+/")
CONFIGS: Final = ("shared", "alone", "before", "return")
"""What endpoint configurations of a release are called after its job's name."""


@dataclass(frozen=True)
class Needs:
    """What the spec in force needs of earlier releases.

    Attributes:
        tests: On how many drops' test rows a candidate is scored (`evaluate.test_on`).
        history: On how many drops it is trained (`data.history`); None for all.
        named: Numbers of releases that batch transforms name.
    """

    tests: int = 3
    history: int | None = 1
    named: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Removal:
    """What of one release may go."""

    release: Release
    model: bool
    channels: bool
    checkpoints: bool = False


def decide(
    releases: Iterable[Release], in_service: str | None, rows: Sequence[Endpoint], keep: int, needs: Needs
) -> list[Removal]:
    """Return what may go, the oldest release first; nothing while one of the endpoints is held by a release.

    Args:
        releases: All of one model.
        in_service: The id of the live release.
        rows: The rows of the endpoints that they are, or were, on.
        keep: How many of them keep everything: the newest, and besides as many of the newest that were in service.
        needs: What the spec in force needs.
    """
    if any(row.holder is not None for row in rows):
        return []
    ordered = sorted(releases, key=lambda release: release.number)
    models, channels = _kept_models(ordered, in_service, rows, keep, needs), _kept_channels(ordered, keep, needs)
    if needs.history is None:
        channels = {release.id for release in ordered}
    found = [
        Removal(
            release,
            model=release.id not in models and MODEL not in release.removed and _has_model(release),
            channels=release.id not in models | channels and CHANNELS not in release.removed and bool(release.channels),
            checkpoints=_has_checkpoints(release),
        )
        for release in ordered
    ]
    return [one for one in found if one.model or one.channels or one.checkpoints]


def _has_checkpoints(release: Release) -> bool:
    """Tell whether there are checkpoints that nobody goes on from any more: the release has ended."""
    kept = release.spot.get("checkpoints") and not release.removed.keys() & {CHECKPOINTS, MODEL}
    return bool(kept) and release.stage in stages.ENDED


def _has_model(release: Release) -> bool:
    return release.model_name is not None or release.training_job is not None or release.tuning_job is not None


def _kept_models(
    ordered: Sequence[Release], in_service: str | None, rows: Sequence[Endpoint], keep: int, needs: Needs
) -> set[str]:
    """Return the ids of the releases whose model stays."""
    served = [release.id for release in ordered if release.stage in SERVED]
    made = [release.id for release in ordered if _has_model(release)]
    kept = {*served[-keep:], *made[-keep:], *(row.in_service for row in rows), in_service}
    kept |= {release.id for release in ordered if release.number in needs.named}
    for release in ordered:
        if release.stage not in stages.ENDED or release.id == in_service:
            # What it is compared with, and goes back to by default.
            kept |= {release.id, release.baseline, release.deploy.get("returns_to")}
    return {one for one in kept if one is not None}


def _kept_channels(ordered: Sequence[Release], keep: int, needs: Needs) -> set[str]:
    """Return the ids of the releases whose channels stay.

    Whoever needs the rows of the last n drops passes over some (those of rejected models, the same bytes twice), and
    reaches further back for them. So all are kept from the n-th one on that nobody would pass over: counted from the
    newest release, and from the one in service, whose own rows a model from elsewhere is tested on.
    """
    wanted = max(needs.tests, needs.history or 0, 1) + 1  # One more: the next drop may be this one's bytes again.
    first = min(
        _from(ordered, wanted),
        *(_from([one for one in ordered if one.number <= at.number], wanted) for at in _in_use(ordered)),
        ordered[-keep].number if len(ordered) >= keep else 0,
    )
    kept = {release.id for release in ordered if release.number >= first}
    trained = {number for release in ordered if release.stage not in stages.ENDED for number in release.trained_on}
    return kept | {release.id for release in ordered if release.number in trained}


def _in_use(ordered: Sequence[Release]) -> list[Release]:
    return [release for release in ordered if release.stage is Stage.LIVE or release.stage not in stages.ENDED]


def _from(ordered: Sequence[Release], wanted: int) -> int:
    """Return the number of the oldest of so many drops whose rows nobody passes over; 0 if there are fewer."""
    seen: set[str | None] = set()
    for release in reversed(ordered):
        if release.stage in _UNTRUSTED or "test" not in release.channels or release.data_digest in seen:
            continue
        seen.add(release.data_digest)
        if len(seen) == wanted:
            return release.number
    return 0


def marked(removal: Removal, now: float) -> Release:
    """Return a release's row with what goes noted, before anything of it does: from now on nobody counts on it."""
    release = removal.release
    goes = {MODEL: removal.model, CHANNELS: removal.channels, CHECKPOINTS: removal.checkpoints}
    at = {name: now for name, is_gone in goes.items() if is_gone}
    noted = {name: when for name, when in release.removed.items() if name != CLEARED}
    without = replace(release, removed={**noted, **at})
    if removal.model:
        without = replace(without, model_name=None, served_model=None)
    return replace(without, channels={}) if removal.channels else without


def is_pending(release: Release) -> bool:
    """Tell whether something that is noted as removed may still be there."""
    return bool(release.removed) and CLEARED not in release.removed


def gone(release: Release) -> str | None:
    """Say that a release's model is removed, and what to do; None if it is there."""
    if (at := release.removed.get(MODEL)) is None:
        return None
    day = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
    retrain = f"yardmaster retrain {release.model}#{release.number}"
    again = "drop its model again" if release.source.is_model else retrain
    return f"the model of {release.title} was removed on {day} (the stack keeps those of the last releases): {again}"


def model_names(prefix: str, release: Release) -> list[str]:
    """Return what SageMaker models of a release are called, of all its attempts."""
    return [f"{job}{more}" for job in _jobs(prefix, release) for more in ("", "-served")]


def config_names(prefix: str, release: Release) -> list[str]:
    """Return what its endpoint configurations are called, of all its attempts."""
    return [f"{job}-{name}" for job in _jobs(prefix, release) for name in CONFIGS]


def _jobs(prefix: str, release: Release) -> Iterator[str]:
    for attempt in range(1, release.attempt + 1):
        yield job_name(prefix, release.model, release.id, attempt)


def is_removed(key: str, release: Release) -> bool:
    """Tell whether an object in a release's folder goes with what is noted as removed."""
    place = _ATTEMPT.sub("", key.removeprefix(release.folder), count=1).partition("/")
    if not place[1] or key.endswith("/columns.json"):
        return False
    removed: Mapping[str, float] = release.removed
    parts = {MODEL: _OF_MODEL, CHANNELS: _OF_CHANNELS, CHECKPOINTS: _OF_CHECKPOINTS}
    return any(place[0] in folders and name in removed for name, folders in parts.items())
