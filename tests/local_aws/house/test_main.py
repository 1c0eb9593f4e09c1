import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from local_aws.main import main

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Transform: AWS::Serverless-2016-10-31
Resources:
  Bucket: {Type: AWS::S3::Bucket}
  Hello:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: hello, Handler: app.handler, Runtime: python3.13, Timeout: 30}
Outputs:
  BucketName: {Value: !Ref Bucket}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "template.yaml").write_text(TEMPLATE)
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "app.py").write_text("def handler(event, context):\n    return 'hello'\n")
    return tmp_path


def processes_in(folder: Path) -> list[str]:
    """Return the command lines of the processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").resolve().is_relative_to(folder):
                found.append((process / "cmdline").read_text())
        except OSError:
            continue  # it ended, or is another user's
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks for left processes in /proc")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_deploys_says_what_to_type_and_ends_without_a_trace(project: Path, end: signal.Signals) -> None:
    command = [sys.executable, "-m", "local_aws", "--port", "0", "--minute", "2", "--stack", "mine"]
    with subprocess.Popen(
        command, cwd=project, env=os.environ | {"PYTHONPATH": os.getcwd()}, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        said = ""
        while "Ctrl-C" not in said:
            line = running.stdout.readline()
            assert line, said
            said += line
        exports = dict(
            line.removeprefix("export ").split("=", 1) for line in (project / ".local/env").read_text().splitlines()
        )
        with urllib.request.urlopen(exports["AWS_ENDPOINT_URL"] + "/_local/health", timeout=20) as health:  # noqa: S310
            outputs = json.loads(health.read())
        assert processes_in(project)
        running.send_signal(end)
        assert running.wait(timeout=30) == 0
    assert processes_in(project) == []
    assert exports["YARDMASTER_STACK"] == "mine"
    assert f"s3://{outputs['BucketName']}/churn/data/jan.csv" in said
    assert ". .local/env" in said


def test_a_taken_port_gives_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 1
    said = capsys.readouterr().err
    assert said == f"local AWS: port {port} is taken: stop what listens there, or choose another with --port\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--minute", "0"], "a minute must take more than 0 seconds"),
        (["--template", "missing.yaml"], "missing.yaml"),
    ],
)
def test_what_cannot_work_is_said_in_one_line(
    arguments: list[str], words: str, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(project)
    assert main(["--port", "0", *arguments]) == 1
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
