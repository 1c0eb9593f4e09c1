"""Telling the world about a release: the event, and `STATUS.md` for the person who dropped the file."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from yardmaster.flows.pointer import point
from yardmaster.flows.yard import Yard
from yardmaster.records import Batch, Endpoint, Model, Release, Waiting
from yardmaster.rules import stages, status
from yardmaster.rules.owners import owner

STATUS_RELEASES = 10
"""How many of a model's releases STATUS.md tells about."""


def publish(yard: Yard, release: Release) -> Release:
    """Send a release's change, then note that it is out: a crash in between sends it again, never not at all."""
    yard.bus.publish("Release State Change", change_detail(release))
    if release.stage in stages.ENDED or release.waiting_for is not None:
        write_status(yard, release.model, release)
    if release.stage in stages.ENDED:
        point(yard, release)
    return yard.table.mark_published(release)


def change_detail(release: Release) -> dict[str, Any]:
    """Return the detail of a `Release State Change` event."""
    waiting = release.waiting_for
    _, previous = stages.entered(release)
    return {
        "model": release.model,
        "release": release.id,
        "number": release.number,
        "stage": release.stage.value,
        # Only a move wakes the next function; a release that merely waits would wake it for nothing.
        "moved": release.moved > release.published,
        "previous": previous.value if previous else None,
        "reason": release.reason,
        "waiting_for": waiting_detail(waiting) if waiting else None,
        "at": release.updated_at,
        "revision": release.revision,
        "attempt": release.attempt,
    }


def waiting_detail(waiting: Waiting) -> dict[str, Any]:
    """Return what events say of a wait."""
    return {"kind": waiting.kind.value, "subject": waiting.subject, "long": waiting.long}


def wake(yard: Yard, releases: Sequence[Release], function: str | None = None) -> None:
    """Send each release's `Release Due` event to the function whose work it is (or to the one named)."""
    details = [
        {"model": release.model, "release": release.id, "stage": release.stage.value, "function": to}
        for release in releases
        if (to := function or owner(release)) is not None
    ]
    if details:
        yard.bus.publish("Release Due", *details)


def wake_batches(yard: Yard, batches: Sequence[Batch]) -> None:
    """Say which batches of predictions are due."""
    if batches:
        yard.bus.publish("Batch Due", *({"model": batch.model, "batch": batch.id} for batch in batches))


def wake_endpoints(yard: Yard, endpoints: Sequence[Endpoint]) -> None:
    """Say which endpoints are due that no release holds."""
    if endpoints:
        details = ({"model": row.model, "endpoint": row.name, "state": row.state or "in_service"} for row in endpoints)
        yard.bus.publish("Endpoint Due", *details)


def wake_models(yard: Yard, models: Sequence[Model]) -> None:
    """Say whose schedules are not known to be in step with their spec."""
    if models:
        yard.bus.publish("Spec Due", *({"model": model.name} for model in models))


def write_status(yard: Yard, model_name: str, newest: Release | None = None) -> None:
    """Write `<model>/STATUS.md`: the spec's state and the last releases, in words.

    Args:
        yard: Where to write.
        model_name: The model.
        newest: A release that the index may not show yet.
    """
    if (model := yard.table.get_model(model_name)) is None:
        return
    releases = {release.id: release for release in islice(yard.table.releases_of(model_name), STATUS_RELEASES)}
    if newest is not None:
        releases.setdefault(newest.id, newest)
    ordered = sorted(releases.values(), key=lambda release: release.number, reverse=True)[:STATUS_RELEASES]
    text = status.status_text(model, ordered, _endpoint(yard, model, ordered))
    yard.bucket.write(f"{model_name}/STATUS.md", text.encode(), "text/markdown; charset=utf-8")


def _endpoint(yard: Yard, model: Model, releases: Sequence[Release]) -> Endpoint | None:
    """Return the row of the endpoint that the release in service is on."""
    live = next((release for release in releases if release.id == model.in_service), None)
    name = live.deploy.get("endpoint") if live else None
    return yard.table.get_endpoint(name) if name else None
