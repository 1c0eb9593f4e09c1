"""`yardmaster check`: the spec, and its metrics on a sample log."""

from pathlib import Path

import pytest

from yardmaster.cli.check_log import try_metric
from yardmaster.cli.main import main
from yardmaster.spec.train import MetricDefinition

OWN = """
algorithm: {script: {entry_point: train.py, framework: sklearn}}
data: {label: y}
train: {metric_definitions: [{name: auc, regex: "auc=([0-9.a-z]+)"}]}
"""


@pytest.mark.parametrize(
    ("lines", "said", "wrong"),
    [
        (["a auc=0.5", "b", "auc=0.75"], "auc: 2 values, first 0.5, last 0.75", False),
        (["loss=1"], "auc: found nowhere in 1 lines", True),
        ([], "auc: found nowhere in 0 lines", True),
        (["auc=0.5", "auc=nan"], "auc: 2 values, first 0.5, last nan; not a number in line 2", True),
        (
            ["x", "auc=0.5 auc=0.6"],
            "auc: 2 values, first 0.5, last 0.6; several in line 2, of which the first counts: make the expression say "
            "which",
            True,
        ),
    ],
)
def test_a_metric_is_tried_on_each_line(lines: list[str], said: str, wrong: bool) -> None:
    assert try_metric(MetricDefinition(name="auc", regex="auc=([0-9.a-z]+)"), lines) == (said, wrong)


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str]:
    code = main(["check", *map(str, arguments)])
    both = capsys.readouterr()
    return code, both.out + both.err


def test_a_good_spec_and_a_log_with_its_metric(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spec.yaml").write_text(OWN)
    (tmp_path / "log.txt").write_text("epoch 1 auc=0.5\n")

    assert run(capsys, tmp_path / "spec.yaml")[0] == 0
    code, said = run(capsys, tmp_path / "spec.yaml", "--log", tmp_path / "log.txt")

    assert code == 0
    assert "is a good spec" in said
    assert "auc: 1 values, first 0.5, last 0.5" in said


def test_a_metric_that_the_log_lacks_is_a_no(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spec.yaml").write_text(OWN)
    (tmp_path / "log.txt").write_text("nothing\n")

    assert run(capsys, tmp_path / "spec.yaml", "--log", tmp_path / "log.txt")[0] == 1


def test_a_bad_spec_is_a_no_with_every_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spec.yaml").write_text("algorithm: xgboost\ntrain: {hyperparameters: {eta: 2}}\n")

    code, said = run(capsys, tmp_path / "spec.yaml")

    assert code == 1
    assert "data.label: missing" in said
    assert "train.hyperparameters.eta: 2 is not allowed" in said


def test_a_built_in_has_no_expressions_to_try(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "spec.yaml").write_text("algorithm: xgboost\ndata: {label: y}\n")

    code, said = run(capsys, tmp_path / "spec.yaml", "--log", tmp_path / "spec.yaml")

    assert code == 0
    assert "brings its metrics" in said


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = run(capsys, tmp_path / "none.yaml")

    assert code == 2
    assert "can't be read" in said
