"""What an endpoint keeps when it gets a new configuration: what it has, whoever made that, where the spec is silent."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from yardmaster.spec.instances import has_local_storage
from yardmaster.spec.schema import CaptureSpec

SIZE = "VolumeSizeInGB"
_FIT_ANY_TYPE = frozenset(
    {SIZE, "ModelDataDownloadTimeoutInSeconds", "ContainerStartupHealthCheckTimeoutInSeconds", "RoutingConfig"}
)
"""A variant's settings that mean the same on another instance type; the others stay with their type."""

Wanted = CaptureSpec | Literal["keep", "none"]
"""What a spec says of data capture."""


@dataclass(frozen=True)
class Present:
    """What an endpoint's present configuration has, as the API writes it.

    Attributes:
        key: The KMS key of its volumes.
        capture: Its DataCaptureConfig.
        settings: What else it says of the variant that serves: sizes, time limits.
        instance_type: That variant's.
    """

    key: str | None = None
    capture: Mapping[str, Any] | None = None
    settings: Mapping[str, Any] | None = None
    instance_type: str = ""


NOTHING = Present()


def capture_config(wanted: Wanted, present: Present, destination: str, key: str | None) -> dict[str, Any] | None:
    """Return the DataCaptureConfig of a new configuration; None for no data capture.

    Args:
        wanted: What the spec says; `keep` is what it says by itself: what somebody else set up stays.
        present: What the endpoint has.
        destination: Where the captures of this model go, which tells ours from somebody else's.
        key: The stack's KMS key.
    """
    match wanted:
        case CaptureSpec(percent=percent):
            return _ours(percent, destination, key)
        case "none":
            return None
        case "keep":
            # The spec of an earlier release asked for it, and this one asks no more.
            if present.capture is None or _is_at(present.capture, destination):
                return None
            return dict(present.capture)


def _ours(percent: int, destination: str, key: str | None) -> dict[str, Any]:
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": percent,
        "DestinationS3Uri": destination,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        # What is not listed is captured too, in base64.
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": ["application/json", "application/jsonlines"],
        },
        **({"KmsKeyId": key} if key else {}),
    }


def _is_at(capture: Mapping[str, Any], destination: str) -> bool:
    return bool(capture["DestinationS3Uri"].rstrip("/") == destination.rstrip("/"))


def volume_key(present: Present, of_stack: str | None, *instance_types: str) -> str | None:
    """Return the KMS key of the volumes: the endpoint's own, else the stack's.

    None where one of the types brings its own disk: SageMaker refuses the whole request then.
    """
    if any(has_local_storage(one) for one in instance_types):
        return None
    return present.key or of_stack


def settings_of_new(present: Present, instance_type: str) -> dict[str, Any]:
    """Return the settings of a variant that comes after, or beside, the one that serves.

    The settings of the variant that serves, as far as the new one's instance type can have them; one without instances
    (an empty type) has nothing of one with instances.
    """
    settings = dict(present.settings or {})
    if instance_type != present.instance_type:
        fitting = _FIT_ANY_TYPE if instance_type else frozenset()
        settings = {name: value for name, value in settings.items() if name in fitting}
    if has_local_storage(instance_type):
        settings.pop(SIZE, None)
    return settings


def told(present: Present, capture: Mapping[str, Any] | None, key: str | None) -> str:
    """Return in words what is kept of a configuration that somebody else made, and what can't be."""
    settings = [f"{name} {value}" for name, value in (present.settings or {}).items()]
    found = [
        *([f"data capture to {capture['DestinationS3Uri']}"] if capture and capture == present.capture else []),
        *([f"KMS key {key}"] if key and key == present.key else []),
        *settings,
    ]
    kept = f"; it keeps {', '.join(found)}" if found else ""
    lost = present.key is not None and key is None
    return kept + ("; no KMS key: one of the instance types has its own disk" if lost else "")
