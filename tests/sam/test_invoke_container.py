"""Each built function in a container of Lambda's, as `sam local` runs it: one by one, and behind Lambda's own API."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local_aws import containers
from tests.requirements import ROOT, need, need_engine
from tests.sam.place import Place, a_place, logical_id
from tests.sam.scenes import SCENES, play
from tests.waiting import eventually

PATIENCE = 240.0
"""Seconds for SAM to start; on a machine without the base image it pulls that first."""
ONE_OF_EACH = (
    "apply_spec/spec_uploaded",
    "prepare_data/file_dropped",
    "start_training/release_prepared",
    "test_candidate/training_job_completed",
    "evaluate_candidate/transform_job_completed",
    "deploy_canary/command_approve",
    "judge_canary/release_due",
    "wake_releases/tick",
    "run_batch_transform/schedule_fired",
    "stop_idle_endpoints/sweep",
    "start_endpoint/endpoint_due",
    "send_notification/release_live",
    "apply_retention/command_remove",
)


@pytest.fixture(scope="module")
def gateway() -> str | None:
    return need_engine()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("containers")


@pytest.fixture(scope="module")
def place(gateway: str | None, folder: Path) -> Iterator[Place]:
    with a_place(folder, gateway) as made:
        containers.write_files(folder, made.local.endpoint_for_containers, made.local.functions.specs())
        yield made


@pytest.fixture(scope="module")
def options(place: Place, built: Path, folder: Path) -> list[str]:
    """What every `sam local` is told."""
    return ["--template-file", str(built / "template.yaml"), "--config-file", str(folder / "sam.toml")]


def environment(credentials: dict[str, str]) -> dict[str, str]:
    """SAM hands its own credentials on to the containers, and asks STS whose they are: local AWS answers at once."""
    # SAM takes half of its start to compile its modules, where they may not be kept compiled.
    return {**os.environ, **credentials, "SAM_CLI_TELEMETRY": "0", "PYTHONDONTWRITEBYTECODE": ""}


def test_each_function_is_invoked_once() -> None:
    assert {sample.partition("/")[0] for sample in ONE_OF_EACH} == {sample.partition("/")[0] for sample in SCENES}


@pytest.mark.parametrize("sample", ONE_OF_EACH)
def test_sam_local_invoke_has_the_samples_effect_under_the_functions_own_role(
    sample: str, options: list[str], place: Place
) -> None:
    def invoke(function: str, event: dict[str, Any]) -> Any:
        spec = place.function(function)
        done = subprocess.run(
            [need("sam"), "local", "invoke", logical_id(function), *options, "--event", f"events/{sample}.json"],
            cwd=ROOT,
            env=environment(place.credentials(spec)),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        # SAM exits with 0 whatever the function did; what it returned is the last line.
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip(), done.stderr
        return json.loads(done.stdout.strip().splitlines()[-1])

    play(sample, place, invoke)


@pytest.fixture(scope="module")
def lambda_client(options: list[str], place: Place, folder: Path) -> Iterator[Any]:
    """A boto3 client of `sam local start-lambda`, which keeps one container for each function."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # A shell's background job ignores Ctrl-C, and so does what it starts.
    command = [
        "env",
        "--default-signal=INT",
        need("sam"),
        "local",
        "start-lambda",
        *options,
        "--port",
        str(port),
        "--warm-containers",
        "LAZY",
    ]
    administrator = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    log = folder / "start-lambda.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment(administrator), stdout=said, stderr=subprocess.STDOUT
        )
    try:
        eventually(lambda: process.poll() is not None or listens(port), PATIENCE)
        assert process.poll() is None, log.read_text()
        config = Config(read_timeout=PATIENCE, retries={"total_max_attempts": 1})
        session: Any = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
        yield session.client("lambda", endpoint_url=f"http://127.0.0.1:{port}", config=config)
    finally:
        # As by Ctrl-C: it takes its containers with it.
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("sample", SCENES)
def test_sam_local_start_lambda_has_the_samples_effect(sample: str, lambda_client: Any, place: Place) -> None:
    def invoke(function: str, event: dict[str, Any]) -> Any:
        answer = lambda_client.invoke(FunctionName=logical_id(function), Payload=json.dumps(event))
        assert answer["StatusCode"] == 200
        return json.loads(answer["Payload"].read())

    play(sample, place, invoke)
