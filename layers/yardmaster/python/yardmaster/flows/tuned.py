"""A release whose tuning job runs, or has ended: its best training job is the candidate."""

import json
from dataclasses import dataclass, replace
from typing import Any

from yardmaster.aws import training_job, tuning_job
from yardmaster.aws.training_job import TrainingJob
from yardmaster.aws.tuning_job import TuningJob
from yardmaster.errors import YardmasterError
from yardmaster.flows import spec_in_force
from yardmaster.flows.advance import commit
from yardmaster.flows.capacity import lacking
from yardmaster.flows.yard import Yard
from yardmaster.records import Release, Trial
from yardmaster.rules import retry, stages
from yardmaster.rules.testing import Broken, NoCapacity, Running, Usable
from yardmaster.rules.tuning.advice import best_first
from yardmaster.rules.tuning.ended import TuningFacts, after_tuning, progress
from yardmaster.rules.tuning.report import csv_text, report
from yardmaster.rules.tuning.words import spell_values
from yardmaster.spec.of_algorithm import profile_of
from yardmaster.spec.schema import Spec, TuneSpec

_ENDED = frozenset({"Completed", "Failed", "Stopped"})


@dataclass(frozen=True)
class Best:
    """The release with its tuning's outcome (not written yet), the best training job, and why it is tested."""

    release: Release
    job: TrainingJob
    reason: str


def look(yard: Yard, release: Release, now: float) -> Release | Best:
    """Look at the tuning job of a release; return its best training job, or the release as it was written."""
    name = release.tuning_job or ""
    job = tuning_job.describe(yard.sagemaker, name)
    if job is None and retry.may_be_invisible(release, now):
        return commit(yard, release, stages.wait(release, now + retry.MINUTE), now)
    spec = spec_in_force.pinned(yard, release)
    tune = _tune(release, spec)
    trials = tuning_job.trials(yard.sagemaker, name) if job and job.status in _ENDED else []
    best = _best(yard, tune, job, trials) if job and trials else None
    match after_tuning(_facts(job, tune, best), name, trials):
        case Running():
            said = progress(job.ended_jobs, tune.jobs, job.metric, job.best_objective, name) if job else release.reason
            # How far it is, is no news that wakes anybody.
            entered, _ = stages.entered(release)
            due = retry.next_look(entered.at if entered else now, now)
            return commit(yard, release, stages.wait(release, due, reason=said), now, quiet=True)
        case NoCapacity(reason):
            return lacking(yard, release, reason, now)
        case Broken(stage, reason):
            found = _noted(yard, release, spec, job, trials, None) if trials and job else {}
            moved = stages.move(replace(release, tuning=found), stage, reason, now)
            return commit(yard, release, moved, now)
        case Usable(reason):
            if job is None or best is None:
                raise YardmasterError(f"{name} is usable, and none of its training jobs is: somebody deleted the best")
            found = _noted(yard, release, spec, job, trials, best)
            return Best(replace(release, training_job=best.name, tuning=found), best, reason)


def _tune(release: Release, spec: Spec) -> TuneSpec:
    if spec.tune is None:
        raise YardmasterError(f"{release.title} has a tuning job, but its spec has no tune section")
    return spec.tune


def _best(yard: Yard, tune: TuneSpec, job: TuningJob, trials: list[Trial]) -> TrainingJob | None:
    """Return the best training job that left a model.

    The best of all may be one that was stopped early: it goes on while SageMaker decides, and its last objective
    counts. Whether such a one leaves a model is its algorithm's affair.
    """
    if job.best is None:
        return None
    names = [trial.name for trial in best_first(tune, trials) if trial.status in {"Completed", "Stopped"}]
    for name in dict.fromkeys([job.best, *names]):
        found = training_job.describe(yard.sagemaker, name)
        if found is not None and (found.status == "Completed" or _left_a_model(yard, found)):
            return found
    return None


def _left_a_model(yard: Yard, job: TrainingJob) -> bool:
    # SageMaker names the path of an artifact even if the job left none there.
    return job.artifact_uri is not None and bool(yard.bucket.list(yard.bucket.key_of(job.artifact_uri)))


def _facts(job: TuningJob | None, tune: TuneSpec, best: TrainingJob | None) -> TuningFacts | None:
    if job is None:
        return None
    ran_out = job.ended is not None and job.ended - job.created >= tune.max_run
    chosen = best.name if best else None
    passed_over = job.best if job.best != chosen else None
    return TuningFacts(job.status, job.failure_reason, job.metric, chosen, ran_out, tune.jobs, passed_over)


def _noted(
    yard: Yard, release: Release, spec: Spec, job: TuningJob, trials: list[Trial], best: TrainingJob | None
) -> dict[str, Any]:
    """Write tuning.json and tuning.csv; return what the release's row keeps of them."""
    tune, known = _tune(release, spec), profile_of(spec.algorithm).rows_of
    found = report(tune, job.name, job.status, trials, best.name if best else None, known)
    found["release"] = release.title
    if best is not None:
        found["best_hyperparameters"] = best.hyperparameters
    key = f"{release.folder}tuning.json"
    yard.bucket.write(key, json.dumps(found, indent=1).encode(), "application/json")
    yard.bucket.write(f"{release.folder}tuning.csv", csv_text(tune, trials).encode(), "text/csv")
    return {
        "uri": yard.bucket.uri(key),
        "best": best.name if best else None,
        "objective": {job.metric: _objective(trials, best)},
        "hyperparameters": best.hyperparameters if best else {},
        "said": _said(job, trials, best),
        "warnings": found["warnings"],
    }


def _objective(trials: list[Trial], best: TrainingJob | None) -> float | None:
    return next((trial.objective for trial in trials if best is not None and trial.name == best.name), None)


def _said(job: TuningJob, trials: list[Trial], best: TrainingJob | None) -> str:
    """Say which trial was the best."""
    chosen = next((trial for trial in trials if best is not None and trial.name == best.name), None)
    if chosen is None or chosen.objective is None:
        return f"none of {len(trials)} training jobs published {job.metric}"
    values = spell_values(chosen.hyperparameters)
    return f"{job.metric} {chosen.objective:.4g} with {values}, the best of {len(trials)} training jobs"
