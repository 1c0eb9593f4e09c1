"""What `sam local` needs of local AWS: an address that containers reach, and what tells SAM of the stack."""

import ipaddress
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from local_aws.function_spec import FunctionSpec

DESKTOP = "host.docker.internal"
"""Where containers of Docker Desktop, on macOS and Windows, find the loopback interface of this machine."""
_ADDRESSES = ("network", "inspect", "bridge", "--format", "{{json .IPAM.Config}}")


class NoEngineError(Exception):
    """No container engine answers, or it has no bridge network."""


def gateway() -> str | None:
    """Return this machine's address in Docker's bridge network; None where containers reach the loopback interface.

    Raises:
        NoEngineError: There is no such network; the message says why.
    """
    if sys.platform != "linux":
        return None
    docker = shutil.which("docker")
    if docker is None:
        raise NoEngineError("docker is not installed")
    asked = subprocess.run([docker, *_ADDRESSES], capture_output=True, text=True, timeout=20, check=False)
    if asked.returncode:
        raise NoEngineError(asked.stderr.strip())
    for found in json.loads(asked.stdout) or []:
        network = ipaddress.ip_network(found["Subnet"])
        if network.version == 4:
            # Docker names the gateway only if somebody chose one: else it is the network's first address.
            return str(found.get("Gateway") or next(network.hosts()))
    raise NoEngineError("Docker's bridge network has no IPv4 addresses")


def architecture() -> str:
    """Return this machine's processor as Lambda calls it."""
    return "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def image() -> str:
    """Return the name of the image in which SAM runs the functions here."""
    return f"public.ecr.aws/lambda/python:3.13-{architecture()}"


def _has_image() -> bool:
    docker = shutil.which("docker")
    command = [docker or "docker", "image", "inspect", image()]
    return docker is not None and subprocess.run(command, capture_output=True, timeout=20, check=False).returncode == 0


def write_files(folder: Path, endpoint: str, specs: Iterable[FunctionSpec]) -> None:
    """Write `sam.json` and `sam.toml`.

    Args:
        folder: For the files.
        endpoint: Where containers find local AWS.
        specs: The functions as they are deployed: SAM can't know the names of what a stack made.
    """
    variables = {name: value for spec in specs for name, value in spec.environment.items()}
    variables["AWS_ENDPOINT_URL"] = endpoint
    (folder / "sam.json").write_text(json.dumps({"Parameters": variables}, indent=1) + "\n")
    (folder / "sam.toml").write_text(_configuration(folder / "sam.json"))


def _configuration(variables: Path) -> str:
    """Return SAM's own configuration: the variables, and this machine's architecture, not the deployed one.

    SAM asks the registry at each start whether its image is the newest: one that is here is good enough.
    """
    file, skip = json.dumps(os.path.relpath(variables)), json.dumps(_has_image())
    return f"""version = 0.1

[default.global.parameters]
parameter_overrides = "Architecture={architecture()}"

[default.local_invoke.parameters]
env_vars = {file}
skip_pull_image = {skip}

[default.local_start_lambda.parameters]
env_vars = {file}
skip_pull_image = {skip}
"""
