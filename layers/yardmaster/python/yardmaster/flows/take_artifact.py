"""Received → testing: a model trained elsewhere is checked, and copied under a name that never changes."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.aws.model import ContainerRequest
from yardmaster.errors import RefusedError, YardmasterError
from yardmaster.flows import artifact_columns, own_code, pin_containers, quotas, spec_in_force
from yardmaster.flows.artifact_columns import Taken
from yardmaster.flows.yard import Yard
from yardmaster.intake.keys import ARTIFACT_NAME
from yardmaster.records import Release, Stage
from yardmaster.rules import artifact, endpoint_rows, preflight, received, stages
from yardmaster.spec.algorithms import image_uri
from yardmaster.spec.fits import require_fit
from yardmaster.spec.of_algorithm import package_arn
from yardmaster.spec.schema import OwnAlgorithm, Spec


def take(yard: Yard, release: Release, previous: Release | None, left: Callable[[], float], now: float) -> Release:
    """Check a model that was dropped and copy it into the release's folder; return the row to write.

    SageMaker reads whatever has a name now, so it is given one that is written once: a second upload to `artifacts/`
    while this one is tested or served is another release, and no other model.

    Args:
        yard: Settings and adapters.
        release: Received, and pinned to a spec and the baseline.
        previous: The model from elsewhere before it; None if there was none.
        left: Returns the seconds until this invocation's end.
        now: The time.

    Raises:
        RefusedError: The artifact, or the spec with it, can't be used.
    """
    baseline = yard.table.get_release(release.baseline or "")
    if baseline is None:
        raise YardmasterError(f"{release.title}: its baseline {release.baseline} is not in the table")
    spec = spec_in_force.pinned(yard, release)
    if (package := package_arn(spec)) is not None:
        raise RefusedError(
            f"the spec names model package {package}, which brings its own model: name another algorithm to drop "
            "models, or register this one as a package"
        )
    taken = artifact_columns.take(yard, release, baseline, spec)
    if taken.columns is not None:
        require_fit(spec, taken.columns.problem, taken.columns.classes)
    if excess := preflight.limit_refusal(preflight.asked(spec), yard.settings.limits):
        raise RefusedError(excess)
    if excess := quotas.above_limit(yard, release, spec, baseline):
        raise RefusedError(excess)
    if wrong := preflight.network_refusal(spec, yard.settings.subnets):
        raise RefusedError(wrong)
    if changed := endpoint_rows.refusal(release, spec, baseline, yard.settings.region):
        raise RefusedError(changed)
    digest, size = _copy(yard, release, previous, taken, left)
    known = replace(release, data_digest=digest, columns_uri=taken.uri, columns_digest=taken.digest)
    if previous is not None and received.is_unchanged(release, digest, previous):
        reason = f"the same bytes and the same spec as {previous.title}: no job"
        return stages.move(known, Stage.UNCHANGED, reason, now)
    artifact_columns.keep(yard, release, taken)
    pin_containers.pin(yard, release, spec, left)
    reason = f"a model trained elsewhere, {size / 1e6:,.1f} MB, {taken.said}"
    return stages.move(known, Stage.TESTING, reason, now, due=now)


def uri(yard: Yard, release: Release) -> str:
    """Return where the copy is."""
    return yard.bucket.uri(_key(release))


def container(yard: Yard, release: Release, spec: Spec) -> ContainerRequest:
    """Return the container that a model from elsewhere is deployed in."""
    if isinstance(spec.algorithm, OwnAlgorithm):
        return own_code.elsewhere(spec, spec.algorithm, yard.bucket.uri(_key(release)), yard.settings.region)
    return ContainerRequest(
        image=image_uri(spec.algorithm, yard.settings.region),
        artifact_uri=uri(yard, release),
        environment=artifact.environment(spec.artifacts),
    )


def _copy(
    yard: Yard, release: Release, previous: Release | None, taken: Taken, left: Callable[[], float]
) -> tuple[str, int]:
    """Copy the version that was dropped in one pass; return its SHA-256 and its size in bytes.

    With a columns.json beside it, it is another model than the same archive without: that counts in the digest.

    A copy that is there already is an earlier try's, of the same version. An unchanged model gets none.
    """
    source = release.source
    upload = yard.bucket.upload(_key(release), "application/gzip")
    digest = hashlib.sha256(taken.brought)
    try:
        size = yard.bucket.head(source.key, source.version_id).size
        artifact.check_size(size)
        for number, block in enumerate(yard.bucket.stream(source.key, source.version_id)):
            if number == 0:
                artifact.check_beginning(block)
            artifact.check_time(left(), upload.bytes, size)
            digest.update(block)
            upload.write(block)
        if previous is None or not received.is_unchanged(release, digest.hexdigest(), previous):
            upload.complete()
    except MissingObjectError as error:
        raise RefusedError(f"{error}: it was deleted before it was read; drop it again") from error
    finally:
        upload.abort()
    return digest.hexdigest(), size


def _key(release: Release) -> str:
    return f"{release.folder}artifact/{ARTIFACT_NAME}"
