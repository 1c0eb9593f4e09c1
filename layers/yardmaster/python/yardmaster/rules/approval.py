"""What a package's approval status means for its release: whose word counts, and when."""

from dataclasses import dataclass

from yardmaster.records import Release, Stage

OVERRULABLE = frozenset({Stage.REJECTED, Stage.ROLLED_BACK, Stage.INCONCLUSIVE, Stage.SUPERSEDED})
"""The endings that a later approval opens again, as a new attempt."""


@dataclass(frozen=True)
class PackageFacts:
    """A model package as the registry has it; `modified_at` is when its status was last written."""

    approval: str
    modified_at: float
    modified_by: str


@dataclass(frozen=True)
class Approved:
    """It may be deployed."""

    at: float
    by: str


@dataclass(frozen=True)
class Pending:
    """Nobody has said yes or no."""


@dataclass(frozen=True)
class Rejected:
    """Somebody said no."""

    reason: str


def opinion(package: PackageFacts | None) -> Approved | Pending | Rejected:
    """Return what the registry says about a release that is registered."""
    if package is None:
        return Rejected("its model package was deleted")
    who = f" by {package.modified_by}" if package.modified_by else ""
    match package.approval:
        case "Approved":
            return Approved(package.modified_at, package.modified_by)
        case "Rejected":
            return Rejected(f"the model package was rejected{who}")
        case _:
            return Pending()


def reopens(release: Release, package: PackageFacts | None) -> bool:
    """Tell whether a package's approval opens a release that had ended: it must be later than the ending.

    An old approval, delivered late or twice, changes nothing.
    """
    if package is None or package.approval != "Approved" or release.stage not in OVERRULABLE:
        return False
    return package.modified_at > release.updated_at
