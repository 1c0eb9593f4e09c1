"""A person wants a drop trained again, with the spec now in force: as what, or why it can't be."""

from collections.abc import Iterable
from dataclasses import replace

from yardmaster.errors import RefusedError
from yardmaster.records import DropKind, Model, Release, SpecPin, Stage, Step
from yardmaster.rules import stages
from yardmaster.rules.commands import Command

SERVED = frozenset({Stage.LIVE, Stage.REPLACED})
"""What serves, or may be gone back to, keeps its row: its drop is trained again as a new release."""


def refusal(release: Release) -> str | None:
    """Say why a release's drop can't be trained again; None if it can."""
    if release.source.is_model:
        again = "Register it again" if release.source.kind is DropKind.PACKAGE else "Drop its model.tar.gz again"
        return f"{release.title} was trained elsewhere: there is nothing to train. {again}"
    if release.stage is Stage.UNCHANGED:
        return f"{release.title} brought nothing new ({release.reason}): retrain the release that it names"
    if release.stage not in stages.ENDED:
        return f"{release.title} is under way ({release.stage.value}): cancel it first, or wait for its end"
    return None


def refused_by_others(release: Release, under_way: Iterable[Release]) -> str | None:
    """Say that the same drop is being trained again already; None if it is not."""
    for other in under_way:
        if other.id != release.id and other.source == release.source:
            return f"{other.title} trains the same drop and is under way ({other.stage.value}): cancel it first"
    return None


def spec_to_follow(model: Model) -> SpecPin:
    """Return the spec in force.

    Raises:
        RefusedError: There is none to train with.
    """
    if model.spec_error is not None:
        raise RefusedError(f"{model.name}/spec.yaml was refused: mend it, upload it, and retrain then")
    if model.spec is None:
        raise RefusedError(f"there is no {model.name}/spec.yaml: upload one, and retrain then")
    return model.spec


def again(release: Release, asked: Command, now: float) -> Release:
    """Return a release that had ended at its beginning, as a new attempt; its channels stay, in case they can be used.

    Spec and baseline are pinned anew. Jobs, model and package of the attempt before stay where they are, and are not
    this attempt's.
    """
    fresh = replace(
        release,
        attempt=release.attempt + 1,
        spec=None,
        baseline=None,
        trained_on=(),
        training_job=None,
        tuning_job=None,
        tuning={},
        spot={},
        cancelled=None,
        model_name=None,
        served_model=None,
        transform_jobs={},
        evaluation={},
        package_arn=None,
        approved_at=None,
        approved_by=None,
        deploy={},
        removed={},
    )
    return stages.move(fresh, Stage.RECEIVED, asked.said, now, due=now)


def anew(release: Release, identifier: str, number: int, asked: Command, now: float) -> Release:
    """Return a new release of the same drop, due at once; what was prepared for the other is there for this one too."""
    reason = f"{asked.said}; the drop of {release.title}"
    return Release(
        id=identifier,
        model=release.model,
        number=number,
        source=release.source,
        reason=reason,
        due=now,
        created_at=now,
        updated_at=now,
        retrains=drop_of(release),
        data_digest=release.data_digest,
        columns_uri=release.columns_uri,
        columns_digest=release.columns_digest,
        channels_digest=release.channels_digest,
        channels=release.channels,
        commands=(asked.id,),
        history=(Step(Stage.RECEIVED, now, reason),),
    )


def drop_of(release: Release) -> str:
    """Return the id of the first release of a release's drop."""
    return release.retrains or release.id


def is_retrain(release: Release) -> bool:
    """Tell whether a release, or this attempt of it, trains a drop again: that it says nothing new, is no news then."""
    return release.attempt > 1 or release.retrains is not None


def can_reuse(release: Release, model: Model, channels_digest: str) -> bool:
    """Tell whether the channels that were prepared before are as they would be made now.

    Args:
        release: Received once more.
        model: Its row, with the columns in force.
        channels_digest: Of the spec that it follows now.
    """
    made_so = (release.channels_digest, release.columns_digest) == (channels_digest, model.columns_digest)
    return is_retrain(release) and bool(release.channels) and made_so
