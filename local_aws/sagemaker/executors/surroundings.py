"""What the parts of `ProcessExecutors` share."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local_aws.sagemaker.executors.launcher import Launcher
from local_aws.sagemaker.store import ObjectStore

Log = Callable[[str, str, str], None]  # log group, log stream, message


@dataclass(frozen=True)
class Surroundings:
    """Where things are read, written, started and logged; the clock gives epoch seconds."""

    store: ObjectStore
    work_dir: Path
    log: Log
    clock: Callable[[], float]
    launcher: Callable[[], Launcher]
    stop_grace_seconds: float
    startup_seconds: float
