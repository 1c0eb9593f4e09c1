"""Received → testing: a model package that somebody else registered is taken as it is."""

from dataclasses import replace

from yardmaster.errors import RefusedError, YardmasterError
from yardmaster.flows import spec_in_force
from yardmaster.flows.columns_file import read_columns
from yardmaster.flows.yard import Yard
from yardmaster.records import Release, Stage
from yardmaster.rules import preflight, stages
from yardmaster.spec.fits import require_fit


def take(yard: Yard, release: Release, now: float) -> Release:
    """Check that a package can be tested and deployed by the spec; return the row to write.

    Raises:
        RefusedError: The spec does not fit the columns of the release in service, or exceeds the stack's limits.
    """
    spec = spec_in_force.pinned(yard, release)
    if excess := preflight.limit_refusal(preflight.asked(spec), yard.settings.limits):
        raise RefusedError(excess)
    arn = release.source.key
    if release.baseline is None:
        reason = f"model package {arn}; nothing is in service to compare it with"
        return stages.move(release, Stage.TESTING, reason, now, due=now)
    baseline = yard.table.get_release(release.baseline)
    if baseline is None:
        raise YardmasterError(f"{release.title}: its baseline {release.baseline} is not in the table")
    if baseline.columns_uri is not None:
        columns = read_columns(yard, baseline)
        require_fit(spec, columns.problem, columns.classes)
    known = replace(release, columns_uri=baseline.columns_uri, columns_digest=baseline.columns_digest)
    return stages.move(known, Stage.TESTING, f"model package {arn}, with the columns of {baseline.title}", now, due=now)
