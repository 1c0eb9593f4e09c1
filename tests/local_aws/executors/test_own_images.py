"""Containers of one's own: programs that are registered for images, and Docker."""

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_aws.sagemaker.executors import artifacts, own_images, registry
from local_aws.sagemaker.executors.base import (
    Finished,
    HostingOutcome,
    HostingRequest,
    InputChannel,
    Invocation,
    ServedContainer,
    TrainingOutcome,
    TrainingRequest,
    TransformOutcome,
    TransformRequest,
)
from local_aws.sagemaker.executors.own_container import command
from local_aws.sagemaker.executors.own_images import ImagesError, OwnImages
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.waiting import eventually

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1"
PROGRAM = """
import http.server
import json
import os
import sys
from pathlib import Path

BASE = Path(os.environ["SAGEMAKER_BASE_DIR"])


def train():
    given = json.loads((BASE / "input/config/hyperparameters.json").read_text())
    if "fail" in given:
        (BASE / "output/failure").write_text(given["fail"])
        sys.exit(3)
    rows = (BASE / "input/data/train/part-0.csv").read_text().split()
    print(f"rows={len(rows)}")
    model = {"given": given, "mine": os.environ["MINE"], "job": os.environ["TRAINING_JOB_NAME"]}
    (BASE / "model/m.json").write_text(json.dumps(model))


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/ping" else 404)
        self.end_headers()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        factor = float(json.loads((BASE / "model/m.json").read_text())["given"]["factor"])
        try:
            answer = "".join(f"{factor * float(row.split(',')[0])}\\n" for row in body.split())
        except ValueError:
            self.send_response(400)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.end_headers()
        self.wfile.write(answer.encode())

    def log_message(self, *given):
        pass


if sys.argv[1] == "train":
    train()
else:
    port = int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("own")
    (made / "container.py").write_text(PROGRAM)
    (made / "images.yaml").write_text('"*.dkr.ecr.*.amazonaws.com/churn:*": python container.py\n')
    return made


@pytest.fixture(scope="module")
def executors(
    store: MemoryObjectStore, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProcessExecutors]:
    images = own_images.read(folder / "images.yaml")
    running = ProcessExecutors(store, tmp_path_factory.mktemp("jobs"), warm=False, drain_seconds=0, images=images)
    yield running
    running.close()


Train = Callable[..., TrainingOutcome]


@pytest.fixture(scope="module")
def train(executors: ProcessExecutors) -> Train:
    def run(name: str, **hyperparameters: str) -> TrainingOutcome:
        executors.start_training(
            TrainingRequest(
                name=name,
                image=IMAGE,
                hyperparameters=hyperparameters,
                channels=(InputChannel("train", "s3://b/train/", content_type="text/csv"),),
                output_s3_path="s3://b/own-models/",
                environment={"MINE": "yes"},
            )
        )
        [outcome] = eventually(executors.poll)
        assert isinstance(outcome, TrainingOutcome)
        return outcome

    return run


@pytest.fixture(scope="module")
def model(train: Train) -> str:
    outcome = train("own-good", factor="2", list="[1, 2]")
    assert outcome.artifact_uri, outcome.failure_reason
    return outcome.artifact_uri


def test_a_registered_program_trains(store: MemoryObjectStore, model: str) -> None:
    found = json.loads(artifacts.read_file(store.read(model), "m.json"))

    assert found == {"given": {"factor": "2", "list": "[1, 2]"}, "mine": "yes", "job": "own-good"}


def test_what_a_program_says_in_its_failure_file_is_the_reason(train: Train) -> None:
    outcome = train("own-bad", fail="no such colour")

    assert outcome.result is Finished.FAILED
    assert outcome.failure_reason == "AlgorithmError: no such colour, exit code: 3"


def test_a_registered_program_serves(executors: ProcessExecutors, model: str) -> None:
    executors.start_hosting(HostingRequest("own/v/1", (ServedContainer(IMAGE, model),)))
    assert eventually(executors.poll) == [HostingOutcome("own/v/1", ready=True)]

    good = executors.invoke("own/v/1", Invocation(b"1,9\n3,9\n", "text/csv", "text/csv"))
    bad = executors.invoke("own/v/1", Invocation(b"a\n", "text/csv", "text/csv"))
    executors.stop_hosting("own/v/1")

    assert (good.status, good.body, good.content_type) == (200, b"2.0\n6.0\n", "text/csv")
    assert bad.status == 400


def test_a_registered_program_scores_a_test_channel(
    executors: ProcessExecutors, store: MemoryObjectStore, model: str
) -> None:
    store.write("s3://b/own-rows/rows.csv", b"1,10,0\n0,20,0\n")
    executors.start_transform(
        TransformRequest(
            name="own-scored",
            containers=(ServedContainer(IMAGE, model),),
            s3_uri="s3://b/own-rows/",
            content_type="text/csv",
            split_type="Line",
            s3_output_path="s3://b/own-scores",
            accept="text/csv",
            assemble_with="Line",
            input_filter="$[1:]",
            join_source="Input",
            output_filter="$[0,3:]",
        )
    )

    assert eventually(executors.poll) == [TransformOutcome("own-scored", Finished.COMPLETED)]
    assert store.read("s3://b/own-scores/rows.csv.out") == b"1,20.0\n0,40.0\n"


def test_a_program_that_ends_before_its_ping_is_told(executors: ProcessExecutors) -> None:
    executors.start_hosting(HostingRequest("own/bad/1", (ServedContainer(IMAGE, "s3://b/none/model.tar.gz"),)))

    [outcome] = eventually(executors.poll)
    assert isinstance(outcome, HostingOutcome)
    assert "Failed to download model data" in (outcome.failure_reason or "")


def test_an_image_that_nobody_registered_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(registry.UnavailableImageError, match=r"not available on local AWS.*\.local/images\.yaml"):
        registry.find(IMAGE, own=OwnImages({}, in_docker=lambda _: False))


def test_a_program_may_stand_for_an_image_of_awss(folder: Path) -> None:
    (folder / "all.yaml").write_text('"*": {train: [python, a.py], serve: ./serve.sh}\n')
    images = own_images.read(folder / "all.yaml")

    found = registry.find("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1", own=images)

    assert found.name == "own"
    assert found.details == {"train": (sys.executable, "a.py"), "serve": ("./serve.sh",), "folder": str(folder)}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[a]", "is no mapping"),
        ("'*': 5", r"\*: write a program"),
        ("'*': []", r"\*: write a program"),
        ("'*': {train: a}", r"\*: write a program"),
        ("'*': [1]", r"\*: write a program"),
        ("'*: a", "is not YAML"),
    ],
)
def test_a_file_of_images_that_is_wrong_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "images.yaml").write_text(text)
    with pytest.raises(ImagesError, match=words):
        own_images.read(tmp_path / "images.yaml")


def test_a_file_of_images_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImagesError, match="can't be read"):
        own_images.read(tmp_path / "images.yaml")


def test_docker_is_asked_to_run_an_image_as_sagemaker_does(tmp_path: Path) -> None:
    environment = {"PATH": "/bin", "MINE": "1", "SAGEMAKER_BASE_DIR": "/elsewhere"}

    trains = command.for_training({"docker": IMAGE}, tmp_path, environment)
    serves = command.for_serving({"docker": IMAGE}, tmp_path, environment, 5000)

    mount = ("--volume", f"{tmp_path}:/opt/ml")
    assert trains.arguments[:5] == ("docker", "run", "--rm", "--name", trains.container)
    assert trains.arguments[5:] == (*mount, "--env", "MINE", IMAGE, "train")
    assert serves.arguments[5:] == (*mount, "-p", "127.0.0.1:5000:8080", "--env", "MINE", IMAGE, "serve")


STAND_IN = """#!{python}
import os, subprocess, sys
arguments = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(" ".join(arguments) + "\\n")
if arguments[:2] == ["image", "inspect"]:
    sys.exit(0 if arguments[2].endswith("/churn:1") else 1)
if arguments[0] == "rm":
    sys.exit(0)
base = arguments[arguments.index("--volume") + 1].removesuffix(":/opt/ml")
told = dict(os.environ, SAGEMAKER_BASE_DIR=base)
if "-p" in arguments:
    told["SAGEMAKER_BIND_TO_PORT"] = arguments[arguments.index("-p") + 1].split(":")[1]
sys.exit(subprocess.call([{python!r}, {program!r}, arguments[-1]], env=told))
"""


def test_an_image_that_docker_has_trains_and_serves(
    store: MemoryObjectStore, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program that is called docker does what Docker would do with the image."""
    log, docker = tmp_path / "log", tmp_path / "docker"
    docker.write_text(STAND_IN.format(python=sys.executable, log=str(log), program=str(folder / "container.py")))
    docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    running = ProcessExecutors(store, tmp_path / "jobs", warm=False, drain_seconds=0)
    try:
        running.start_training(
            TrainingRequest(
                "in-docker",
                IMAGE,
                {"factor": "3"},
                (InputChannel("train", "s3://b/train/", content_type="text/csv"),),
                "s3://b/docker-models/",
                environment={"MINE": "yes"},
            )
        )
        [trained] = eventually(running.poll)
        assert isinstance(trained, TrainingOutcome)
        assert trained.artifact_uri, trained.failure_reason
        running.start_hosting(HostingRequest("docker/v/1", (ServedContainer(IMAGE, trained.artifact_uri),)))
        assert eventually(running.poll) == [HostingOutcome("docker/v/1", ready=True)]
        assert running.invoke("docker/v/1", Invocation(b"2", "text/csv", "text/csv")).body == b"6.0\n"
    finally:
        running.close()
    # Whatever ends the process that ran it, the container is removed.
    served = [line.split()[3] for line in log.read_text().splitlines() if line.endswith(" serve")]
    eventually(lambda: f"rm --force {served[0]}" in log.read_text())
