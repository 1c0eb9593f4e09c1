"""When to look again, and when to give up."""

from yardmaster.records import Release

MINUTE = 60.0
HOUR = 3600.0
MAX_FAILURES = 8
"""A step that failed this often in a row ends its release; with the back-off that takes about two hours."""


VISIBLE_WITHIN = 5 * MINUTE
"""SageMaker reads what was just made eventually: something younger that can't be found is not gone."""
HOLDER_PAUSE = 2 * MINUTE
"""The longest back-off of a release that holds an endpoint: its traffic is never left half-way for long."""
_DOUBLINGS = 30
"""Longer than anybody waits; what holds an endpoint never gives up, and 2.0 ** 1024 is no number."""


def back_off(failures: int, most: float = HOUR) -> float:
    """Return the seconds to wait after the given number of failures in a row: 1, 2, 4 … minutes, at most `most`."""
    doublings = min(max(failures - 1, 0), _DOUBLINGS)
    return min(MINUTE * 2.0**doublings, most)


def may_be_invisible(release: Release, now: float) -> bool:
    """Tell whether what a release made when it entered its stage may not be visible yet."""
    return now - release.history[-1].at < VISIBLE_WITHIN


def backs_off(release: Release, now: float) -> bool:
    """Tell whether a release waits after a failure.

    The platform's own retries of a failed invocation come during that time: they would only use up the tries.
    """
    return release.failures > 0 and release.claimed_by is None and release.due is not None and release.due > now


def next_look(started_at: float, now: float) -> float:
    """Return when to look at a running job if no event comes: the longer it runs, the later.

    Events tell when a job ends; this is the safety net under them, not polling: a job of an hour is looked at three
    times.
    """
    return now + min(max(10 * MINUTE, now - started_at), HOUR)
