"""The endings of a shift: the release is live, or the endpoint is free again; those who wait are woken.

All rows that an ending changes are written together: who is in service, who was, and who holds the endpoint never
disagree, wherever an invocation dies.
"""

from dataclasses import replace

from yardmaster.aws import model_package
from yardmaster.errors import YardmasterError
from yardmaster.flows.advance import commit
from yardmaster.flows.publish import wake
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, Model, Release, Stage
from yardmaster.rules import stages


def live(
    yard: Yard,
    release: Release,
    reason: str,
    now: float,
    row: Endpoint | None = None,
    decision: dict[str, str] | None = None,
) -> Release:
    """Note that a release is in service, that the one before it is replaced, and let the endpoint go.

    Args:
        yard: Settings and adapters.
        release: The release as it was read.
        reason: Why it is live.
        now: The time.
        row: The endpoint's row as it was read; None for a model that has no endpoint.
        decision: What the model package tells of the judgement; None if nothing was judged.

    Raises:
        ConflictError: Somebody else was first.
    """
    model = yard.table.get_model(release.model)
    if model is None:
        raise YardmasterError(f"{release.title} has no model row")
    if decision and release.package_arn is not None:
        model_package.note(yard.sagemaker, release.package_arn, decision)
    old = yard.table.get_release(model.in_service) if model.in_service else None
    replaced = (
        (old, stages.move(old, Stage.REPLACED, f"{release.title} is in service", now))
        # It may be this very release, if another invocation was faster: then the write below finds so.
        if old is not None and old.stage is Stage.LIVE and old.id != release.id
        else None
    )
    others: list[Model | Endpoint] = [replace(model, in_service=release.id), *([_free(row, release.id)] if row else [])]
    saved = commit(yard, release, stages.move(release, Stage.LIVE, reason, now), now, *others, also=replaced)
    _wake_waiting(yard, saved)
    return saved


def back(
    yard: Yard, release: Release, stage: Stage, reason: str, row: Endpoint, now: float, decision: dict[str, str] | None
) -> Release:
    """End a release that did not make it: its package is rejected, the baseline stays in service."""
    if release.package_arn is not None:
        said = f"{stage.value}: {reason}"
        model_package.set_approval(yard.sagemaker, release.package_arn, "Rejected", said, decision)
    return end(yard, release, stage, reason, row, now)


def reject(yard: Yard, release: Release, reason: str, now: float) -> Release:
    """Refuse to deploy what a person can put right, and then approve again."""
    if release.package_arn is not None:
        # So that approving it again is a change, which is heard.
        model_package.set_approval(yard.sagemaker, release.package_arn, "Rejected", reason)
    return commit(yard, release, stages.move(release, Stage.REJECTED, reason, now), now)


def returned(yard: Yard, release: Release, earlier_id: str, reason: str, now: float, row: Endpoint) -> Release:
    """End a release that was live: the one that was live before is in service again.

    Raises:
        ConflictError: Somebody else was first.
    """
    model, earlier = yard.table.get_model(release.model), yard.table.get_release(earlier_id)
    if model is None or earlier is None:
        raise YardmasterError(f"{release.title} should give way to release {earlier_id}, which is not in the table")
    if release.package_arn is not None:
        model_package.set_approval(yard.sagemaker, release.package_arn, "Rejected", f"rolled back: {reason}")
    ended = stages.move(release, Stage.ROLLED_BACK, reason, now)
    again = stages.move(earlier, Stage.LIVE, f"{release.title} was rolled back: {reason}", now)
    rows = (replace(model, in_service=earlier.id), _free(row, earlier.id))
    saved = commit(yard, release, ended, now, *rows, also=(earlier, again))
    _wake_waiting(yard, saved)
    return saved


def stays(yard: Yard, release: Release, reason: str, row: Endpoint, now: float) -> Release:
    """Leave a release live that could not be rolled back: it serves, whatever was asked."""
    saved = commit(yard, release, stages.move(release, Stage.LIVE, reason, now), now, _free(row, release.id))
    _wake_waiting(yard, saved)
    return saved


def end(yard: Yard, release: Release, stage: Stage, reason: str, row: Endpoint, now: float) -> Release:
    """End a release and let its endpoint go, with the baseline in service.

    Raises:
        ConflictError: Somebody else was first.
    """
    ended = stages.move(release, stage, reason, now)
    saved = commit(yard, release, ended, now, _free(row, release.baseline))
    _wake_waiting(yard, saved)
    return saved


def _free(row: Endpoint, in_service: str | None) -> Endpoint:
    # What has no traffic at the end of a shift is gone, and whether an endpoint is idle is asked of what is there.
    weights = {name: weight for name, weight in row.weights.items() if weight > 0}
    return replace(row, holder=None, in_service=in_service, weights=weights, lease_owner=None, lease_until=0.0)


def _wake_waiting(yard: Yard, release: Release) -> None:
    """Wake the releases that wait for the endpoint; if this is lost, they look again by themselves."""
    wake(yard, list(yard.table.releases_of(release.model, stages={Stage.REGISTERED})))
