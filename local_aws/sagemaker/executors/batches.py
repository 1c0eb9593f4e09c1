"""How batch transform works on one file: split, filter, batch, ask the model, join, filter again, assemble.

Pure but for the function that asks the model. Source: the CreateTransformJob page, and batch-transform-data-processing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from local_aws.sagemaker.executors import selection
from local_aws.sagemaker.executors.base import TransformRequest
from local_aws.sagemaker.executors.selection import SelectionError

MEBIBYTE = 1024 * 1024
Ask = Callable[[bytes], tuple[int, bytes]]  # a request's body to the container's status and answer


class BatchError(Exception):
    """Why a file has no output: `kind` is ClientError or AlgorithmError, `lines` are for the job's log."""

    def __init__(self, kind: str, *lines: str) -> None:
        """Take whose fault it is, and what the log says."""
        super().__init__(*lines)
        self.kind = kind
        self.lines = lines


@dataclass(frozen=True)
class Plan:
    """A request's filters, read once."""

    request: TransformRequest
    input_filter: selection.Selection
    output_filter: selection.Selection

    @property
    def processes_rows(self) -> bool:
        """Whether rows are filtered or joined, and so must be CSV."""
        return self.request.join_source == "Input" or any(
            chosen != selection.ALL for chosen in (self.input_filter, self.output_filter)
        )


def plan(request: TransformRequest) -> Plan:
    """Read the filters of a request.

    Raises:
        BatchError: a filter can't be read, or rows other than CSV were to be filtered or joined.
    """
    try:
        result = Plan(request, selection.parse(request.input_filter), selection.parse(request.output_filter))
    except SelectionError as error:
        raise BatchError("ClientError", str(error)) from None
    kind = (request.content_type or "").partition(";")[0].strip().lower()
    if result.processes_rows and kind != "text/csv":
        raise BatchError(
            "ClientError",
            f"DataProcessing of {kind or 'data without a content type'} is not available on local AWS: use text/csv",
        )
    return result


def transform(content: bytes, plan: Plan, ask: Ask) -> Iterator[bytes]:
    """Transform one file, yielding pieces of its output.

    Raises:
        BatchError: the model refused a batch, or rows don't fit the filters; the file has no output then.
    """
    limit = plan.request.max_payload_mb * MEBIBYTE  # 0 means none
    try:
        for batch in _batches(_records(content, plan.request.split_type), plan.request.batch_strategy, limit):
            yield _transform_batch(batch, plan, ask)
    except SelectionError as error:
        raise BatchError("ClientError", str(error)) from None


def _records(content: bytes, split_type: str) -> list[bytes]:
    match split_type:
        case "Line":
            lines = content.split(b"\n")
            return lines[:-1] if not lines[-1] else lines
        case "None":
            return [content]
        case _:
            raise BatchError("ClientError", f"SplitType {split_type} is not available on local AWS: use Line or None")


def _batches(records: Iterable[bytes], strategy: str, limit: int) -> Iterator[list[bytes]]:
    """Group records so that each request stays within the payload; SingleRecord puts each on its own."""
    batch: list[bytes] = []
    size = 0
    for record in records:
        if limit and len(record) > limit:
            raise BatchError("ClientError", f"a record of {len(record)} bytes is larger than MaxPayloadInMB")
        if batch and (strategy == "SingleRecord" or (limit and size + len(record) + 1 > limit)):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += len(record) + 1
    if batch:
        yield batch


def _transform_batch(batch: list[bytes], plan: Plan, ask: Ask) -> bytes:
    if not plan.processes_rows:
        return _assembled(_asked(b"\n".join(batch), ask), plan)
    rows = [line for record in batch for line in _lines(record)]
    body = "\n".join(plan.input_filter.apply(row) for row in rows)
    answers = _lines(_asked(body.encode(), ask))
    if plan.request.join_source == "Input":
        if len(answers) != len(rows):
            raise BatchError("AlgorithmError", f"{len(rows)} records were sent, {len(answers)} predictions came back")
        answers = [f"{row},{answer}" for row, answer in zip(rows, answers, strict=True)]
    return _assembled("\n".join(plan.output_filter.apply(answer) for answer in answers).encode(), plan)


def _assembled(output: bytes, plan: Plan) -> bytes:
    """End each piece with a newline when lines are assembled, so that the next begins on its own."""
    ends = plan.request.assemble_with == "Line" and not output.endswith(b"\n")
    return output + b"\n" if ends else output


def _asked(body: bytes, ask: Ask) -> bytes:
    status, answer = ask(body)
    if 200 <= status < 300:
        return answer
    fault = f"ClientError: {status}" if status < 500 else f"Bad HTTP status received from algorithm: {status}"
    kind = "ClientError" if status < 500 else "AlgorithmError"
    raise BatchError(kind, fault, "", "Message:", answer.decode(errors="replace"))


def _lines(content: bytes) -> list[str]:
    text = _text(content).removesuffix("\n")
    return [line.removesuffix("\r") for line in text.split("\n")]


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise BatchError("ClientError", "the file is not UTF-8 text") from None
