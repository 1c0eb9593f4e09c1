"""Data capture: requests and answers of endpoints, sampled, written to S3 as JSON Lines a little later.

What the lines and the keys look like:
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

import base64
import json
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local_aws.sagemaker.access import DeniedError, ExecutionRole
from local_aws.sagemaker.executors.base import Answer, Invocation
from local_aws.sagemaker.storage import bucket_of
from local_aws.sagemaker.world import World

PutCapture = Callable[[str, bytes], None]
"""Takes a file of captured lines: its S3 URI and its bytes. It is called from `advance`, and must not wait for S3."""
_ENCODINGS = {"CsvContentTypes": "CSV", "JsonContentTypes": "JSON"}


def summary(config: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what DescribeEndpoint tells of a DataCaptureConfig."""
    if config is None:
        return None
    on = is_on(config)
    return {
        "EnableCapture": on,
        "CaptureStatus": "Started" if on else "Stopped",
        "CurrentSamplingPercentage": config["InitialSamplingPercentage"],
        "DestinationS3Uri": config["DestinationS3Uri"],
        "KmsKeyId": config.get("KmsKeyId", ""),
    }


def is_on(config: Mapping[str, Any]) -> bool:
    """Say whether a configuration captures anything; it does unless it says otherwise."""
    return bool(config.get("EnableCapture", True))


def check_capture(config: Mapping[str, Any] | None) -> None:
    """Refuse a destination that is not in S3; all else is in botocore's model.

    Raises:
        AwsError: It is none.
    """
    if config is not None:
        bucket_of(config["DestinationS3Uri"])


@dataclass(frozen=True)
class Target:
    """Whose requests are captured, as what role, and how; decided when the request is routed."""

    endpoint: str
    variant: str
    role: ExecutionRole
    config: Mapping[str, Any]


class Captures:
    """Keeps captured lines until it is time to write them: no request waits for S3."""

    def __init__(self, world: World, put: PutCapture) -> None:
        """Begin with none; the sample is the same in each run of the same requests."""
        self._world = world
        self._put = put
        self._draw = random.Random(0)  # noqa: S311 - a sample, and ids; nothing secret
        self._waiting: dict[str, list[str]] = {}

    def take(self, target: Target, invocation: Invocation, answer: Answer) -> None:
        """Capture a request and its answer, if it is in the sample; failed ones are not captured."""
        config = target.config
        share = config["InitialSamplingPercentage"] / 100
        if answer.status // 100 != 2 or not is_on(config) or self._draw.random() >= share:
            return
        now = datetime.fromtimestamp(self._world.timeline.now(), UTC)
        destination = config["DestinationS3Uri"].rstrip("/")
        folder = f"{destination}/{target.endpoint}/{target.variant}/{now:%Y/%m/%d/%H}"
        if folder not in self._waiting:
            self._waiting[folder] = []
            name = f"{now:%M-%S}-{now.microsecond // 1000:03d}-{self._uuid()}.jsonl"
            seconds = self._world.settings.capture_seconds
            self._world.timeline.after(seconds, lambda: self._write(target, folder, name))
        self._waiting[folder].append(json.dumps(self._line(config, invocation, answer, now)))

    def _line(self, config: Mapping[str, Any], invocation: Invocation, answer: Answer, now: datetime) -> dict[str, Any]:
        modes = {option["CaptureMode"] for option in config["CaptureOptions"]}
        captured = {}
        if modes & {"Input", "InputAndOutput"}:
            captured["endpointInput"] = _payload(config, "INPUT", invocation.body, invocation.content_type)
        if modes & {"Output", "InputAndOutput"}:
            captured["endpointOutput"] = _payload(config, "OUTPUT", answer.body, answer.content_type)
        return {
            "captureData": captured,
            "eventMetadata": {"eventId": self._uuid(), "inferenceTime": f"{now:%Y-%m-%dT%H:%M:%SZ}"},
            "eventVersion": "0",
        }

    def _write(self, target: Target, folder: str, name: str) -> None:
        lines, uri = self._waiting.pop(folder), f"{folder}/{name}"
        try:
            self._world.access.write(target.role, uri, target.config.get("KmsKeyId"))
        except DeniedError as denied:
            # On AWS nothing is captured then, and the endpoint serves on.
            self._world.log(f"Endpoints/{target.endpoint}", f"{target.variant}/data-log", str(denied))
            return
        self._put(uri, "".join(f"{line}\n" for line in lines).encode())

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._draw.getrandbits(128), version=4))


def _payload(config: Mapping[str, Any], mode: str, body: bytes, content_type: str) -> dict[str, Any]:
    encoding = _encoding(config, content_type)
    try:
        data = body.decode() if encoding != "BASE64" else base64.b64encode(body).decode()
    except UnicodeDecodeError:
        encoding, data = "BASE64", base64.b64encode(body).decode()
    return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}


def _encoding(config: Mapping[str, Any], content_type: str) -> str:
    """Return how a body is written: as text if the configuration lists its type; parameters don't count."""
    media_type = content_type.partition(";")[0].strip().lower()
    listed = config.get("CaptureContentTypeHeader", {})
    return next(
        (
            encoding
            for member, encoding in _ENCODINGS.items()
            if media_type in {one.lower() for one in listed.get(member, ())}
        ),
        "BASE64",
    )
