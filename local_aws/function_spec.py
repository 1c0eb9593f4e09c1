"""A function as the template declares it."""

from dataclasses import dataclass, field
from pathlib import Path


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
        log_format: `JSON` or `Text`, of what the handler logs. `log_level`: the least severity; empty for Python's own.
        callers: The ARNs of the rules that its permissions (AWS::Lambda::Permission) let call it; None for any.
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
    log_format: str = "Text"
    log_level: str = ""
    callers: tuple[str, ...] | None = None
