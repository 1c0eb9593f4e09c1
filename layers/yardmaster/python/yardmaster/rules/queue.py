"""One writer per endpoint: whose turn it is. The latest approved goes first, the others are superseded."""

from collections.abc import Sequence
from dataclasses import dataclass

from yardmaster.records import Release, Stage

HOLDING = frozenset({Stage.DEPLOYING, Stage.CANARY, Stage.PROMOTING, Stage.ROLLING_BACK})
"""The stages in which a release holds its endpoint."""


@dataclass(frozen=True)
class Go:
    """It is this release's turn."""

    reason: str


@dataclass(frozen=True)
class WaitForEndpoint:
    """Another release holds the endpoint; `position` counts from 1."""

    holder: str
    position: int
    reason: str


@dataclass(frozen=True)
class Superseded:
    """A later approved release goes first, and this one never."""

    reason: str


@dataclass(frozen=True)
class CompareAgain:
    """Another model is in service than the one that the gate compared with."""

    baseline: str | None
    reason: str


Turn = Go | WaitForEndpoint | Superseded | CompareAgain


def whose_turn(release: Release, holder: Release | None, waiting: Sequence[Release], in_service: str | None) -> Turn:
    """Decide what an approved release does now.

    Args:
        release: The release, approved.
        holder: The release that the endpoint's row names, as it is now; None if nobody holds it.
        waiting: All approved releases in `registered` for the same endpoint, this one included or not, and the one in
            service.
        in_service: The id of the release in service.
    """
    later = [other for other in waiting if other.id != release.id and _order(other) > _order(release)]
    if later:
        newest = max(later, key=_order)
        return Superseded(f"{newest.title} was approved later and goes first")
    if holder is not None and holder.id != release.id and holder.stage in HOLDING:
        return WaitForEndpoint(holder.id, 1, f"{holder.title} holds the endpoint ({holder.stage.value})")
    if release.baseline != in_service:
        return CompareAgain(in_service, "another model is in service now than the one that the gate compared with")
    return Go("approved, and the endpoint is free")


def _order(release: Release) -> tuple[float, int]:
    return (release.approved_at or 0.0, release.number)
