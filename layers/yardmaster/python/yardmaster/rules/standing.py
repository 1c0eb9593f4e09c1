"""How long releases have stood still that nobody has to say a word about: what an alarm looks at."""

from collections.abc import Iterable

from yardmaster.records import Release
from yardmaster.rules.stages import ASKING, ENDED


def longest_hours(releases: Iterable[Release], now: float) -> float | None:
    """Return for how many hours the one has stood that stands the longest; None if all move, wait for people or ended.

    Each release that is open is due at least once an hour, so whoever looks at those that are due sees all in time.
    """
    found = [
        now - _since(one)
        for one in releases
        if one.stage not in ENDED and not (one.waiting_for and one.waiting_for.kind in ASKING)
    ]
    return round(max(found) / 3600, 3) if found else None


def _since(release: Release) -> float:
    """Return when something last happened to a release: a line of its history, or the wait that it is in began."""
    told = release.history[-1].at if release.history else release.created_at
    return max(told, release.waiting_for.since) if release.waiting_for else told
