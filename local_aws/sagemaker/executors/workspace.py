"""A container's /opt/ml, relocated into a directory of its own."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from local_aws.sagemaker.executors.base import ServedContainer, TrainingRequest, TransformRequest

CONTAINER = "container.json"
OPT_ML = "/opt/ml/"
TRANSFORM_INPUT = "input"
"""The name under which a transform's files are, as if it were a channel."""


class Workspace:
    """The directories that a container finds: input/config, input/data/<channel>, model, output."""

    def __init__(self, base_dir: Path) -> None:
        """Make a fresh one; whatever a process of an earlier run left there goes."""
        self.base_dir = base_dir
        shutil.rmtree(base_dir, ignore_errors=True)
        for part in ("input/config", "input/data", "model", "output/data"):
            (base_dir / part).mkdir(parents=True)

    @property
    def model_dir(self) -> Path:
        """Where training leaves its model, and serving finds it."""
        return self.base_dir / "model"

    @property
    def output_dir(self) -> Path:
        """Where a transform leaves its `.out` files."""
        return self.base_dir / "output" / "data"

    def pipe(self, channel: str) -> Path:
        """Where a channel's pipes are, but for the number of the epoch."""
        return self.base_dir / "input" / "data" / channel

    def channel_dir(self, channel: str) -> Path:
        """Where a channel's files are."""
        directory = self.base_dir / "input" / "data" / channel
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def write_training_config(self, request: TrainingRequest) -> None:
        """Write hyperparameters.json, inputdataconfig.json, resourceconfig.json, and checkpointconfig.json if asked.

        One host runs the job however many instances it asks for: the result is the same model, later.
        """
        channels = {
            channel.name: {
                # A container can't tell FastFile from File.
                "TrainingInputMode": "Pipe" if channel.input_mode == "Pipe" else "File",
                "S3DistributionType": "FullyReplicated",
                "RecordWrapperType": "None",
                **({"ContentType": channel.content_type} if channel.content_type else {}),
            }
            for channel in request.channels
        }
        self._write_json("hyperparameters", request.hyperparameters)
        self._write_json("inputdataconfig", channels)
        self._write_json("resourceconfig", _resources(request.instance_type))
        if request.checkpoint_uri is not None:
            self._write_json("checkpointconfig", {"LocalPath": str(self.checkpoint_dir(request.checkpoint_path))})

    def checkpoint_dir(self, local_path: str) -> Path:
        """Where a container finds a folder below /opt/ml that its request names."""
        return self.base_dir / local_path.removeprefix(OPT_ML).strip("/")

    def write_container(self, details: Mapping[str, Any]) -> None:
        """Write what the stand-in must know besides the job, where no container looks."""
        (self.base_dir / CONTAINER).write_text(json.dumps(details))

    def write_transform_config(self, request: TransformRequest) -> None:
        """Write the request, for the transform's agent inside the process."""
        self._write_json("transform", asdict(request))

    def failure(self) -> str:
        """Give the text of output/failure, empty if there is none."""
        try:
            return (self.base_dir / "output" / "failure").read_text(errors="replace").strip()
        except FileNotFoundError:
            return ""

    def remove(self) -> None:
        """Delete everything."""
        shutil.rmtree(self.base_dir, ignore_errors=True)

    def _write_json(self, name: str, content: object) -> None:
        (self.base_dir / "input" / "config" / f"{name}.json").write_text(json.dumps(content))


def _resources(instance_type: str) -> dict[str, Any]:
    """Return resourceconfig.json as the developer guide shows it, of one host in one group."""
    group = {"instance_group_name": "homogeneousCluster", "instance_type": instance_type, "hosts": ["algo-1"]}
    return {
        "current_host": "algo-1",
        "current_instance_type": instance_type,
        "current_group_name": "homogeneousCluster",
        "hosts": ["algo-1"],
        "instance_groups": [group],
        "network_interface_name": "eth0",
    }


def read_container(base_dir: Path) -> dict[str, Any]:
    """Read what `Workspace.write_container` wrote."""
    return dict(json.loads((base_dir / CONTAINER).read_text()))


def read_transform_config(base_dir: Path) -> TransformRequest:
    """Read the request that `Workspace.write_transform_config` wrote."""
    read = json.loads((base_dir / "input" / "config" / "transform.json").read_text())
    containers = tuple(ServedContainer(**container) for container in read["containers"])
    return TransformRequest(**{**read, "containers": containers})
