"""Stopping a container, and the plain launcher, which starts a Python for each."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from local_aws.sagemaker.executors import inputs
from local_aws.sagemaker.executors.base import TrainingRequest
from local_aws.sagemaker.executors.container_run import ContainerRun
from local_aws.sagemaker.executors.launcher import Command, SubprocessLauncher
from local_aws.sagemaker.executors.warm_launcher import WarmLauncher
from local_aws.sagemaker.executors.workspace import Workspace
from local_aws.sagemaker.store import ObjectStore

Make = Callable[..., TrainingRequest]


@pytest.fixture
def stubborn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """A container that ignores SIGTERM: a shell script in place of Python."""
    script = tmp_path / "stubborn"
    script.write_text("#!/bin/sh\ntrap '' TERM\necho started\ncat\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    return Command("train", "xgboost", tmp_path, {})


def test_a_container_that_ignores_the_stop_is_killed_after_the_grace(stubborn: Command) -> None:
    launcher, run = SubprocessLauncher(), ContainerRun(grace_seconds=0.1)
    assert run.run(launcher, stubborn, lambda _line: run.stop()) == -9
    launcher.close()


def test_a_container_that_was_stopped_before_it_began_never_begins(stubborn: Command) -> None:
    launcher, run, lines = SubprocessLauncher(), ContainerRun(grace_seconds=0), list[str]()
    run.stop()
    assert run.run(launcher, stubborn, lines.append) is None
    assert lines == []


@pytest.mark.skipif(sys.platform != "linux", reason="forking is only safe on Linux")
def test_what_a_fork_server_ran_is_killed_with_it(tmp_path: Path, training_request: Make, store: ObjectStore) -> None:
    request = training_request("endless", num_round="1000000")
    workspace = Workspace(tmp_path / "job")
    workspace.write_training_config(request)
    for channel in request.channels:
        objects = inputs.find(store, channel.s3_uri, channel.s3_data_type)
        inputs.download(store, objects, workspace.channel_dir(channel.name), channel.compression)
    launcher = WarmLauncher()

    def on_line(line: str) -> None:
        if line.startswith("[3]"):
            launcher.close()

    code = ContainerRun(grace_seconds=0).run(launcher, Command("train", "xgboost", workspace.base_dir, {}), on_line)
    assert code == -9
    assert not launcher.alive


def test_the_plain_launcher_reports_what_its_container_says(tmp_path: Path) -> None:
    """The container finds no configuration, says so and writes its failure file."""
    (tmp_path / "output").mkdir()
    launcher, lines = SubprocessLauncher(), list[str]()
    code = ContainerRun(grace_seconds=1).run(launcher, Command("train", "xgboost", tmp_path, {}), lines.append)
    assert code == 1
    assert any("Reporting training FAILURE" in line for line in lines)
    assert "FileNotFoundError" in (tmp_path / "output" / "failure").read_text()
    launcher.close()
