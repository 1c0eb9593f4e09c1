"""Received → testing: a model package that somebody else registered is taken as it is."""

from collections.abc import Callable
from dataclasses import replace

from yardmaster.errors import RefusedError, YardmasterError
from yardmaster.flows import pin_containers, quotas, spec_in_force
from yardmaster.flows.columns_file import read_columns
from yardmaster.flows.yard import Yard
from yardmaster.records import Release, Stage
from yardmaster.rules import endpoint_rows, preflight, stages
from yardmaster.spec.fits import require_fit


def take(yard: Yard, release: Release, left: Callable[[], float], now: float) -> Release:
    """Check that a package can be tested and deployed by the spec; return the row to write.

    Args:
        yard: Settings and adapters.
        release: Received, and pinned to a spec and the baseline.
        left: Returns the seconds until this invocation's end.
        now: The time.

    Raises:
        RefusedError: The spec does not fit the columns of the release in service, exceeds the stack's limits, or asks
            for an endpoint that a package can't have.
    """
    spec = spec_in_force.pinned(yard, release)
    baseline = yard.table.get_release(release.baseline) if release.baseline else None
    if release.baseline and baseline is None:
        raise YardmasterError(f"{release.title}: its baseline {release.baseline} is not in the table")
    if excess := preflight.limit_refusal(preflight.asked(spec), yard.settings.limits):
        raise RefusedError(excess)
    if excess := quotas.above_limit(yard, release, spec, baseline):
        raise RefusedError(excess)
    if wrong := preflight.network_refusal(spec, yard.settings.subnets):
        raise RefusedError(wrong)
    if spec.deploy is not None and spec.deploy.multi_model:
        raise RefusedError("deploy.multi_model: a shared endpoint loads artifacts, and this is a model package")
    if spec.deploy is not None and spec.deploy.rows == "raw" and baseline is None:
        raise RefusedError("deploy.rows: raw: nothing is in service, so no columns are known to encode rows by")
    arn = release.source.key
    if baseline is None:
        pin_containers.pin(yard, release, spec, left)
        reason = f"model package {arn}; nothing is in service to compare it with"
        return stages.move(release, Stage.TESTING, reason, now, due=now)
    if changed := endpoint_rows.refusal(release, spec, baseline, yard.settings.region):
        raise RefusedError(changed)
    if baseline.columns_uri is not None:
        columns = read_columns(yard, baseline)
        require_fit(spec, columns.problem, columns.classes)
    pin_containers.pin(yard, release, spec, left)
    known = replace(release, columns_uri=baseline.columns_uri, columns_digest=baseline.columns_digest)
    return stages.move(known, Stage.TESTING, f"model package {arn}, with the columns of {baseline.title}", now, due=now)
