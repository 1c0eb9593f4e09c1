"""Checkpoints of real containers: copied to S3 while they run, and there when the job starts again."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import xgboost

from local_aws.sagemaker.access import DeniedError
from local_aws.sagemaker.executors import artifacts
from local_aws.sagemaker.executors.base import Finished, InputChannel, Outcome, TrainingOutcome, TrainingRequest
from local_aws.sagemaker.executors.checkpoints import Checkpoints
from local_aws.sagemaker.executors.inputs import InputError
from local_aws.sagemaker.executors.processes import ProcessExecutors
from local_aws.sagemaker.store import MemoryObjectStore
from tests.local_aws.executors.scripts import archive
from tests.waiting import eventually

Make = Callable[..., TrainingRequest]
Wait = Callable[[], Outcome]
Logs = list[tuple[str, str, str]]
URI = "s3://b/checkpoints"
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def rounds(store: MemoryObjectStore, job: str) -> list[int]:
    """Return the rounds of which there are checkpoints in S3."""
    return sorted(int(uri.rpartition(".")[2]) for uri, _ in store.list(f"{URI}/{job}/"))


def lines(logs: Logs, job: str) -> list[str]:
    return [line for _, stream, line in list(logs) if stream.startswith(f"{job}/")]


def test_a_job_that_is_interrupted_goes_on_from_its_checkpoint(
    executors: ProcessExecutors, wait: Wait, training_request: Make, store: MemoryObjectStore, logs: Logs
) -> None:
    asked = replace(training_request("spot", num_round="1000000"), checkpoint_uri=f"{URI}/spot")
    executors.start_training(asked)
    eventually(lambda: rounds(store, "spot"))
    executors.interrupt_training("spot")
    interrupted = wait()
    assert interrupted == TrainingOutcome("spot", Finished.STOPPED)
    left = rounds(store, "spot")
    assert len(left) <= 6  # the last five, and one that the container had not deleted yet
    seen = len(lines(logs, "spot"))

    # So that it has an end: three rounds more than were trained.
    executors.start_training(replace(asked, hyperparameters=asked.hyperparameters | {"num_round": str(left[-1] + 4)}))
    ended = wait()
    assert isinstance(ended, TrainingOutcome)
    assert ended.result is Finished.COMPLETED, ended.failure_reason
    second = lines(logs, "spot")[seen:]
    assert any(f"Resuming from iteration {left[-1] + 1}" in line for line in second)
    scored = [line.partition("#011")[0] for line in second if line.startswith("[") and "train-auc" in line]
    assert scored == [f"[{left[-1] + number}]" for number in (1, 2, 3)]
    assert left[-1] > 0
    assert booster_rounds(store, ended) == left[-1] + 4


def booster_rounds(store: MemoryObjectStore, outcome: TrainingOutcome) -> int:
    assert outcome.artifact_uri
    booster = xgboost.Booster()
    booster.load_model(bytearray(artifacts.read_file(store.read(outcome.artifact_uri), "xgboost-model")))
    return int(booster.num_boosted_rounds())


def test_checkpoints_that_can_not_be_read_are_passed_over(
    executors: ProcessExecutors, wait: Wait, training_request: Make, store: MemoryObjectStore, logs: Logs
) -> None:
    store.write(f"{URI}/torn/xgboost-checkpoint.7", b"half a model")
    store.write(f"{URI}/torn/readme.txt", b"not ours")
    executors.start_training(replace(training_request("torn"), checkpoint_uri=f"{URI}/torn"))
    outcome = wait()
    assert isinstance(outcome, TrainingOutcome)
    assert outcome.result is Finished.COMPLETED, outcome.failure_reason
    assert not any("Resuming" in line for line in lines(logs, "torn"))


def test_a_job_without_checkpoints_is_told_of_none_and_begins_anew(
    executors: ProcessExecutors, wait: Wait, training_request: Make, store: MemoryObjectStore
) -> None:
    before = set(store.objects)
    executors.start_training(training_request("plain", num_round="1000000"))
    executors.interrupt_training("plain")
    assert wait() == TrainingOutcome("plain", Finished.STOPPED)
    assert set(store.objects) == before


SCRIPT = """
import json, os, pathlib, time
config = pathlib.Path(os.environ["SM_INPUT_CONFIG_DIR"], "checkpointconfig.json")
folder = pathlib.Path(json.loads(config.read_text())["LocalPath"])
found = sorted(path.name for path in folder.iterdir())
(folder / "epoch-1").write_text("half-way")
if not found:
    while True:
        time.sleep(0.1)
pathlib.Path(os.environ["SM_MODEL_DIR"], "m.json").write_text(json.dumps(found))
"""


def test_a_script_finds_the_folder_that_it_is_told(
    executors: ProcessExecutors, wait: Wait, store: MemoryObjectStore
) -> None:
    code = "s3://b/resumes/sourcedir.tar.gz"
    store.write(code, archive(SCRIPT))
    asked = TrainingRequest(
        name="resumes",
        image=SKLEARN,
        hyperparameters={"sagemaker_program": '"train.py"', "sagemaker_submit_directory": f'"{code}"'},
        channels=(InputChannel("train", "s3://b/train/", content_type="text/csv"),),
        output_s3_path="s3://b/models/",
        checkpoint_uri=f"{URI}/resumes",
        checkpoint_path="/opt/ml/state/here",
    )
    executors.start_training(asked)
    eventually(lambda: store.exists(f"{URI}/resumes/epoch-1"))
    executors.interrupt_training("resumes")
    wait()
    executors.start_training(asked)
    outcome = wait()
    assert isinstance(outcome, TrainingOutcome)
    assert outcome.artifact_uri, outcome.failure_reason
    assert json.loads(artifacts.read_file(store.read(outcome.artifact_uri), "m.json")) == ["epoch-1"]


class Guarded(MemoryObjectStore):
    """Lets nobody write."""

    def write(self, uri: str, body: bytes) -> None:
        raise DeniedError("AccessDenied: no")


def test_a_role_that_may_not_keep_checkpoints_fails_the_job(tmp_path: Path) -> None:
    with pytest.raises(DeniedError), Checkpoints(Guarded(), URI, tmp_path / "c").kept():
        (tmp_path / "c" / "one").write_text("1")


def test_what_the_container_deletes_is_deleted_and_what_is_half_written_stays(tmp_path: Path) -> None:
    store, folder = MemoryObjectStore(), tmp_path / "c"
    with Checkpoints(store, f"{URI}/", folder).kept():
        (folder / "deep").mkdir()
        (folder / "deep" / "two").write_text("2")
        (folder / "one").write_text("1")
        (folder / "three.sagemaker-ignore").write_text("3")
        eventually(lambda: len(store.objects) == 2)
        (folder / "one").unlink()
        (folder / "deep" / "two").write_text("two")
    assert store.objects == {f"{URI}/deep/two": b"two"}
    with Checkpoints(store, URI, tmp_path / "again").kept():
        assert (tmp_path / "again" / "deep" / "two").read_text() == "two"


def test_names_that_leave_the_folder_are_refused(tmp_path: Path) -> None:
    store = MemoryObjectStore({f"{URI}/../x": b""})
    with pytest.raises(InputError), Checkpoints(store, URI, tmp_path / "c").kept():
        pass
