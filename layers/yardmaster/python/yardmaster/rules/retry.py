"""When to look again, and when to give up."""

MINUTE = 60.0
HOUR = 3600.0
MAX_FAILURES = 8
"""A step that failed this often in a row ends its release; with the back-off that takes about two hours."""


def back_off(failures: int) -> float:
    """Return the seconds to wait after the given number of failures in a row: 1, 2, 4 … minutes, at most an hour."""
    return min(MINUTE * 2.0 ** max(failures - 1, 0), HOUR)


def next_look(started_at: float, now: float) -> float:
    """Return when to look at a running job if no event comes: the longer it runs, the later.

    Events tell when a job ends; this is the safety net under them, not polling: a job of an hour is looked at three
    times.
    """
    return now + min(max(10 * MINUTE, now - started_at), HOUR)
