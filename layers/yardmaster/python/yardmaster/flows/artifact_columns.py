"""Which columns a model from elsewhere takes: those of the release in service, or those of its own columns.json."""

from dataclasses import dataclass, replace

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.errors import RefusedError
from yardmaster.flows.columns_file import read_columns, read_frozen
from yardmaster.flows.yard import Yard
from yardmaster.intake.columns import Columns
from yardmaster.intake.keys import COLUMNS_NAME
from yardmaster.intake.own_columns import MAX_BYTES, difference, fit, read
from yardmaster.records import Release
from yardmaster.spec.schema import Spec


@dataclass(frozen=True)
class Taken:
    """The columns that a model takes: where they are, and how a reason calls them.

    Channels that went as they are have no columns. `brought` is the columns.json that lay beside it, and `is_own` tells
    whether that one counts.
    """

    columns: Columns | None
    uri: str | None
    digest: str
    said: str
    brought: bytes = b""
    is_own: bool = False


def take(yard: Yard, release: Release, baseline: Release, spec: Spec) -> Taken:
    """Return the columns that a model which was dropped takes.

    Raises:
        RefusedError: Its columns.json can't be used: the message has the difference, and what to do.
    """
    if baseline.columns_digest is None:
        raise RefusedError(
            f"{baseline.title}, which is in service, was registered as a package, and its columns are not known: drop "
            "data first, or register this model as a package too"
        )
    if baseline.columns_uri is None:
        said = f"for channels that go to it as they are, like those of {baseline.title}"
        return Taken(None, None, baseline.columns_digest, said)
    theirs = read_columns(yard, baseline)
    usual = Taken(theirs, baseline.columns_uri, baseline.columns_digest, f"with the columns of {baseline.title}")
    raw = _uploaded(yard, release)
    if raw is None:
        return usual
    place = f"{release.model}/artifacts/{COLUMNS_NAME}"
    own = read(raw, place)
    try:
        fit(own, read_frozen(yard, release))
    except RefusedError as refusal:
        raise RefusedError(f"{place}: {refusal}") from refusal
    if own.features == theirs.features:
        return replace(usual, brought=raw)
    if spec.deploy is not None and spec.deploy.rows != "raw":
        raise RefusedError(
            f"{place} is not {baseline.title}'s: {difference(own, theirs)}. The endpoint takes rows that are encoded "
            f"by {baseline.columns_uri}, so two models with other columns can't share it: train the model on these "
            "columns, or let the endpoint take rows as your files have them (deploy: {rows: raw})"
        )
    said = f"with columns of its own ({difference(own, theirs)})"
    return Taken(own, yard.bucket.uri(_copy(release)), own.digest, said, raw, is_own=True)


def keep(yard: Yard, release: Release, taken: Taken) -> None:
    """Write a model's own columns.json into the release's folder, where nobody changes it."""
    if taken.is_own:
        yard.bucket.write_once(_copy(release), taken.brought, "application/json")


def _copy(release: Release) -> str:
    return f"{release.folder}{COLUMNS_NAME}"


def _uploaded(yard: Yard, release: Release) -> bytes | None:
    """Return the columns.json that lies beside the model, as the first try found it; None without one."""
    try:
        return yard.bucket.read(_copy(release))[0]
    except MissingObjectError:
        pass
    key = f"{release.model}/artifacts/{COLUMNS_NAME}"
    try:
        return yard.bucket.read(key, yard.bucket.newest(key), limit=MAX_BYTES + 1)[0]
    except MissingObjectError:
        return None
