"""How every flow moves a release: read the row, take one step after the other, write each by compare-and-set."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace

from yardmaster.aws.sagemaker_errors import NameTakenError
from yardmaster.errors import ConflictError, MeasurementError
from yardmaster.flows.publish import publish
from yardmaster.flows.yard import Yard
from yardmaster.records import Release, Stage
from yardmaster.rules import retry, stages

log = logging.getLogger(__name__)

Step = Callable[[Yard, Release, float], Release]
"""Takes a release as far as one decision goes, and returns the row as it was written (or as it was, if it stays)."""

_PERMANENT = (NameTakenError, MeasurementError)
"""Errors that no later try will mend."""


def advance(yard: Yard, release_id: str, steps: Mapping[Stage, Step], clock: Callable[[], float]) -> Release | None:
    """Take a release through the stages that `steps` knows, until it has to wait or leaves them.

    Returns:
        The release as it is then; None if there is none.

    Raises:
        Exception: What a step raised, after the failure was noted and the next try planned: the platform counts it,
            and its retries are harmless.
    """
    release = yard.table.get_release(release_id)
    if release is None:
        log.warning("no release %s: nothing to do", release_id)
        return None
    try:
        if release.published < release.revision:
            release = publish(yard, release)
        while (step := steps.get(release.stage)) is not None:
            stage = release.stage
            release = step(yard, release, clock())
            if release.stage is stage:
                break
    except ConflictError as error:
        # Somebody else moved it meanwhile: they go on with it, from what they saw.
        log.info("%s: left to somebody else: %s", release.title, error)
    except Exception as error:
        _note_failure(yard, release, error, clock())
        raise
    return release


def commit(yard: Yard, before: Release, after: Release, now: float) -> Release:
    """Write a release and publish the change, if others can see one.

    Raises:
        ConflictError: Somebody else moved it first.
    """
    if before == after:
        return before
    if (before.stage, before.attempt) != (after.stage, after.attempt):
        after = replace(after, moved=before.revision + 1)
    silent = _visible(before) == _visible(after)
    saved = yard.table.save_release(after, now, silent=silent)
    if not silent:
        log.info("%s: %s -> %s: %s", saved.title, before.stage.value, saved.stage.value, saved.reason)
    return saved if saved.published == saved.revision else publish(yard, saved)


def _visible(release: Release) -> tuple[object, ...]:
    waiting = release.waiting_for
    return (release.stage, release.attempt, release.reason, waiting and (waiting.kind, waiting.subject))


def _note_failure(yard: Yard, seen: Release, error: Exception, now: float) -> None:
    """Plan the next try, or end the release after too many, so that nothing fails silently or for ever."""
    release = yard.table.get_release(seen.id)
    if release is None or release.stage in stages.ENDED:
        return
    failures = release.failures + 1
    reason = f"{type(error).__name__}: {error}"
    try:
        if failures >= retry.MAX_FAILURES or isinstance(error, _PERMANENT):
            failed = stages.move(release, Stage.FAILED, f"try {failures}: {reason}"[:1000], now)
            commit(yard, release, failed, now)
        else:
            due = now + retry.back_off(failures)
            noted = replace(release, failures=failures, due=due, reason=f"try {failures} failed: {reason}"[:1000])
            yard.table.save_release(noted, now, silent=True)
    except ConflictError:
        log.info("%s: moved by somebody else after it failed here", release.title)
