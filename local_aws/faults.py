"""Faults on demand: a function is killed (`kill -9`) right after a call of its, before it hears the answer."""

import threading
from dataclasses import asdict, dataclass
from typing import Any

from local_aws.clock import Clock
from local_aws.functions import FunctionHost


@dataclass(frozen=True)
class Kill:
    """One that happened: whose processes, after which operation, when on the clock of local AWS."""

    function: str
    operation: str
    processes: tuple[int, ...]
    at: float


class Faults:
    """Waits for the call after which somebody asked for a kill; each order counts once."""

    def __init__(self, clock: Clock, functions: FunctionHost) -> None:
        """Nothing is ordered yet."""
        self._clock = clock
        self._functions = functions
        self._lock = threading.Lock()
        self._orders: set[tuple[str, str]] = set()
        self._kills: list[Kill] = []

    def order(self, function: str, operation: str) -> None:
        """Kill this function after its next such call.

        Raises:
            KeyError: There is no such function.
        """
        self._functions.spec(function)
        with self._lock:
            self._orders.add((function, operation))

    def happened(self) -> list[dict[str, Any]]:
        """Return the kills so far, as JSON."""
        with self._lock:
            return [asdict(kill) for kill in self._kills]

    def called(self, operation: str) -> None:
        """Carry out what was ordered for an operation that has just been done, if its function runs at the moment."""
        if not self._orders:
            return
        with self._lock:
            for function, wanted in [order for order in self._orders if order[1] == operation]:
                if processes := self._functions.kill_running(function):
                    self._orders.discard((function, wanted))
                    self._kills.append(Kill(function, operation, processes, self._clock.now()))
