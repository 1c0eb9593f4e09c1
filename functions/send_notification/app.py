"""Woken by endings, by long waits and those for a person, by batches of predictions and by endpoints."""

import time
from typing import Any

from yardmaster import events
from yardmaster.flows import send_notification
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, str]:
    """Tell people what they were not told yet."""
    woken = events.NEWS.validate_python(event)
    yard = Yard.from_env(context.aws_request_id)
    match woken:
        case events.BatchMoved():
            told = send_notification.of_batch(yard, woken.detail.batch, time.time())
        case events.EndpointMoved():
            told = send_notification.of_endpoint(yard, woken.detail.endpoint, time.time())
        case _:
            told = send_notification.of_release(yard, woken.detail.release, time.time())
    return {"result": told}
