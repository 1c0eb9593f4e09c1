"""A process of a function: one call at a time, killed at the time-out."""

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_aws.clock import Clock
from local_aws.envelopes import REGION
from local_aws.function_spec import FunctionSpec
from local_aws.iam.roles import Credentials
from local_aws.usage import Spent

BOOTSTRAP = Path(__file__).with_name("bootstrap.py")
INIT_SECONDS = 60.0
"""How long a process may take to import its handler. Lambda allows 10 s; several start at once on a laptop."""
_INHERITED = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "SYSTEMROOT")


@dataclass(frozen=True)
class Outcome:
    """How a call ended: the handler's result, or with `error` the object that Lambda reports."""

    payload: Any
    error: bool = False


class Worker:
    """One process of a function; it takes one call at a time."""

    def __init__(
        self,
        spec: FunctionSpec,
        environment: dict[str, str],
        log_file: Path,
        note: Callable[[Spent], None] = lambda spent: None,
    ) -> None:
        """Start the process; it begins to import the handler. `note` is told what its start and each call took."""
        self._spec = spec
        self._note = note
        self._ready = False
        self._answers, write = os.pipe()
        paths = [str(spec.code_dir), *(str(layer) for layer in spec.layer_dirs)]
        with log_file.open("ab") as log:
            # -P: without it Python puts the bootstrap's folder on sys.path, and our modules in the handler's way.
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(BOOTSTRAP), str(write), json.dumps(paths)],
                cwd=spec.code_dir,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(write,),
                start_new_session=True,  # Ctrl-C in the terminal is for local AWS alone
            )
        os.close(write)

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def call(self, request_id: str, event: Any) -> Outcome:
        """Run the handler once; a time-out or a crash is an outcome too, and ends the process."""
        try:
            if not self._ready:
                self._note(Spent(**json.loads(self._read_line(INIT_SECONDS))["spent"], start=True))
                self._ready = True
            self._write(
                {"request_id": request_id, "arn": self._spec.arn, "timeout": self._spec.timeout, "event": event}
            )
            answer = json.loads(self._read_line(self._spec.timeout))
        except TimeoutError:
            self.kill()
            return _timed_out(request_id, self._spec.timeout if self._ready else INIT_SECONDS)
        except (BrokenPipeError, EOFError):
            return _exited(request_id, self._process.wait())
        self._note(Spent(**answer["spent"]))
        return Outcome(answer["error"], error=True) if "error" in answer else Outcome(answer["result"])

    def kill(self) -> None:
        """End the process at once; a call that runs in it ends as a crash."""
        self._process.kill()
        self._process.wait()

    def dispose(self) -> None:
        """End the process and give its pipes back; only by who holds the worker."""
        self.kill()
        os.close(self._answers)
        if self._process.stdin is not None:
            # What was still to be written is for nobody.
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()

    def _write(self, request: dict[str, Any]) -> None:
        assert self._process.stdin is not None, "the process was started with a pipe"  # noqa: S101
        self._process.stdin.write(json.dumps(request).encode() + b"\n")
        self._process.stdin.flush()

    def _read_line(self, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        received = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            while not received.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError
                part = os.read(self._answers, 1 << 20)
                if not part:
                    raise EOFError
                received += part
        return bytes(received)


def _timed_out(request_id: str, seconds: float) -> Outcome:
    message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return Outcome({"errorType": "Sandbox.Timedout", "errorMessage": message}, error=True)


def _exited(request_id: str, status: int) -> Outcome:
    how = f"signal: {-status}" if status < 0 else f"exit status {status}"
    message = f"RequestId: {request_id} Error: Runtime exited with error: {how}"
    return Outcome({"errorType": "Runtime.ExitError", "errorMessage": message}, error=True)


def _unpacked(value: str, layer_dirs: tuple[Path, ...]) -> str:
    """Return a variable's value; a path into a layer, which Lambda unpacks under /opt/python, as it is here."""
    inside = value.removeprefix("/opt/python/")
    places = [layer / inside for layer in layer_dirs if inside != value and (layer / inside).exists()]
    return str(places[0]) if places else value


def environment(spec: FunctionSpec, clock: Clock, endpoint: str, credentials: Credentials) -> dict[str, str]:
    """Return all variables of a function's process: the template's, Lambda's, and the way to local AWS.

    Nothing of the developer's AWS configuration goes in: a mistake in the endpoint must not reach a real account.
    """
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        **{name: _unpacked(value, spec.layer_dirs) for name, value in spec.environment.items()},
        **clock.environment(),
        "TZ": ":UTC",
        "_HANDLER": spec.handler,
        "LAMBDA_TASK_ROOT": str(spec.code_dir),
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_LOG_FORMAT": spec.log_format,
        "AWS_LAMBDA_LOG_LEVEL": spec.log_level,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        **credentials.environment(),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
