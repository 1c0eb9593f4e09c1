import io
import tarfile
from pathlib import Path

from yardmaster.encoder import inference
from yardmaster.encoder.archive import archive


def test_the_archive_has_the_columns_and_the_code_where_the_container_looks_for_them() -> None:
    with tarfile.open(fileobj=io.BytesIO(archive(b"{}")), mode="r:gz") as tar:
        files = {member.name: tar.extractfile(member) for member in tar}
        assert {name: file.read() for name, file in files.items() if file} == {
            "columns.json": b"{}",
            "code/inference.py": Path(inference.__file__).read_bytes(),
        }


def test_the_same_content_makes_the_same_bytes_and_other_content_others() -> None:
    assert archive(b"{}") == archive(b"{}")
    assert archive(b"{}") != archive(b"[]")
