"""What a script is told is what AWS's own toolkit tells it.

`tests/data/script_mode/toolkit_environment.json` is the output of sagemaker-training 5.1.4, of 2026-11-30
(`Environment().to_env_vars()` and `.to_cmd_args()`), for the files that are written here, with its base directory
written as /opt/ml.
"""

import json
from pathlib import Path

import pytest

from local_aws.sagemaker.executors.base import InputChannel, TrainingRequest
from local_aws.sagemaker.executors.program import message_of
from local_aws.sagemaker.executors.script_container import requirements, toolkit
from local_aws.sagemaker.executors.workspace import Workspace

SAID = json.loads((Path(__file__).parents[2] / "data/script_mode/toolkit_environment.json").read_text())
HYPERPARAMETERS = {
    "n-estimators": "50",
    "alpha": "0.5",
    "deep": "true",
    "layers": "[1, 2]",
    "opts": '{"a": 1, "b": [2]}',
    "word": '"gini"',
    "text": '"5"',
    "x": "null",
    "plain": "gini",
    "_tuning_objective_metric": "validation:auc",
    "sagemaker_submit_directory": '"s3://bucket/churn/code/abc/sourcedir.tar.gz"',
    "sagemaker_program": '"train.py"',
    "sagemaker_container_log_level": "20",
    "sagemaker_job_name": '"job-1"',
    "sagemaker_region": '"eu-west-1"',
}


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> toolkit.Job:
    monkeypatch.setenv("TRAINING_JOB_NAME", "job-1")
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    channels = tuple(InputChannel(name, "s3://b/", content_type="text/csv") for name in ("train", "validation"))
    workspace = Workspace(tmp_path / "ml")
    workspace.write_training_config(
        TrainingRequest("job-1", "image", HYPERPARAMETERS, channels, "s3://b/models", instance_type="ml.m5.xlarge")
    )
    return toolkit.read(workspace.base_dir, "sagemaker_sklearn_container.training:main")


@pytest.mark.parametrize("name", SAID["env"])
def test_each_variable_is_the_toolkits(job: toolkit.Job, name: str) -> None:
    assert toolkit.variables(job)[name].replace(str(job.base_dir), "/opt/ml") == SAID["env"][name]


def test_there_are_no_variables_besides(job: toolkit.Job) -> None:
    assert toolkit.variables(job).keys() == SAID["env"].keys()


def test_the_arguments_are_the_toolkits(job: toolkit.Job) -> None:
    assert toolkit.arguments(job.hyperparameters) == SAID["args"]


def test_an_errors_message_begins_where_one_is_named_and_has_each_line_once() -> None:
    lines = [
        "loading",
        "Traceback (most recent call last):",
        '  raise ValueError("a")',
        "ValueError: a",
        "ValueError: a",
    ]
    assert message_of(lines) == 'raise ValueError("a")\nValueError: a'
    assert message_of(["a warning"]) == ""


@pytest.mark.parametrize(
    "text",
    ["", "numpy\nscikit-learn>=1\n# nothing\n", "numpy ; python_version < '3'\nnothing-like-it; python_version < '3'"],
)
def test_requirements_that_are_installed_are_fine(tmp_path: Path, text: str) -> None:
    (tmp_path / "requirements.txt").write_text(text)
    requirements.check(tmp_path)


def test_without_requirements_nothing_is_asked_for(tmp_path: Path) -> None:
    requirements.check(tmp_path)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("no-such-package>=2", "no-such-package>=2"),
        ("numpy==0.1", "numpy==0.1 ("),
        ("-r other.txt", "-r other.txt (a line that only pip understands)"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "requirements.txt").write_text(text)
    with pytest.raises(requirements.MissingError, match="Local AWS never runs pip") as raised:
        requirements.check(tmp_path)
    assert fault in str(raised.value)
