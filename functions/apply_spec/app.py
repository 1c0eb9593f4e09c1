"""Woken by `<model>/spec.yaml`, uploaded or deleted."""

import time
from typing import Any

from yardmaster import events
from yardmaster.flows import apply_spec
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, str]:
    """Check the spec that S3 has now, answer in words, and wake the drops that wait for it."""
    woken = events.SPEC.validate_python(event)
    return {"result": apply_spec.run(Yard.from_env(), woken.detail.object.key, time.time())}
