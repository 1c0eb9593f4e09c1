"""The life of a tuning job: it launches training jobs until one of its ends is reached."""

from typing import Any

from local_aws.sagemaker.errors import AwsError
from local_aws.sagemaker.training_job import TrainingJobs
from local_aws.sagemaker.training_state import Launch
from local_aws.sagemaker.tuning_state import NEGLIGIBLE, Child, TuningJob, event_detail
from local_aws.sagemaker.world import World

ALL_FAILED = "All training jobs failed. Please take a look at the training jobs failures to get more details."
CONVERGED = 10
"""After so many training jobs in a row without an improvement, the search counts as converged."""
RETRY_SECONDS = 60
_FROM_DEFINITION = (
    "AlgorithmSpecification",
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "VpcConfig",
    "StoppingCondition",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
    "RetryStrategy",
    "Environment",
)
_RESOURCES = ("InstanceType", "InstanceCount", "VolumeSizeInGB", "VolumeKmsKeyId")


class TuningRun:
    """Moves tuning jobs on, as their training jobs end."""

    def __init__(self, world: World, training_jobs: TrainingJobs) -> None:
        """Act in a world, by these training jobs."""
        self._world = world
        self._training_jobs = training_jobs

    def start(self, tuning: TuningJob) -> None:
        """Begin a tuning job that was just created."""
        self._enter(tuning, "InProgress")
        self._later(tuning, self._world.settings.tuning_start_seconds, lambda: self._fill(tuning))
        runtime = tuning.config["ResourceLimits"].get("MaxRuntimeInSeconds")
        if runtime is not None:
            self._later(tuning, runtime, lambda: self._wind_up(tuning, "Completed"))

    def stop(self, tuning: TuningJob) -> None:
        """Stop a tuning job, and its training jobs with it."""
        self._enter(tuning, "Stopping")
        self._wind_up(tuning, "Stopped")

    def _fill(self, tuning: TuningJob) -> None:
        """Launch training jobs for all free places, or end if there is nothing to wait for."""
        parallel = tuning.config["ResourceLimits"]["MaxParallelTrainingJobs"]
        while self._wants_more(tuning) and len(tuning.running) < parallel:
            point = tuning.strategy.propose(tuning.trials())
            if point is None:
                tuning.exhausted = True
            elif not self._launch(tuning, point):
                self._later(tuning, RETRY_SECONDS, lambda: self._fill(tuning))
                return
        if not tuning.running and not self._wants_more(tuning):
            self._finish(tuning)

    def _wants_more(self, tuning: TuningJob) -> bool:
        open_ended = not tuning.ending and not tuning.exhausted and not tuning.ended
        return open_ended and len(tuning.children) < tuning.limit

    def _launch(self, tuning: TuningJob, point: dict[str, str]) -> bool:
        """Launch a training job; say whether the account had the instances."""
        params = child_request(tuning, point)
        child: Child | None = None

        def measured(value: float) -> None:
            if child:
                self._measured(tuning, child, value)

        def ended() -> None:
            if child:
                self._ended(tuning, child)

        try:
            launch = Launch(tuning.arn, tuning.metric, tuning.has_warm_instances, measured, ended)
            job = self._training_jobs.launch(params, launch)
        except AwsError:
            return False
        child = Child(len(tuning.children), job, point)
        tuning.children.append(child)
        tuning.modified = self._world.timeline.now()
        return True

    def _measured(self, tuning: TuningJob, child: Child, value: float) -> None:
        """Take a new value of the objective, and stop the training job if it isn't worth going on."""
        child.curve.append(value)
        others = [tuning.trial(other) for other in tuning.children if other is not child]
        if tuning.stopper.stops(tuning.trial(child), others):
            self._training_jobs.halt(child.job)

    def _ended(self, tuning: TuningJob, child: Child) -> None:
        """Take what a training job came to, and go on."""
        before = tuning.best
        self._judge(tuning, child)
        self._note_progress(tuning, before, child)
        tuning.modified = self._world.timeline.now()
        if not tuning.ending and self._is_enough(tuning):
            self._wind_up(tuning, "Completed")
        else:
            self._fill(tuning)

    def _judge(self, tuning: TuningJob, child: Child) -> None:
        final = next((metric.value for metric in child.job.metrics if metric.name == tuning.metric), None)
        # What was stopped with its tuning job may have no model, so it is never the best.
        kept = child.job.status != "Failed" and not (child.job.status == "Stopped" and tuning.ending)
        child.objective = final if kept else None
        child.objective_status = "Failed" if child.objective is None else "Succeeded"

    def _note_progress(self, tuning: TuningJob, before: Child | None, child: Child) -> None:
        if child.objective is None or before is None or before.objective is None:
            return
        least = NEGLIGIBLE * abs(before.objective)
        improved = tuning.score(child.objective) - tuning.score(before.objective) > least
        tuning.stale = 0 if improved else tuning.stale + 1
        if tuning.stale >= CONVERGED and tuning.converged is None:
            tuning.converged = self._world.timeline.now()

    def _is_enough(self, tuning: TuningJob) -> bool:
        """Say whether a completion criterion holds."""
        criteria, best = tuning.config.get("TuningJobCompletionCriteria", {}), tuning.best
        target = criteria.get("TargetObjectiveMetricValue")
        if target is not None and best and tuning.score(best.objective or 0.0) >= tuning.score(target):
            return True
        patience = criteria.get("BestObjectiveNotImproving", {}).get("MaxNumberOfTrainingJobsNotImproving")
        if patience is not None and tuning.stale >= patience:
            return True
        converges = criteria.get("ConvergenceDetected", {}).get("CompleteOnConvergence") == "Enabled"
        return converges and tuning.converged is not None

    def _wind_up(self, tuning: TuningJob, ending: str) -> None:
        """Launch nothing more, stop what runs, and end when it has ended."""
        if tuning.ended is not None or tuning.ending:
            return
        tuning.ending = ending
        running = tuning.running
        for child in running:
            self._training_jobs.halt(child.job)
        if not running:
            seconds = self._world.settings.stop_seconds if ending == "Stopped" else 0
            self._later(tuning, seconds, lambda: self._finish(tuning))

    def _finish(self, tuning: TuningJob) -> None:
        if tuning.ended is not None:
            return
        for timer in tuning.timers:
            timer.cancel()
        failed = bool(tuning.children) and all(child.job.status == "Failed" for child in tuning.children)
        status = tuning.ending or "Completed"
        if failed and status != "Stopped":
            status, tuning.failure = "Failed", ALL_FAILED
        tuning.ended = self._world.timeline.now()
        self._enter(tuning, status)

    def _enter(self, tuning: TuningJob, status: str) -> None:
        tuning.status, tuning.modified = status, self._world.timeline.now()
        detail = event_detail(tuning, self._world.tags.as_object(tuning.arn))
        self._world.events.send("HyperParameter Tuning Job", tuning.arn, detail)

    def _later(self, tuning: TuningJob, seconds: float, action: Any) -> None:
        tuning.timers.append(self._world.timeline.after(seconds, action))


def child_request(tuning: TuningJob, point: dict[str, str]) -> dict[str, Any]:
    """Return the request of CreateTrainingJob for a tuning job's next training job."""
    definition = tuning.definition
    resources = definition["ResourceConfig"]
    return {
        **{name: definition[name] for name in _FROM_DEFINITION if name in definition},
        "TrainingJobName": tuning.next_name(),
        "HyperParameters": {**definition.get("StaticHyperParameters", {}), **point},
        "ResourceConfig": {name: resources[name] for name in _RESOURCES if name in resources},
        "Tags": tuning.request.get("Tags", []),
    }
