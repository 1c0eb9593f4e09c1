"""What there is to say of an endpoint that is stopped, or on its way: since when, why, and what starts it again."""

from collections.abc import Mapping
from typing import Any

from yardmaster.records import Endpoint, Release, Stage
from yardmaster.rules.hours import is_open, next_opening
from yardmaster.rules.idle import hours_of
from yardmaster.rules.stages import ENDED
from yardmaster.rules.why import spell_age, spell_time

_IS = {"stopping": "is being stopped", "stopped": "is stopped", "starting": "is being started"}


def sentence(row: Endpoint, idle: Mapping[str, Any], now: float) -> str:
    """Say how an endpoint is, since when, why, and what starts it; empty for one that serves.

    Args:
        row: Its row.
        idle: `Model.idle` of its model.
        now: The time.
    """
    if not row.state:
        return ""
    return (
        f"endpoint {row.name} {_IS[row.state]}, since {spell_age(now - row.since)}: {'; '.join(_parts(row, idle, now))}"
    )


def starters(row: Endpoint, idle: Mapping[str, Any], now: float) -> list[str]:
    """Return what starts an endpoint that is stopped: a command always, a release and its hours as the spec says."""
    if row.state != "stopped":
        return []
    found = [f"`yardmaster start {row.name}`"]
    if not row.failed and idle.get("start") != "on_command":
        found.append("a release that needs it")
    if (hours := hours_of(idle)) is not None:
        begins = now if is_open(hours, now) else next_opening(hours, now)
        found.append(f"its hours, from {spell_time(max(begins, row.holds_until))} on")
    return found


def summary(row: Endpoint, idle: Mapping[str, Any], now: float) -> dict[str, Any] | None:
    """Return the same as plain JSON data; None for an endpoint that serves."""
    if not row.state:
        return None
    return {
        "name": row.name,
        "state": row.state,
        "since": row.since,
        "reason": row.reason,
        "by": row.by,
        "failed": row.failed,
        "started_by": starters(row, idle, now),
    }


def endpoint_of(release: Release, rows: list[Endpoint]) -> Endpoint | None:
    """Return the row of the endpoint that a release serves on, holds or waits for; None if it has none (any more)."""
    under_way = release.stage not in ENDED or release.stage is Stage.LIVE
    for row in rows:
        if release.id in {row.in_service, row.holder, row.wanted_by}:
            return row
        if under_way and release.deploy.get("endpoint") == row.name:
            return row
    return None


def _parts(row: Endpoint, idle: Mapping[str, Any], now: float) -> list[str]:
    said = row.reason.rstrip(".") or "nobody said why"
    parts = [f"{said} (by {row.by})" if row.by and row.by not in said else said]
    if row.failed:
        parts.append(f"its last start failed: {row.failed.rstrip('.')}")
    if found := starters(row, idle, now):
        parts.append(f"what starts it: {', or '.join(found)}")
    return parts
