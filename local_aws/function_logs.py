"""What functions log, in CloudWatch Logs too: `aws logs tail` shows what is in the file."""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from moto.logs.models import LogsBackend, logs_backends

from local_aws.embedded_metrics import datapoints
from local_aws.envelopes import ACCOUNT, REGION
from local_aws.function_spec import FunctionSpec
from local_aws.iam.authorizer import AccessDeniedError
from local_aws.iam.calls import Call
from local_aws.sagemaker.telemetry import Datapoint

STREAM = "local"
"""All processes of a function write into one file, and so into one stream."""
_LINE = 256 * 1024
"""CloudWatch Logs takes no longer event."""


class FunctionLogs:
    """Copies the lines of log files, with the rights of each function's role."""

    def __init__(
        self,
        now: Callable[[], float],
        check: Callable[[FunctionSpec, Call], None],
        put_metric: Callable[[Datapoint], None],
    ) -> None:
        """Take the clock, what raises AccessDeniedError for what a function may not do, and what takes metrics."""
        self._now = now
        self._check = check
        self._put_metric = put_metric
        self._read: defaultdict[Path, int] = defaultdict(int)
        self._lock = threading.Lock()

    def copy(self, spec: FunctionSpec, file: Path) -> None:
        """Copy the lines that are new; as in AWS, a function that may not log runs without."""
        with self._lock:
            lines = list(self._new_lines(file))
            if not lines:
                return
            backend, group = logs_backends[ACCOUNT][REGION], f"/aws/lambda/{spec.name}"
            at = int(self._now() * 1000)
            try:
                self._prepare(spec, backend, group)
            except AccessDeniedError:
                return
            backend.put_log_events(group, STREAM, [{"timestamp": at, "message": line} for line in lines])
            for line in lines:
                for point in datapoints(line):
                    self._put_metric(point)

    def _prepare(self, spec: FunctionSpec, backend: LogsBackend, group: str) -> None:
        where = {"logGroupName": group, "logStreamName": STREAM}
        if group not in backend.groups:
            self._check(spec, Call("logs", "CreateLogGroup", where))
            backend.create_log_group(group, {})
        if STREAM not in backend.groups[group].streams:
            self._check(spec, Call("logs", "CreateLogStream", where))
            backend.create_log_stream(group, STREAM)
        self._check(spec, Call("logs", "PutLogEvents", where))

    def _new_lines(self, file: Path) -> Iterator[str]:
        """Yield whole lines; what has no end yet is for the next time."""
        with file.open("rb") as log:
            log.seek(self._read[file])
            for line in log:
                if not line.endswith(b"\n"):
                    return
                self._read[file] += len(line)
                if text := line[:_LINE].decode("utf-8", "replace").rstrip():
                    yield text
