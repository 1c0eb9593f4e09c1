"""The life of a training job: Starting, Downloading, Training, Uploading, and its four ends."""

from collections.abc import Callable

from local_aws.sagemaker.access import DeniedError, ExecutionRole
from local_aws.sagemaker.errors import validation_error
from local_aws.sagemaker.executors.base import Finished, TrainingOutcome
from local_aws.sagemaker.executors.failures import LIMIT
from local_aws.sagemaker.telemetry import Datapoint
from local_aws.sagemaker.training_state import ACTIVE, Interruption, TrainingJob, event_detail, training_request
from local_aws.sagemaker.world import World

_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Interrupted": "Training job interrupted: its spot capacity was taken back",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Stopping": "Stopping the training job",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
    "Failed": "Training job failed",
}
_METRICS = "/aws/sagemaker/TrainingJobs"
"""The namespace of the metrics that a job's own log lines tell."""


class TrainingRun:
    """Moves jobs from phase to phase; the phase Training lasts as long as the executor takes."""

    def __init__(self, world: World) -> None:
        """Act in a world."""
        self._world = world

    def start(self, job: TrainingJob) -> None:
        """Begin a job that was just created."""
        if job.is_spot:
            wait = job.request["StoppingCondition"]["MaxWaitTimeInSeconds"]
            job.patience = self._world.timeline.after(wait, lambda: self._give_up(job))
        warm = job.launch is not None and job.launch.warm
        self._launch(job, self._world.settings.warm_start_seconds if warm else None)

    def interrupt(self, job: TrainingJob, seconds: float | None) -> None:
        """Take a job's spot capacity back, or let it wait for some: its container has the grace of a stop.

        Args:
            job: The job.
            seconds: How long there is none; None for ever.

        Raises:
            AwsError: It does not run on spot capacity, or neither waits nor runs.
        """
        if not job.is_spot:
            raise validation_error(f"Training job {job.name} does not run on spot capacity: nothing interrupts it.")
        if job.status != "InProgress" or job.secondary == "Uploading":
            raise validation_error(f"Training job {job.name} is {job.secondary}: it neither waits nor trains.")
        if job.interruption is not None:
            return
        self._cancel_timer(job)
        match job.secondary:
            case "Training":
                job.interruption = Interruption(seconds)
                self._world.executors.interrupt_training(job.name)
            case "Downloading":
                self._take_away(job, seconds)
            case _:
                self._await_capacity(job, seconds)

    def fail(self, job: TrainingJob, reason: str) -> None:
        """End a job as AWS does for reasons of its own.

        Raises:
            AwsError: It has ended.
        """
        if job.status not in ACTIVE:
            raise validation_error(f"Training job {job.name} is {job.status}: it can't fail any more.")
        self._cancel_timer(job)
        if job.secondary in {"Training", "Stopping"}:
            self._world.executors.interrupt_training(job.name)
        self._end(job, "Failed", "Failed", failure=reason[:LIMIT])

    def stop(self, job: TrainingJob, ending: str = "Stopped") -> None:
        """Stop a job; SIGTERM lets its container save what it has."""
        phase = job.secondary
        job.status, job.stopped_as = "Stopping", ending
        self._enter(job, "Stopping")
        self._cancel_timer(job)
        if phase == "Training":
            self._world.executors.stop_training(job.name)
        else:
            self._then(job, self._world.settings.stop_seconds, self._end_stopped)

    def finished(self, job: TrainingJob, outcome: TrainingOutcome) -> None:
        """Go on after the container ended."""
        if job.status not in ACTIVE:
            return
        self._cancel_timer(job)
        interruption, job.interruption = job.interruption, None
        if interruption and not job.stopped_as and outcome.result is Finished.STOPPED:
            self._take_away(job, interruption.seconds)
            return
        job.artifact, job.metrics = outcome.artifact_uri, outcome.metrics
        self._publish_metrics(job)
        if job.stopped_as:
            self._end_stopped(job)
            return
        match outcome.result:
            case Finished.COMPLETED:
                self._enter(job, "Uploading")
                self._then(job, self._world.settings.training_upload_seconds, self._complete)
            case Finished.FAILED:
                self._end(job, "Failed", "Failed", failure=outcome.failure_reason or "AlgorithmError: exit code: 1")
            case Finished.STOPPED:
                # Nobody asked: the executor itself ran out of the time that the job allows.
                self._end(job, "Stopped", "MaxRuntimeExceeded")

    def _launch(self, job: TrainingJob, seconds: float | None = None) -> None:
        self._enter(job, "Starting")
        self._then(job, self._world.settings.training_start_seconds if seconds is None else seconds, self._download)

    def _take_away(self, job: TrainingJob, seconds: float | None) -> None:
        job.rests(self._world.timeline.now())
        self._enter(job, "Interrupted")
        self._await_capacity(job, seconds)

    def _await_capacity(self, job: TrainingJob, seconds: float | None) -> None:
        if seconds is None:
            return
        if job.secondary == "Interrupted":
            self._then(job, seconds, self._launch)
        else:
            self._then(job, seconds + self._world.settings.training_start_seconds, self._download)

    def _give_up(self, job: TrainingJob) -> None:
        """End a job that was not done within its wait; one that has its model already is let be."""
        if job.status == "InProgress" and job.secondary != "Uploading":
            self.stop(job, "MaxWaitTimeExceeded")

    def _download(self, job: TrainingJob) -> None:
        now = self._world.timeline.now()
        job.runs(now)
        job.started = job.started or now
        self._enter(job, "Downloading")
        self._then(job, self._world.settings.training_download_seconds, self._train)

    def _train(self, job: TrainingJob) -> None:
        role, key = ExecutionRole(job.request["RoleArn"], job.arn), job.request["ResourceConfig"].get("VolumeKmsKeyId")
        try:
            self._world.access.place(role, job.request.get("VpcConfig", {}), key)
        except DeniedError as denied:
            self._end(job, "Failed", "Failed", failure=f"ClientError: {denied}"[:LIMIT])
            return
        self._enter(job, "Training")
        limit = job.request["StoppingCondition"]["MaxRuntimeInSeconds"]
        now = self._world.timeline.now()
        left = limit - job.ran - (now - (job.running_since or now))
        self._then(job, max(left, 0), lambda late: self.stop(late, "MaxRuntimeExceeded"))
        self._world.executors.start_training(training_request(job))

    def _complete(self, job: TrainingJob) -> None:
        self._end(job, "Completed", "Completed")

    def _end_stopped(self, job: TrainingJob) -> None:
        self._end(job, "Stopped", job.stopped_as or "Stopped")

    def _end(self, job: TrainingJob, status: str, secondary: str, failure: str | None = None) -> None:
        job.status, job.failure, job.ended = status, failure, self._world.timeline.now()
        job.rests(job.ended)
        if job.patience:
            job.patience.cancel()
        self._enter(job, secondary)
        job.transitions[-1]["EndTime"] = job.ended
        if failure:
            job.transitions[-1]["StatusMessage"] = failure
            self._log(job, failure)
        if job.launch:
            job.launch.ended()

    def _enter(self, job: TrainingJob, secondary: str) -> None:
        now = self._world.timeline.now()
        if job.transitions:
            job.transitions[-1]["EndTime"] = now
        job.secondary, job.modified = secondary, now
        job.transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": _MESSAGES[secondary]})
        self._log(job, f"{secondary} - {_MESSAGES[secondary]}")
        detail = event_detail(job, self._world.tags.as_object(job.arn))
        self._world.events.send("Training Job", job.arn, detail)

    def _then(self, job: TrainingJob, seconds: float, step: Callable[[TrainingJob], None]) -> None:
        job.timer = self._world.timeline.after(seconds, lambda: step(job))

    def _cancel_timer(self, job: TrainingJob) -> None:
        if job.timer:
            job.timer.cancel()

    def _publish_metrics(self, job: TrainingJob) -> None:
        dimensions, role = {"TrainingJobName": job.name}, ExecutionRole(job.request["RoleArn"], job.arn)
        if job.metrics and not self._world.access.may_measure(role, _METRICS):
            return
        for metric in job.metrics:
            self._world.put_metric(Datapoint(_METRICS, metric.name, dimensions, metric.value, metric.at))

    def _log(self, job: TrainingJob, message: str) -> None:
        self._world.log("TrainingJobs", f"{job.name}/algo-1-{round(job.created)}", message)
