"""The artifacts of a spec's own containers, copied into the release's folder before anything is trained.

SageMaker reads whatever has a name now. A second upload to `containers/` would change a live endpoint when it next gets
an instance, so what a release is deployed with is written once, as a model from elsewhere is.
"""

from collections.abc import Callable

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.errors import RefusedError
from yardmaster.flows.yard import Yard
from yardmaster.records import Release
from yardmaster.rules import artifact, containers
from yardmaster.spec.schema import Spec


def pin(yard: Yard, release: Release, spec: Spec, left: Callable[[], float]) -> None:
    """Copy them. A copy that is there already is an earlier try's, and stays.

    Args:
        yard: Settings and adapters.
        release: The release.
        spec: Its spec.
        left: Returns the seconds until this invocation's end.

    Raises:
        RefusedError: One is missing, in the wrong place, or no archive.
    """
    pipeline = spec.deploy.pipeline if spec.deploy else None
    for place, container in (pipeline.placed() if pipeline else {}).items():
        if container.model_data_url is not None:
            key = containers.artifact_key(yard.bucket.name, release.model, place, container.model_data_url)
            try:
                _copy(yard, key, containers.copy_key(release, place), left)
            except (MissingObjectError, RefusedError) as error:
                raise RefusedError(f"deploy.pipeline, {place}: {error}") from error


def _copy(yard: Yard, key: str, copy: str, left: Callable[[], float]) -> None:
    """Copy the newest version in one pass."""
    source = yard.bucket.head(key)
    artifact.check_size(source.size)
    upload = yard.bucket.upload(copy, "application/gzip")
    try:
        for number, block in enumerate(yard.bucket.stream(key, source.version_id)):
            if number == 0:
                artifact.check_beginning(block)
            artifact.check_time(left(), upload.bytes, source.size)
            upload.write(block)
        upload.complete()
    finally:
        upload.abort()
