"""A built function as a plain process, as Lambda runs it: its variables, its layers, Lambda's own runtime client."""

import contextlib
import os
import queue
import subprocess
import time
from pathlib import Path
from typing import Any

from local_aws.function_spec import FunctionSpec
from tests.sam.runtime_api import RuntimeApi
from tools.artifacts import Artifact

PATIENCE = 120.0
"""Seconds for a cold start and a call, on a machine that has other things to do."""


def run(python: str, found: Artifact, spec: FunctionSpec, access: dict[str, str], event: Any, log: Path) -> Any:
    """Start a function's process, let it take one event, and return what it answers.

    Args:
        python: An interpreter that has what Lambda's runtime has.
        found: The built function.
        spec: The same function as the stack has it.
        access: The variables that tell where AWS is, and who calls.
        event: What it is called with.
        log: Where its output goes.
    """
    api = RuntimeApi(event, spec.arn, spec.timeout)
    with api.serving(), log.open("w") as said:
        process = subprocess.Popen(
            [python, "-m", "awslambdaric", spec.handler],
            cwd=found.code,
            env=environment(found, spec) | access | {"AWS_LAMBDA_RUNTIME_API": api.address},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            return _answer(api, process)
        except queue.Empty:
            raise AssertionError(f"no answer, status {process.poll()}:\n{log.read_text()}") from None
        finally:
            process.kill()
            process.wait()


def _answer(api: RuntimeApi, process: "subprocess.Popen[bytes]") -> Any:
    """Return what the function answers.

    Raises:
        Empty: It ended, or took too long.
    """
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(queue.Empty):
            return api.answers.get(timeout=0.2)
    return api.answers.get_nowait()


def environment(found: Artifact, spec: FunctionSpec) -> dict[str, str]:
    """Return the variables that Lambda gives to a function's process, and nothing of this machine's."""
    return {
        **{name: _found(value, found) for name, value in spec.environment.items()},
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "test",
        "AWS_LAMBDA_LOG_FORMAT": spec.log_format,
        "AWS_LAMBDA_LOG_LEVEL": spec.log_level,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(found.code),
        "_HANDLER": spec.handler,
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "PYTHONPATH": os.pathsep.join(found.paths),
    }


def _found(value: str, found: Artifact) -> str:
    """Return a variable's value; a path below /opt, where Lambda puts all layers together, as it is in one of them."""
    there = (layer / value.removeprefix("/opt/") for layer in found.layers.values() if value.startswith("/opt/"))
    return next((str(path) for path in there if path.exists()), value)
