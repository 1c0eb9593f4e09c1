"""Live traffic: an ordinary boto3 client that asks an endpoint all the time, and counts who answered."""

import itertools
import threading
import time
from collections import Counter
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

RATE = 150.0
"""Requests a second, in all threads together."""
THREADS = 3
CHOKED = "inference.py"
"""Stands in the error of a model whose own code raised: the container tells where."""
RECENT = 2.0
"""Seconds that the display looks back."""


class Traffic:
    """Sends rows to an endpoint until it is stopped; thread-safe counts.

    What the bad model's own code chokes on is counted apart (`choked`): only Yardmaster or local AWS can make a request
    `failed`.
    """

    def __init__(self, client: Any, endpoint: str, rows: list[bytes]) -> None:
        """Begin at once."""
        self.sent = 0
        self.failed = 0
        self.choked = 0
        self.failures: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self._recent: list[tuple[float, str]] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self.rows = rows
        self._places = itertools.count()
        self._threads = [
            threading.Thread(target=self._send, args=(client, endpoint), daemon=True) for _ in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def ask_for(self, rows: list[bytes]) -> None:
        """Send these rows from now on."""
        self.rows = rows

    def recent(self) -> Counter[str]:
        """Return how many requests each variant answered in the last two seconds."""
        with self._lock:
            since = time.monotonic() - RECENT
            self._recent = [one for one in self._recent if one[0] >= since]
            return Counter(variant for _, variant in self._recent)

    def stop(self) -> None:
        """Stop and wait for the requests under way."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _send(self, client: Any, endpoint: str) -> None:
        pause = THREADS / RATE
        due = time.monotonic()
        while True:
            due = max(due + pause, time.monotonic() - 1)
            if self._stopping.wait(max(due - time.monotonic(), 0)):
                return
            try:
                rows = self.rows
                row = rows[next(self._places) % len(rows)]
                answer = client.invoke_endpoint(EndpointName=endpoint, ContentType="text/csv", Body=row)
                float(answer["Body"].read().split(b",")[0].strip(b"[] \n"))
                self._count(answer["InvokedProductionVariant"], None)
            except client.exceptions.ModelError as error:
                self._choke() if CHOKED in str(error) else self._count("", f"{type(error).__name__}: {error}")
            except (BotoCoreError, ClientError, ValueError) as error:
                self._count("", f"{type(error).__name__}: {error}")

    def _choke(self) -> None:
        with self._lock:
            self.sent += 1
            self.choked += 1

    def _count(self, variant: str, failure: str | None) -> None:
        with self._lock:
            self.sent += 1
            if failure is not None:
                self.failed += 1
                self.failures[failure] += 1
            else:
                self.answered[variant] += 1
                self._recent.append((time.monotonic(), variant))
