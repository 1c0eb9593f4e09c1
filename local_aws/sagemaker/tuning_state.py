"""A tuning job: its record, its training jobs', and what they count together."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from local_aws.sagemaker.events import milliseconds
from local_aws.sagemaker.timeline import Timer
from local_aws.sagemaker.training_state import ACTIVE, TrainingJob
from local_aws.sagemaker.tuner.trials import Stopper, Strategy, Trial

TERMINAL = frozenset({"Completed", "Failed", "Stopped"})
"""The statuses that a tuning job never leaves."""
NEGLIGIBLE = 0.01
"""An improvement of the best objective of no more than this share counts as none."""


@dataclass
class Child:
    """A training job of a tuning job; `curve` has the objective metric's values while it ran."""

    number: int
    job: TrainingJob
    tuned: dict[str, str]
    curve: list[float] = field(default_factory=list)
    objective: float | None = None
    objective_status: str = "Pending"


@dataclass
class TuningJob:
    """A tuning job; `ending` is the status in which it will end once its training jobs have."""

    name: str
    arn: str
    request: dict[str, Any]
    created: float
    strategy: Strategy
    stopper: Stopper
    limit: int
    """How many training jobs it may launch."""
    modified: float = 0.0
    status: str = "InProgress"
    children: list[Child] = field(default_factory=list)
    inherited: tuple[Child, ...] = ()
    """The training jobs of the parents of a warm start."""
    ended: float | None = None
    failure: str | None = None
    ending: str | None = None
    exhausted: bool = False
    """Whether the strategy has no point left."""
    stale: int = 0
    """How many training jobs in a row have not improved the best objective."""
    converged: float | None = None
    timers: list[Timer] = field(default_factory=list)

    @property
    def config(self) -> dict[str, Any]:
        """The configuration that was asked for."""
        config: dict[str, Any] = self.request["HyperParameterTuningJobConfig"]
        return config

    @property
    def definition(self) -> dict[str, Any]:
        """What all training jobs share."""
        definition: dict[str, Any] = self.request["TrainingJobDefinition"]
        return definition

    @property
    def metric(self) -> str:
        """The objective metric."""
        return str(self.config["HyperParameterTuningJobObjective"]["MetricName"])

    @property
    def maximizes(self) -> bool:
        """Whether more is better."""
        return bool(self.config["HyperParameterTuningJobObjective"]["Type"] == "Maximize")

    @property
    def running(self) -> list[Child]:
        """The training jobs that have not ended."""
        return [child for child in self.children if child.job.status in ACTIVE]

    @property
    def has_warm_instances(self) -> bool:
        """Whether instances of ended training jobs are free for the next: tuning jobs keep theirs in a warm pool."""
        return len(self.children) >= int(self.config["ResourceLimits"]["MaxParallelTrainingJobs"])

    @property
    def best(self) -> Child | None:
        """The training job with the best objective of this tuning job."""
        return self.best_of(self.children)

    @property
    def overall_best(self) -> Child | None:
        """The best training job, those of the parents included."""
        return self.best_of([*self.inherited, *self.children])

    def score(self, objective: float) -> float:
        """Return an objective so that more is better."""
        return objective if self.maximizes else -objective

    def best_of(self, children: Sequence[Child]) -> Child | None:
        """Return the best of some training jobs, the first of equals."""
        scored = [child for child in children if child.objective_status == "Succeeded" and child.objective is not None]
        return max(scored, key=lambda child: self.score(child.objective or 0.0), default=None)

    def trials(self) -> list[Trial]:
        """Return the training jobs as strategies see them."""
        return [self.trial(child) for child in self.children]

    def trial(self, child: Child) -> Trial:
        """Return one training job as strategies see it."""
        scored = child.objective_status == "Succeeded" and child.objective is not None
        return Trial(
            number=child.number,
            point=child.tuned,
            score=self.score(child.objective or 0.0) if scored else None,
            running=child.job.status in ACTIVE,
            curve=tuple(self.score(value) for value in child.curve),
            completed=child.job.status == "Completed",
        )

    def next_name(self) -> str:
        """Return the name of the next training job: the tuning job's, a number, and eight hexadecimal digits."""
        number = len(self.children) + 1
        digest = hashlib.sha256(f"{self.arn} {self.created} {number}".encode()).hexdigest()
        return f"{self.name}-{number:03d}-{digest[:8]}"

    def details(self) -> dict[str, Any]:
        """Return what descriptions and lists share."""
        return {
            "HyperParameterTuningJobName": self.name,
            "HyperParameterTuningJobArn": self.arn,
            "HyperParameterTuningJobStatus": self.status,
            "CreationTime": self.created,
            "HyperParameterTuningEndTime": self.ended,
            "LastModifiedTime": self.modified,
            **counters(self.children),
        }


def counters(children: Sequence[Child]) -> dict[str, dict[str, int]]:
    """Return how many training jobs are in each status, and how many objectives."""
    statuses = [child.job.status for child in children]
    objectives = [child.objective_status for child in children]
    return {
        "TrainingJobStatusCounters": {
            "Completed": statuses.count("Completed"),
            "InProgress": sum(status in ACTIVE for status in statuses),
            "RetryableError": 0,
            "NonRetryableError": statuses.count("Failed"),
            "Stopped": statuses.count("Stopped"),
        },
        "ObjectiveStatusCounters": {status: objectives.count(status) for status in ("Succeeded", "Pending", "Failed")},
    }


def summary(tuning: TuningJob, child: Child) -> dict[str, Any]:
    """Return a HyperParameterTrainingJobSummary."""
    job = child.job
    objective = {
        "Type": tuning.config["HyperParameterTuningJobObjective"]["Type"],
        "MetricName": tuning.metric,
        "Value": child.objective,
    }
    return {
        "TrainingJobDefinitionName": tuning.definition.get("DefinitionName"),
        "TrainingJobName": job.name,
        "TrainingJobArn": job.arn,
        "CreationTime": job.created,
        "TrainingStartTime": job.started,
        "TrainingEndTime": job.ended,
        "TrainingJobStatus": job.status,
        "TunedHyperParameters": child.tuned,
        "FailureReason": job.failure,
        "FinalHyperParameterTuningJobObjectiveMetric": objective if child.objective is not None else None,
        "ObjectiveStatus": child.objective_status,
    }


def event_detail(tuning: TuningJob, tags: dict[str, str]) -> dict[str, Any]:
    """Return the detail of a HyperParameter Tuning Job State Change; it does not name the best training job."""
    return {
        "HyperParameterTuningJobName": tuning.name,
        "HyperParameterTuningJobArn": tuning.arn,
        "TrainingJobDefinition": tuning.definition,
        "HyperParameterTuningJobStatus": tuning.status,
        "CreationTime": milliseconds(tuning.created),
        "LastModifiedTime": milliseconds(tuning.modified),
        **counters(tuning.children),
        "Tags": tags,
        "FailureReason": tuning.failure,
    }
