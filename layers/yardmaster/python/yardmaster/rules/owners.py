"""Whose work a release is: the one function that takes it further from where it stands."""

from typing import assert_never

from yardmaster.records import Release, Stage


def owner(release: Release) -> str | None:
    """Return the name of the function that a `Release Due` event is for; None if nothing is left to do."""
    match release.stage:
        case Stage.RECEIVED:
            return "prepare_data"
        case Stage.PREPARED:
            return "start_training"
        case Stage.TRAINING:
            return "test_candidate"
        case Stage.TESTING:
            # Sent back for another baseline, its scoring has not begun yet.
            return "evaluate_candidate" if release.transform_jobs else "test_candidate"
        case Stage.EVALUATED:
            return "evaluate_candidate"
        case Stage.REGISTERED:
            return "deploy_canary"
        case Stage.DEPLOYING | Stage.CANARY | Stage.PROMOTING | Stage.ROLLING_BACK:
            return "judge_canary"
        case (
            Stage.LIVE
            | Stage.REPLACED
            | Stage.REFUSED
            | Stage.UNCHANGED
            | Stage.REJECTED
            | Stage.ROLLED_BACK
            | Stage.INCONCLUSIVE
            | Stage.SUPERSEDED
            | Stage.CANCELLED
            | Stage.FAILED
        ):
            return None
        case _:
            assert_never(release.stage)
