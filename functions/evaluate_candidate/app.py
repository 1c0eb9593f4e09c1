"""Woken by a transform job that ended, and by a release in testing or evaluated that is due."""

import time
from typing import Any

from yardmaster import events
from yardmaster.flows import evaluate_candidate
from yardmaster.flows.yard import Yard


def handler(event: events.Raw, context: Any) -> dict[str, str]:
    """Metrics, gate, evaluation.json, model package."""
    yard = Yard.from_env()
    release = events.TRANSFORM.validate_python(event).release_id(yard.settings.prefix)
    if release is None:
        return {"result": "not a job of a release"}
    return {"result": evaluate_candidate.run(yard, release, time.time)}
