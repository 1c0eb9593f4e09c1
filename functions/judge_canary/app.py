"""Woken by an endpoint that changed, by a release that holds an endpoint and is due, and by commands."""

import time
from typing import Any, assert_never

from yardmaster import events
from yardmaster.flows import judge_canary
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, str]:
    """Take the shift of traffic one step further, or back."""
    yard = Yard.from_env(context.aws_request_id)
    match events.ENDPOINT.validate_python(event):
        case events.EndpointChanged(detail=detail):
            result = judge_canary.endpoint_changed(yard, detail.name, time.time)
        case events.ReleaseWoken(detail=detail):
            result = judge_canary.run(yard, detail.release, time.time)
        case events.ReleaseCommand() as said:
            result = judge_canary.command(yard, said.command(), time.time)
        case other:
            assert_never(other)
    return {"result": result}
