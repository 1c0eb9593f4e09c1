"""Things that some tests need and some machines lack."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

from local_aws.containers import NoEngineError, gateway

ROOT = Path(__file__).parents[1]


def need(command: str) -> str:
    """Return the path of a command, from the project's own environments (`.venv-sam`, `.venv-lint`) or from `PATH`.

    Where it is missing the test is skipped, saying so; with `REQUIRE_ALL=1` it fails.
    """
    ours = os.pathsep.join(str(path) for path in sorted(ROOT.glob(".venv-*/bin")))
    found = shutil.which(command, path=ours) or shutil.which(command)
    return found or lack(f"{command} is not installed")


def need_build() -> str:
    """Return the path of the SAM CLI, on a machine that has what `sam build` needs: the functions' own Python.

    Skipped or failed as by `need`.
    """
    sam = need("sam")
    # The build's own makefile knows where it looks, and stops in words.
    ask = [need("make"), "--dry-run", "--makefile", "layers/layer.mk", "build-any"]
    asked = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, check=False)
    if asked.returncode:
        lack(asked.stderr.strip().rpartition("*** ")[2].removesuffix(".  Stop."))
    return sam


def need_engine() -> str | None:
    """Return this machine's address in the containers' network; None where they reach the loopback interface.

    Skipped or failed as by `need`, where no container engine answers.
    """
    docker = need("docker")
    asked = subprocess.run([docker, "version"], capture_output=True, text=True, timeout=60, check=False)
    if asked.returncode:
        said = asked.stderr.strip().splitlines() or [f"docker version: status {asked.returncode}"]
        lack(f"no container engine answers ({said[-1]})")
    try:
        return gateway()
    except NoEngineError as error:
        return lack(str(error))


def need_lambda_runtime() -> str:
    """Return a Python of the functions' version that has what Lambda's runtime has: awslambdaric and boto3.

    Skipped or failed as by `need`.
    """
    python = ROOT / ".venv-lambda" / "bin" / "python"
    if not python.exists():
        lack("there is no .venv-lambda (make .venv-lambda/.ready needs python3.13)")
    if subprocess.run([python, "-c", "import awslambdaric"], capture_output=True, check=False).returncode:
        lack("Lambda's runtime client (awslambdaric) has no wheel for this system")
    return str(python)


def lack(why: str) -> NoReturn:
    """Skip the test, saying why; with `REQUIRE_ALL=1`, fail it."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{why}, and REQUIRE_ALL=1 forbids to skip", pytrace=False)
    pytest.skip(f"SKIPPED: {why}")
