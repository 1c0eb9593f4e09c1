"""The user's own containers around a model: where their artifacts may be, and what they are told."""

from yardmaster.errors import RefusedError
from yardmaster.records import Release
from yardmaster.spec.deploy import ContainerSpec

FOLDER = "containers"
"""Below a model's folder: artifacts of containers that go before or after it."""
ACCEPT = "SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT"
"""What AWS's containers answer with if nobody says what they are to: only the last one hears what the caller accepts.
https://docs.aws.amazon.com/sagemaker/latest/dg/inference-pipeline-real-time.html"""
CSV_BETWEEN = {ACCEPT: "text/csv"}
MODEL = "model"
"""What the model's own container is called in a pipeline."""


def artifact_key(bucket: str, model: str, place: str, url: str) -> str:
    """Return the key of a container's archive.

    Args:
        bucket: The stack's.
        model: Whose spec it is: `containers/scale.tar.gz` is in its folder.
        place: Such as `before-1`.
        url: Where the spec says that it is.

    Raises:
        RefusedError: It is in another bucket, from which nothing is read for the stack.
    """
    if url.startswith(f"{FOLDER}/"):
        return f"{model}/{url}"
    key = url.removeprefix(f"s3://{bucket}/")
    if key == url:
        raise RefusedError(
            f"deploy.pipeline, {place}: {url} is not in the stack's bucket: put it below s3://{bucket}/{model}/{FOLDER}/"
        )
    return key


def copy_key(release: Release, place: str) -> str:
    """Return where an attempt has its copy of a container's artifact: written once, so that it never changes."""
    return f"{release.attempt_folder}{FOLDER}/{place}/model.tar.gz"


def environment(container: ContainerSpec, *, is_last: bool) -> dict[str, str]:
    """Return the environment variables of a container in a pipeline."""
    return dict(container.environment) if is_last else CSV_BETWEEN | container.environment
