"""Models of a multi-model container: where a request's TargetModel is, and whether it is there.

Source: docs.aws.amazon.com/sagemaker/latest/dg/invoke-multi-model-endpoint.html.
"""

from local_aws.sagemaker.access import DeniedError
from local_aws.sagemaker.executors.base import ModelDataError, ServedContainer
from local_aws.sagemaker.store import ObjectStore, split_uri


def uri(container: ServedContainer, target: str) -> str:
    """Return where a model is: its name is relative to the container's prefix."""
    return f"{(container.model_data_url or '').rstrip('/')}/{target.lstrip('/')}"


def check(store: ObjectStore, where: str) -> None:
    """Refuse a model that isn't there, or that the role may not read: SageMaker says the same of both.

    Raises:
        ModelDataError: So it is.
    """
    try:
        there = store.exists(where)
    except DeniedError:
        there = False
    if not there:
        bucket, key = split_uri(where)
        raise ModelDataError(
            f"Failed to download model data(bucket: {bucket}, key: {key}). Please ensure that there is an object "
            "located at the URL and that the role passed to CreateModel has permissions to download the model."
        )
