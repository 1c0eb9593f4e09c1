"""Script mode: scripts that really train and serve, and all the ways in which they go wrong."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.base import (
    Finished,
    HostingOutcome,
    HostingRequest,
    InputChannel,
    Invocation,
    MetricDefinition,
    Outcome,
    ServedContainer,
    TrainingOutcome,
    TrainingRequest,
    TransformOutcome,
    TransformRequest,
)
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.local_aws.executors.scripts import GOOD, archive
from tests.waiting import eventually

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
CODE = "s3://b/code/sourcedir.tar.gz"
AUC = MetricDefinition("validation:auc", r"auc=([0-9.]+)")
ENVIRONMENT = {"SAGEMAKER_PROGRAM": "train.py", "SAGEMAKER_SUBMIT_DIRECTORY": CODE}

Train = Callable[..., TrainingOutcome]


def request(name: str, code: str = CODE, image: str = SKLEARN, **hyperparameters: object) -> TrainingRequest:
    """Make a request as Yardmaster does."""
    told = {"sagemaker_program": "train.py", "sagemaker_submit_directory": code, **hyperparameters}
    return TrainingRequest(
        name=name,
        image=image,
        hyperparameters={key: json.dumps(value) for key, value in told.items()},
        channels=(InputChannel("train", "s3://b/train/", content_type="text/csv"),),
        output_s3_path="s3://b/models/",
        metric_definitions=(AUC,),
    )


@pytest.fixture
def train(executors: ProcessExecutors, store: MemoryObjectStore, wait: Callable[[], Outcome]) -> Train:
    """Give a function that trains with a script."""

    def run(name: str, script: str, image: str = SKLEARN, **hyperparameters: object) -> TrainingOutcome:
        code = f"s3://b/{name}/sourcedir.tar.gz"
        store.write(code, archive(script))
        executors.start_training(request(name, code, image, **hyperparameters))
        outcome = wait()
        assert isinstance(outcome, TrainingOutcome)
        return outcome

    return run


def model_of(store: MemoryObjectStore, outcome: TrainingOutcome) -> dict[str, object]:
    assert outcome.artifact_uri, outcome.failure_reason
    found: dict[str, object] = json.loads(artifacts.read_file(store.read(outcome.artifact_uri), "m.json"))
    return found


@pytest.mark.parametrize("image", [SKLEARN, XGBOOST])
def test_a_script_trains_with_its_hyperparameters_channels_and_modules(
    train: Train, store: MemoryObjectStore, image: str
) -> None:
    name = f"good-{image[-8:-4].strip('-:.')}"
    outcome = train(name, GOOD, image, depth=3, word="deep")

    assert (outcome.result, outcome.failure_reason) == (Finished.COMPLETED, None)
    model = model_of(store, outcome)
    assert (model["depth"], model["word"]) == (3, "deep")
    assert model["hps"] == {"depth": 3, "word": "deep"}
    output = store.read(f"s3://b/models/{name}/output/output.tar.gz")
    assert artifacts.read_file(output, "notes.txt") == b"kept"


def test_of_a_metric_that_a_script_prints_again_and_again_the_last_line_counts(
    train: Train, logs: list[tuple[str, str, str]]
) -> None:
    outcome = train("metrics", GOOD, depth=1)

    assert {metric.name: metric.value for metric in outcome.metrics} == {"validation:auc": 0.7}
    lines = [line for _, stream, line in logs if stream.startswith("metrics/")]
    assert "epoch 0 auc=0.50 auc=0.60" in lines
    assert "a warning" in lines
    assert any(line.endswith("/miniconda3/bin/python train.py --depth 1") for line in lines)


def test_a_script_that_prints_nothing_has_no_metrics_and_its_model(train: Train) -> None:
    outcome = train("silent", 'import os\nopen(os.environ["SM_MODEL_DIR"] + "/m", "w").write("1")\n')

    assert (outcome.result, outcome.metrics) == (Finished.COMPLETED, ())
    assert outcome.artifact_uri


def test_a_script_that_leaves_no_model_completes_without_an_artifact(train: Train) -> None:
    outcome = train("modelless", "print('done')\n")

    assert (outcome.result, outcome.artifact_uri) == (Finished.COMPLETED, None)


def test_what_a_script_raises_is_the_reason(train: Train) -> None:
    outcome = train("raises", 'import sys\nprint("on the way", file=sys.stderr)\nraise KeyError("colour")\n', depth=3)

    assert outcome.result is Finished.FAILED
    assert outcome.failure_reason == (
        "AlgorithmError: ExecuteUserScriptError:\nExitCode 1\n"
        'ErrorMessage "raise KeyError("colour")\nKeyError: \'colour\'"\n'
        'Command "/miniconda3/bin/python train.py --depth 3", exit code: 1'
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [("import sys; sys.exit(7)", 7), ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 137)],
)
def test_a_scripts_exit_code_is_told(train: Train, body: str, code: int) -> None:
    outcome = train(f"exits-{code}", body)

    reason = outcome.failure_reason or ""
    assert f"ExitCode {code}\n" in reason
    assert reason.endswith("exit code: 1")
    assert ("OutOfMemory" in reason) == (code == 137)


def test_xgboosts_container_runs_a_module(train: Train) -> None:
    outcome = train("module", "import sys; sys.exit(1)", XGBOOST)

    assert 'Command "/miniconda3/bin/python -m train"' in (outcome.failure_reason or "")


def test_what_a_script_writes_elsewhere_is_no_part_of_the_model(
    train: Train, store: MemoryObjectStore, tmp_path: Path
) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_text("secret")
    script = f"""
import os
from pathlib import Path
model = Path(os.environ["SM_MODEL_DIR"])
(model / "m.json").write_text("{{}}")
(model.parent / "beside.txt").write_text("beside")
(model / "link").symlink_to({str(outside)!r})
(model / "own-link").symlink_to(model / "m.json")
Path("in-the-code.txt").write_text("code")
"""
    outcome = train("elsewhere", script)

    assert outcome.artifact_uri
    packed = store.read(outcome.artifact_uri)
    assert artifacts.read_file(packed, "own-link") == b"{}"
    for name in ("link", "beside.txt", "in-the-code.txt"):
        with pytest.raises(artifacts.ArtifactError):
            artifacts.read_file(packed, name)


def test_children_that_outlive_a_script_end_with_its_container(train: Train, tmp_path: Path) -> None:
    noted = tmp_path / "child"
    outcome = train(
        "children",
        f"""
import subprocess
from pathlib import Path
child = subprocess.Popen(["sleep", "1000"])
Path({str(noted)!r}).write_text(str(child.pid))
""",
    )

    assert outcome.result is Finished.COMPLETED
    child = int(noted.read_text())
    eventually(lambda: not Path(f"/proc/{child}").exists() or "Z" in Path(f"/proc/{child}/stat").read_text())


def test_a_stop_reaches_the_script_which_may_save_what_it_has(
    executors: ProcessExecutors, store: MemoryObjectStore, wait: Callable[[], Outcome], tmp_path: Path
) -> None:
    started = tmp_path / "started"
    script = f"""
import os, signal, sys, time
from pathlib import Path
def save(signal_number, frame):
    Path(os.environ["SM_MODEL_DIR"], "m.json").write_text("{{}}")
    sys.exit(0)
signal.signal(signal.SIGTERM, save)
Path({str(started)!r}).touch()
while True:
    time.sleep(0.1)
"""
    store.write("s3://b/for-ever/sourcedir.tar.gz", archive(script))
    executors.start_training(request("for-ever", "s3://b/for-ever/sourcedir.tar.gz"))
    eventually(started.exists)
    executors.stop_training("for-ever")

    outcome = wait()
    assert isinstance(outcome, TrainingOutcome)
    assert outcome.result is Finished.STOPPED
    assert model_of(store, outcome) == {}


def test_a_script_that_ignores_a_stop_is_killed(store: MemoryObjectStore, tmp_path: Path) -> None:
    started = tmp_path / "started"
    script = f"""
import signal, time
from pathlib import Path
signal.signal(signal.SIGTERM, signal.SIG_IGN)
Path({str(started)!r}).touch()
while True:
    time.sleep(0.1)
"""
    store.write("s3://b/stubborn/sourcedir.tar.gz", archive(script))
    impatient = ProcessExecutors(store, tmp_path / "jobs", warm=False, stop_grace_seconds=0.2)
    try:
        impatient.start_training(request("stubborn", "s3://b/stubborn/sourcedir.tar.gz"))
        eventually(started.exists)
        begun = time.monotonic()
        impatient.stop_training("stubborn")
        [outcome] = eventually(impatient.poll)
        assert time.monotonic() - begun < 30
        assert isinstance(outcome, TrainingOutcome)
        assert (outcome.result, outcome.artifact_uri) == (Finished.STOPPED, None)
    finally:
        impatient.close()


def test_requirements_that_are_not_installed_fail_the_job_in_words(
    executors: ProcessExecutors, store: MemoryObjectStore, wait: Callable[[], Outcome]
) -> None:
    files = {"train.py": b"print(1)", "requirements.txt": b"no-such-package==1.0\n"}
    store.write("s3://b/wants/sourcedir.tar.gz", artifacts.pack(files))
    executors.start_training(request("wants", "s3://b/wants/sourcedir.tar.gz"))

    outcome = wait()
    assert isinstance(outcome, TrainingOutcome)
    assert "InstallRequirementsError:\nrequirements.txt asks for what is not installed here: no-such-package==1.0" in (
        outcome.failure_reason or ""
    )


def test_code_that_is_gone_fails_the_job(executors: ProcessExecutors, wait: Callable[[], Outcome]) -> None:
    executors.start_training(request("gone", "s3://b/gone/sourcedir.tar.gz"))

    outcome = wait()
    assert isinstance(outcome, TrainingOutcome)
    assert outcome.failure_reason == (
        'ClientError: Failed to download model data: no object at "s3://b/gone/sourcedir.tar.gz"'
    )


@pytest.fixture(scope="module")
def trained(executors: ProcessExecutors, store: MemoryObjectStore) -> str:
    """Train the model that is served below."""
    store.write(CODE, archive(GOOD))
    executors.start_training(request("to-serve", depth=2))
    [outcome] = eventually(executors.poll)
    assert isinstance(outcome, TrainingOutcome)
    assert outcome.artifact_uri, outcome.failure_reason
    return outcome.artifact_uri


@pytest.fixture
def hosted(executors: ProcessExecutors, trained: str) -> Iterator[str]:
    executors.start_hosting(HostingRequest("script/v/1", (ServedContainer(SKLEARN, trained, ENVIRONMENT),)))
    assert eventually(executors.poll) == [HostingOutcome("script/v/1", ready=True)]
    yield "script/v/1"
    executors.stop_hosting("script/v/1")


def test_the_same_script_serves(executors: ProcessExecutors, hosted: str) -> None:
    csv = executors.invoke(hosted, Invocation(b"1,5\n2,5\n", "text/csv", "text/csv"))
    json_answer = executors.invoke(hosted, Invocation(b"1,5", "text/csv", "*/*"))
    other = executors.invoke(hosted, Invocation(b"1", "text/csv", "application/x-strange"))
    bad = executors.invoke(hosted, Invocation(b"a,b", "text/csv", "text/csv"))

    assert (csv.status, csv.body) == (200, b"2.0\n4.0\n")
    assert (json_answer.status, json_answer.body) == (200, b"[2.0]")
    assert other.status == 406
    assert bad.status == 500
    assert b"could not convert string to float" in bad.body


def test_the_same_script_scores_a_test_channel(
    executors: ProcessExecutors, store: MemoryObjectStore, trained: str, wait: Callable[[], Outcome]
) -> None:
    store.write("s3://b/labelled/rows.csv", b"1,10,0\n0,20,0\n")
    executors.start_transform(
        TransformRequest(
            name="scored",
            containers=(ServedContainer(SKLEARN, trained, ENVIRONMENT),),
            s3_uri="s3://b/labelled/",
            content_type="text/csv",
            split_type="Line",
            s3_output_path="s3://b/labelled-scores",
            accept="text/csv",
            assemble_with="Line",
            input_filter="$[1:]",
            join_source="Input",
            output_filter="$[0,3:]",
        )
    )

    assert wait() == TransformOutcome("scored", Finished.COMPLETED)
    assert store.read("s3://b/labelled-scores/rows.csv.out") == b"1,20.0\n0,40.0\n"


def test_a_model_without_code_never_answers_its_ping(executors: ProcessExecutors, trained: str) -> None:
    executors.start_hosting(HostingRequest("bare/v/1", (ServedContainer(SKLEARN, trained),)))

    [outcome] = eventually(executors.poll)
    assert isinstance(outcome, HostingOutcome)
    assert not outcome.ready
    assert "ping" in (outcome.failure_reason or "")


def test_scikit_learns_container_predicts_by_itself_where_a_script_only_loads(
    executors: ProcessExecutors, store: MemoryObjectStore
) -> None:
    code = """
class Sum:
    def predict(self, rows):
        return rows.sum(axis=1)

def model_fn(model_dir):
    return Sum()
"""
    store.write("s3://b/loads/sourcedir.tar.gz", archive(code))
    store.write("s3://b/loads/model.tar.gz", artifacts.pack({"m": b"1"}))
    environment = {"SAGEMAKER_PROGRAM": "train.py", "SAGEMAKER_SUBMIT_DIRECTORY": "s3://b/loads/sourcedir.tar.gz"}
    served = ServedContainer(SKLEARN, "s3://b/loads/model.tar.gz", environment)
    executors.start_hosting(HostingRequest("loads/v/1", (served,)))
    assert eventually(executors.poll) == [HostingOutcome("loads/v/1", ready=True)]

    answer = executors.invoke("loads/v/1", Invocation(b"1,2\n3,4\n", "text/csv", "text/csv"))
    alone = executors.invoke("loads/v/1", Invocation(b"1,2", "text/csv", "text/csv"))
    executors.stop_hosting("loads/v/1")

    assert (answer.status, answer.body) == (200, b"3.0\n7.0\n")
    assert alone.status == 500, "one row of CSV is a flat array there, as on AWS"
