"""Tuning jobs: Create-, Describe-, Stop- and ListHyperParameterTuningJobs, and the list of a job's training jobs."""

import zlib
from collections.abc import Sequence
from typing import Any

from local_aws.sagemaker.errors import AwsError, resource_in_use, validation_error
from local_aws.sagemaker.paging import Listed, list_page
from local_aws.sagemaker.training_job import TrainingJobs
from local_aws.sagemaker.tuner.bayesian import Bayesian
from local_aws.sagemaker.tuner.grid import Grid
from local_aws.sagemaker.tuner.hyperband import Hyperband
from local_aws.sagemaker.tuner.median_rule import MedianRule
from local_aws.sagemaker.tuner.random_search import RandomSearch
from local_aws.sagemaker.tuner.space import Categorical, Space
from local_aws.sagemaker.tuner.trials import NeverStop, Stopper, Strategy, Trial
from local_aws.sagemaker.tuning_checks import check_request, limit_of, resources_of, with_objective
from local_aws.sagemaker.tuning_run import TuningRun
from local_aws.sagemaker.tuning_state import Child, TuningJob, summary
from local_aws.sagemaker.tuning_warm_start import inherited, parents_of, prior_trials
from local_aws.sagemaker.validation import echo
from local_aws.sagemaker.world import Handler, Table, World


class TuningJobs:
    """The tuning jobs of the account."""

    def __init__(self, world: World, training_jobs: TrainingJobs) -> None:
        """Begin empty; what they launch are training jobs like all others."""
        self._world = world
        self._training_jobs = training_jobs
        self._jobs: Table[TuningJob] = Table(world, fold_case=True)
        self._run = TuningRun(world, training_jobs)

    def operations(self) -> dict[str, Handler]:
        """Return the operations on tuning jobs."""
        return {
            "CreateHyperParameterTuningJob": self.create,
            "DescribeHyperParameterTuningJob": self.describe,
            "StopHyperParameterTuningJob": self.stop,
            "ListHyperParameterTuningJobs": self.list_jobs,
            "ListTrainingJobsForHyperParameterTuningJob": self.list_training_jobs,
        }

    def create(self, params: dict[str, Any]) -> dict[str, Any]:
        """Accept a tuning job."""
        name = params["HyperParameterTuningJobName"]
        arn = self._world.arns.of("hyper-parameter-tuning-job", name)
        if self._jobs.taken(name):
            raise resource_in_use(
                "Hyper parameter tuning job names must be unique within an AWS account and region, and a tuning job "
                f"with this name already exists ({arn})"
            )
        space = check_request(params)
        self._training_jobs.check_definition(params["TrainingJobDefinition"], arn)
        objective = params["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
        self._training_jobs.check_tuning(params["TrainingJobDefinition"], space, objective)
        parallel = params["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxParallelTrainingJobs"]
        self._training_jobs.check_quota(params["TrainingJobDefinition"], parallel)
        parents = parents_of(params, self._jobs.find)
        self._world.tags.check(params.get("Tags"))
        tuning = self._made(name, arn, params, space, parents)
        self._jobs.put(name, tuning)
        self._world.tags.born(arn, params.get("Tags"))
        self._run.start(tuning)
        return {"HyperParameterTuningJobArn": arn}

    def describe(self, params: dict[str, Any]) -> dict[str, Any]:
        """Describe a tuning job."""
        return self._described(self._require(params))

    def stop(self, params: dict[str, Any]) -> dict[str, Any]:
        """Ask a tuning job to stop, and its training jobs with it; the best of those that have ended stays."""
        tuning = self._require(params)
        if tuning.status != "InProgress":
            raise validation_error(
                f"The request was rejected because the hyperparameter tuning job is in status {tuning.status}."
            )
        self._run.stop(tuning)
        return {}

    def list_jobs(self, params: dict[str, Any]) -> dict[str, Any]:
        """List tuning jobs, by name unless something else is asked."""
        items = [Listed(_brief(job), job.name, job.created, job.modified, job.status) for job in self._jobs.visible()]
        return list_page(items, {"SortBy": "Name", **params}, "HyperParameterTuningJobSummaries", order="Ascending")

    def list_training_jobs(self, params: dict[str, Any]) -> dict[str, Any]:
        """List a tuning job's training jobs, by name unless something else is asked."""
        tuning, key = self._require(params), params.get("SortBy", "Name")
        children = [
            child for child in tuning.children if key != "FinalObjectiveMetricValue" or child.objective is not None
        ]
        items = [
            Listed(
                summary(tuning, child),
                child.job.name,
                child.job.created,
                child.job.modified,
                child.job.status,
                child.objective or 0.0,
            )
            for child in children
        ]
        return list_page(items, {"SortBy": key, **params}, "TrainingJobSummaries", order="Ascending")

    def search_records(self) -> list[dict[str, Any]]:
        """Return all tuning jobs as Search sees them."""
        return [self._described(job) | {"Tags": self._world.tags.as_list(job.arn)} for job in self._jobs.visible()]

    def _made(
        self, name: str, arn: str, params: dict[str, Any], space: Space, parents: Sequence[TuningJob]
    ) -> TuningJob:
        config = params["HyperParameterTuningJobConfig"]
        children = inherited(parents)
        prior = prior_trials(params, parents, space)
        strategy, stopper = _search(config, params["TrainingJobDefinition"], space, _seed(config, arn), prior)
        now = self._world.timeline.now()
        job = TuningJob(name, arn, with_objective(params), now, strategy, stopper, limit_of(config, space))
        job.inherited = children
        return job

    def _described(self, tuning: TuningJob) -> dict[str, Any]:
        return {
            **echo("DescribeHyperParameterTuningJob", tuning.request),
            **tuning.details(),
            "BestTrainingJob": _maybe_summary(tuning, tuning.best),
            "OverallBestTrainingJob": _overall(tuning),
            "FailureReason": tuning.failure,
            "TuningJobCompletionDetails": {
                "NumberOfTrainingJobsObjectiveNotImproving": tuning.stale,
                "ConvergenceDetectedTime": tuning.converged,
            },
            "ConsumedResources": {"RuntimeInSeconds": self._runtime(tuning)},
        }

    def _runtime(self, tuning: TuningJob) -> int:
        end = self._world.timeline.now() if tuning.ended is None else tuning.ended
        return round(end - tuning.created)

    def _require(self, params: dict[str, Any]) -> TuningJob:
        name = params["HyperParameterTuningJobName"]
        job = self._jobs.find(name)
        if job is None:
            raise AwsError("ResourceNotFound", f"Amazon SageMaker can't find a tuning job with the name {name}.")
        return job


def _search(
    config: dict[str, Any], definition: dict[str, Any], space: Space, seed: int, prior: Sequence[Trial]
) -> tuple[Strategy, Stopper]:
    """Return who chooses points, and who stops training jobs."""
    early = config.get("TrainingJobEarlyStoppingType", "Off") == "Auto"
    stopper: Stopper = MedianRule() if early else NeverStop()
    match config["Strategy"]:
        case "Bayesian":
            return Bayesian(space, seed, prior), stopper
        case "Grid":
            return Grid([each for each in space.ranges if isinstance(each, Categorical)]), stopper
        case "Hyperband":
            hyperband = Hyperband(space, seed, *resources_of(config, definition))
            return hyperband, hyperband
        case _:
            return RandomSearch(space, seed), stopper


def _seed(config: dict[str, Any], arn: str) -> int:
    """Return the seed that was asked for, else one of the job's own: repeated runs of a test find the same."""
    seed: int = config.get("RandomSeed", zlib.crc32(arn.encode()))
    return seed


def _brief(tuning: TuningJob) -> dict[str, Any]:
    config = tuning.config
    return {**tuning.details(), "Strategy": config["Strategy"], "ResourceLimits": config["ResourceLimits"]}


def _maybe_summary(tuning: TuningJob, child: Child | None) -> dict[str, Any] | None:
    return summary(tuning, child) if child else None


def _overall(tuning: TuningJob) -> dict[str, Any] | None:
    """Return the best training job of a warm start with identical data and its parents together."""
    warm = tuning.request.get("WarmStartConfig", {})
    if warm.get("WarmStartType") != "IdenticalDataAndAlgorithm":
        return None
    return _maybe_summary(tuning, tuning.overall_best)
