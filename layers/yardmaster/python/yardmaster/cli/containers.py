"""The archives of a spec's own containers that lie beside the spec: what is uploaded with it."""

import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path

from yardmaster.cli.errors import UsageError
from yardmaster.rules.containers import FOLDER
from yardmaster.spec.schema import Spec

_ARCHIVE = ".tar.gz"


def archives(spec: Spec, folder: Path, model: str) -> Iterator[tuple[str, bytes]]:
    """Yield the key and the bytes of each archive below `containers/`: a file, or a folder, which is packed.

    Args:
        spec: The spec.
        folder: Where its file lies.
        model: Whose it is.

    Raises:
        UsageError: A file can't be read.
    """
    pipeline = spec.deploy.pipeline if spec.deploy else None
    placed = pipeline.placed().values() if pipeline else ()
    for url in sorted({one.model_data_url for one in placed if one.model_data_url}):
        archive, unpacked = folder / url, folder / url.removesuffix(_ARCHIVE)
        if not url.startswith(f"{FOLDER}/"):
            continue
        try:
            if archive.is_file():
                yield f"{model}/{url}", archive.read_bytes()
            elif unpacked.is_dir():
                yield f"{model}/{url}", pack(unpacked)
        except OSError as error:
            raise UsageError(f"{archive} can't be read: {error.strerror}") from error


def pack(folder: Path) -> bytes:
    """Make a .tar.gz of a folder's files, at the archive's top: the same files give the same bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                member = tarfile.TarInfo(path.relative_to(folder).as_posix())
                member.size = path.stat().st_size
                with path.open("rb") as content:
                    tar.addfile(member, content)
    return packed.getvalue()
