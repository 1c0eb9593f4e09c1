"""What CreateTransformJob refuses, beyond what the service model says."""

import re
from typing import Any, Final

from local_aws.sagemaker.errors import validation_error
from local_aws.sagemaker.executors import registry
from local_aws.sagemaker.model import Model

MOST_MB: Final = 100
"""Of one request to a container, and of all that an instance's container gets at once."""
MOST_INSTANCES: Final = 100
FORMATS: Final = ("text/csv", "application/json", "application/jsonlines")
"""What DataProcessing can look into."""
OPERATORS: Final = "$[]*. ,:-'"
"""What a filter may have besides letters and digits."""
_QUOTED: Final = "[" + ", ".join(f"'{one}'" for one in OPERATORS) + "]"
_POSITIONS: Final = re.compile(r"\$(\[[-0-9:, *]+\])?")


def check_transform(params: dict[str, Any], model: Model) -> None:
    """Refuse a request that SageMaker documents as wrong.

    Raises:
        AwsError: Says what is wrong with it.
    """
    _check_payload(params, model)
    count = params["TransformResources"]["InstanceCount"]
    if count > MOST_INSTANCES:
        raise validation_error(f"InstanceCount is {count}: a transform job has {MOST_INSTANCES} instances at most.")
    if params["TransformInput"]["DataSource"]["S3DataSource"]["S3DataType"] == "AugmentedManifestFile":
        raise validation_error("S3DataType AugmentedManifestFile is not compatible with a transform job.")
    _check_processing(params.get("DataProcessing", {}), params["TransformInput"], params["TransformOutput"])


def _check_payload(params: dict[str, Any], model: Model) -> None:
    payload, at_once = params.get("MaxPayloadInMB"), params.get("MaxConcurrentTransforms")
    if payload is None:
        return
    if payload > MOST_MB:
        raise validation_error(f"MaxPayloadInMB is {payload}: it cannot be greater than {MOST_MB}.")
    if at_once is not None and payload * at_once > MOST_MB:
        raise validation_error(
            f"MaxConcurrentTransforms * MaxPayloadInMB is {at_once} * {payload}: it cannot exceed {MOST_MB}."
        )
    if payload == 0 and any(_is_built_in(container.image) for container in model.containers):
        raise validation_error("MaxPayloadInMB is 0: built-in algorithms take no payloads that are sent in chunks.")


def _is_built_in(image: str) -> bool:
    try:
        return registry.built_in(image) is not None
    except registry.UnavailableImageError:
        return True  # One that runs on AWS only.


def _check_processing(processing: dict[str, Any], source: dict[str, Any], output: dict[str, Any]) -> None:
    """Refuse filters and joins of what SageMaker does not look into."""
    joined = processing.get("JoinSource", "None") == "Input"
    filters = {name: processing.get(name) or "$" for name in ("InputFilter", "OutputFilter")}
    if not joined and set(filters.values()) == {"$"}:
        return
    formats = _format(source.get("ContentType")), _format(output.get("Accept"))
    if not set(formats) <= set(FORMATS) or (joined and len(set(formats)) > 1):
        raise validation_error(
            f"DataProcessing needs {'the same' if joined else 'one'} of {', '.join(FORMATS)} as ContentType and as "
            f'Accept; they are "{formats[0]}" and "{formats[1]}".'
        )
    cut = source.get("SplitType", "None"), output.get("AssembleWith", "None")
    if set(formats) == {"text/csv"} and set(cut) != {"Line"}:
        raise validation_error(
            f"DataProcessing of text/csv needs Line as SplitType and as AssembleWith; they are {cut[0]} and {cut[1]}."
        )
    if joined and len(set(cut)) > 1:
        raise validation_error(
            f"JoinSource needs SplitType and AssembleWith to be the same; they are {cut[0]} and {cut[1]}."
        )
    for (name, path), content_type in zip(filters.items(), formats, strict=True):
        _check_filter(name, path, content_type)


def _format(media_type: str | None) -> str:
    return (media_type or "").partition(";")[0].strip().lower()


def _check_filter(name: str, path: str, content_type: str) -> None:
    for character in path:
        if not (character.isascii() and character.isalnum()) and character not in OPERATORS:
            raise validation_error(
                f'Invalid {name}: "{path}". Unexpected "{character}" in JsonPath. Supported operators for '
                f'"{content_type}" are {_QUOTED}'
            )
    if not path.startswith("$"):
        raise validation_error(f'Invalid {name}: "{path}". A JsonPath begins with $.')
    if content_type == "text/csv" and not _POSITIONS.fullmatch(path):
        raise validation_error(f'Invalid {name}: "{path}". Cells of CSV are chosen by position, such as $[0] or $[1:].')
