"""Old releases lose their models, configurations and channels: first on paper, then for good.

What goes is noted in the release's row before anything is deleted, together with the rows of its endpoints: a return to
it that begins at the same moment either finds the note, or makes the note fail.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from yardmaster.aws import endpoint as sagemaker_endpoint
from yardmaster.aws import model as sagemaker_model
from yardmaster.errors import ConflictError, RefusedError
from yardmaster.flows import spec_in_force
from yardmaster.flows.advance import commit
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, Model, Release, Stage
from yardmaster.rules import retention, shared_endpoint, stages
from yardmaster.rules.retention import CLEARED, MODEL, Needs
from yardmaster.spec.data import LastDrops

log = logging.getLogger(__name__)

DEEP = 20
"""So many cleared releases in a row, and what is older is the daily run's affair."""
TRIES = 3
"""How often it is decided anew when others change rows meanwhile."""


@dataclass(frozen=True)
class _Found:
    """What was gathered for one model."""

    model: Model
    releases: list[Release]
    rows: tuple[Endpoint, ...]
    needs: Needs


def run(yard: Yard, model: str, clock: Callable[[], float], left: Callable[[], float], *, deep: bool = False) -> str:
    """Remove what one model needs no more; return what was done.

    Args:
        yard: Settings and adapters.
        model: The model's name.
        clock: Returns the time.
        left: Returns the seconds until the invocation's end.
        deep: Look at all of its releases, and not only at the newest.
    """
    for _ in range(TRIES):
        found = _gather(yard, model, deep=deep)
        if found is None:
            return f"no model {model}"
        try:
            noted = [_note(yard, found.rows, removal, clock()) for removal in _decide(yard, found)]
            break
        except ConflictError as error:
            log.info("%s: %s", model, error)
    else:
        return f"{model}: others keep changing its rows; after the next ending"
    known = {release.id: release for release in found.releases} | {release.id: release for release in noted}
    pending = [release for release in known.values() if retention.is_pending(release)]
    # Asked when it is first needed, and once for all that is cleared.
    in_use = cache(lambda: _configs_in_use(yard, list(known.values())))
    shared = cache(lambda: [row.name for row in _rows(yard, list(known.values())) if row.shared])
    done = 0
    for release in sorted(pending, key=lambda one: one.number):
        try:
            done += _clear(yard, release, list(known.values()), in_use, shared, clock, left)
        except Exception:
            log.exception("%s could not be cleared; tried again after the next ending, and each day", release.title)
    return f"{model}: {len(noted)} releases to clear, {done} of {len(pending)} cleared"


def ended(yard: Yard, release_id: str, clock: Callable[[], float], left: Callable[[], float]) -> str:
    """Look at the model of a release that ended; return what was done."""
    release = yard.table.get_release(release_id)
    return run(yard, release.model, clock, left) if release else f"no release {release_id}"


def run_all(yard: Yard, clock: Callable[[], float], left: Callable[[], float]) -> str:
    """Remove what the models of the stack need no more; one that fails never ends the run."""
    said = []
    for model in yard.table.all_models():
        try:
            said.append(run(yard, model.name, clock, left, deep=True))
        except Exception:
            log.exception("%s: its old releases stay until tomorrow", model.name)
            said.append(f"{model.name}: failed")
    return "; ".join(said) or "no models"


def forget(yard: Yard, name: str, said: str, clock: Callable[[], float]) -> str:
    """Let a model be as before its first release, on a person's word who takes its endpoint and models away.

    Its rows, packages and data stay; nothing is in service, and nothing can be gone back to.
    """
    try:
        for _ in range(TRIES):
            try:
                return _forget(yard, name, said, clock())
            except ConflictError as error:
                log.info("%s: %s", name, error)
        raise ConflictError(f"{name}: others keep changing its rows")
    except RefusedError as refusal:
        yard.bus.publish("Command Refused", {"command": "remove", "model": name, "reason": str(refusal)})
        return str(refusal)


def _forget(yard: Yard, name: str, said: str, now: float) -> str:
    found = _gather(yard, name, deep=True)
    if found is None:
        raise RefusedError(f"there is no model {name}")
    under_way = [release.title for release in found.releases if release.stage not in stages.ENDED]
    if under_way:
        raise RefusedError(f"{', '.join(under_way)}: under way; cancel it first, or wait for its end")
    free = [Endpoint(row.name, row.model, revision=row.revision) for row in found.rows if not row.shared]
    for release in found.releases:
        # Those that serve go last: if this breaks off, the next try finds them still in service.
        if release.id != found.model.in_service and MODEL not in release.removed:
            commit(yard, release, retention.marked(retention.Removal(release, model=True, channels=False), now), now)
    live = next((release for release in found.releases if release.id == found.model.in_service), None)
    if live is None:
        return f"{name}: nothing was in service"
    replaced = stages.move(live, Stage.REPLACED, said, now) if live.stage is Stage.LIVE else live
    after = retention.marked(retention.Removal(replaced, model=True, channels=False), now)
    commit(yard, live, after, now, replace(found.model, in_service=None), *free)
    return f"{name}: {live.title} is not in service any more"


def _gather(yard: Yard, name: str, *, deep: bool) -> _Found | None:
    model = yard.table.get_model(name)
    if model is None:
        return None
    releases = list(_newest(yard, name, deep=deep))
    return _Found(model, releases, tuple(_rows(yard, releases)), _needs(yard, model))


def _rows(yard: Yard, releases: Sequence[Release]) -> list[Endpoint]:
    """Return the rows of the endpoints that releases are, or were, on."""
    found = (yard.table.get_endpoint(name) for name in _endpoints(releases))
    return [row for row in found if row is not None]


def _newest(yard: Yard, name: str, *, deep: bool) -> list[Release]:
    found: list[Release] = []
    cleared = 0
    for release in yard.table.releases_of(name):
        found.append(release)
        cleared = cleared + 1 if CLEARED in release.removed else 0
        if cleared == DEEP and not deep:
            break
    return found


def _needs(yard: Yard, model: Model) -> Needs:
    """Return what the spec in force needs. While there is no good one, nobody knows, and all channels stay."""
    if model.spec is None:
        return Needs(history=None)
    spec = spec_in_force.read(yard, model.spec)
    history = spec.data.history
    last = history.last if isinstance(history, LastDrops) else None if history == "all" else 1
    named = frozenset(entry.release for entry in spec.batch_transform if isinstance(entry.release, int))
    return Needs(spec.evaluate.test_on.last, last, named)


def _decide(yard: Yard, found: _Found) -> Sequence[retention.Removal]:
    keep = yard.settings.keep_releases
    return retention.decide(found.releases, found.model.in_service, found.rows, keep, found.needs)


def _note(yard: Yard, rows: Sequence[Endpoint], removal: retention.Removal, now: float) -> Release:
    """Note what goes. The endpoints' rows are read again for each: every note raises their revisions."""
    fresh = [yard.table.get_endpoint(row.name) for row in rows]
    seen = {row.name: row.in_service for row in rows}
    there = [row for row in fresh if row is not None]
    if any(row.holder is not None or row.in_service != seen[row.name] for row in there):
        raise ConflictError(f"{removal.release.title}: its endpoint changed hands")
    return commit(yard, removal.release, retention.marked(removal, now), now, *there)


def _clear(
    yard: Yard,
    release: Release,
    all_of_model: Sequence[Release],
    in_use: Callable[[], set[str]],
    shared: Callable[[], list[str]],
    clock: Callable[[], float],
    left: Callable[[], float],
) -> bool:
    """Delete what is noted; return whether all of it is gone."""
    if MODEL in release.removed:
        _delete_in_sagemaker(yard, release, in_use())
    # A drop that is trained again may use the channels that another release's folder has.
    kept = tuple(yard.bucket.key_of(channel.uri) for other in all_of_model for channel in other.channels.values())

    def goes(key: str) -> bool:
        return retention.is_removed(key, release) and not key.startswith(kept)

    bucket = yard.bucket
    if not bucket.delete_below(release.folder, goes, left):
        return False
    # Of all its attempts: one that was trained again knows only the last.
    for prefix in map(shared_endpoint.folder, shared() if MODEL in release.removed else ()):
        own = partial(_is_below, release, prefix)
        if not bucket.delete_below(f"{prefix}{shared_endpoint.stem(release)}", own, left):
            return False
    now = clock()
    commit(yard, release, replace(release, removed={**release.removed, CLEARED: now}), now)
    return True


def _is_below(release: Release, prefix: str, key: str) -> bool:
    return shared_endpoint.is_of(release, key.removeprefix(prefix))


def _delete_in_sagemaker(yard: Yard, release: Release, in_use: set[str]) -> None:
    for name in retention.config_names(yard.settings.prefix, release):
        if name not in in_use:
            sagemaker_endpoint.delete_config(yard.sagemaker, name)
    for name in retention.model_names(yard.settings.prefix, release):
        sagemaker_model.delete(yard.sagemaker, name)


def _configs_in_use(yard: Yard, all_of_model: Sequence[Release]) -> set[str]:
    """Return the configurations of the model's endpoints: as SageMaker has them, and as they were wanted last."""
    found: set[str] = set()
    for name in _endpoints(all_of_model):
        row, state = yard.table.get_endpoint(name), sagemaker_endpoint.describe(yard.sagemaker, name)
        # One that is stopped is made again from the configuration that it had.
        found |= {row.config or "", row.saved.get("config", "")} if row else set()
        found |= {state.config} if state else set()
    return found


def _endpoints(releases: Sequence[Release]) -> list[str]:
    """Return the names of the endpoints that releases are, or were, on."""
    return sorted({str(one.deploy["endpoint"]) for one in releases if "endpoint" in one.deploy})
