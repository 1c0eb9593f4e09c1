"""Whether a model can be made of a model package now, later, or never."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PackageState:
    """A model package as the registry has it; `approval` is empty for one that is no version of a group."""

    arn: str
    status: str
    failure_reason: str
    approval: str


@dataclass(frozen=True)
class Ready:
    """SageMaker takes it."""


@dataclass(frozen=True)
class InTheMaking:
    """SageMaker still looks at it."""

    reason: str


@dataclass(frozen=True)
class Unapproved:
    """Whoever approved it took that back."""

    reason: str


@dataclass(frozen=True)
class Unusable:
    """It can't be used, ever."""

    reason: str


def usable(package: PackageState | None, arn: str) -> Ready | InTheMaking | Unapproved | Unusable:
    """Decide what the state of a package means for the model that is to be made of it; None if there is none."""
    if package is None:
        return Unusable(f"model package {arn} is not there: it was deleted, or never was in this region")
    match package.status:
        case "Completed":
            pass
        case "Failed":
            return Unusable(f"model package {arn} failed: {package.failure_reason or 'no reason given'}")
        case "Deleting":
            return Unusable(f"model package {arn} is being deleted")
        case _:
            return InTheMaking(f"model package {arn} is {package.status}")
    if package.approval not in {"", "Approved"}:
        return Unapproved(f"model package {arn} is {package.approval}: approve it again, and it is tested")
    return Ready()
