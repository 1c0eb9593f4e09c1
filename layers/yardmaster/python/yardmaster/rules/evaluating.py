"""After the transform jobs: what their ends mean, and the gate that the spec asks for."""

from collections.abc import Mapping
from dataclasses import dataclass

from yardmaster.records import Problem, Stage
from yardmaster.rules.gate.conditions import Condition, OnInconclusive
from yardmaster.rules.metrics.figures import AtRecall, Threshold
from yardmaster.rules.quota_names import lacks_instances
from yardmaster.rules.testing import NoCapacity
from yardmaster.spec.problem import gate_of
from yardmaster.spec.schema import Spec


@dataclass(frozen=True)
class JobState:
    """A transform job as SageMaker describes it."""

    name: str
    status: str
    failure_reason: str


@dataclass(frozen=True)
class Running:
    """At least one goes on."""


@dataclass(frozen=True)
class Done:
    """All completed."""


@dataclass(frozen=True)
class Broken:
    """The release ends in this stage: without both models' scores there is no evidence."""

    stage: Stage
    reason: str


def after_transforms(jobs: Mapping[str, JobState | None]) -> Running | Done | NoCapacity | Broken:
    """Decide what the states of the transform jobs mean, by role (`candidate`, `baseline`)."""
    lacking = ""
    for role, job in jobs.items():
        if job is None:
            return Broken(Stage.FAILED, f"the {role}'s transform job is gone: somebody deleted it")
        if job.status == "Failed" and lacks_instances(job.failure_reason):
            lacking = f"the {role}'s transform job {job.name}: {job.failure_reason}"
        elif job.status == "Failed":
            why = job.failure_reason or "no reason given"
            return Broken(Stage.FAILED, f"the {role}'s transform job {job.name} failed: {why}")
        if job.status == "Stopped":
            return Broken(Stage.CANCELLED, f"the {role}'s transform job {job.name} was stopped")
    if lacking:
        return NoCapacity(lacking)
    if all(job is not None and job.status == "Completed" for job in jobs.values()):
        return Done()
    return Running()


def conditions_of(spec: Spec, problem: Problem) -> tuple[Condition, ...]:
    """Return the spec's gate as the gate reads it."""
    return tuple(
        Condition(
            metric=asked.metric,
            min=asked.min,
            max=asked.max,
            versus=asked.versus,
            margin=asked.margin,
            confidence=asked.confidence,
            on_inconclusive=OnInconclusive(asked.on_inconclusive),
        )
        for asked in gate_of(spec, problem)
    )


def threshold_of(spec: Spec) -> Threshold:
    """Return the spec's threshold as the metrics read it."""
    asked = spec.evaluate.threshold
    return asked if isinstance(asked, float) else AtRecall(asked.recall)
