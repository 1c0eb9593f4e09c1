"""What a package's approval status means for its release: whose word counts, and when."""

from dataclasses import dataclass

from yardmaster.records import Release, Stage

OVERRULABLE = frozenset({Stage.REJECTED, Stage.ROLLED_BACK, Stage.INCONCLUSIVE, Stage.SUPERSEDED})
"""The endings that a later approval opens again, as a new attempt."""


@dataclass(frozen=True)
class PackageFacts:
    """A model package as the registry has it.

    Attributes:
        modified_at: When its status was last written.
        modified_by: Who did, as SageMaker knows them.
        said: What they said; a command's words have its sender's name.
    """

    approval: str
    modified_at: float
    modified_by: str
    said: str = ""

    @property
    def word(self) -> str:
        """Who spoke and why, as far as it is known: `approve by alice: it is fine`, or ` by alice`."""
        return f": {self.said}" if self.said else f" by {self.modified_by}" if self.modified_by else ""


@dataclass(frozen=True)
class Approved:
    """It may be deployed; `by` is who said so, and why, as far as it is known."""

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
    match package.approval:
        case "Approved":
            return Approved(package.modified_at, package.word)
        case "Rejected":
            return Rejected(f"the model package was rejected{package.word}")
        case _:
            return Pending()


def reopens(release: Release, package: PackageFacts | None) -> bool:
    """Tell whether a package's approval opens a release that had ended: it must be later than the ending.

    An old approval, delivered late or twice, changes nothing.
    """
    if package is None or package.approval != "Approved" or release.stage not in OVERRULABLE:
        return False
    return package.modified_at > release.updated_at
