"""What a received drop does next: which spec it follows, whose columns it gets, whether it says anything new."""

from dataclasses import dataclass

from yardmaster.records import DropKind, Model, Release, Source, SpecPin, Stage, Step
from yardmaster.rules.retraining import is_retrain


def new_release(
    identifier: str, model: str, number: int, source: Source, now: float, reason: str | None = None
) -> Release:
    """Return the release that a drop becomes, due at once; without a reason, because it was dropped."""
    reason = reason or f"{source.key} was dropped"
    return Release(
        id=identifier,
        model=model,
        number=number,
        source=source,
        reason=reason,
        due=now,
        created_at=now,
        updated_at=now,
        history=(Step(Stage.RECEIVED, now, reason),),
    )


_AGAIN = {
    **dict.fromkeys((DropKind.FILE, DropKind.FOLDER, DropKind.SPLIT), "drop the data again"),
    DropKind.ARTIFACT: "drop the model again",
    DropKind.PACKAGE: "register the model as a new version",
}
"""How a person brings once more what was refused."""


@dataclass(frozen=True)
class Refuse:
    """The drop can't be used."""

    reason: str


@dataclass(frozen=True)
class WaitForSpec:
    """There is no spec to follow yet."""

    reason: str


@dataclass(frozen=True)
class Follow:
    """The spec and the baseline that the release is pinned to."""

    spec: SpecPin
    baseline: str | None


def spec_for(release: Release, model: Model) -> Refuse | WaitForSpec | Follow:
    """Decide which spec a drop follows; a release that was pinned before stays with its pin."""
    if release.spec is not None:
        return Follow(release.spec, release.baseline)
    if model.spec_deleted:
        return Refuse(f"{model.name}/spec.yaml was deleted: upload one, then {_AGAIN[release.source.kind]}")
    # A package tells its container itself, and a person approved it: it may be the first.
    if release.source.kind is DropKind.ARTIFACT and model.in_service is None:
        return Refuse(
            f"{model.name} has no release in service: a model trained elsewhere is tested on the rows, and takes the "
            "columns, of the one that serves. Drop data first, and this model again once it serves"
        )
    if model.spec_error is not None:
        return WaitForSpec(f"{model.name}/spec.yaml was refused; mend it and upload it again, and this drop goes on")
    if model.spec is None:
        return WaitForSpec(
            f"there is no {model.name}/spec.yaml yet; {model.name}/spec.proposed.yaml is a guess to start from"
        )
    return Follow(model.spec, model.in_service)


def is_claimed(release: Release, invocation: str, now: float) -> bool:
    """Tell whether another invocation is at work on this drop: its claim lasts until the release is due."""
    others = release.claimed_by is not None and release.claimed_by != invocation
    return others and release.due is not None and release.due > now


def is_alike(other: Release, release: Release) -> bool:
    """Tell whether both are data, or both models from elsewhere."""
    return other.source.is_model == release.source.is_model


def counts_as_previous(other: Release) -> bool:
    """Tell whether an earlier drop is one that a repetition can be unchanged from."""
    return other.data_digest is not None and other.stage not in {Stage.REFUSED, Stage.FAILED, Stage.CANCELLED}


def is_unchanged(release: Release, data_digest: str, previous: Release | None) -> bool:
    """Tell whether a drop has the same bytes, spec and code as the one before it, and nobody asked for it again."""
    if is_retrain(release) or previous is None or previous.spec is None or release.spec is None:
        return False
    before = (previous.data_digest, previous.spec.sha256, previous.code_digest)
    return before == (data_digest, release.spec.sha256, release.code_digest)


@dataclass(frozen=True)
class Learn:
    """No columns yet, or none in service: this drop decides them."""


@dataclass(frozen=True)
class Use:
    """The model's columns, frozen by an earlier release."""

    uri: str
    digest: str


def columns_for(model: Model, data_digest: str) -> Learn | Use | Refuse:
    """Decide whose columns a drop is encoded with.

    Args:
        model: The model's row.
        data_digest: Of the part of the spec that decides the encoding.
    """
    if model.columns_uri is None or model.columns_digest is None:
        return Learn()
    if model.columns_data == data_digest:
        return Use(model.columns_uri, model.columns_digest)
    if model.in_service is None:
        return Learn()
    return Refuse(
        "the spec's data section was changed, but the columns are frozen by the model in service "
        f"({model.columns_uri}): candidate and baseline could not be compared. "
        "Put the old section back, or start a new model: copy spec.yaml to another folder and drop the data there"
    )
