"""The host of the stack's functions: each runs in processes of its own, called at once or asynchronously."""

import json
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from local_aws.agenda import Agenda
from local_aws.async_calls import AsyncCall, GiveUp, Retry, after_failure
from local_aws.clock import Clock
from local_aws.function_logs import FunctionLogs
from local_aws.function_spec import FunctionSpec
from local_aws.iam.access import Access
from local_aws.iam.authorizer import AccessDeniedError
from local_aws.iam.roles import OF_ADMINISTRATOR, Credentials
from local_aws.sagemaker.telemetry import Datapoint
from local_aws.targets import DeliveryError, function_name, sending_to
from local_aws.usage import Spent, Usage
from local_aws.worker_pool import CONCURRENCY, ThrottledError, WorkerPool
from local_aws.workers import Outcome, Worker, environment

__all__ = ["FunctionHost", "FunctionSpec", "Outcome", "ThrottledError"]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Function:
    """A registered function: `calls` are the threads that wait for its asynchronous calls."""

    spec: FunctionSpec
    pool: WorkerPool
    calls: ThreadPoolExecutor

    def close(self) -> None:
        """End its processes and forget the calls that wait."""
        self.calls.shutdown(wait=False, cancel_futures=True)
        self.pool.close()


class FunctionHost:
    """Holds the registered functions and calls them."""

    def __init__(self, clock: Clock, logs: Path) -> None:
        """Take the clock and the folder for the functions' logs (`<function>.log`)."""
        self._clock = clock
        self._logs = logs
        self._endpoint = ""
        self._send: Callable[[str, Any], None] | None = None
        self._access: Access | None = None
        self._copies: FunctionLogs | None = None
        self.usage = Usage()
        self._functions: dict[str, _Function] = {}
        self._agenda = Agenda(clock, "function-retries")
        self._lock = threading.Lock()

    def connect(
        self,
        endpoint: str,
        send: Callable[[str, Any], None],
        access: Access,
        put_metric: Callable[[Datapoint], None],
    ) -> None:
        """Say where the functions find local AWS, what sends a record to an ARN, who knows roles, and takes metrics."""
        self._endpoint = endpoint
        self._send = send
        self._access = access
        self._copies = FunctionLogs(self._clock.now, access.check_function, put_metric)

    def register(self, spec: FunctionSpec) -> None:
        """Make a function known, or replace it: calls that run end as they began, those that wait get the new one.

        Raises:
            TrustError: Lambda may not assume its role.
        """
        self._credentials(spec)
        self._logs.mkdir(parents=True, exist_ok=True)
        pool = WorkerPool(lambda: self._start(spec))
        with self._lock:
            before = self._functions.get(spec.name)
            calls = before.calls if before else ThreadPoolExecutor(CONCURRENCY, thread_name_prefix=spec.name)
            self._functions[spec.name] = _Function(spec, pool, calls)
        if before:
            before.pool.retire()

    def spec(self, name: str) -> FunctionSpec:
        """Return a registered function.

        Raises:
            KeyError: There is none of this name.
        """
        return self._functions[name].spec

    def callers_of(self, arn: str) -> tuple[str, ...] | None:
        """Return the ARNs that may call a function; None for any, and for a function that isn't there."""
        function = self._functions.get(function_name(arn))
        return function.spec.callers if function else None

    def specs(self) -> list[FunctionSpec]:
        """Return all registered functions."""
        return [function.spec for function in self._functions.values()]

    def warm_up(self) -> None:
        """Start one process of each function now."""
        for function in list(self._functions.values()):
            function.pool.warm_up()

    def kill_running(self, name: str) -> tuple[int, ...]:
        """End a function's processes that are in a call, as `kill -9` does; return their ids."""
        return self._functions[name].pool.kill_running()

    def invoke(self, name: str, event: Any) -> Outcome:
        """Call a function and wait for its answer; an error of the function is an outcome.

        Raises:
            KeyError: There is no function of this name.
            ThrottledError: Too many calls of it run already.
        """
        with self._functions[name].pool.lend(wait=False) as worker:
            return worker.call(str(uuid.uuid4()), event)

    def invoke_async(self, name: str, event: Any) -> str:
        """Queue an event for a function and return the request's id; retries and the destination follow.

        Raises:
            KeyError: There is no function of this name.
        """
        spec = self._functions[name].spec
        call = AsyncCall(spec, str(uuid.uuid4()), json.loads(json.dumps(event)), self._clock.now())
        self._queue(call)
        return call.request_id

    def close(self) -> None:
        """End all processes and forget what waits."""
        self._agenda.close()
        with self._lock:
            functions, self._functions = list(self._functions.values()), {}
        for function in functions:
            function.close()

    def _start(self, spec: FunctionSpec) -> Worker:
        variables = environment(spec, self._clock, self._endpoint, self._credentials(spec))
        return Worker(spec, variables, self._log_file(spec), lambda spent: self._ran(spec, spent))

    def _credentials(self, spec: FunctionSpec) -> Credentials:
        return self._access.credentials_of(spec) if self._access else OF_ADMINISTRATOR

    def _log_file(self, spec: FunctionSpec) -> Path:
        return self._logs / f"{spec.name}.log"

    def _ran(self, spec: FunctionSpec, spent: Spent) -> None:
        self.usage.ran(spec.name, spent)
        if self._copies:
            self._copies.copy(spec, self._log_file(spec))

    def _queue(self, call: AsyncCall) -> None:
        function = self._functions.get(call.spec.name)
        if function is None:  # deleted, or local AWS stops
            return
        function.calls.submit(self._run, function, call)

    def _run(self, function: _Function, call: AsyncCall) -> None:
        try:
            with function.pool.lend(wait=True) as worker:
                outcome = worker.call(call.request_id, call.event)
        except ThrottledError:  # the pool was closed: local AWS stops, or the function was replaced
            if self._functions.get(call.spec.name, function) is not function:
                self._queue(call)
            return
        except Exception:
            log.exception("a call of %s was lost", call.spec.name)
            return
        if outcome.error and self._functions:
            self._failed(call, outcome)

    def _failed(self, call: AsyncCall, outcome: Outcome) -> None:
        error = outcome.payload
        log.warning("%s failed: %s: %s", call.spec.name, error.get("errorType"), error.get("errorMessage"))
        match after_failure(call, outcome, self._clock.now()):
            case Retry(again, seconds):
                self._agenda.after(seconds, lambda: self._queue(again))
            case GiveUp(record):
                self._give_up(call.spec, record)
            case never:
                assert_never(never)

    def _give_up(self, spec: FunctionSpec, record: dict[str, Any]) -> None:
        """Send what a function failed on to its destination, which takes the function's own rights."""
        if not spec.on_failure_arn or self._send is None:
            return
        try:
            if self._access:
                self._access.check_function(spec, sending_to(spec.on_failure_arn))
            self._send(spec.on_failure_arn, record)
        except (AccessDeniedError, DeliveryError) as error:
            log.warning("the on-failure destination of %s took nothing: %s", spec.name, error)
