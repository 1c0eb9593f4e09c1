"""Woken by `<model>/spec.yaml`, uploaded or deleted, and by a model whose schedules are not in step with it."""

import time
from typing import Any

from yardmaster import events
from yardmaster.flows import apply_spec
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, str]:
    """Check the spec that S3 has now, answer in words, wake what waits for it, and keep schedules in step."""
    match events.SPEC.validate_python(event):
        case events.SpecDue(detail=due):
            result = apply_spec.due(Yard.from_env(), due.model)
        case events.ObjectCreated(detail=detail) | events.ObjectDeleted(detail=detail):
            result = apply_spec.run(Yard.from_env(), detail.object.key, time.time())
    return {"result": result}
