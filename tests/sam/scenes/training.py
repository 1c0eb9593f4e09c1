"""The training job, and what follows its end."""

from collections.abc import Generator
from dataclasses import replace

from tests.drops import SPEC
from tests.sam.place import JOB, MODEL, RELEASE, Place
from tests.sam.scenes.base import Answer, scene
from tests.waiting import eventually
from yardmaster.flows.advance import commit
from yardmaster.records import Stage
from yardmaster.rules import stages

Playing = Generator[None, Answer, None]
OURS = {"yardmaster": "yardmaster", "yardmaster:model": MODEL, "yardmaster:release": RELEASE}


def assert_training(place: Place) -> None:
    release = place.release()
    assert (release.stage, release.training_job) == (Stage.TRAINING, JOB), release.reason
    job = place.sagemaker.describe_training_job(TrainingJobName=JOB)
    assert {channel["ChannelName"] for channel in job["InputDataConfig"]} == {"train", "validation"}
    assert place.tags(job["TrainingJobArn"]) == OURS


@scene("start_training/release_prepared")
def a_prepared_release_gets_its_training_job(place: Place) -> Playing:
    place.candidate(Stage.PREPARED)
    yield
    assert_training(place)


@scene("start_training/release_due")
def a_prepared_release_of_which_nobody_was_told_gets_its_job_too(place: Place) -> Playing:
    place.candidate(Stage.PREPARED)
    yield
    assert_training(place)


def assert_testing(place: Place, attempt: int = 1, roles: tuple[str, ...] = ("candidate",)) -> None:
    release = place.release()
    names = {role: f"ym-{MODEL}-{RELEASE}-{attempt}-{role}" for role in roles}
    assert (release.stage, release.transform_jobs) == (Stage.TESTING, names), release.reason
    for name in names.values():
        job = place.sagemaker.describe_transform_job(TransformJobName=name)
        assert place.tags(job["TransformJobArn"]) == OURS


@scene("test_candidate/training_job_completed")
def a_trained_candidate_is_scored(place: Place) -> Playing:
    place.candidate(Stage.TRAINING)
    place.until("training_job", JOB, "Completed")
    yield
    assert_testing(place)
    model = place.sagemaker.describe_model(ModelName=JOB)
    assert model["PrimaryContainer"]["ModelDataUrl"].endswith(f"/{JOB}/output/model.tar.gz")


@scene("test_candidate/release_due")
def a_trained_candidate_is_scored_beside_the_baseline(place: Place) -> Playing:
    place.baseline()
    place.candidate(Stage.TRAINING)
    place.until("training_job", JOB, "Completed")
    yield
    assert_testing(place, roles=("candidate", "baseline"))


@scene("test_candidate/training_job_failed")
def a_failed_job_fails_the_release_in_the_jobs_words(place: Place) -> Playing:
    place.jobs.script.fails = {JOB: "AlgorithmError: framework error: out of memory, exit code: 1"}
    place.candidate(Stage.TRAINING)
    place.until("training_job", JOB, "Failed")
    yield
    assert place.release().stage is Stage.FAILED
    assert "out of memory" in place.release().reason


@scene("test_candidate/training_job_stopped_at_max_runtime")
def a_job_that_ran_out_of_time_fails_the_release(place: Place) -> Playing:
    place.jobs.script.training_seconds = 600
    place.candidate(Stage.TRAINING, SPEC + "train: {max_run: 1s}\n")
    place.until("training_job", JOB, "Stopped")
    yield
    assert place.release().stage is Stage.FAILED
    assert "raise train.max_run" in place.release().reason


@scene("test_candidate/training_job_interrupted")
def a_job_whose_spot_capacity_is_taken_back_is_waited_for(place: Place) -> Playing:
    place.jobs.script.training_seconds = 600
    place.candidate(Stage.TRAINING, SPEC + "train: {use_spot_instances: true}\n")
    eventually(lambda: _finer_status(place) == "Training")
    place.jobs.provoke("training-jobs", JOB, "interrupt", "", None)
    eventually(lambda: _finer_status(place) == "Interrupted")
    yield
    release = place.release()
    assert (release.stage, release.spot["interruptions"]) == (Stage.TRAINING, 1)
    assert release.waiting_for is not None
    assert release.waiting_for.subject == "spot capacity"


def _finer_status(place: Place) -> str:
    return str(place.sagemaker.describe_training_job(TrainingJobName=JOB)["SecondaryStatus"])


@scene("test_candidate/training_job_of_a_tuner_completed")
def a_tuners_child_moves_nothing(place: Place) -> Playing:
    place.candidate(Stage.TRAINING)
    place.until("training_job", JOB, "Completed")
    before = place.release()
    answer = yield
    assert answer == {"result": "not a job of a release"}
    assert place.release() == before


TUNED = (
    SPEC
    + """tune:
  {objective_metric_name: validation:auc, objective_type: Maximize, max_jobs: 4, max_parallel_jobs: 2,
   hyperparameter_ranges: {eta: {type: continuous, min: 0.1, max: 1}}}
"""
)


@scene("test_candidate/tuning_job_completed")
def the_best_training_job_of_a_tuning_job_is_scored(place: Place) -> Playing:
    place.candidate(Stage.TRAINING, TUNED)
    job = place.until("hyper_parameter_tuning_job", JOB, "Completed")
    yield
    assert_testing(place)
    release = place.release()
    assert release.training_job == job["BestTrainingJob"]["TrainingJobName"]
    model = place.sagemaker.describe_model(ModelName=JOB)
    assert model["PrimaryContainer"]["ModelDataUrl"].endswith(f"/{release.training_job}/output/model.tar.gz")
    assert f"{release.folder}tuning.csv" in place.keys(release.folder)


@scene("test_candidate/tuning_job_stopped")
def a_tuning_job_that_was_stopped_too_early_ends_the_release(place: Place) -> Playing:
    place.jobs.script.training_seconds = 600
    place.candidate(Stage.TRAINING, TUNED)
    place.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=JOB)
    place.until("hyper_parameter_tuning_job", JOB, "Stopped")
    yield
    assert place.release().stage is Stage.CANCELLED
    assert "was stopped before a training job of it had finished" in place.release().reason


@scene("test_candidate/tuning_job_failed")
def a_tuning_job_whose_training_jobs_fail_fails_the_release_in_their_words(place: Place) -> Playing:
    place.jobs.script.fails = {f"{JOB}-*": "AlgorithmError: framework error: out of memory, exit code: 1"}
    place.candidate(Stage.TRAINING, TUNED)
    place.until("hyper_parameter_tuning_job", JOB, "Failed")
    yield
    assert place.release().stage is Stage.FAILED
    assert "out of memory" in place.release().reason


@scene("test_candidate/release_sent_back")
def a_release_that_was_sent_back_is_scored_again(place: Place) -> Playing:
    place.baseline()
    release = place.candidate(Stage.REGISTERED)
    again = replace(release, attempt=2, transform_jobs={})
    now = release.updated_at
    commit(place.yard, release, stages.move(again, Stage.TESTING, "another model is in service now", now, now), now)
    yield
    assert_testing(place, attempt=2, roles=("candidate", "baseline"))
