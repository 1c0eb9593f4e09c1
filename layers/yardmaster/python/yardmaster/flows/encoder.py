"""The container that encodes raw rows before they reach the model (`deploy.rows: raw`), and its artifact."""

import hashlib
import json

from yardmaster.aws.model import ContainerRequest
from yardmaster.encoder.archive import PROGRAM, archive
from yardmaster.encoder.inference import DELIMITER, WHOLE_ROWS
from yardmaster.errors import YardmasterError
from yardmaster.flows.columns_file import read_frozen
from yardmaster.flows.yard import Yard
from yardmaster.records import Release
from yardmaster.spec.encoder_image import encoder_image
from yardmaster.spec.of_algorithm import profile_of
from yardmaster.spec.schema import Spec

NAME = "encoder"
"""What errors and logs call the container."""


def encoder(yard: Yard, release: Release, spec: Spec) -> ContainerRequest:
    """Return the container, whose artifact is in the bucket then.

    Args:
        yard: Settings and adapters.
        release: The release, prepared.
        spec: Its spec.

    Raises:
        RefusedError: SageMaker has no image for it in this region.
        YardmasterError: The release has no columns.
    """
    if release.columns_uri is None:
        raise YardmasterError(f"{release.title} has no columns: it is not prepared")
    columns, _ = yard.bucket.read(yard.bucket.key_of(release.columns_uri))
    artifact = archive(_with_layout(yard, release, columns))
    # Named by its content: a newer Yardmaster's code makes another one, and no model's artifact ever changes.
    key = f"{release.folder}encoder/{hashlib.sha256(artifact).hexdigest()[:16]}/model.tar.gz"
    yard.bucket.write_once(key, artifact, "application/gzip")
    return ContainerRequest(encoder_image(yard.settings.region), yard.bucket.uri(key), _environment(spec), NAME)


def _with_layout(yard: Yard, release: Release, columns: bytes) -> bytes:
    """Return columns.json; of a model from elsewhere with columns of its own, with those that callers' rows have."""
    if not release.source.is_model:
        return columns
    frozen = read_frozen(yard, release)
    if frozen.digest == release.columns_digest:
        return columns
    return json.dumps({**json.loads(columns), "layout": list(frozen.names), "header": frozen.header}).encode()


def _environment(spec: Spec) -> dict[str, str]:
    told = {"SAGEMAKER_PROGRAM": PROGRAM, "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}
    if spec.data.delimiter != "auto":
        told[DELIMITER] = spec.data.delimiter
    if not profile_of(spec.algorithm).takes_missing:
        told[WHOLE_ROWS] = "true"
    return told
