"""The host of the stack's functions: what they are, and how they are called (`workers.py` runs the processes)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class FunctionSpec:
    """One function as the template declares it.

    Attributes:
        name, arn: The function's name and ARN.
        handler: `module.function`, e.g. `app.handler`.
        code_dir: The folder of the code; the working directory of its processes.
        layer_dirs: Folders that go on `sys.path` after the code (a layer's `python` folder).
        environment: The template's variables, as strings.
        timeout: In real seconds. `memory`: in MB (reported, not enforced).
        role_arn: The function's role.
        retries: Attempts after the first, for asynchronous calls (MaximumRetryAttempts, 0 to 2).
        max_age: Seconds on the virtual clock after which an asynchronous event is given up (MaximumEventAge).
        on_failure_arn: Where a given-up asynchronous event goes (a queue or a function); None for nowhere.
    """

    name: str
    arn: str
    handler: str
    code_dir: Path
    layer_dirs: tuple[Path, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    timeout: int = 3
    memory: int = 128
    role_arn: str = ""
    retries: int = 2
    max_age: int = 21600
    on_failure_arn: str | None = None


class FunctionHost:
    """Holds the registered functions and calls them, each in processes of its own."""

    def register(self, spec: FunctionSpec) -> None:
        """Make a function known (or replace it: its processes are ended, the next call starts new ones)."""

    def invoke(self, name: str, event: Any) -> Any:
        """Call a function and wait for its answer."""

    def invoke_async(self, name: str, event: Any) -> str:
        """Queue an event; retries and the on-failure destination follow. Returns the request id."""
