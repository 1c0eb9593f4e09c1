"""The gate's word goes into the model package that a person registered: there is no second one."""

from yardmaster.aws import model_package
from yardmaster.flows.yard import Yard
from yardmaster.records import Release, Stage
from yardmaster.rules.registering import DELETED, OVERRULED, Registration


def decide(yard: Yard, release: Release, plan: Registration, why: str, metadata: dict[str, str]) -> Registration:
    """Reject the package, ask once more, or leave the person's approval as it is; return what becomes of the release.

    Args:
        yard: Settings and adapters.
        release: The release, whose source is the package.
        plan: What the gate says.
        why: Its reason, for the registry.
        metadata: What the package is told; that it has it already means that an earlier try came this far.
    """
    arn = release.source.key
    package = model_package.describe(yard.sagemaker, arn)
    if package is None:
        return DELETED
    if metadata.items() <= package.metadata.items():
        # A crash came between the registry and the row, and a person may have been faster than the next try.
        return OVERRULED if plan.stage is Stage.REJECTED and package.approval == "Approved" else plan
    if plan.approval == "Approved":
        model_package.note(yard.sagemaker, arn, metadata)
    else:
        model_package.set_approval(yard.sagemaker, arn, plan.approval, why, metadata)
    return plan
