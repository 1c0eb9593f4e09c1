"""Woken by a schedule, by a file to score, by a batch that is due or whose job ended, and by a command."""

import time
from typing import Any, assert_never

from yardmaster import events
from yardmaster.flows import run_batch_transform
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, str]:
    """Take a batch of predictions as far as it goes."""

    def left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    yard = Yard.from_env(context.aws_request_id)
    flow = run_batch_transform.Batches(yard, time.time, left)
    match events.BATCH.validate_python(event):
        case events.ObjectCreated(detail=detail):
            result = flow.uploaded(detail.object.key, detail.object.version_id)
        case events.BatchDue(detail=due):
            result = flow.resume(due.batch) if due.batch else flow.scheduled(due.model, due.name, due.scheduled)
        case events.TransformJobChanged() as ended:
            batch = ended.batch_id(yard.settings.prefix)
            result = flow.resume(batch) if batch else "not a job of a batch"
        case events.BatchCommand(detail=said):
            result = flow.cancel(said.batch, said.said, said.by)
        case other:
            assert_never(other)
    return {"result": result}
