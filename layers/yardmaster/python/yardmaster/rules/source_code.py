"""A script's folder as the archive that its containers unpack: which files, refused when, the same bytes each time."""

import gzip
import hashlib
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from yardmaster.errors import RefusedError
from yardmaster.spec.own import ScriptSpec

MOST_BYTES = 50 * 1024**2
"""Of all files together: what a function packs in its memory, and more than code ever is."""
MOST_FILES = 2000
REQUIREMENTS = "requirements.txt"
"""What the containers look for."""
SHOWN = 10


@dataclass(frozen=True)
class Archive:
    """A `sourcedir.tar.gz`; `digest` is the SHA-256 (hex) of its names and contents, not of its bytes."""

    digest: str
    data: bytes
    files: int


def is_code(path: str) -> bool:
    """Tell whether a file is packed, by its path below the folder: nothing hidden, no leftovers of Python."""
    parts = path.split("/")
    return bool(parts[-1]) and not any(part.startswith(".") or part == "__pycache__" for part in parts)


def check_size(sizes: Iterable[int], folder: str) -> None:
    """Refuse what is too large for code.

    Raises:
        RefusedError: More than 50 MB, or than 2,000 files.
    """
    every = list(sizes)
    if len(every) > MOST_FILES:
        raise RefusedError(
            f"algorithm.script.source_dir: {folder} has {len(every):,} files, the limit is {MOST_FILES:,}: it is for "
            "code alone"
        )
    if sum(every) > MOST_BYTES:
        raise RefusedError(
            f"algorithm.script.source_dir: {folder} has {sum(every) / 1e6:,.0f} MB, the limit is "
            f"{MOST_BYTES / 1024**2:.0f} MiB: it is for code; data goes to data/"
        )


def pack(script: ScriptSpec, files: Mapping[str, bytes], folder: str) -> Archive:
    """Return the archive of a folder's files, by their paths below it.

    Requirements under another name are copied to where the containers look for them.

    Raises:
        RefusedError: The folder is empty, or lacks the entry point or the requirements.
    """
    check_files(script, files, folder)
    packed = dict(files)
    if script.requirements is not None:
        packed[REQUIREMENTS] = files[script.requirements]
    return Archive(_digest(packed), _tar(packed), len(files))


def check_files(script: ScriptSpec, files: Collection[str], folder: str) -> None:
    """Refuse a folder that lacks what the script names.

    Raises:
        RefusedError: It is empty, or lacks the entry point or the requirements.
    """
    if not files:
        raise RefusedError(
            f"algorithm.script.source_dir: {folder} is empty: upload the code there, as `yardmaster drop --spec` does"
        )
    for key, name in (("entry_point", script.entry_point), ("requirements", script.requirements)):
        if name is not None and name not in files:
            raise RefusedError(f"algorithm.script.{key}: {name} is not in {folder}; there is {_listed(files)}")


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{len(name.encode())}:{name}{len(files[name])}:".encode())
        digest.update(files[name])
    return digest.hexdigest()


def _tar(files: Mapping[str, bytes]) -> bytes:
    """Pack without times and owners: the same files are the same bytes."""
    import tarfile  # Few models have code of their own: to the others, loading it would be part of their cold start.

    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            tar.addfile(member, io.BytesIO(files[name]))
    return packed.getvalue()


def _listed(files: Collection[str]) -> str:
    names = sorted(files)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
