"""Woken by a release that is prepared, or due."""

import time
from typing import Any

from yardmaster import events
from yardmaster.flows import start_training
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, str]:
    """Preflight, then the training job."""
    woken = events.RELEASE.validate_python(event)
    return {"result": start_training.run(Yard.from_env(), woken.detail.release, time.time)}
