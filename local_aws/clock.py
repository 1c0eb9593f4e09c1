"""The one clock of local AWS: real time, or a virtual time that passes faster."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

START_VARIABLE = "LOCAL_AWS_CLOCK_START"
"""Tells a function's bootstrap the instant from which virtual time passes faster (epoch seconds)."""
FACTOR_VARIABLE = "LOCAL_AWS_CLOCK_FACTOR"
"""Tells a function's bootstrap how many virtual seconds a real second has."""


class Clock:
    """Virtual time: it starts at the real time, and a virtual minute takes `minute` real seconds."""

    def __init__(self, minute: float = 60.0, real: Callable[[], float] = time.time) -> None:
        """Start the clock.

        Args:
            minute: Real seconds that a virtual minute takes; 60 is real time.
            real: The real clock.

        Raises:
            ValueError: `minute` is not above zero.
        """
        if not minute > 0:
            raise ValueError(f"a minute must take more than 0 seconds, not {minute:g}")
        self.minute = minute
        self.start = real()
        self.factor = 60.0 / minute
        self._real = real

    def now(self) -> float:
        """Return the virtual time in epoch seconds."""
        return self.start + (self._real() - self.start) * self.factor

    def real_seconds(self, virtual_seconds: float) -> float:
        """Return how long a virtual duration takes in reality."""
        return virtual_seconds / self.factor

    def environment(self) -> dict[str, str]:
        """Return the variables from which a function's bootstrap makes the same clock."""
        return {START_VARIABLE: repr(self.start), FACTOR_VARIABLE: repr(self.factor)}


def iso(at: float) -> str:
    """Return a time as EventBridge writes it: `2026-03-04T12:26:13Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def iso_milliseconds(at: float) -> str:
    """Return a time as Lambda's records write it: `2026-03-04T12:26:13.123Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
