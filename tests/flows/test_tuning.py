"""Tuning jobs: from the spec to the best training job, whatever happens to events and invocations on the way."""

import csv as csv_module
import io
import json
import random
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from tests.drops import csv
from tests.steps import JOURNEY, assert_settled, ended, visited
from tests.world import World, a_world
from yardmaster.records import Release, Stage, WaitKind
from yardmaster.rules.why import why

SPEC = """
algorithm: xgboost
data: {label: churned, positive: "yes"}
train: {max_run: 10m, hyperparameters: {num_round: 50}}
tune:
  objective_metric_name: validation:auc
  objective_type: Maximize
  max_jobs: 12
  max_parallel_jobs: 3
  random_seed: 1
  strategy: Random
  hyperparameter_ranges:
    eta: {type: continuous, min: 0, max: 1}
    max_depth: {type: integer, min: 1, max: 10}
evaluate: {gate: [{metric: auc, min: 0.7}]}
deploy: {canary: none}
"""
BAYESIAN = SPEC.replace("  strategy: Random\n", "")
WARM = SPEC.replace("evaluate:", "  warm_start_config: {parents: previous}\nevaluate:")
LIVE = [*JOURNEY, "live"]
TUNING = "SageMaker HyperParameter Tuning Job State Change"


def objective(given: Mapping[str, str]) -> list[float]:
    """The better, the nearer eta is to 0.3, and the deeper the trees are."""
    return [0.9 - (float(given["eta"]) - 0.3) ** 2 - 0.002 * (10 - int(given["max_depth"]))]


def drop(world: World, number: int = 1, spec: str | None = SPEC) -> None:
    world.script.quality = {"*": 0.9}
    world.script.objective = objective
    if spec is not None:
        world.put("churn/spec.yaml", spec)
    world.put(f"churn/data/month-{number}.csv", csv(number, 200))


def month(world: World, number: int = 1, spec: str | None = SPEC) -> Release:
    drop(world, number, spec)
    world.run(lambda: ended(world, number))
    return world.release("churn", number)


def in_training(world: World, number: int = 1) -> Release:
    world.run(lambda: world.stage("churn", number) is Stage.TRAINING)
    return world.release("churn", number)


def trials(world: World, release: Release) -> list[dict[str, Any]]:
    answer = world.sagemaker.list_training_jobs_for_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=release.tuning_job, MaxResults=100
    )
    found: list[dict[str, Any]] = answer["TrainingJobSummaries"]
    return found


def described(world: World, release: Release) -> dict[str, Any]:
    found: dict[str, Any] = world.sagemaker.describe_hyper_parameter_tuning_job(
        HyperParameterTuningJobName=release.tuning_job
    )
    return found


def test_the_best_training_job_of_a_tuning_job_goes_into_service(world: World) -> None:
    release = month(world, 1, BAYESIAN)
    assert visited(release) == LIVE, "\n".join(world.story())
    assert world.errors == []
    job = described(world, release)
    best = job["BestTrainingJob"]["TrainingJobName"]
    assert (release.training_job, release.model_name) == (best, release.tuning_job)
    model = world.sagemaker.describe_model(ModelName=release.model_name)
    assert f"/{best}/output/model.tar.gz" in model["PrimaryContainer"]["ModelDataUrl"]
    package = world.sagemaker.describe_model_package(ModelPackageName=release.package_arn)
    assert package["MetadataProperties"]["GeneratedBy"].endswith(f"training-job/{best}")
    assert release.tuning["hyperparameters"]["num_round"] == "50"
    assert release.tuning["hyperparameters"]["eta"] == job["BestTrainingJob"]["TunedHyperParameters"]["eta"]


def test_what_is_asked_for_is_what_the_spec_says(world: World) -> None:
    release = month(world, 1, BAYESIAN)
    job = described(world, release)
    config, definition = job["HyperParameterTuningJobConfig"], job["TrainingJobDefinition"]
    assert config["ResourceLimits"] == {
        "MaxNumberOfTrainingJobs": 12,
        "MaxParallelTrainingJobs": 3,
        "MaxRuntimeInSeconds": 86400,
    }
    assert config["Strategy"] == "Bayesian"
    assert config["RandomSeed"] == 1
    assert config["TrainingJobEarlyStoppingType"] == "Auto"
    assert config["ParameterRanges"]["ContinuousParameterRanges"] == [
        {"Name": "eta", "MinValue": "0.0", "MaxValue": "1.0", "ScalingType": "Auto"}
    ]
    assert definition["StoppingCondition"] == {"MaxRuntimeInSeconds": 600}
    static = {name: value for name, value in definition["StaticHyperParameters"].items() if not name.startswith("_")}
    assert static == {"num_round": "50", "objective": "binary:logistic", "eval_metric": "auc"}
    assert world.core.tags_of(job["HyperParameterTuningJobArn"])["yardmaster:release"] == release.id


def test_the_trials_are_written_down_beside_the_evaluation(world: World) -> None:
    release = month(world)
    found = json.loads(world.read(f"{release.folder}tuning.json"))
    assert sorted(one["TrainingJobName"] for one in trials(world, release)) == [one["name"] for one in found["trials"]]
    assert (found["training_jobs"], found["best"]) == ({"asked": 12, "begun": 12, "finished": 12}, release.training_job)
    assert found["trials"][-1]["best_so_far"] == max(trial["objective"] for trial in found["trials"])
    assert found["hyperparameters"]["eta"]["importance"] > found["hyperparameters"]["max_depth"]["importance"]
    rows = list(csv_module.DictReader(io.StringIO(world.read(f"{release.folder}tuning.csv"))))
    assert [row["eta"] for row in rows] == [trial["hyperparameters"]["eta"] for trial in found["trials"]]
    evaluation = json.loads(world.read(f"{release.folder}evaluation.json"))
    assert evaluation["yardmaster"]["tuning"] == release.tuning["uri"]


def test_why_and_status_tell_the_best_trial_and_the_warnings(world: World) -> None:
    release = month(world)
    assert release.tuning["warnings"]
    for said in (release.tuning["said"], *release.tuning["warnings"]):
        assert said in why(release, world.now)
        assert said in world.read("churn/STATUS.md")


def test_the_tuners_children_move_nothing(world: World) -> None:
    drop(world)
    release = in_training(world)
    world.run(lambda: len([one for one in trials(world, release) if one["TrainingJobStatus"] == "Completed"]) >= 3)
    assert world.stage("churn", 1) is Stage.TRAINING
    assert any("not a job of a release" in line for line in world.log)


def test_a_tuning_job_of_which_no_event_comes_is_looked_after_all_the_same(world: World) -> None:
    world.keep = lambda event: event["detail-type"] != TUNING
    # It lasts until after the first look without an event.
    world.script.training_seconds = 300
    release = month(world)
    assert visited(release) == LIVE
    assert any("of 12 training jobs ended, the best validation:auc so far" in line for line in world.log)


@pytest.mark.parametrize("seed", range(3))
def test_events_may_be_lost_doubled_and_shuffled(world: World, seed: int) -> None:
    draw = random.Random(seed)
    world.keep = lambda event: event["source"] == "aws.s3" or draw.random() < 0.6
    world.copies = 2
    world.shuffle = draw
    assert visited(month(world)) == LIVE, "\n".join(world.story())
    assert len(trials(world, world.release("churn", 1))) == 12


def test_a_second_release_starts_from_the_first_ones_tuning_job(world: World) -> None:
    first, second = month(world, 1, WARM), month(world, 2, None)
    assert "starts cold: no release before it was tuned" in first.history[2].reason
    assert "WarmStartConfig" not in described(world, first)
    assert described(world, second)["WarmStartConfig"] == {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": first.tuning_job}],
        "WarmStartType": "TransferLearning",
    }
    assert f"starts from {first.tuning_job} of churn #1" in second.history[2].reason
    assert second.training_job is not None
    assert second.training_job.startswith(f"{second.tuning_job}-"), "the parent's best was trained on other rows"


def test_a_warm_start_with_other_hyperparameters_is_refused_in_words(world: World) -> None:
    month(world, 1, WARM)
    other = WARM.replace("eta: {type: continuous, min: 0, max: 1}", "gamma: {type: continuous, min: 0, max: 1}")
    second = month(world, 2, other)
    assert second.stage is Stage.REFUSED
    assert "only the earlier one has eta; only this one has gamma" in second.reason
    assert "leave warm_start_config out" in second.reason


def test_a_warm_start_with_another_objective_is_refused_in_words(world: World) -> None:
    first = month(world, 1, WARM)
    other = WARM.replace("validation:auc", "validation:error").replace("Maximize", "Minimize")
    second = month(world, 2, other)
    assert second.stage is Stage.REFUSED
    assert f"tuning job {first.tuning_job} improved validation:auc (Maximize)" in second.reason


@pytest.mark.parametrize("parent", ["ym-churn-nobodies-1", "another-stacks-job"])
def test_a_parent_that_is_not_there_is_refused_in_words(world: World, parent: str) -> None:
    release = month(world, 1, WARM.replace("parents: previous", f"parents: [{parent}]"))
    assert release.stage is Stage.REFUSED
    assert f"there is no tuning job {parent}" in release.reason


def test_a_parent_that_still_runs_is_refused_in_words(world: World) -> None:
    drop(world)
    running = in_training(world)
    second = month(world, 2, WARM.replace("parents: previous", f"parents: [{running.tuning_job}]"))
    assert second.stage is Stage.REFUSED
    assert f"{running.tuning_job} is InProgress, and only one that has ended" in second.reason


def test_a_tuning_job_that_was_stopped_by_hand_is_used(world: World) -> None:
    drop(world)
    release = in_training(world)
    world.run(lambda: len(trials(world, release)) > 6)
    world.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=release.tuning_job)
    world.run(lambda: ended(world, 1))
    after = world.release("churn", 1)
    assert visited(after) == LIVE, "\n".join(world.story())
    assert "was stopped after" in after.history[3].reason
    assert "of 12 training jobs, and its best is used" in after.history[3].reason
    assert after.tuning["warnings"] == [
        "only 6 of 9 training jobs finished: less than 10 say little about ranges, so none are proposed"
    ]


def falling(given: Mapping[str, str]) -> list[float]:
    """At first far above what any training job ends with."""
    return [0.99, *objective(given)]


def test_the_best_of_those_that_left_a_model_is_used(world: World) -> None:
    drop(world, 1, SPEC.replace("strategy: Random", "strategy: Random\n  early_stopping_type: 'Off'"))
    world.script.objective, world.script.training_seconds = falling, 300
    release = in_training(world)
    world.run(lambda: bool(trials(world, release)))
    stopped = trials(world, release)[0]["TrainingJobName"]
    world.run(lambda: world.sagemaker.describe_training_job(TrainingJobName=stopped)["SecondaryStatus"] == "Training")
    world.run_for(200)
    world.sagemaker.stop_training_job(TrainingJobName=stopped)
    world.run(lambda: ended(world, 1))

    after = world.release("churn", 1)
    assert visited(after) == LIVE, "\n".join(world.story())
    assert described(world, after)["BestTrainingJob"]["TrainingJobName"] == stopped
    best = max((one for one in trials(world, after) if one["TrainingJobStatus"] == "Completed"), key=value_of)
    assert after.training_job == best["TrainingJobName"]
    assert f"; {stopped}, validation:auc 0.99 " in after.history[3].reason
    assert after.history[3].reason.endswith("was better, but left no model")
    assert json.loads(world.read(f"{after.folder}tuning.json"))["best"] == after.training_job
    assert after.tuning["objective"] == {"validation:auc": value_of(best)}


def value_of(trial: dict[str, Any]) -> float:
    value: float = trial["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
    return value


def test_a_tuning_job_that_was_stopped_before_anything_finished_ends_the_release(world: World) -> None:
    drop(world)
    release = in_training(world)
    world.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=release.tuning_job)
    world.run(lambda: ended(world, 1))
    assert world.stage("churn", 1) is Stage.CANCELLED
    assert "was stopped before a training job of it had finished" in world.release("churn", 1).reason


def test_a_tuning_job_that_runs_out_of_time_is_used(world: World) -> None:
    release = month(world, 1, SPEC.replace("max_jobs: 12", "max_jobs: 12\n  max_run: 5m"))
    assert visited(release) == LIVE, "\n".join(world.story())
    assert "ran out of time (tune.max_run)" in release.history[3].reason


def test_a_tuning_job_whose_trials_all_fail_fails_the_release_in_their_words(world: World) -> None:
    world.script.fails = {"ym-churn-*": "AlgorithmError: framework error: out of memory, exit code: 1"}
    release = month(world)
    assert release.stage is Stage.FAILED
    assert "failed with: AlgorithmError: framework error: out of memory" in release.reason
    assert json.loads(world.read(f"{release.folder}tuning.json"))["training_jobs"]["finished"] == 0


def test_a_quota_is_waited_for(world: World) -> None:
    drop(world)
    quota = "ml.m5.xlarge for training job usage"
    world.hide_quotas()
    world.core.settings = replace(world.core.settings, quotas={quota: 0})
    world.run(lambda: world.stage("churn", 1) is Stage.PREPARED and world.release("churn", 1).waiting_for is not None)
    waiting = world.release("churn", 1).waiting_for
    assert waiting is not None
    assert waiting.kind is WaitKind.QUOTA
    world.core.settings = replace(world.core.settings, quotas={})
    world.run(lambda: ended(world, 1))
    assert visited(world.release("churn", 1)) == LIVE


def test_training_jobs_at_once_count_together_against_the_stacks_limit(world: World) -> None:
    release = month(world, 1, SPEC.replace("max_parallel_jobs: 3", "max_parallel_jobs: 11"))
    assert release.stage is Stage.REFUSED
    assert (
        "train.instance_count x tune.max_parallel_jobs: 11 is above this stack's MaxInstanceCount of 10"
        in release.reason
    )


@pytest.mark.parametrize("tuned", [True, False])
def test_cancel_stops_the_job_of_a_release_in_training(world: World, tuned: bool) -> None:
    world.script.training_seconds = 300
    drop(world, 1, SPEC if tuned else SPEC[: SPEC.index("tune:")] + "deploy: {canary: none}\n")
    release = in_training(world)
    world.run_for(100)
    world.command("cancel", release, "wrong file")
    world.run(lambda: ended(world, 1), 0.1)
    after = world.release("churn", 1)
    assert (after.stage, after.reason) == (Stage.CANCELLED, "cancel by alice: wrong file")
    world.run_for(300)
    if tuned:
        assert described(world, after)["HyperParameterTuningJobStatus"] == "Stopped"
    else:
        job = world.sagemaker.describe_training_job(TrainingJobName=after.training_job)
        assert job["TrainingJobStatus"] == "Stopped"
    assert_settled(world, 2400)


def test_cancel_is_not_lost_with_an_event(world: World) -> None:
    drop(world)
    release = in_training(world)
    lost: list[dict[str, Any]] = []

    def keep(event: dict[str, Any]) -> bool:
        if event["detail-type"] != "Release Due" or lost:
            return True
        lost.append(event)
        return False

    world.keep = keep
    world.command("cancel", release)
    world.run(lambda: ended(world, 1))
    assert lost
    assert world.stage("churn", 1) is Stage.CANCELLED


# --- deaths -----------------------------------------------------------------------------------------------------------


QUICK = WARM.replace("max_jobs: 12", "max_jobs: 5")


def two_releases(world: World) -> None:
    month(world, 1, QUICK)
    month(world, 2, None)


def stopped(world: World) -> None:
    """One is cancelled; of the other the tuning job is stopped by hand."""
    drop(world, 1, QUICK)
    world.command("cancel", in_training(world))
    world.run(lambda: ended(world, 1))
    drop(world, 2, None)
    second = in_training(world, 2)
    world.run(lambda: len(trials(world, second)) > 3)
    world.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName=second.tuning_job)
    world.run(lambda: ended(world, 2))


JOURNEYS = {
    "two releases": (two_releases, [[*LIVE, "replaced"], LIVE]),
    "stopped": (stopped, [["received", "prepared", "training", "cancelled"], LIVE]),
}


def play(name: str, prepare: Any) -> World:
    act, stages = JOURNEYS[name]
    with a_world() as world:
        prepare(world)
        act(world)
        world.kill = world.repeat = lambda function, call, operation: False
        assert_settled(world, 2400)
        found = [visited(world.release("churn", number)) for number in (1, 2)]
        assert found == stages, "\n".join(world.story())
        jobs = world.sagemaker.list_hyper_parameter_tuning_jobs()["HyperParameterTuningJobSummaries"]
        assert len(jobs) == 2
        assert world.release("churn", 2).tuning["best"] == world.release("churn", 2).training_job
        return world


def calls_of(name: str) -> int:
    most = 0

    def count(function: str, call: int, operation: str) -> None:
        nonlocal most
        most = max(most, call + 1)

    def watch(world: World) -> None:
        world.meanwhile = count

    play(name, watch)
    return most


@pytest.mark.parametrize("name", JOURNEYS)
def test_the_first_try_of_every_invocation_may_die_before_any_of_its_calls(name: str) -> None:
    def dies(world: World, number: int) -> None:
        world.kill = lambda function, call, operation: (
            call == number and world.attempt == 0 and function != "wake_releases"
        )

    for number in range(calls_of(name)):
        play(name, partial(dies, number=number))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", JOURNEYS)
def test_calls_whose_answer_is_lost_are_made_again(name: str, seed: int) -> None:
    draw = random.Random(seed)

    def repeat(world: World) -> None:
        world.repeat = lambda function, call, operation: draw.random() < 0.1

    play(name, repeat)
