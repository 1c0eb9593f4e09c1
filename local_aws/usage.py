"""What was used, as AWS would charge for it: calls by caller, service and operation, and the functions' seconds.

Told as JSON at `/_local/usage`. All figures only grow: who wants those of a while takes the difference of two answers.
"""

import threading
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Calls:
    """How often an operation was called, and what is charged besides the call.

    Attributes:
        units: DynamoDB's request units; `read` for reading operations, `write` for the others.
        entries: Events of PutEvents, metrics of GetMetricData.
    """

    calls: int = 0
    read_units: float = 0.0
    write_units: float = 0.0
    entries: int = 0


@dataclass
class Runs:
    """What a function's processes used; seconds are real ones of this machine.

    Attributes:
        invocations, seconds, cpu_seconds: Of its calls.
        starts, start_seconds, start_cpu_seconds: Of its processes, from Python's start until the handler is imported.
        peak_mib: The largest process.
    """

    invocations: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    starts: int = 0
    start_seconds: float = 0.0
    start_cpu_seconds: float = 0.0
    peak_mib: float = 0.0


@dataclass(frozen=True)
class Spent:
    """What one call of a function took, or with `start` the start of a process."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    start: bool = False


class Usage:
    """The account of all usage. Safe for many threads."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._calls: dict[tuple[str, str, str], Calls] = defaultdict(Calls)
        self._runs: dict[str, Runs] = defaultdict(Runs)
        self._lock = threading.Lock()

    def ran(self, function: str, spent: Spent) -> None:
        """Note a call of a function, or the start of one of its processes."""
        with self._lock:
            runs = self._runs[function]
            runs.peak_mib = max(runs.peak_mib, spent.peak_mib)
            if spent.start:
                runs.starts += 1
                runs.start_seconds += spent.seconds
                runs.start_cpu_seconds += spent.cpu_seconds
            else:
                runs.invocations += 1
                runs.seconds += spent.seconds
                runs.cpu_seconds += spent.cpu_seconds

    def called(self, caller: str, service: str, operation: str, used: Calls) -> None:
        """Note a call."""
        with self._lock:
            sums = self._calls[caller, service, operation]
            sums.calls += used.calls
            sums.read_units += used.read_units
            sums.write_units += used.write_units
            sums.entries += used.entries

    def as_json(self) -> dict[str, Any]:
        """Return `calls`, a list of rows, and `functions`, by name."""
        with self._lock:
            rows = [
                {"caller": caller, "service": service, "operation": operation, **asdict(sums)}
                for (caller, service, operation), sums in sorted(self._calls.items())
            ]
            return {"calls": rows, "functions": {name: asdict(runs) for name, runs in sorted(self._runs.items())}}
