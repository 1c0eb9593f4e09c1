"""Reading CSV and libsvm as the container does."""

from pathlib import Path

import numpy as np
import pytest

from local_aws.sagemaker.executors import csv_text
from local_aws.sagemaker.executors.container_errors import UserError
from local_aws.sagemaker.executors.xgboost_container import data

NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "table"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("1,,3\r\n,2,\r\n", [[1, NAN, 3], [NAN, 2, NAN]]),
        (",,\n1,2,3", [[NAN, NAN, NAN], [1, 2, 3]]),
        ("1;2\n;3", [[1, 2], [NAN, 3]]),
        ("1\t2", [[1, 2]]),
        ("5\n\n6", [[5], [NAN], [6]]),
        ("1e3,-2.5", [[1000, -2.5]]),
    ],
)
def test_empty_cells_are_missing_values_whatever_the_delimiter(text: str, table: list[list[float]]) -> None:
    np.testing.assert_array_equal(csv_text.parse_csv(text), np.array(table, np.float32))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("1,2\n3,secret\n", "row 2, column 2"),
        ("1,2\n3\n", "row 2"),
        ("1,2\n\n3,4\n", "row 2"),
    ],
)
def test_text_that_is_no_table_of_numbers_is_located_and_not_quoted(text: str, where: str) -> None:
    with pytest.raises(csv_text.UnreadableError) as refused:
        csv_text.parse_csv(text)
    assert where in str(refused.value)
    assert "secret" not in str(refused.value)


def test_libsvm_has_labels_weights_and_features_counted_from_zero() -> None:
    labels, features, weights = data.parse_libsvm("1:0.5 0:7 2:9\n0 1:8\n")
    assert labels.tolist() == [1, 0]
    assert features.toarray().tolist() == [[7, 0, 9], [0, 8, 0]]
    assert weights is not None
    assert weights.tolist() == [0.5, 1]


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (None, "libsvm"),
        ("text/csv", "csv"),
        ("text/csv; label_size=1; charset=utf8", "csv"),
        ("text/x-libsvm", "libsvm"),
    ],
)
def test_content_types_are_known_by_several_names_and_none_means_libsvm(given: str | None, kind: str) -> None:
    assert data.content_type(given) == kind


@pytest.mark.parametrize("given", ["application/x-parquet", "image/png", "text/csv;label_size=2", ""])
def test_other_content_types_are_refused(given: str) -> None:
    with pytest.raises(UserError):
        data.content_type(given)


def test_a_channel_is_all_its_data_files_in_order_of_name(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "2.csv").write_text("0,2\n")
    (tmp_path / "1.csv").write_text("1,1\n")
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / ".hidden").write_text("x,y")
    table = data.read_channel(tmp_path, "csv", weighted=False)
    assert table is not None
    assert table.labels.tolist() == [1, 0]
    assert table.features.tolist() == [[1], [2]]


@pytest.mark.parametrize(("folders", "read"), [("a/b", True), ("a/b/c", False)])
def test_a_file_that_lies_deep_in_folders_is_not_read_and_a_warning_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, folders: str, read: bool
) -> None:
    (tmp_path / folders).mkdir(parents=True)
    (tmp_path / folders / "1.csv").write_text("1,1\n")

    assert (data.read_channel(tmp_path, "csv", weighted=False) is not None) is read
    assert ("1 files are not read" in caplog.text) is not read


def test_weights_are_the_second_column(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("1,0.5,7\n0,2,8\n")
    table = data.read_channel(tmp_path, "csv", weighted=True)
    assert table is not None
    assert table.weights is not None
    assert (table.weights.tolist(), table.features.tolist()) == ([0.5, 2], [[7], [8]])


def test_a_channel_without_data_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_text("")
    assert data.read_channel(tmp_path, "csv", weighted=False) is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("label,age\n1,2\n", "CSV format require no header line in it"),
        ("1,2\n0,x\n", "not a number in row 2, column 2"),
        ("1\n0\n", "Could not determine delimiter"),
        (",2\n1,3\n", "the label, the first column, is empty"),
        ("1,\udcff\n", "not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_the_customers_fault(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "1.csv").write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(UserError, match=message):
        data.read_channel(tmp_path, "csv", weighted=False)


def test_csv_without_a_content_type_is_refused_as_libsvm(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("1,2,3\n")
    with pytest.raises(UserError, match="text/csv: libsvm is the default"):
        data.read_channel(tmp_path, "libsvm", weighted=False)


def test_files_of_different_widths_are_refused(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("1,2\n")
    (tmp_path / "2.csv").write_text("1,2,3\n")
    with pytest.raises(UserError, match=r"1\.csv: 2, 2\.csv: 3"):
        data.read_channel(tmp_path, "csv", weighted=False)
