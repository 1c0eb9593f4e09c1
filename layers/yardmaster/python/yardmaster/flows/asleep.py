"""A release whose endpoint is stopped: it asks for the start, or a person is told how, and it waits."""

from dataclasses import replace

from yardmaster.aws import endpoint
from yardmaster.flows.advance import commit
from yardmaster.flows.endpoint_rows import tell
from yardmaster.flows.publish import wake_endpoints
from yardmaster.flows.yard import Yard
from yardmaster.records import Endpoint, Release, Waiting, WaitKind
from yardmaster.rules import sleep, stages
from yardmaster.spec.schema import Spec

PAUSE = 5 * 60.0
"""Seconds until the release looks again, if nobody wakes it."""
_IS = {"stopping": "being stopped", "starting": "being started", "stopped": "stopped"}


def remade(yard: Yard, row: Endpoint) -> Endpoint | None:
    """Return the row of an endpoint that somebody made again while ours is stopped: what was saved is of no use.

    None if nobody did.
    """
    state = endpoint.describe(yard.sagemaker, row.name) if row.state == "stopped" else None
    if state is None or state.status == "Deleting":
        return None
    return replace(row, state="", saved={}, failed="", wanted_by=None, reason="somebody made it again", due=None)


def wait(yard: Yard, release: Release, spec: Spec, row: Endpoint, now: float) -> Release:
    """Let a release wait for its endpoint, which it never makes anew: the candidate is to be compared with who served.

    Raises:
        ConflictError: Somebody else changed one of the rows first.
    """
    idle = spec.deploy.idle if spec.deploy else None
    by_hand = row.failed or (idle is not None and idle.start == "on_command")
    if row.state == "stopped" and by_hand:
        why = f"its last start failed: {row.failed}" if row.failed else "deploy.idle.start is on_command"
        subject = f"yardmaster start {row.name}"
        waiting = Waiting(WaitKind.PERSON, subject, now, next_try=now + PAUSE)
        reason = f"endpoint {row.name} is stopped, and {why}"
        return commit(yard, release, stages.wait(release, now + PAUSE, waiting, reason), now)
    after = row
    if row.state == "stopped":
        after = sleep.entered(row, "starting", f"{release.title} needs it", "", now)
        after = replace(after, due=now, wanted_by=release.id)
    elif row.wanted_by is None:
        after = replace(row, wanted_by=release.id)
    said = f"{row.name} is {_IS[row.state]}"
    subject = f"{said}; it is being started" if row.state == "stopped" else said
    waiting = Waiting(WaitKind.ENDPOINT, subject, now, next_try=now + PAUSE)
    waits = stages.wait(release, now + PAUSE, waiting, f"endpoint {subject}")
    if after is row:
        return commit(yard, release, waits, now)
    saved = commit(yard, release, waits, now, after)
    if row.state == "stopped":
        tell(yard, after)
        wake_endpoints(yard, [after])
    return saved
