"""The first-party algorithms' channels: what is read, what is refused, and in which words."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.first_party import channels
from local_aws.sagemaker.executors.first_party.channels import Table

ALLOWED = ("train", "validation", "test")


def read(
    base: Path, files: Mapping[str, bytes], content_type: str | None = "text/csv", *, labelled: bool = True
) -> dict[str, Table]:
    """Write files, named <channel>/<name>, and read their channels."""
    for name, content in files.items():
        path = base / "input/data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    config = {name.partition("/")[0]: {"ContentType": content_type} if content_type else {} for name in files}
    return channels.read(base, config, ALLOWED, labelled=labelled)


def test_the_label_is_the_first_column_unless_there_is_none(tmp_path: Path) -> None:
    first = read(tmp_path / "a", {"train/f.csv": b"1,2,3\n0,5,6\n"})["train"]
    np.testing.assert_array_equal(first.features, [[2, 3], [5, 6]])
    assert first.labels is not None
    assert first.labels.tolist() == [1, 0]
    none = read(tmp_path / "b", {"train/f.csv": b"1,2,3\n"}, "text/csv; label_size=0", labelled=False)["train"]
    assert none.labels is None
    assert none.features.tolist() == [[1, 2, 3]]


def test_an_algorithm_without_labels_drops_the_label_column(tmp_path: Path) -> None:
    found = read(tmp_path, {"train/f.csv": b"9,2,3\n"}, "text/csv;label_size=1", labelled=False)["train"]
    assert found.features.tolist() == [[2, 3]]


def test_files_are_taken_in_the_order_of_their_names_and_folders(tmp_path: Path) -> None:
    files = {"train/b.csv": b"0,2\n", "train/a.csv": b"0,1\n", "train/c/d.csv": b"0,3", "train/empty.csv": b""}
    assert read(tmp_path, files)["train"].features.tolist() == [[1], [2], [3]]


REFUSED = [
    ({"train/f.csv": b"1,2,\n"}, "text/csv", "Unable to read data channel 'train'. Found missing (NaN) values."),
    ({"train/f.csv": b"1,2,inf\n"}, "text/csv", "Found infinite floating point values."),
    ({"train/f.csv": b"y,a,b\n1,2,3\n"}, "text/csv", "'f.csv': not a number in row 1, column 1; the data must have no"),
    ({"train/f.csv": b"1,2,3\n1,secret,3\n"}, "text/csv", "file 'f.csv': not a number in row 2, column 2"),
    ({"train/f.csv": b"1,2,3\n1,2\n"}, "text/csv", "file 'f.csv': the number of columns changes in row 2"),
    ({"train/f.csv": b"1,2\n", "train/g.csv": b"1\n"}, "text/csv", "different numbers of columns: f.csv: 2, g.csv: 1"),
    ({"train/f.csv": b"\xff\xfe"}, "text/csv", "file 'f.csv' is not UTF-8 text"),
    ({"train/f.csv": b""}, "text/csv", "No data in channel 'train'"),
    ({"train/f.csv": b"1,2\n"}, "csv", "No iterator has been registered for ContentType ('csv', '1.0')"),
    ({"train/f.csv": b"1,2\n"}, None, "no content type means, is not available on local AWS: use text/csv"),
    ({"train/f": b"x"}, "application/x-recordio-protobuf", "protobuf is not available on local AWS: use text/csv"),
    ({"train/f.csv": b"1,2\n"}, "text/csv;label_size=2", "label_size must be 0 or 1"),
    ({"train/f.csv": b"1,2\n"}, "text/csv;label_size=0", "Channel 'train' has no labels (label_size=0)"),
    ({"test/f.csv": b"1,2\n"}, "text/csv", "Caused by: 'train' is a required property"),
    (
        {"train/f.csv": b"1,2\n", "model/f": b"1,2\n"},
        "text/csv",
        "Failed to validate input data configuration. (caused by ValidationError)\n\nCaused by: Additional properties "
        "are not allowed ('model' was unexpected)",
    ),
]


@pytest.mark.parametrize(("files", "content_type", "words"), REFUSED, ids=[words[:50] for _, _, words in REFUSED])
def test_what_cannot_be_used_is_refused_without_quoting_it(
    tmp_path: Path, files: Mapping[str, bytes], content_type: str | None, words: str
) -> None:
    with pytest.raises(UserError) as caught:
        read(tmp_path, files, content_type)
    assert words in str(caught.value)
    assert "secret" not in str(caught.value)
