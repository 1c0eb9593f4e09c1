"""Models that are made of a model package: one that somebody registered, or sells, or that is made of an algorithm."""

from yardmaster.aws import model_package
from yardmaster.aws.model_package import Package
from yardmaster.errors import NotReadyError, UnusableError, YardmasterError
from yardmaster.flows.yard import Yard
from yardmaster.records import Waiting, WaitKind
from yardmaster.rules.packages import InTheMaking, PackageState, Ready, Unapproved, Unusable, usable


def require(yard: Yard, reference: str, now: float, *, just_made: bool = False) -> Package:
    """Return a package of which a model can be made now.

    Args:
        yard: Settings and adapters.
        reference: Its ARN; or its name, if the account owns it.
        now: The time.
        just_made: Whether we have just made it: SageMaker may not show it yet.

    Raises:
        NotReadyError: SageMaker still looks at it, or its approval was taken back.
        UnusableError: It is gone, or failed.
    """
    package = model_package.describe(yard.sagemaker, reference)
    if package is None and just_made:
        raise NotReadyError(f"model package {reference} was just made, and is not visible yet")
    match usable(_state(package) if package else None, reference):
        case Ready() if package is not None:
            return package
        case InTheMaking(reason):
            raise NotReadyError(reason)
        case Unapproved(reason):
            raise NotReadyError(reason, Waiting(WaitKind.APPROVAL, reference, since=now))
        case Unusable(reason):
            raise UnusableError(reason)
        case other:
            raise YardmasterError(f"{reference}: {other}")


def _state(package: Package) -> PackageState:
    return PackageState(package.arn, package.status, package.failure_reason, package.approval if package.group else "")
