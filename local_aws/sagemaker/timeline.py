"""Everything that happens later: a queue by due time, and the one notion of "now"."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(order=True)
class Timer:
    """Something that is due at a time; equal times happen in the order in which they were set."""

    due: float
    number: int
    action: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        """Let it never happen."""
        self.action = None


class Timeline:
    """A priority queue over a clock that somebody else moves."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Begin with nothing due; `clock` gives epoch seconds."""
        self._clock = clock
        self._timers: list[Timer] = []
        self._count = 0
        self._instant: float | None = None

    def now(self) -> float:
        """Return the due time of what is happening, else the clock's time.

        So a chain of phases gets its own times, even if the clock jumped over all of them.
        """
        return self._clock() if self._instant is None else self._instant

    def after(self, seconds: float, action: Callable[[], None]) -> Timer:
        """Let `action` happen `seconds` from now."""
        self._count += 1
        timer = Timer(self.now() + seconds, self._count, action)
        heapq.heappush(self._timers, timer)
        return timer

    def next_due(self) -> float | None:
        """Return when the next thing is due, or None."""
        self._forget_cancelled()
        return self._timers[0].due if self._timers else None

    def run_due(self) -> bool:
        """Do all that is due at the clock's time, in order; say whether anything was."""
        limit = self._clock()
        ran = False
        while (due := self.next_due()) is not None and due <= limit:
            action = heapq.heappop(self._timers).action
            self._instant = due
            try:
                if action is not None:
                    action()
            finally:
                self._instant = None
            ran = True
        return ran

    def _forget_cancelled(self) -> None:
        while self._timers and self._timers[0].action is None:
            heapq.heappop(self._timers)
