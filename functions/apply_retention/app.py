"""Woken by a release that ended, each day, and by a person who takes a model away."""

import time
from typing import Any, assert_never

from yardmaster import events
from yardmaster.flows import apply_retention
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, str]:
    """Remove what old releases need no more."""
    yard = Yard.from_env(context.aws_request_id)

    def left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    match events.RETENTION.validate_python(event):
        case events.ReleaseWoken(detail=detail):
            result = apply_retention.ended(yard, detail.release, time.time, left)
        case events.Scheduled():
            result = apply_retention.run_all(yard, time.time, left)
        case events.ModelCommand() as said:
            result = apply_retention.forget(yard, said.detail.model, said.said, time.time)
        case other:
            assert_never(other)
    return {"result": result}
