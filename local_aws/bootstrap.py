"""What runs inside a function's process: a stand-in for Lambda's runtime. Started by `workers.py`, imported by nobody.

It speaks JSON lines: requests on stdin, answers on the file descriptor in argv[1]. The handler's own stdout and stderr
are the function's log. Only the standard library, so that a function meets nothing that Lambda doesn't have.
"""

import importlib
import io
import json
import logging
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

Handler = Callable[[Any, "Context"], Any]

BEGAN = time.perf_counter()
"""When the process started to import, as far as it can tell."""


class Context:
    """The context object that Lambda's Python runtime gives to handlers."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, request: dict[str, Any]) -> None:
        self.aws_request_id: str = request["request_id"]
        self.invoked_function_arn: str = request["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"])
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline = time.monotonic() + request["timeout"]

    def get_remaining_time_in_millis(self) -> int:
        """Return the real milliseconds before the time-out."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def speed_up_clock() -> None:
    """Make `time.time` and `time.time_ns` the virtual clock of local AWS: handlers know nothing of it."""
    start = float(os.environ.pop("LOCAL_AWS_CLOCK_START"))
    factor = float(os.environ.pop("LOCAL_AWS_CLOCK_FACTOR"))
    real = time.time
    time.time = lambda: start + (real() - start) * factor
    time.time_ns = lambda: int(time.time() * 1_000_000_000)


def failure(error: BaseException, kind: str | None = None, message: str | None = None) -> dict[str, Any]:
    """Return the error as Lambda's Python runtime reports it."""
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
    return {
        "errorMessage": str(error) if message is None else message,
        "errorType": kind or type(error).__name__,
        "stackTrace": frames,
    }


class LogLines(logging.Formatter):
    """What Lambda's Python runtime makes of the handler's logging, in its format `JSON` or `Text`."""

    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def __init__(self, log_format: str) -> None:
        super().__init__("[%(levelname)s]\t%(asctime)s\t%(request_id)s\t%(message)s")
        self.json = log_format == "JSON"
        self.request_id = ""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's line."""
        if not self.json:
            record.request_id = self.request_id
            return super().format(record)
        line: dict[str, Any] = {
            "timestamp": self.formatTime(record),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": self.request_id,
        }
        if record.exc_info and (error := record.exc_info[1]):
            line["stackTrace"] = traceback.format_tb(error.__traceback__)
            line["errorType"], line["errorMessage"] = type(error).__name__, str(error)
            line["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        return json.dumps(line)

    def begin(self, request_id: str) -> None:
        """A call begins: its id is in all lines from now on."""
        self.request_id = request_id
        if not self.json:
            sys.stdout.write(f"START RequestId: {request_id} Version: $LATEST\n")

    def end(self, seconds: float) -> None:
        """A call has ended: say how long it took."""
        if self.json:
            metrics = {"durationMs": round(seconds * 1000, 3)}
            report = {"type": "platform.report", "record": {"requestId": self.request_id, "metrics": metrics}}
            sys.stdout.write(json.dumps(report) + "\n")
        else:
            sys.stdout.write(f"END RequestId: {self.request_id}\n")
            sys.stdout.write(f"REPORT RequestId: {self.request_id}\tDuration: {seconds * 1000:.2f} ms\n")
        sys.stdout.flush()


def set_up_logging() -> LogLines:
    """Send what the handler logs to the function's log, as its LoggingConfig says."""
    lines = LogLines(os.environ["AWS_LAMBDA_LOG_FORMAT"])
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(lines)
    logging.root.addHandler(handler)
    if level := os.environ["AWS_LAMBDA_LOG_LEVEL"]:
        logging.root.setLevel("DEBUG" if level == "TRACE" else level)
    return lines


def load_handler() -> tuple[Handler | None, dict[str, Any] | None]:
    """Import the handler; on failure return what Lambda answers to every call."""
    module_name, _, name = os.environ["_HANDLER"].rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {error}"
        return None, failure(error, "Runtime.ImportModuleError", message)
    except Exception as error:
        return None, failure(error)
    handler = getattr(module, name, None)
    if handler is None:
        missing = AttributeError(f"Handler '{name}' missing on module '{module_name}'")
        return None, failure(missing, "Runtime.HandlerNotFound")
    return handler, None


def call(handler: Handler, request: dict[str, Any]) -> dict[str, Any]:
    """Call the handler once and return the answer line."""
    try:
        result = handler(request["event"], Context(request))
    except Exception as error:
        report = failure(error)
        logging.root.error("%s: %s", report["errorType"], report["errorMessage"], exc_info=error)
        return {"error": {**report, "requestId": request["request_id"]}}
    try:
        return {"result": json.loads(json.dumps(result))}
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        return {"error": {**failure(error, "Runtime.MarshalError", message), "requestId": request["request_id"]}}


def spent(began: float, cpu: float) -> dict[str, float]:
    """Return the real seconds and the processor's since a moment, and the process's peak memory."""
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu,
        "peak_mib": peak_kib() / 1024,
    }


def peak_kib() -> float:
    """Return the process's peak memory. Linux's getrusage would tell the parent's, if that was higher at the start."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return float(next(line for line in status if line.startswith("VmHWM:")).split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # macOS counts bytes


def serve(requests: io.TextIOBase, answers: io.TextIOBase, lines: LogLines) -> None:
    """Answer requests until local AWS closes the pipe."""
    handler, init_error = load_handler()
    if init_error:
        logging.root.error("%s: %s", init_error["errorType"], init_error["errorMessage"])
    answers.write(json.dumps({"ready": handler is not None, "spent": spent(BEGAN, 0.0)}) + "\n")
    answers.flush()
    for line in requests:
        request = json.loads(line)
        lines.begin(request["request_id"])
        began, cpu = time.perf_counter(), time.process_time()
        answer = call(handler, request) if handler else {"error": init_error}
        lines.end(time.perf_counter() - began)
        answers.write(json.dumps({**answer, "spent": spent(began, cpu)}) + "\n")
        answers.flush()


def main() -> None:
    """Take the pipes away from the handler, put the clock in place, serve."""
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    answers = os.fdopen(int(sys.argv[1]), "w", encoding="utf-8")
    sys.path[:0] = json.loads(sys.argv[2])
    speed_up_clock()
    serve(requests, answers, set_up_logging())


if __name__ == "__main__":
    main()
