"""How far AWS's clock is from this machine's, by the Date of its answers: ages are told by the clock of their times."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

TOLERANCE = 5.0
"""Seconds that are no difference: Date has whole seconds, and an answer takes its time."""


class ServiceClock:
    """Listens to the answers that a client gets."""

    def __init__(self, client: Any, clock: Callable[[], float] = time.time) -> None:
        """Listen from now on; `clock` is this machine's."""
        self._clock = clock
        self.ahead = 0.0
        """Seconds that AWS is ahead of this machine; 0 before the first answer, and for small differences."""
        client.meta.events.register("after-call", self._hear)

    def _hear(self, http_response: Any, **_: Any) -> None:
        if date := http_response.headers.get("date"):
            ahead = parsedate_to_datetime(date).timestamp() - self._clock()
            self.ahead = ahead if abs(ahead) > TOLERANCE else 0.0
