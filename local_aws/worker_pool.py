"""The processes of one function: started when a call needs one, kept warm, bounded."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from local_aws.workers import Worker

CONCURRENCY = 10
"""How many calls of one function run at once."""
WARM = 2
"""How many idle processes of a function are kept."""


class ThrottledError(Exception):
    """As many calls of the function as are allowed run already."""


class WorkerPool:
    """Lends workers; each to one caller at a time."""

    def __init__(self, start: Callable[[], Worker], concurrency: int = CONCURRENCY) -> None:
        """Take what starts a worker. Nothing is started yet."""
        self._start = start
        self._concurrency = concurrency
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._changed = threading.Condition()
        self._closed = False

    @contextmanager
    def lend(self, *, wait: bool) -> Iterator[Worker]:
        """Lend a warm worker, or a new one.

        Raises:
            ThrottledError: All are busy and the caller doesn't want to wait, or the pool was closed.
        """
        worker = self._take(wait=wait)
        try:
            yield worker
        finally:
            self._give_back(worker)

    def warm_up(self) -> None:
        """Start one process now, so that the first call needn't wait for the imports."""
        with self._changed:
            if not self._closed and not self._idle and not self._busy:
                self._idle.append(self._start())

    def retire(self) -> None:
        """Lend no more, and end each process when its call is over: another version of the function takes over."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            self._changed.notify_all()
        for worker in idle:
            worker.dispose()

    def kill_running(self) -> tuple[int, ...]:
        """End the processes that are in a call, which ends as a crash; return their ids."""
        with self._changed:
            busy = [worker for worker in self._busy if worker.alive]
        for worker in busy:
            worker.kill()
        return tuple(worker.pid for worker in busy)

    def close(self) -> None:
        """End all processes; calls that run end as crashes."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            for worker in self._busy:
                worker.kill()
            self._changed.notify_all()
        for worker in idle:
            worker.dispose()

    def _take(self, *, wait: bool) -> Worker:
        with self._changed:
            while len(self._busy) >= self._concurrency and wait and not self._closed:
                self._changed.wait()
            if self._closed or len(self._busy) >= self._concurrency:
                raise ThrottledError
            worker = self._warm() or self._start()
            self._busy.add(worker)
            return worker

    def _warm(self) -> Worker | None:
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            worker.dispose()
        return None

    def _give_back(self, worker: Worker) -> None:
        with self._changed:
            self._busy.discard(worker)
            keep = worker.alive and not self._closed and len(self._idle) < WARM
            if keep:
                self._idle.append(worker)
            self._changed.notify()
        if not keep:
            worker.dispose()
