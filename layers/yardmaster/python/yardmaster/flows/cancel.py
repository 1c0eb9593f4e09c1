"""A person ends a release whose jobs run, or are just being made: they are stopped, whoever made them."""

from collections.abc import Callable, Sequence
from functools import partial

from yardmaster.aws import training_job, transform_job, tuning_job
from yardmaster.flows import spend
from yardmaster.flows.advance import commit
from yardmaster.flows.yard import Yard
from yardmaster.records import Release, Stage
from yardmaster.rules import retry, stages
from yardmaster.rules.names import job_name

IN_THE_MAKING = 16 * 60.0
"""Seconds for which an invocation may still make a job for which it has claimed room: its 15 minutes, and one more."""
ROLES = ("candidate", "baseline")


def cancel(
    yard: Yard, release: Release, said: str, stops: Sequence[tuple[Callable[[str], bool], str]], now: float
) -> Release:
    """Stop the jobs that a release has, or may have, and end it.

    As long as another invocation may still make one of them, the release stays, and is looked at again.

    Args:
        yard: Settings and adapters.
        release: The release, with the person's word noted in its row.
        said: That word.
        stops: For each possible job what stops it (and tells whether there was one), and its name.
        now: The time.
    """
    there = [stop(name) for stop, name in stops]
    since = spend.claimed_at(yard, release)
    if not any(there) and since is not None and now - since < IN_THE_MAKING:
        return commit(yard, release, stages.wait(release, now + retry.MINUTE), now)
    return commit(yard, release, stages.move(release, Stage.CANCELLED, said, now), now)


def cancel_training(yard: Yard, release: Release, said: str, now: float) -> Release:
    """Stop the training job, or the tuning job, of a release that a person ends, and end it."""
    name = training_name(yard, release)
    stops = ((partial(training_job.stop, yard.sagemaker), name), (partial(tuning_job.stop, yard.sagemaker), name))
    return cancel(yard, release, said, stops, now)


def training_name(yard: Yard, release: Release) -> str:
    """Return what the training job, or the tuning job, of this attempt is called."""
    return job_name(yard.settings.prefix, release.model, release.id, release.attempt)


def cancel_tests(yard: Yard, release: Release, said: str, now: float) -> Release:
    """Stop the transform jobs of a release that a person ends, and end it."""
    stop = partial(transform_job.stop, yard.sagemaker)
    return cancel(yard, release, said, [(stop, f"{training_name(yard, release)}-{role}") for role in ROLES], now)
