"""Woken by a schedule, by an endpoint that is being stopped and is due, and by commands."""

import time
from typing import Any, assert_never

from yardmaster import events
from yardmaster.flows import stop_idle_endpoints
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, Any]:
    """Sweep over the endpoints, or stop the one that the event is about."""
    yard = Yard.from_env(context.aws_request_id)
    match events.SWEEP.validate_python(event):
        case events.EndpointDue(detail=detail):
            return {"result": stop_idle_endpoints.go_on(yard, detail.endpoint, time.time)}
        case events.EndpointCommanded() as said:
            return {"result": stop_idle_endpoints.command(yard, said.command(), time.time)}
        case events.Scheduled():
            return dict(stop_idle_endpoints.run(yard, time.time))
        case other:
            assert_never(other)
