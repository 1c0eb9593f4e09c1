"""Woken by a training job that ended, and by a release in training or testing that moved or is due."""

import time
from typing import Any

from yardmaster import events
from yardmaster.flows import test_candidate
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, str]:
    """Make the model, and score candidate and baseline on the same test rows."""
    yard = Yard.from_env()
    release = events.TRAINING.validate_python(event).release_id(yard.settings.prefix)
    if release is None:
        return {"result": "not a job of a release"}
    return {"result": test_candidate.run(yard, release, time.time)}
