"""Plain releases for the tests of the command line and of `why`."""

from typing import Any

from yardmaster.records import DropKind, Release, Source, Stage, Step

NOW = 1_795_000_000.0


def release(stage: Stage = Stage.TRAINING, reason: str = "job ym-churn-abcdefgh-1 runs", **changes: Any) -> Release:
    """Return `churn #7`, which entered its stage 200 seconds before `NOW`."""
    history = (Step(Stage.RECEIVED, NOW - 3600, "churn/data/jan.csv was dropped"), Step(stage, NOW - 200, reason))
    values: dict[str, Any] = {
        "id": "abcdefgh",
        "model": "churn",
        "number": 7,
        "source": Source("bucket", "churn/data/jan.csv", "v1", "jan", DropKind.FILE),
        "stage": stage,
        "reason": reason,
        "created_at": NOW - 3600,
        "history": history,
    }
    return Release(**values | changes)
