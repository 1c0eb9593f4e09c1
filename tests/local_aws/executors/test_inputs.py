"""Which objects a data source means, and how they reach a directory."""

import gzip
from pathlib import Path

import pytest

from local_aws.sagemaker.executors import inputs
from local_aws.sagemaker.store import MemoryObjectStore


def names(store: MemoryObjectStore, uri: str, kind: str = "S3Prefix") -> list[str]:
    return [str(item.path) for item in inputs.find(store, uri, kind)]


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("s3://b/in/", ["a.csv", "sub/b.csv"]),
        ("s3://b/in", ["a.csv", "sub/b.csv", "in2.csv"]),
        ("s3://b/in/a.csv", ["a.csv"]),
        ("s3://b/in/su", ["sub/b.csv"]),
    ],
)
def test_names_are_relative_to_the_prefixs_last_folder(prefix: str, found: list[str]) -> None:
    store = MemoryObjectStore(
        {"s3://b/in/": b"", "s3://b/in/a.csv": b"", "s3://b/in/sub/b.csv": b"", "s3://b/in2.csv": b""}
    )
    assert names(store, prefix) == found


def test_a_manifest_names_objects_relative_to_its_prefix() -> None:
    store = MemoryObjectStore({"s3://b/m": b'[{"prefix": "s3://b/in/"}, "a.csv", "sub/b.csv"]'})
    found = inputs.find(store, "s3://b/m", "ManifestFile")
    assert [(item.uri, str(item.path)) for item in found] == [
        ("s3://b/in/a.csv", "a.csv"),
        ("s3://b/in/sub/b.csv", "sub/b.csv"),
    ]


@pytest.mark.parametrize("key", ["../x", "a/../../x", "a//b", "a/./b", "/etc/passwd", "a\0b"])
def test_a_key_that_leaves_the_directory_is_refused(key: str) -> None:
    with pytest.raises(inputs.InputError, match="leaves its channel's directory"):
        names(MemoryObjectStore({f"s3://b/in/{key}": b"x"}), "s3://b/in/")


def test_a_manifest_whose_names_leave_the_directory_is_refused() -> None:
    store = MemoryObjectStore({"s3://b/m": b'[{"prefix": "s3://b/in/"}, "../../x"]'})
    with pytest.raises(inputs.InputError, match="leaves its channel's directory"):
        names(store, "s3://b/m", "ManifestFile")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'["a"]', b'[{"prefix": 1}, "a"]', b'[{"prefix": "s3://b/"}, 1]']
)
def test_a_manifest_of_another_form_is_refused(content: bytes) -> None:
    with pytest.raises(inputs.InputError, match="is not JSON of the form"):
        names(MemoryObjectStore({"s3://b/m": content}), "s3://b/m", "ManifestFile")


def test_no_objects_are_refused() -> None:
    with pytest.raises(inputs.InputError, match='No S3 objects found under S3 URL "s3://b/in/"'):
        names(MemoryObjectStore(), "s3://b/in/")


def test_gzip_is_unpacked_on_the_way(tmp_path: Path) -> None:
    store = MemoryObjectStore({"s3://b/in/sub/a.csv.gz": gzip.compress(b"1,2\n")})
    inputs.download(store, inputs.find(store, "s3://b/in/", "S3Prefix"), tmp_path, "Gzip")
    assert (tmp_path / "sub" / "a.csv.gz").read_bytes() == b"1,2\n"


@pytest.mark.parametrize("content", [b"1,2\n", gzip.compress(b"1,2\n" * 100, mtime=0)[:-9]])
def test_what_is_not_whole_gzip_is_refused(tmp_path: Path, content: bytes) -> None:
    store = MemoryObjectStore({"s3://b/in/a.csv.gz": content})
    with pytest.raises(inputs.InputError, match="is not in gzip format"):
        inputs.download(store, inputs.find(store, "s3://b/in/", "S3Prefix"), tmp_path, "Gzip")


def test_keys_that_cannot_be_file_and_folder_at_once_are_refused(tmp_path: Path) -> None:
    store = MemoryObjectStore({"s3://b/in/a": b"", "s3://b/in/a/b": b""})
    with pytest.raises(inputs.InputError, match="Data download failed"):
        inputs.download(store, inputs.find(store, "s3://b/in/", "S3Prefix"), tmp_path, "None")
