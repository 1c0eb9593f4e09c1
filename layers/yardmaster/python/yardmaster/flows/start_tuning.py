"""The tuning job of a release whose spec has a `tune` section: what it is asked for, and which jobs it starts from."""

from dataclasses import dataclass

from yardmaster.aws import tuning_job
from yardmaster.aws.training_job import TrainingJobRequest
from yardmaster.aws.tuning_job import SearchRange, TuningJobRequest
from yardmaster.flows.yard import Yard
from yardmaster.records import Release
from yardmaster.rules.tuning.warm_start import Parent, previous
from yardmaster.rules.tuning.warm_start import refusal as warm_refusal
from yardmaster.spec.schema import Spec, TuneSpec
from yardmaster.spec.tune import CategoricalRange, HyperparameterRange


@dataclass(frozen=True)
class Warm:
    """The tuning jobs that a new one starts from, by name; none of them: `said` tells why it starts cold."""

    parents: tuple[tuple[str, Parent | None], ...]
    said: str


def gather(yard: Yard, release: Release, spec: Spec) -> Warm | None:
    """Describe the tuning jobs that the spec wants to start from; None if it wants none."""
    if spec.tune is None or spec.tune.warm_start_config is None:
        return None
    asked = spec.tune.warm_start_config.parents
    if asked != "previous":
        return Warm(tuple((name, _parent(yard, name)) for name in asked), f"starts from {', '.join(asked)}")
    earlier = previous(release, yard.table.releases_of(release.model))
    if earlier is None or earlier.tuning_job is None:
        return Warm((), "starts cold: no release before it was tuned")
    found = _parent(yard, earlier.tuning_job)
    if found is None:
        return Warm((), f"starts cold: tuning job {earlier.tuning_job} of {earlier.title} is gone")
    return Warm(((earlier.tuning_job, found),), f"starts from {earlier.tuning_job} of {earlier.title}")


def _parent(yard: Yard, name: str) -> Parent | None:
    if not name.startswith(f"{yard.settings.prefix}-"):
        return None  # One of another stack, or of nobody's: this one has no right to look.
    job = tuning_job.describe(yard.sagemaker, name)
    return Parent(name, job.status, job.metric, job.goal, job.hyperparameters) if job else None


def refusal(tune: TuneSpec, training: TrainingJobRequest, warm: Warm | None) -> str | None:
    """Say why there can be no tuning job, and what to write instead; None if there can."""
    channel = tune.objective_metric_name.partition(":")[0]
    # Who wrote the algorithm calls its metrics as they like, in its log or in what SageMaker knows of its ARN.
    theirs = training.algorithm_name or training.metric_definitions
    if channel not in training.channels and not theirs:
        return (
            f"tune.objective_metric_name: {tune.objective_metric_name} needs a {channel} channel, and the drop has none"
        )
    if warm is None:
        return None
    names = frozenset({*training.hyperparameters, *tune.hyperparameter_ranges})
    return warm_refusal(warm.parents, tune.objective_metric_name, tune.objective_type, names)


def request(
    tune: TuneSpec, training: TrainingJobRequest, warm: Warm | None, rounds: str = "num_round"
) -> TuningJobRequest:
    """Return the tuning job that the spec asks for; its training jobs are as the one would be without it.

    Args:
        tune: The spec's section.
        training: The one training job.
        warm: The tuning jobs that it starts from.
        rounds: The hyperparameter that is the number of passes over the data, for Hyperband.
    """
    criteria = tune.completion_criteria_config
    return TuningJobRequest(
        name=training.name,
        training=training,
        ranges=tuple(_range(name, asked) for name, asked in tune.hyperparameter_ranges.items()),
        metric=tune.objective_metric_name,
        goal=tune.objective_type,
        strategy=tune.strategy,
        max_jobs=tune.jobs,
        max_parallel_jobs=tune.parallel_jobs,
        max_run=tune.max_run,
        early_stopping=tune.early_stopping,
        tags=training.tags,
        rounds=_rounds(tune, training, rounds) if tune.strategy == "Hyperband" else None,
        target=criteria.target_objective_metric_value if criteria else None,
        not_improving=criteria.max_number_of_training_jobs_not_improving if criteria else None,
        convergence=criteria.complete_on_convergence if criteria else False,
        seed=tune.random_seed,
        parents=tuple(name for name, _ in warm.parents) if warm else (),
    )


def reason(tuning: TuningJobRequest, rows: str, where: str, warm: Warm | None) -> str:
    """Say what is started."""
    start = f"; it {warm.said}" if warm else ""
    jobs = f"{tuning.max_jobs} training jobs, {tuning.max_parallel_jobs} at a time"
    return f"tuning job {tuning.name} on {rows} ({tuning.strategy}, {jobs}, each {where}){start}"


def _rounds(tune: TuneSpec, training: TrainingJobRequest, rounds: str) -> tuple[int, int]:
    """Return Hyperband's least and most rounds; SageMaker looks for them under names that XGBoost does not have."""
    config = tune.strategy_config
    most = config.max_resource if config and config.max_resource else int(training.hyperparameters[rounds])
    return config.min_resource if config else 1, most


def _range(name: str, asked: HyperparameterRange) -> SearchRange:
    if isinstance(asked, CategoricalRange):
        return SearchRange(name, asked.type, values=asked.words)
    return SearchRange(name, asked.type, str(asked.min), str(asked.max), asked.scaling_type)
