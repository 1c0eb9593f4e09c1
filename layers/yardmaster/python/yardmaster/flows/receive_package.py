"""A model package that somebody else registered in a model's group, and approved, becomes a release: one row, once."""

import logging

from yardmaster.aws.model_package import Package
from yardmaster.flows.publish import wake
from yardmaster.flows.receive_drop import create
from yardmaster.flows.yard import Yard
from yardmaster.records import DropKind, Release, Source, WaitKind
from yardmaster.rules.names import model_of_group

log = logging.getLogger(__name__)


def receive(yard: Yard, package: Package, now: float) -> str:
    """Make the release of an approved package that no release of ours made, unless there is one; say what became of it.

    Approvals are told twice, late, or only by the tick's Search: whoever comes first makes it.

    Args:
        yard: Settings and adapters.
        package: The package as the registry has it.
        now: The time.
    """
    model = model_of_group(yard.settings.prefix, package.group)
    if model is None or yard.table.get_model(model) is None:
        log.warning("%s: no model of this stack has the group %s; upload its spec.yaml", package.arn, package.group)
        return f"{package.arn} is in the group of no model"
    release, is_new = create(yard, model, _source(yard, package), now, _reason(package))
    # One that waits for this very approval goes on now; any other is on its way, or has ended.
    if is_new or _waits_for_approval(release):
        wake(yard, [release])
    return release.reason


def _source(yard: Yard, package: Package) -> Source:
    version = package.arn.rpartition("/")[2]
    return Source(yard.bucket.name, package.arn, "", f"package-{version}", DropKind.PACKAGE)


def _reason(package: Package) -> str:
    by = f" by {package.modified_by}" if package.modified_by else ""
    said = f": {package.said}" if package.said else ""
    return f"model package {package.arn}, registered by somebody else, was approved{by}{said}"


def _waits_for_approval(release: Release) -> bool:
    return release.waiting_for is not None and release.waiting_for.kind is WaitKind.APPROVAL
