"""Model artifacts: a model.tar.gz made of a directory, and the other way round."""

import gzip
import io
import tarfile
from pathlib import Path

from local_aws.sagemaker.store import ObjectStore


class ArtifactError(ValueError):
    """A model.tar.gz that is missing or can't be unpacked."""


def uri_of(output_s3_path: str, job: str) -> str:
    """Give the place where SageMaker puts a training job's artifact."""
    return f"{output_s3_path.rstrip('/')}/{job}/output/model.tar.gz"


def pack(files: dict[str, bytes]) -> bytes:
    """Make a model.tar.gz of named contents: the same contents give the same bytes."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def pack_directory(directory: Path) -> bytes | None:
    """Make a model.tar.gz of a directory's files; None when there are none.

    Links that lead out of it are left behind: what is elsewhere is no part of a model.
    """
    root = directory.resolve()
    inside = (path for path in directory.rglob("*") if path.is_file() and path.resolve().is_relative_to(root))
    files = {str(path.relative_to(directory)): path.read_bytes() for path in inside}
    return pack(files) if files else None


def unpack(store: ObjectStore, uri: str, directory: Path) -> None:
    """Unpack a model.tar.gz into a directory, refusing members that leave it.

    Raises:
        ArtifactError: there is none, or it is not a gzipped tar, or not a safe one.
    """
    directory.mkdir(parents=True, exist_ok=True)
    try:
        with store.open(uri) as stream, tarfile.open(fileobj=stream, mode="r|gz") as tar:
            tar.extractall(directory, filter="data")
    except FileNotFoundError:
        raise ArtifactError(f'Failed to download model data: no object at "{uri}"') from None
    except (tarfile.TarError, EOFError, OSError) as error:
        raise ArtifactError(f'Failed to extract model data archive from "{uri}": {type(error).__name__}') from None


def read_file(archive: bytes, name: str) -> bytes:
    """Read one file of a model.tar.gz without unpacking it.

    Raises:
        ArtifactError: it is not such an archive, or holds no such file.
    """
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as tar:
            member = tar.extractfile(name)
            if member is None:
                raise ArtifactError(f"model.tar.gz: {name} is not a file")
            return member.read()
    except (tarfile.TarError, KeyError, EOFError, OSError) as error:
        raise ArtifactError(f"model.tar.gz has no readable {name}: {type(error).__name__}") from None
