"""Runs a user's program inside a container's process: its output goes on, its end comes back, signals reach it."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ERROR = re.compile(r"\w*(Error|Exception)\b")
"""What the toolkit takes for the beginning of an error: the name of one."""
LINES = 200
"""How many of the last lines of standard error are looked at."""
SETTLE = 1.0
"""Seconds for what was written last; children that outlive the program keep its output open."""


@dataclass(frozen=True)
class Ended:
    """How a program ended: its exit code, as a shell has it (137 for SIGKILL), and what its errors said."""

    code: int
    error: str


def run(arguments: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Ended:
    """Run a program to its end; its output is this process's.

    A stop reaches it directly, as it is in this process's group; this process then waits for its end.

    Raises:
        OSError: It can't be started.
    """
    before = signal.signal(signal.SIGTERM, lambda _signal, _frame: None)
    try:
        process = subprocess.Popen(arguments, cwd=directory, env=environment, stderr=subprocess.PIPE)
        errors: deque[str] = deque(maxlen=LINES)
        copying = threading.Thread(target=_copy, args=[process.stderr, errors], daemon=True)
        copying.start()
        code = process.wait()
        copying.join(SETTLE)
    finally:
        signal.signal(signal.SIGTERM, before)
    return Ended(128 - code if code < 0 else code, message_of(list(errors)))


def environment_of_user(changes: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment for a user's program: without the way to local AWS's own modules."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return kept | dict(changes)


def message_of(lines: Sequence[str]) -> str:
    """Return the error that standard error ends with: from its first line that names one, each line once."""
    start = next((index for index, line in enumerate(lines) if ERROR.search(line)), len(lines))
    return "\n".join(dict.fromkeys(line.strip(" :\n") for line in lines[start:])).strip()


def _copy(source: IO[bytes] | None, errors: "deque[str]") -> None:
    for line in source or ():
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
        errors.append(line.decode(errors="replace").rstrip("\r\n"))
