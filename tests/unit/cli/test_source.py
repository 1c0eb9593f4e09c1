"""A script's folder is uploaded with its spec."""

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Scene
from yardmaster.cli.errors import UsageError
from yardmaster.cli.source import plan_source, upload_source
from yardmaster.spec.own import ScriptSpec

SPEC = b"algorithm: {script: {entry_point: train.py, framework: sklearn}}\ndata: {label: y}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("train.py", "deep/helper.py", ".git/config", "deep/__pycache__/helper.pyc", ".env"):
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n")
    return tmp_path


def planned(folder: Path, raw: bytes = SPEC) -> tuple[ScriptSpec, dict[str, Path]]:
    found = plan_source(folder / "spec.yaml", raw)
    assert found is not None
    return found


def test_code_is_what_is_neither_hidden_nor_pythons_own(folder: Path) -> None:
    assert list(planned(folder)[1]) == ["deep/helper.py", "train.py"]


def test_a_folder_that_is_not_here_may_be_in_the_bucket(tmp_path: Path) -> None:
    assert plan_source(tmp_path / "spec.yaml", SPEC) is None


def test_a_built_in_algorithm_has_no_code(folder: Path) -> None:
    assert plan_source(folder / "spec.yaml", b"algorithm: xgboost\ndata: {label: y}\n") is None


def test_a_link_that_leads_out_is_refused(folder: Path) -> None:
    (folder / "secret.txt").write_text("secret")
    (folder / "source/link.txt").symlink_to(folder / "secret.txt")
    with pytest.raises(UsageError, match="is a link that leads out of"):
        planned(folder)


def test_more_than_code_is_refused(folder: Path) -> None:
    with (folder / "source/weights.bin").open("wb") as file:
        file.truncate(51 * 1024**2)
    with pytest.raises(UsageError, match="has 53 MB, the limit is 50 MiB"):
        planned(folder)


def test_an_entry_point_that_is_not_there_is_refused_with_what_is(folder: Path) -> None:
    (folder / "source/train.py").rename(folder / "source/main.py")
    with pytest.raises(UsageError, match=r"train\.py is not in .*; there is deep/helper\.py, main\.py"):
        planned(folder)


def test_only_what_has_changed_is_uploaded_and_what_is_left_over_is_named(scene: Scene, folder: Path) -> None:
    upload_source(scene.stack, scene.terminal, "churn", *planned(folder))
    first = {one.key: one.version_id for one in scene.stack.bucket.list("churn/")}
    (folder / "source/train.py").write_text("# better\n")
    (folder / "source/deep/helper.py").unlink()
    upload_source(scene.stack, scene.terminal, "churn", *planned(folder))

    second = {one.key: one.version_id for one in scene.stack.bucket.list("churn/")}
    assert first.keys() == second.keys() == {"churn/source/train.py", "churn/source/deep/helper.py"}
    changed = {key for key in first if first[key] != second[key]}
    assert changed == {"churn/source/train.py"}
    assert "churn/source/deep/helper.py is not in source/, and is packed too" in scene.said.getvalue()
