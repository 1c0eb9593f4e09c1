"""Packing and unpacking model.tar.gz."""

import io
import tarfile
from pathlib import Path

import pytest

from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.store import MemoryObjectStore


def test_what_was_packed_comes_out(tmp_path: Path) -> None:
    store = MemoryObjectStore({"s3://b/model.tar.gz": artifacts.pack({"xgboost-model": b"m", "code/x.py": b"c"})})
    artifacts.unpack(store, "s3://b/model.tar.gz", tmp_path)
    assert (tmp_path / "xgboost-model").read_bytes() == b"m"
    assert (tmp_path / "code" / "x.py").read_bytes() == b"c"


def test_the_same_contents_give_the_same_bytes() -> None:
    assert artifacts.pack({"a": b"1", "b": b"2"}) == artifacts.pack({"b": b"2", "a": b"1"})


def test_an_empty_directory_gives_no_artifact(tmp_path: Path) -> None:
    assert artifacts.pack_directory(tmp_path) is None


def test_a_member_that_leaves_the_directory_is_refused(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("../evil"))
    store = MemoryObjectStore({"s3://b/m": packed.getvalue()})
    with pytest.raises(artifacts.ArtifactError, match="OutsideDestinationError"):
        artifacts.unpack(store, "s3://b/m", tmp_path / "model")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("objects", [{}, {"s3://b/m": b"not a tar"}, {"s3://b/m": b""}])
def test_a_missing_or_broken_artifact_is_refused(tmp_path: Path, objects: dict[str, bytes]) -> None:
    with pytest.raises(artifacts.ArtifactError, match="s3://b/m"):
        artifacts.unpack(MemoryObjectStore(objects), "s3://b/m", tmp_path)
