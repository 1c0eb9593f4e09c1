"""What an uploaded key means. Keys are taken as they are: `+` and `%20` are parts of a name, never decoded."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from yardmaster.rules.names import MODEL_NAME

SPEC_NAME = "spec.yaml"
MARKER_NAME = "_SUCCESS"
"""Spark's convention: a folder is complete once this object is in it."""
CHANNELS = ("train", "validation", "test")
"""The folders of a drop that is already split."""
OTHER_CHANNELS = (
    "train_lst",
    "validation_lst",
    "train_annotation",
    "validation_annotation",
    "label_map",
    "vocab",
    "auxiliary",
    "model",
)
"""Folders that some algorithms want beside them, in drops that go to the job as they are."""
ARTIFACT_NAME = "model.tar.gz"
"""What SageMaker calls a trained model, and so what one from elsewhere is called."""
COLUMNS_NAME = "columns.json"
"""The encoding that a model was trained with; one from elsewhere may bring its own, in the same folder."""
NAME_LENGTH = 40

_OURS = {"captured", "containers", "predict", "predictions", "releases", "STATUS.md", "live.json", "spec.proposed.yaml"}
_READ = re.compile(r"\.(csv|tsv|txt)(\.gz)?$", re.IGNORECASE)
_ADVICE = {
    ".parquet": "Parquet is not supported yet: write CSV",
    ".xls": "Excel files are not read: save the sheet as CSV UTF-8",
    ".xlsx": "Excel files are not read: save the sheet as CSV UTF-8",
    ".zip": "ZIP archives are not read: upload the .csv inside, or compress it as .csv.gz",
    ".bz2": "bzip2 is not read: compress as .csv.gz",
    ".zst": "Zstandard is not read: compress as .csv.gz",
    ".xz": "xz is not read: compress as .csv.gz",
    ".yml": "not a data file; the spec is called spec.yaml and lies beside the data folder",
    ".yaml": "not a data file; the spec is called spec.yaml and lies beside the data folder",
}


@dataclass(frozen=True)
class SpecFile:
    """`<model>/spec.yaml`."""

    model: str


@dataclass(frozen=True)
class DropFile:
    """A drop of one file, `<model>/data/jan.csv`; `name` is its short name, fit for a folder's name."""

    model: str
    name: str
    key: str


@dataclass(frozen=True)
class FolderMarker:
    """`<model>/data/feb/_SUCCESS`: the folder is complete. `folder` is its prefix, with a slash at the end."""

    model: str
    name: str
    folder: str
    key: str


@dataclass(frozen=True)
class ChannelMarker:
    """`<model>/data/mar/train/_SUCCESS`: one channel of an already split folder is complete."""

    model: str
    name: str
    folder: str
    channel: str
    key: str


@dataclass(frozen=True)
class Part:
    """A file of a folder, or of one of its channels; it waits for the folder's marker.

    `is_table` is false for what is no file of rows, or lies deeper: only drops that go as they are have such.
    """

    model: str
    name: str
    folder: str
    channel: str | None
    key: str
    is_table: bool = True


@dataclass(frozen=True)
class ArtifactFile:
    """`<model>/artifacts/model.tar.gz`: a model trained elsewhere."""

    model: str
    name: str
    key: str


@dataclass(frozen=True)
class NotADrop:
    """A key that starts nothing; `reason` says why, and what to do if it was meant as a drop."""

    reason: str


Key = SpecFile | DropFile | FolderMarker | ChannelMarker | Part | ArtifactFile | NotADrop


@dataclass(frozen=True)
class FolderContents:
    """What lies in a folder: the keys of its own parts, and of each channel's; which markers are there.

    `files` has all that lies in each channel, whatever it is and however deep: what a drop holds that goes to the job
    as it is. `markers` has `""` for the folder's own marker, and the names of the channels that have theirs.
    """

    parts: tuple[str, ...] = ()
    channels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    markers: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        """Tell whether the drop can start: the folder's marker, or one in each channel that has files."""
        return "" in self.markers or (bool(self.files) and self.markers >= self.files.keys())


def classify(key: str) -> Key:
    """Say what a key of the bucket is; anything that fits no rule is `NotADrop` with a reason."""
    if problem := _odd(key):
        return NotADrop(problem)
    model, _, rest = key.partition("/")
    if not MODEL_NAME.fullmatch(model):
        return NotADrop("the first folder is no model's name: up to 40 lower-case letters, digits and single hyphens")
    if rest == SPEC_NAME:
        return SpecFile(model)
    if rest == f"artifacts/{ARTIFACT_NAME}":
        return ArtifactFile(model, "model", key)
    if rest == f"artifacts/{COLUMNS_NAME}":
        return NotADrop(f"the columns of the next artifacts/{ARTIFACT_NAME}")
    segments = rest.split("/")
    if segments[0] != "data":
        return NotADrop(_elsewhere(segments[0]))
    return _in_data(model, segments[1:], key)


def contents(keys: Iterable[str]) -> FolderContents:
    """Sort the keys below one folder into parts, channels and markers; what is none of these is left out."""
    parts: list[str] = []
    channels: dict[str, list[str]] = {}
    files: dict[str, list[str]] = {}
    markers: set[str] = set()
    for key in sorted(keys):
        match classify(key):
            case Part(channel=None):
                parts.append(key)
            case Part(channel=str() as channel, is_table=is_table):
                files.setdefault(channel, []).append(key)
                if is_table:
                    channels.setdefault(channel, []).append(key)
            case FolderMarker():
                markers.add("")
            case ChannelMarker(channel=channel):
                markers.add(channel)
            case _:
                continue
    return FolderContents(tuple(parts), _frozen(channels), _frozen(files), frozenset(markers))


def _frozen(found: dict[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(keys) for name, keys in found.items()}


def short_name(file_name: str) -> str:
    """Return a drop's short name: lower-case letters, digits and hyphens, at most 40, from its file name."""
    plain = unicodedata.normalize("NFKD", _READ.sub("", file_name)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:NAME_LENGTH].rstrip("-") or "drop"


def _odd(key: str) -> str | None:
    """Return what is wrong with a key whatever its place, or None."""
    segments = key.split("/")
    if segments[-1] == "":
        return "a folder, not a file"
    if not key.isprintable() or "\\" in key:
        return "the name holds a control character or a backslash: rename the file"
    if "" in segments or ".." in segments or "." in segments:
        return "the key has an empty, `.` or `..` folder: upload it under a plain path"
    hidden = any(segment.startswith((".", "_")) for segment in segments[:-1])
    if hidden or (segments[-1].startswith((".", "_")) and segments[-1] != MARKER_NAME):
        return "names that begin with `.` or `_` are not drops"
    return None


def _elsewhere(place: str) -> str:
    """Return why a key outside `data/` is no drop."""
    if place in {"spec.yml", "spec.json"}:
        return "the spec is called spec.yaml"
    if place == "artifacts":
        return f"a model trained elsewhere is called artifacts/{ARTIFACT_NAME}"
    if place in _OURS:
        return f"{place} is not a place for drops"
    return f"only spec.yaml, what lies in data/, and artifacts/{ARTIFACT_NAME} is looked at"


def _in_data(model: str, segments: list[str], key: str) -> Key:
    """Classify what lies below `<model>/data/`."""
    file_name = segments[-1]
    if len(segments) == 1:
        return _drop_file(model, file_name, key)
    name, folder = short_name(segments[0]), f"{model}/data/{segments[0]}/"
    channel = segments[1] if len(segments) > 2 and segments[1] in (*CHANNELS, *OTHER_CHANNELS) else None
    if len(segments) > 2 and channel is None:
        return NotADrop("a drop's folder holds its parts, or train/, validation/ and test/, and no other folders")
    if file_name == MARKER_NAME and len(segments) > 3:
        return NotADrop("a _SUCCESS lies in the drop's folder, or right in train/, validation/ or test/")
    if file_name == MARKER_NAME:
        return ChannelMarker(model, name, folder, channel, key) if channel else FolderMarker(model, name, folder, key)
    problem = _unreadable(file_name, part=True)
    if problem and channel is None:
        return NotADrop(problem)
    is_table = problem is None and len(segments) <= 3 and channel not in OTHER_CHANNELS
    return Part(model, name, folder, channel, key, is_table)


def _drop_file(model: str, file_name: str, key: str) -> Key:
    """Classify a file that lies right in `data/`."""
    if file_name == MARKER_NAME:
        return NotADrop("a _SUCCESS marks a folder of parts: put it and them into a folder below data/")
    if problem := _unreadable(file_name, part=False):
        return NotADrop(problem)
    return DropFile(model, short_name(file_name), key)


def _unreadable(file_name: str, *, part: bool) -> str | None:
    """Return why a file is not read, or None. Parts may lack an extension, as Hadoop and Redshift write them."""
    if _READ.search(file_name):
        return None
    suffix = PurePosixPath(file_name).suffix.lower()
    if part and suffix in {"", ".gz"}:
        return None
    if suffix == ".gz":
        return "compressed files are called .csv.gz"
    if suffix == "":
        return "a file without an extension: call it .csv"
    return _ADVICE.get(suffix, "not a data file: drops are .csv, .csv.gz, .tsv or .txt")
