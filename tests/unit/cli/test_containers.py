"""What `yardmaster drop --spec` uploads for a spec's own containers."""

import io
import tarfile
from pathlib import Path

import pytest

from yardmaster.cli.containers import archives, pack
from yardmaster.cli.errors import UsageError
from yardmaster.spec.parse import parse_spec

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def uploads(folder: Path, *urls: str) -> dict[str, bytes]:
    containers = ", ".join(f'{{image: "{IMAGE}", model_data_url: {url}}}' for url in urls)
    spec = f"algorithm: xgboost\ndata: {{label: y}}\ndeploy: {{pipeline: {{before: [{containers}]}}}}\n"
    return dict(archives(parse_spec(spec.encode()), folder, "churn"))


def names(archive: bytes) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return tar.getnames()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "containers/scale/code/__pycache__").mkdir(parents=True)
    (tmp_path / "containers/scale/code/inference.py").write_text("x = 1\n")
    (tmp_path / "containers/scale/code/__pycache__/inference.pyc").write_text("")
    (tmp_path / "containers/words.tar.gz").write_bytes(b"packed already")
    return tmp_path


def test_a_folder_is_packed_and_a_file_is_taken_as_it_is(folder: Path) -> None:
    found = uploads(folder, "containers/scale.tar.gz", "containers/words.tar.gz")
    assert list(found) == ["churn/containers/scale.tar.gz", "churn/containers/words.tar.gz"]
    assert names(found["churn/containers/scale.tar.gz"]) == ["code/inference.py"]
    assert found["churn/containers/words.tar.gz"] == b"packed already"


def test_the_same_files_give_the_same_bytes(folder: Path) -> None:
    first = pack(folder / "containers/scale")
    (folder / "containers/scale/code/inference.py").touch()
    assert pack(folder / "containers/scale") == first


def test_what_is_in_a_bucket_already_is_not_looked_for(folder: Path) -> None:
    assert uploads(folder, "s3://b/churn/containers/scale.tar.gz", "containers/elsewhere.tar.gz") == {}


def test_a_spec_without_containers_brings_none(folder: Path) -> None:
    assert list(archives(parse_spec(b"algorithm: xgboost\ndata: {label: y}"), folder, "churn")) == []


def test_an_archive_that_can_not_be_read_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)
    with pytest.raises(UsageError, match=r"words.tar.gz can't be read: Permission denied"):
        uploads(folder, "containers/words.tar.gz")
