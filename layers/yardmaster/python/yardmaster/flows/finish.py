"""The endings of a shift: the release is live, or the endpoint is free again; those who wait are woken."""

from dataclasses import replace

from yardmaster.aws import model_package
from yardmaster.errors import ConflictError
from yardmaster.flows.advance import commit
from yardmaster.flows.publish import wake
from yardmaster.flows.yard import Yard
from yardmaster.records import Release, Stage
from yardmaster.rules import stages


def live(yard: Yard, release: Release, reason: str, now: float, endpoint: str | None = None) -> Release:
    """Note that a release is in service, that the one before it is replaced, and let the endpoint go.

    Each write can be repeated: a crash in between is finished by the next tick, and the endpoint is let go last.
    """
    model = yard.table.get_model(release.model)
    if model is not None and model.in_service != release.id:
        before = model.in_service
        yard.table.save_model(replace(model, in_service=release.id))
    else:
        before = release.baseline
    if before is not None and before != release.id:
        _replace(yard, before, release, now)
    saved = commit(yard, release, stages.move(release, Stage.LIVE, reason, now), now)
    if endpoint is not None:
        let_go(yard, saved, endpoint, in_service=saved.id)
    return saved


def back(yard: Yard, release: Release, stage: Stage, reason: str, endpoint: str, now: float) -> Release:
    """End a release that did not make it: its package is rejected, the baseline stays in service."""
    if release.package_arn is not None:
        model_package.set_approval(yard.sagemaker, release.package_arn, "Rejected", f"{stage.value}: {reason}")
    saved = commit(yard, release, stages.move(release, stage, reason, now), now)
    let_go(yard, saved, endpoint, in_service=release.baseline)
    return saved


def let_go(yard: Yard, release: Release, endpoint: str, in_service: str | None) -> None:
    """Free the endpoint's row, and wake the releases that wait for it.

    If this is lost, nothing is: a holder that has ended does not hold, and those who wait look again by themselves.
    """
    row = yard.table.get_endpoint(endpoint)
    if row is not None and row.holder == release.id:
        try:
            yard.table.save_endpoint(
                replace(row, holder=None, in_service=in_service, lease_owner=None, lease_until=0.0)
            )
        except ConflictError:
            return  # A waiting release took it already.
    wake(yard, [other for other in yard.table.releases_of(release.model) if other.stage is Stage.REGISTERED])


def _replace(yard: Yard, before: str, by: Release, now: float) -> None:
    old = yard.table.get_release(before)
    if old is not None and old.stage is Stage.LIVE:
        commit(yard, old, stages.move(old, Stage.REPLACED, f"{by.title} is in service", now), now)
