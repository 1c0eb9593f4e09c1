"""The code of a script: found in the model's folder, packed, and kept under the hash of its contents."""

import hashlib
from dataclasses import dataclass

from yardmaster.aws.bucket import MissingObjectError, Object
from yardmaster.errors import RefusedError
from yardmaster.flows.yard import Yard
from yardmaster.rules import source_code
from yardmaster.rules.source_code import Archive
from yardmaster.spec.schema import OwnAlgorithm, ScriptSpec, Spec

ARCHIVE = "sourcedir.tar.gz"
"""As the SageMaker SDK calls it."""


@dataclass(frozen=True)
class Code:
    """A release's code, where it is or will be; or why there is none (`refusal`)."""

    uri: str = ""
    archive: Archive | None = None
    refusal: str = ""

    @property
    def said(self) -> str:
        """What a release's history tells of it."""
        return f", code {self.archive.digest[:12]} ({self.archive.files} files)" if self.archive else ""


def script_of(spec: Spec) -> ScriptSpec | None:
    """Return the script of a spec; None for any other algorithm."""
    return spec.algorithm.script if isinstance(spec.algorithm, OwnAlgorithm) else None


def gather(yard: Yard, model: str, spec: Spec) -> Code | None:
    """Read and pack the code that a spec's script has now; None if it has no script."""
    if (script := script_of(spec)) is None:
        return None
    folder = _folder(model, script)
    try:
        found = _files(yard, folder)
        source_code.check_size([one.size for one in found.values()], folder)
        contents = {path: yard.bucket.read(one.key, one.version_id)[0] for path, one in found.items()}
        archive = source_code.pack(script, contents, folder)
    except RefusedError as refusal:
        return Code(refusal=str(refusal))
    return Code(yard.bucket.uri(f"{model}/code/{archive.digest}/{ARCHIVE}"), archive)


def keep(yard: Yard, code: Code) -> None:
    """Upload the archive, unless the same contents are there already."""
    if code.archive is None:
        return
    key = yard.bucket.key_of(code.uri)
    try:
        yard.bucket.head(key)
    except MissingObjectError:
        yard.bucket.write_once(key, code.archive.data, "application/gzip")


def digest(yard: Yard, model: str, spec: Spec) -> str | None:
    """Return a hash that changes with the code in the bucket, by names and ETags alone; None without a script."""
    if (script := script_of(spec)) is None:
        return None
    seen = [f"{path}\0{one.etag}" for path, one in _files(yard, _folder(model, script)).items()]
    return hashlib.sha256("\0".join(seen).encode()).hexdigest()


def _folder(model: str, script: ScriptSpec) -> str:
    return f"{model}/{script.source_dir.strip('/')}/"


def _files(yard: Yard, folder: str) -> dict[str, Object]:
    """Return the files of a folder, by their paths below it, in order."""
    found = {one.key.removeprefix(folder): one for one in yard.bucket.list(folder)}
    return {path: one for path, one in found.items() if source_code.is_code(path)}
