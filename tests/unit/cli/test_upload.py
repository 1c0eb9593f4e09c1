"""What is uploaded, and where to."""

import gzip
from pathlib import Path

import pytest

from yardmaster.cli.errors import UsageError
from yardmaster.cli.upload import plan_drops, read_spec


def touched(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("a,b\n1,2\n")
    return folder


@pytest.mark.parametrize(
    ("file_name", "name", "key"),
    [
        ("jan.csv", None, "churn/data/jan.csv"),
        ("x.csv", "jan", "churn/data/jan.csv"),
        ("x.csv.gz", "jan", "churn/data/jan.csv.gz"),
        ("v1.2.csv", "jan", "churn/data/jan.csv"),
        ("x.csv", "jan.csv", "churn/data/jan.csv"),
    ],
)
def test_a_file_is_a_drop_by_its_own_name_or_the_given_one(
    tmp_path: Path, file_name: str, name: str | None, key: str
) -> None:
    path = touched(tmp_path, file_name) / file_name
    (plan,) = plan_drops([path], "churn", name)
    assert plan.files == ((path, key),)
    assert plan.starts_with == key


def test_a_folder_is_its_parts_and_then_its_marker(tmp_path: Path) -> None:
    folder = touched(tmp_path / "feb", "part-1.csv", "part-0.csv", "_SUCCESS", ".part-0.csv.crc", "_tmp/x.csv")
    (plan,) = plan_drops([folder], "churn", None)
    assert [key for _, key in plan.files] == ["churn/data/feb/part-0.csv", "churn/data/feb/part-1.csv"]
    assert plan.starts_with == "churn/data/feb/_SUCCESS"


def test_a_split_folder_keeps_its_channels(tmp_path: Path) -> None:
    folder = touched(tmp_path / "mar", "train/a.csv", "test/b.csv")
    (plan,) = plan_drops([folder], "churn", "april")
    assert [key for _, key in plan.files] == ["churn/data/april/test/b.csv", "churn/data/april/train/a.csv"]


@pytest.mark.parametrize(
    ("names", "path", "says"),
    [
        ((), "none.csv", "does not exist"),
        (("a.xlsx",), "a.xlsx", "save the sheet as CSV"),
        (("a/b/c/d.csv",), "a", "would not be a drop"),
        (("a/_SUCCESS",), "a", "holds no data files"),
    ],
)
def test_what_can_not_be_a_drop_is_refused_before_anything_is_uploaded(
    tmp_path: Path, names: tuple[str, ...], path: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        plan_drops([touched(tmp_path, *names) / path], "churn", None)


def test_a_model_name_that_is_no_folder_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'Churn_1' can't name a model"):
        plan_drops([touched(tmp_path, "a.csv") / "a.csv"], "Churn_1", None)


def test_one_name_does_not_fit_two_drops(tmp_path: Path) -> None:
    touched(tmp_path, "a.csv", "b.csv")
    with pytest.raises(UsageError, match="--name names one drop"):
        plan_drops([tmp_path / "a.csv", tmp_path / "b.csv"], "churn", "jan")


def test_a_wrong_spec_is_refused_here_with_its_problems(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text("algorithm: xgboost\ndata: {label: y}\ntrain: {max_runs: 1h}\n")
    with pytest.raises(UsageError, match=r"would be refused:\n.*max_runs"):
        read_spec(path, "churn")


def test_a_missing_spec_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read: No such file"):
        read_spec(tmp_path / "none.yaml", "churn")


@pytest.mark.parametrize("file_name", ["model.tar.gz", "churn-v7.tar.gz", "model.tgz"])
def test_an_archive_is_a_model_whatever_it_is_called_here(tmp_path: Path, file_name: str) -> None:
    path = tmp_path / file_name
    path.write_bytes(gzip.compress(b"model"))
    (plan,) = plan_drops([path], "churn", None)

    assert plan.files == ((path, "churn/artifacts/model.tar.gz"),)
    assert plan.starts_with == "churn/artifacts/model.tar.gz"


def test_an_archive_that_is_none_two_of_them_or_a_name_for_one_is_refused(tmp_path: Path) -> None:
    good, bad = tmp_path / "model.tar.gz", tmp_path / "bad.tar.gz"
    good.write_bytes(gzip.compress(b"model"))
    bad.write_bytes(b"a,b\n")
    for paths, name, says in (
        ([bad], None, "is not gzip"),
        ([good], "seven", "--name is for data"),
        ([good, good], None, "one model at a time"),
    ):
        with pytest.raises(UsageError, match=says):
            plan_drops(paths, "churn", name)


COLUMNS = (
    '{"schema": 1, "columns": [{"name": "y", "role": "label"}, {"name": "x", "role": "numeric"}], "problem": "binary", '
    '"classes": ["no", "yes"], "header": true, "missing": "keep"}'
)


def test_a_model_s_own_columns_go_up_before_it(tmp_path: Path) -> None:
    model, columns = tmp_path / "model.tar.gz", tmp_path / "mine.json"
    model.write_bytes(gzip.compress(b"a tar"))
    columns.write_text(COLUMNS)

    (plan,) = plan_drops([model], "churn", None, columns)

    assert plan.files == ((columns, "churn/artifacts/columns.json"), (model, "churn/artifacts/model.tar.gz"))
    assert plan.starts_with == "churn/artifacts/model.tar.gz"
    assert plan.lies_beside is None


def test_without_them_those_that_lie_in_the_bucket_are_asked_for(tmp_path: Path) -> None:
    model = tmp_path / "model.tar.gz"
    model.write_bytes(gzip.compress(b"a tar"))

    assert plan_drops([model], "churn", None)[0].lies_beside == "churn/artifacts/columns.json"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("model.tar.gz", None, r"mine\.json can't be read"),
        ("model.tar.gz", "{}", r"mine\.json lacks the key 'schema'"),
        ("jan.csv", COLUMNS, "--columns is for a model"),
    ],
)
def test_columns_that_can_t_be_taken_are_refused_before_anything_is_uploaded(
    tmp_path: Path, name: str, text: str | None, says: str
) -> None:
    path, columns = tmp_path / name, tmp_path / "mine.json"
    path.write_bytes(gzip.compress(b"a tar"))
    if text is not None:
        columns.write_text(text)
    with pytest.raises(UsageError, match=says):
        plan_drops([path], "churn", None, columns)
