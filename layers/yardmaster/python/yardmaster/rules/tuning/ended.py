"""What the state of a tuning job means for its release: it goes on, its best training job is used, or it ends."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from yardmaster.records import Stage, Trial
from yardmaster.rules.quota_names import lacks_instances
from yardmaster.rules.testing import Broken, NoCapacity, Running, Usable
from yardmaster.rules.tuning.words import spell_values, trials_word

_SHOWN = 300
"""Characters of a failure's reason."""


@dataclass(frozen=True)
class TuningFacts:
    """A tuning job as SageMaker describes it.

    Attributes:
        best: The name of its best training job that left a model.
        passed_over: The name of the one that SageMaker calls the best, if that left none.
        ran_out: It ran as long as `tune.max_run` lets it.
        jobs: How many training jobs it was to have.
    """

    status: str
    failure_reason: str
    metric: str
    best: str | None
    ran_out: bool
    jobs: int
    passed_over: str | None = None


def after_tuning(job: TuningFacts | None, name: str, trials: Sequence[Trial]) -> Running | Usable | NoCapacity | Broken:
    """Decide what the state of a tuning job means; None if SageMaker knows no such job.

    A tuning job that was stopped, by a person or by its end of time, is used if one of its training jobs finished: the
    gate decides what that is worth. `trials` need be given of a job that has ended only.
    """
    if job is None:
        return Broken(Stage.FAILED, f"tuning job {name} is gone: somebody deleted it")
    if job.status not in {"Completed", "Failed", "Stopped"}:
        return Running()
    if job.status != "Failed" and job.best is not None:
        return Usable(_used(job, name, job.best, trials))
    if job.status == "Stopped" and not job.ran_out and job.passed_over is None:
        return Broken(Stage.CANCELLED, f"tuning job {name} was stopped before a training job of it had finished")
    if job.status == "Failed" and _lacked(job, trials):
        return NoCapacity(_failed(job, name, trials))
    return Broken(Stage.FAILED, _failed(job, name, trials))


def _lacked(job: TuningFacts, trials: Sequence[Trial]) -> bool:
    """Tell whether nothing but instances was missing."""
    reasons = [trial.failure_reason for trial in trials if trial.failure_reason]
    return lacks_instances(job.failure_reason) or (bool(reasons) and all(map(lacks_instances, reasons)))


def progress(ended: int, jobs: int, metric: str, best: float | None, name: str) -> str:
    """Say how far a tuning job is."""
    so_far = "" if best is None else f", the best {metric} so far is {best:.4g}"
    return f"tuning job {name}: {ended} of {trials_word(jobs)} ended{so_far}"


def _used(job: TuningFacts, name: str, best: str, trials: Sequence[Trial]) -> str:
    ended = [trial for trial in trials if trial.status in {"Completed", "Failed", "Stopped"}]
    if job.status == "Completed" and not job.ran_out:
        what = f"tuning job {name} completed after {trials_word(len(ended))}"
    else:
        how = "ran out of time (tune.max_run)" if job.ran_out else "was stopped"
        what = f"tuning job {name} {how} after {len(ended)} of {trials_word(job.jobs)}, and its best is used"
    said = f"{what}: {best}{_figures(job.metric, best, trials)}"
    if job.passed_over is None:
        return said
    better = f"{job.passed_over}{_figures(job.metric, job.passed_over, trials)}"
    return f"{said}; {better} was better, but left no model"


def _figures(metric: str, name: str, trials: Sequence[Trial]) -> str:
    """Return `, validation:auc 0.8044 (eta 0.05)` of a trial; nothing if it is not known."""
    found = next((trial for trial in trials if trial.name == name), None)
    if found is None or found.objective is None:
        return ""
    return f", {metric} {found.objective:.4g} ({spell_values(found.hyperparameters)})"


def _failed(job: TuningFacts, name: str, trials: Sequence[Trial]) -> str:
    reasons = Counter(trial.failure_reason for trial in trials if trial.failure_reason)
    how = "ran out of time (tune.max_run)" if job.ran_out else "failed"
    nothing = f"no training job of it that published {job.metric} left a model"
    if job.passed_over is None:
        nothing = f"no training job of it published {job.metric}"
    parts = [f"tuning job {name} {how}: {job.failure_reason or nothing}"]
    if reasons:
        ((reason, count),) = reasons.most_common(1)
        parts.append(f"{count} of {trials_word(len(trials))} failed with: {reason[:_SHOWN]}")
    return "; ".join(parts)
