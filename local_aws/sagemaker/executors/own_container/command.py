"""How a program is called for an image, with or without Docker.

Sources: the developer guide, "Use your own training algorithms" and "Use your own inference code with hosting
services": `docker run <image> train|serve`, /opt/ml, port 8080. Outside Docker `SAGEMAKER_BASE_DIR` says where /opt/ml
is, and `SAGEMAKER_BIND_TO_PORT` the port, as in AWS's toolkits.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BASE_DIR, PORT = "SAGEMAKER_BASE_DIR", "SAGEMAKER_BIND_TO_PORT"
CONTAINER_PORT = 8080
NOT_FOR_DOCKER = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "SM_MODEL_DIR", BASE_DIR)
"""This machine's own."""


@dataclass(frozen=True)
class Order:
    """A program to run: its words, where, and with which environment.

    `container` is its name in Docker, empty outside of it.
    """

    arguments: tuple[str, ...]
    folder: Path
    environment: dict[str, str]
    container: str = ""


def for_training(details: Mapping[str, Any], base_dir: Path, environment: Mapping[str, str]) -> Order:
    """Return what trains."""
    if image := details.get("docker"):
        return _docker(image, "train", base_dir, environment, ())
    return _plain(details, "train", base_dir, environment, {})


def for_serving(details: Mapping[str, Any], base_dir: Path, environment: Mapping[str, str], port: int) -> Order:
    """Return what serves on a port of the loopback interface."""
    if image := details.get("docker"):
        return _docker(image, "serve", base_dir, environment, ("-p", f"127.0.0.1:{port}:{CONTAINER_PORT}"))
    return _plain(details, "serve", base_dir, environment, {PORT: str(port)})


def _plain(
    details: Mapping[str, Any], task: str, base_dir: Path, environment: Mapping[str, str], more: Mapping[str, str]
) -> Order:
    # Local AWS's own modules are none of the program's business.
    kept = {name: value for name, value in environment.items() if name != "PYTHONPATH"}
    return Order(tuple(details[task]), Path(details["folder"]), {**kept, BASE_DIR: str(base_dir), **more})


def _docker(image: str, task: str, base_dir: Path, environment: Mapping[str, str], ports: tuple[str, ...]) -> Order:
    told = [part for name in sorted(environment) if name not in NOT_FOR_DOCKER for part in ("--env", name)]
    name = f"local-aws-{uuid.uuid4().hex}"
    run = ("docker", "run", "--rm", "--name", name, "--volume", f"{base_dir}:/opt/ml", *ports, *told)
    return Order((*run, image, task), base_dir, dict(environment), name)
