"""Woken by a drop, by a received release that is due, and by a command."""

import time
from typing import Any, assert_never

from yardmaster import events
from yardmaster.flows import prepare_data
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, str]:
    """Check, encode and split a drop."""

    def left() -> float:
        return float(context.get_remaining_time_in_millis()) / 1000

    yard = Yard.from_env()
    me = prepare_data.Invocation(context.aws_request_id, left)
    match events.DROP.validate_python(event):
        case events.ObjectCreated(detail=detail):
            result = prepare_data.drop(yard, detail.object.key, detail.object.version_id, time.time, me)
        case events.ReleaseWoken(detail=detail):
            result = prepare_data.resume(yard, detail.release, time.time, me)
        case events.ReleaseCommand() as said:
            result = prepare_data.command(yard, said.command(), time.time, me)
        case other:
            assert_never(other)
    return {"result": result}
