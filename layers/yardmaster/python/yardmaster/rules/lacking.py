"""A job that found no instances in the region: its release makes it anew, as another attempt, and waits for that."""

from dataclasses import replace
from typing import Final

from yardmaster.records import Release, Stage, Waiting, WaitKind
from yardmaster.rules import stages
from yardmaster.rules.retry import HOUR, MINUTE

SAID: Final = "no instances: "
"""How the history tells of each such job: by these lines its tries are counted."""
PAUSE: Final = 5 * MINUTE
"""Seconds until the first of the next tries; twice as long each time, at most an hour. A job that ends wakes it."""
_DOUBLINGS: Final = 10


def again(release: Release, reason: str, now: float) -> Release:
    """Return the release before its job, as another attempt that waits for instances."""
    anew, said = replace(release, attempt=release.attempt + 1), f"{SAID}{reason}"
    if release.stage is Stage.TRAINING:
        untrained = replace(anew, training_job=None, tuning_job=None, tuning={})
        noted = stages.move(untrained, Stage.PREPARED, said, now)
    else:
        noted = stages.note(replace(anew, transform_jobs={}), said, now, None)
    tries, since = _tries(noted)
    next_try = now + min(PAUSE * 2.0 ** min(tries - 1, _DOUBLINGS), HOUR)
    long = stages.is_long(since, now)
    return stages.wait(noted, next_try, Waiting(WaitKind.CAPACITY, reason[:300], since, next_try=next_try, long=long))


def _tries(release: Release) -> tuple[int, float]:
    """Return how often in a row its job found no instances, and since when."""
    tries, since = 0, release.history[-1].at
    for step in reversed(release.history):
        if step.reason.startswith(SAID):
            tries, since = tries + 1, step.at
        elif step.stage is not Stage.TRAINING:
            break
    return tries, since
