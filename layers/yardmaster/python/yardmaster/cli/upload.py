"""What is uploaded, and where to: planned and checked without AWS, so that nothing half-starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yardmaster.cli.errors import UsageError
from yardmaster.errors import RefusedError
from yardmaster.intake.keys import (
    ARTIFACT_NAME,
    COLUMNS_NAME,
    MARKER_NAME,
    SPEC_NAME,
    ArtifactFile,
    ChannelMarker,
    DropFile,
    FolderMarker,
    NotADrop,
    Part,
    SpecFile,
    classify,
)
from yardmaster.intake.own_columns import read as read_own_columns
from yardmaster.rules.names import MODEL_NAME
from yardmaster.spec.parse import SpecError, parse_spec

_ARCHIVES = (".tar.gz", ".tgz")
_GZIP = b"\x1f\x8b"


class NotADropError(UsageError):
    """Uploaded, it would start nothing; the message says why."""


@dataclass(frozen=True)
class Plan:
    """One drop: files with their keys, then the key that starts the release (a file's own, or a folder's marker).

    `lies_beside` is what is taken along if it is in the bucket already: the columns of an earlier model.
    """

    files: tuple[tuple[Path, str], ...]
    starts_with: str
    lies_beside: str | None = None


def plan_drops(paths: Sequence[Path], model: str, name: str | None, columns: Path | None = None) -> list[Plan]:
    """Say what is uploaded for each path: a file is a drop, a folder is one with all its parts, a `.tar.gz` a model.

    Raises:
        UsageError: A path is missing or can't be a drop; nothing has been uploaded.
    """
    check_model_name(model)
    if name is not None and len(paths) > 1:
        raise UsageError("--name names one drop; leave it out to drop several by their own names")
    plans = [_plan(path, model, name) for path in paths]
    models = [plan for plan in plans if isinstance(classify(plan.starts_with), ArtifactFile)]
    if len(models) > 1:
        raise UsageError("drop one model at a time: they all have the same name")
    if columns is None:
        return plans
    if not models:
        raise UsageError(f"--columns is for a model, a {ARTIFACT_NAME}: files bring their columns in their header")
    return [_with_columns(plan, columns, model) if plan in models else plan for plan in plans]


def _with_columns(plan: Plan, path: Path, model: str) -> Plan:
    """Let a model's own columns.json go up before it."""
    try:
        read_own_columns(path.read_bytes(), str(path))
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    except RefusedError as error:
        raise UsageError(str(error)) from error
    return Plan(((path, f"{model}/artifacts/{COLUMNS_NAME}"), *plan.files), plan.starts_with)


def read_spec(path: Path, model: str) -> bytes:
    """Return a spec's bytes, checked as the stack will check them.

    Raises:
        UsageError: The file can't be read, or the spec would be refused; the message lists every problem.
    """
    check_model_name(model)
    try:
        raw = path.read_bytes()
        parse_spec(raw)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}") from error
    except SpecError as error:
        raise UsageError(f"{path} would be refused:\n{error}") from error
    return raw


def spec_key(model: str) -> str:
    """Return where a model's spec is."""
    return f"{model}/{SPEC_NAME}"


def check_model_name(model: str) -> None:
    """Refuse a name that no model can have.

    Raises:
        UsageError: Says what names are made of.
    """
    if not MODEL_NAME.fullmatch(model):
        raise UsageError(f"{model!r} can't name a model: up to 40 lower-case letters, digits and single hyphens")


def _plan(path: Path, model: str, name: str | None) -> Plan:
    if path.is_dir():
        return _plan_folder(path, model, name or path.resolve().name)
    if not path.is_file():
        raise UsageError(f"{path} does not exist")
    if path.name.lower().endswith(_ARCHIVES):
        return _plan_artifact(path, model, name)
    suffixes = "".join(path.suffixes[-2:] if path.suffix.lower() == ".gz" else path.suffixes[-1:])
    file_name = path.name if name is None else name + ("" if Path(name).suffix else suffixes)
    key = f"{model}/data/{file_name}"
    _must_be(path, key)
    return Plan(((path, key),), key)


def _plan_artifact(path: Path, model: str, name: str | None) -> Plan:
    """A model that was trained elsewhere; its place has one name."""
    if name is not None:
        raise UsageError(f"--name is for data: a model is always dropped as artifacts/{ARTIFACT_NAME}")
    with path.open("rb") as file:
        if file.read(len(_GZIP)) != _GZIP:
            raise NotADropError(f"{path} is not gzip: make it with `tar -czf {ARTIFACT_NAME} -C <folder> .`")
    key = f"{model}/artifacts/{ARTIFACT_NAME}"
    _must_be(path, key)
    return Plan(((path, key),), key, f"{model}/artifacts/{COLUMNS_NAME}")


def _plan_folder(path: Path, model: str, name: str) -> Plan:
    folder = f"{model}/data/{name}/"
    inside = sorted(entry for entry in path.rglob("*") if entry.is_file())
    shown = [entry for entry in inside if not _is_hidden(entry.relative_to(path))]
    files = tuple((entry, folder + entry.relative_to(path).as_posix()) for entry in shown)
    for entry, key in files:
        _must_be(entry, key)
    if not files:
        raise NotADropError(f"{path} holds no data files (names that begin with `.` or `_` don't count)")
    marker = folder + MARKER_NAME
    _must_be(path, marker)
    return Plan(files, marker)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith((".", "_")) for part in path.parts)


def _must_be(path: Path, key: str) -> None:
    match classify(key):
        case NotADrop(reason=reason):
            raise NotADropError(f"{path} would not be a drop as {key}: {reason}")
        case ArtifactFile() | DropFile() | FolderMarker() | ChannelMarker() | Part() | SpecFile():
            return
