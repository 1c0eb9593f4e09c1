"""`yardmaster batches`, `yardmaster predict` and `yardmaster cancel-batch`: predictions of files."""

from itertools import islice
from pathlib import Path

from yardmaster.aws.clients import client
from yardmaster.aws.stack import caller
from yardmaster.cli.errors import UsageError
from yardmaster.cli.follow import Terminal
from yardmaster.cli.stack import Stack
from yardmaster.records import Batch, BatchStage
from yardmaster.rules.batches import ENDED
from yardmaster.rules.names import batch_id


def list_batches(stack: Stack, terminal: Terminal, model: str, limit: int) -> int:
    """Print a model's batches, the newest first; return the exit code."""
    found = list(islice(stack.table.batches_of(stack.model(model).name), limit))
    for batch in found:
        terminal.say(_line(batch))
    if not found:
        terminal.say(f"no batches yet: `yardmaster predict FILE --model {model}`")
    return 0


def predict(stack: Stack, terminal: Terminal, path: Path, model: str, *, wait: bool, timeout: float | None) -> int:
    """Upload a file to be scored with the model in service; return the exit code.

    Raises:
        UsageError: It is no file.
    """
    if not path.is_file():
        raise UsageError(f"{path} is no file")
    key = f"{stack.model(model).name}/predict/{path.name}"
    version = stack.bucket.upload_file(path, key)
    identifier = batch_id(stack.bucket.name, key, version)
    terminal.say(f"{path} -> {stack.bucket.uri(key)}, batch {identifier}")
    return _follow(stack, terminal, identifier, timeout) if wait else 0


def cancel_batch(stack: Stack, terminal: Terminal, identifier: str, reason: str) -> int:
    """Stop a batch; return the exit code.

    Raises:
        UsageError: There is none, or it has ended.
    """
    batch = stack.table.get_batch(identifier)
    if batch is None or batch.stage in ENDED:
        raise UsageError(f"batch {identifier} " + ("has ended" if batch else "is not there: see `yardmaster batches`"))
    said = {"command": "cancel", "model": batch.model, "batch": batch.id, "reason": reason, "by": caller(client("sts"))}
    stack.bus.publish("Batch Command", said)
    terminal.say(f"sent: cancel {batch.title}")
    return 0


def _follow(stack: Stack, terminal: Terminal, identifier: str, seconds: float | None) -> int:
    told = ""
    for _ in terminal.looks(seconds):
        batch = stack.table.get_batch(identifier)
        if batch is not None and (line := _line(batch)) != told:
            terminal.say(told := line)
        if batch is not None and batch.stage in ENDED:
            return 0 if batch.stage is BatchStage.COMPLETED else 1
    terminal.say(f"batch {identifier} has not ended in time; it goes on")
    return 1


def _line(batch: Batch) -> str:
    waits = f" (waits for {batch.waiting_for.kind.value})" if batch.waiting_for else ""
    return f"{batch.id}  {batch.name}  {batch.stage.value}{waits}: {batch.reason}"
