"""Woken by an endpoint that is being started and is due, and by commands."""

import time
from typing import Any, assert_never

from yardmaster import events
from yardmaster.flows import start_endpoint
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, str]:
    """Make a stopped endpoint again, one step further."""
    yard = Yard.from_env(context.aws_request_id)
    match events.START.validate_python(event):
        case events.EndpointDue(detail=detail):
            result = start_endpoint.go_on(yard, detail.endpoint, time.time)
        case events.EndpointCommanded() as said:
            result = start_endpoint.command(yard, said.command(), time.time)
        case other:
            assert_never(other)
    return {"result": result}
