"""An agenda: one thread that does small things in their time, so that no caller's request waits for them."""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable

from local_aws.clock import Clock

log = logging.getLogger(__name__)


class Agenda:
    """Runs callables at virtual times, in order of their time, on one worker thread.

    What is put on it must be quick and must not wait; an exception is logged and the next entry goes on.
    """

    def __init__(self, clock: Clock, name: str) -> None:
        """Start the worker thread."""
        self._clock = clock
        self._entries: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def soon(self, action: Callable[[], None]) -> None:
        """Do it as soon as the worker is free."""
        self._add(0.0, action)

    def after(self, virtual_seconds: float, action: Callable[[], None]) -> None:
        """Do it when this much virtual time has passed."""
        self._add(self._clock.now() + virtual_seconds, action)

    def close(self) -> None:
        """Stop; what is still on the agenda is dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join(timeout=5)

    def _add(self, at: float, action: Callable[[], None]) -> None:
        with self._changed:
            heapq.heappush(self._entries, (at, next(self._order), action))
            self._changed.notify()

    def _run(self) -> None:
        while (action := self._next()) is not None:
            try:
                action()
            except Exception:
                log.exception("an entry of the agenda failed")

    def _next(self) -> Callable[[], None] | None:
        with self._changed:
            while not self._closed:
                wait = self._entries[0][0] - self._clock.now() if self._entries else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._entries)[2]
                self._changed.wait(None if wait is None else self._clock.real_seconds(wait))
            return None
