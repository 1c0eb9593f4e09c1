"""Input modes: the same channel as files, as files that are streamed, and through a pipe for each pass."""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pytest

from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.base import Finished, InputChannel, Outcome, TrainingOutcome, TrainingRequest
from local_aws.sagemaker.executors.inputs import InputError, InputObject
from local_aws.sagemaker.executors.pipes import PipeFeeder
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.local_aws.executors.conftest import rows
from tests.local_aws.executors.scripts import archive
from tests.local_aws.executors.test_scripts import request
from tests.waiting import eventually

Make = Callable[..., TrainingRequest]
BIG = b"0.123456,1.0\n" * 20_000
"""More than a pipe holds."""
PIPED = """
import json
import os
import time
from pathlib import Path

data = Path(os.environ["SM_CHANNEL_TRAIN"])
config = json.loads(os.environ["SM_INPUT_DATA_CONFIG"])["train"]
counts = []
for epoch in range(3):
    pipe = data.with_name(f"train_{epoch}")
    deadline = time.monotonic() + 30
    while not pipe.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    with pipe.open() as lines:
        # The second pass has enough after one line.
        counts.append(1 if epoch == 1 and lines.readline() else sum(1 for _ in lines))
found = {"mode": config["TrainingInputMode"], "counts": counts, "is_dir": data.is_dir()}
Path(os.environ["SM_MODEL_DIR"], "m.json").write_text(json.dumps(found))
"""


@pytest.fixture
def run(executors: ProcessExecutors, wait: Callable[[], Outcome]) -> Callable[[TrainingRequest], TrainingOutcome]:
    def run(asked: TrainingRequest) -> TrainingOutcome:
        executors.start_training(asked)
        outcome = wait()
        assert isinstance(outcome, TrainingOutcome)
        return outcome

    return run


Run = Callable[[TrainingRequest], TrainingOutcome]


def in_mode(asked: TrainingRequest, mode: str) -> TrainingRequest:
    return replace(asked, channels=tuple(replace(channel, input_mode=mode) for channel in asked.channels))


@pytest.mark.parametrize("mode", ["FastFile", "Pipe"])
def test_a_built_in_algorithm_learns_the_same_however_its_data_comes(
    run: Run, training_request: Make, store: MemoryObjectStore, mode: str
) -> None:
    models = []
    for name, asked_mode in ((f"as-files-{mode}", "File"), (f"streamed-{mode}", mode)):
        outcome = run(in_mode(training_request(name), asked_mode))
        assert (outcome.result, outcome.failure_reason) == (Finished.COMPLETED, None)
        assert outcome.artifact_uri
        models.append(artifacts.read_file(store.read(outcome.artifact_uri), "xgboost-model"))
    assert models[0] == models[1]


def test_a_script_reads_a_pipe_for_each_pass_and_may_stop_early(run: Run, store: MemoryObjectStore) -> None:
    store.write("s3://b/piped/sourcedir.tar.gz", archive(PIPED))
    outcome = run(in_mode(request("piped", "s3://b/piped/sourcedir.tar.gz"), "Pipe"))
    assert outcome.artifact_uri, outcome.failure_reason
    found = json.loads(artifacts.read_file(store.read(outcome.artifact_uri), "m.json"))
    assert found == {"mode": "Pipe", "counts": [400, 1, 400], "is_dir": False}


def test_libsvm_does_not_come_through_a_pipe(run: Run, training_request: Make) -> None:
    libsvm = InputChannel("train", "s3://b/train/", content_type="text/libsvm", input_mode="Pipe")
    outcome = run(training_request("libsvm-piped", train=libsvm))
    assert outcome.result is Finished.FAILED
    assert "Pipe mode not supported for LibSVM." in (outcome.failure_reason or "")


def test_data_that_breaks_off_in_a_pipe_fails_the_job(
    run: Run, training_request: Make, store: MemoryObjectStore
) -> None:
    store.write("s3://b/broken/part-0.csv.gz", gzip.compress(rows(400, 1))[:-20])
    broken = InputChannel("train", "s3://b/broken/", "S3Prefix", "text/csv", "Gzip", "Pipe")
    outcome = run(training_request("broken-piped", train=broken))
    assert outcome.result is Finished.FAILED
    assert outcome.failure_reason == (
        'ClientError: Data download failed: "s3://b/broken/part-0.csv.gz" is not in gzip format'
    )


def test_fast_file_takes_whole_folders(run: Run, training_request: Make) -> None:
    partial = InputChannel("train", "s3://b/tra", content_type="text/csv", input_mode="FastFile")
    outcome = run(training_request("partial", train=partial))
    assert outcome.result is Finished.FAILED
    assert "FastFile mode takes whole folders" in (outcome.failure_reason or "")


@pytest.fixture
def objects() -> MemoryObjectStore:
    return MemoryObjectStore({"s3://b/a": BIG, "s3://b/b.gz": gzip.compress(b"x")})


@pytest.fixture
def feeder(objects: MemoryObjectStore, tmp_path: Path) -> Iterator[PipeFeeder]:
    fed = PipeFeeder(objects, [InputObject("s3://b/a", PurePosixPath("a"))] * 2, tmp_path / "train", "None")
    yield fed
    fed.close()


def test_each_epoch_has_all_objects_one_after_the_other(feeder: PipeFeeder, tmp_path: Path) -> None:
    for epoch in range(3):
        assert eventually((tmp_path / f"train_{epoch}").exists)
        assert (tmp_path / f"train_{epoch}").read_bytes() == BIG * 2


def test_a_feeder_ends_while_nobody_reads_and_while_somebody_reads_no_further(
    feeder: PipeFeeder, objects: MemoryObjectStore, tmp_path: Path
) -> None:
    with (tmp_path / "train_0").open("rb") as pipe:
        assert pipe.read(1)
        feeder.close()
    second = PipeFeeder(objects, [], tmp_path / "validation", "None")
    second.close()
    assert os.path.exists(tmp_path / "validation_0")


def test_what_could_not_be_read_is_raised_at_the_end(objects: MemoryObjectStore, tmp_path: Path) -> None:
    fed = PipeFeeder(objects, [InputObject("s3://b/gone", PurePosixPath("gone"))], tmp_path / "test", "None")
    assert (tmp_path / "test_0").read_bytes() == b""
    with pytest.raises(InputError, match='no object at "s3://b/gone"'):
        fed.close()
    fed.close()
