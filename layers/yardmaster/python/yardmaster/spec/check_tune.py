"""The combinations of the `tune` section that can't be: SageMaker's rules, said before a job is asked for.

Sources: the API reference of HyperParameterTuningJobConfig, ResourceLimits, HyperbandStrategyConfig and
HyperParameterTuningJobWarmStartConfig; the developer guide's page on tuning each algorithm, on strategies, and on warm
start.
"""

import difflib
from collections.abc import Iterator

from yardmaster.records import Problem
from yardmaster.spec.check_own import check_own_objective
from yardmaster.spec.check_ranges import RANGES, check_range
from yardmaster.spec.findings import Finding
from yardmaster.spec.problems import words
from yardmaster.spec.profile import Profile, Rows
from yardmaster.spec.schema import OwnAlgorithm, Spec
from yardmaster.spec.tune import TuneSpec

MOST_RANGES = 30
"""Hyperparameters that one tuning job can search."""
MOST_JOBS = 750
"""Training jobs of one tuning job; Random may have more."""
MOST_PARENTS = 5
_ROOT = ("tune",)


def check_tune(spec: Spec, profile: Profile) -> Iterator[Finding]:
    """Yield what can't be: objective, strategy, numbers of jobs, ranges, warm start."""
    if (tune := spec.tune) is None:
        return
    if profile.not_tunable:
        yield Finding(_ROOT, None, f"{profile.name} can't be tuned: {profile.not_tunable}", "leave the section out")
        return
    own = isinstance(spec.algorithm, OwnAlgorithm)
    yield from check_own_objective(spec, tune) if own else _objective(tune, profile)
    yield from _strategy(spec, tune, profile)
    yield from _jobs(tune)
    yield from _ends(tune)
    yield from _warm_start(tune)
    if len(tune.hyperparameter_ranges) > MOST_RANGES:
        fault = "are too many to search at once"
        yield Finding(RANGES, f"{len(tune.hyperparameter_ranges)} ranges", fault, f"at most {MOST_RANGES}")
    for name, asked in tune.hyperparameter_ranges.items():
        yield from check_range(spec, profile, name, asked)


def tuning_misfits(spec: Spec, profile: Profile, problem: Problem) -> Iterator[Finding]:
    """Yield an objective that the algorithm has, but not for this problem."""
    if spec.tune is None:
        return
    metric, fitting = spec.tune.objective_metric_name, profile.metrics_for(problem)
    if metric in profile.metrics and metric not in fitting:
        fault = f"does not fit a {problem} problem"
        yield Finding((*_ROOT, "objective_metric_name"), metric, fault, words(fitting))


def _objective(tune: TuneSpec, profile: Profile) -> Iterator[Finding]:
    """It is one that the algorithm publishes, not of the training channel, and is improved the right way."""
    path, metric = (*_ROOT, "objective_metric_name"), tune.objective_metric_name
    channel, _, name = metric.partition(":")
    # What people write for a metric without its channel, or with another one.
    bare = {one.partition(":")[2]: one for one in profile.metrics}
    if metric in profile.metrics:
        if tune.objective_type != profile.metrics[metric]:
            better = "higher" if profile.metrics[metric] == "Maximize" else "lower"
            fault = f"is the wrong way: the {better} {metric}, the better"
            yield Finding((*_ROOT, "objective_type"), tune.objective_type, fault, profile.metrics[metric])
    elif channel == "train" and name:
        fault = "is measured on the rows that the model learns by heart: the search would reward overfitting"
        yield Finding(path, metric, fault, bare.get(name) or words(list(profile.metrics)))
    else:
        near = difflib.get_close_matches(metric, [*profile.metrics, *bare], n=1, cutoff=0.6)
        meant = bare.get(name) or (bare.get(near[0], near[0]) if near else None)
        hint = f"; did you mean {meant}?" if meant else ""
        yield Finding(path, metric, f"is no metric of {profile.name}{hint}", words(list(profile.metrics)))


def _strategy(spec: Spec, tune: TuneSpec, profile: Profile) -> Iterator[Finding]:
    """Hyperband stops jobs itself and needs to know their rounds; a grid needs categories."""
    hyperband = tune.strategy == "Hyperband"
    if hyperband and "early_stopping_type" in tune.model_fields_set and tune.early_stopping_type != "Off":
        fault = "is not for Hyperband, which stops hopeless jobs by its own rules"
        yield Finding((*_ROOT, "early_stopping_type"), tune.early_stopping_type, fault, "Off")
    config = tune.strategy_config
    if config is not None and not hyperband:
        fault = f"is for Hyperband, and the strategy is {tune.strategy}"
        yield Finding((*_ROOT, "strategy_config"), "a mapping", fault, "leave it out, or write strategy: Hyperband")
    elif config is not None and config.max_resource is not None and config.max_resource <= config.min_resource:
        path, fault = (*_ROOT, "strategy_config", "max_resource"), f"is not above min_resource, {config.min_resource}"
        yield Finding(path, config.max_resource, fault, f"at least {config.min_resource + 1}")
    if hyperband:
        yield from _rounds(spec, tune, profile)


def _rounds(spec: Spec, tune: TuneSpec, profile: Profile) -> Iterator[Finding]:
    """Hyperband compares jobs after each round: the metric must come so often, and somebody must say how many."""
    if profile.hyperparameters is not None and not profile.rounds:
        fault = f"is not for {profile.name}, which publishes its metrics once, at the end of a job"
        yield Finding((*_ROOT, "strategy"), tune.strategy, fault, "Bayesian, Random or Grid")
        return
    metric = tune.objective_metric_name
    if profile.per_round and metric in profile.metrics and metric not in profile.per_round:
        fault = "comes once, at the end of a job, and Hyperband compares sooner"
        allowed = f"{words(profile.per_round)}, or another strategy"
        yield Finding((*_ROOT, "objective_metric_name"), metric, fault, allowed)
    if profile.rounds in tune.hyperparameter_ranges:
        fault = "can't be searched by Hyperband, which itself decides how many rounds a job gets"
        yield Finding((*RANGES, profile.rounds), "a range", fault, "a value in train.hyperparameters")
        return
    known = {*spec.train.hyperparameters, *profile.defaults(Rows(Problem.NONE))}
    if (tune.strategy_config is None or tune.strategy_config.max_resource is None) and profile.rounds not in known:
        path = (*_ROOT, "strategy_config", "max_resource")
        also = f", or {profile.rounds} in train.hyperparameters" if profile.rounds else ""
        yield Finding(path, None, "missing: Hyperband must know how many rounds a job may have", f"a number{also}")


def _jobs(tune: TuneSpec) -> Iterator[Finding]:
    """There are no more at once than in all, and as many as SageMaker runs."""
    most, given = tune.combinations, "max_jobs" in tune.model_fields_set
    if tune.strategy == "Grid":
        if given and most is not None and tune.max_jobs != most:
            fault = f"is not the {most} combinations of the grid, of which each is tried"
            yield Finding((*_ROOT, "max_jobs"), tune.max_jobs, fault, f"leave it out, or write {most}")
        if most is not None and most > MOST_JOBS:
            fault = f"make {most:,} combinations, and a tuning job has at most {MOST_JOBS} training jobs"
            yield Finding(RANGES, "the values", fault, "fewer values, or strategy: Random")
            return
    elif tune.strategy != "Random" and tune.max_jobs > MOST_JOBS:
        fault = f"is too many for {tune.strategy} search"
        yield Finding((*_ROOT, "max_jobs"), tune.max_jobs, fault, f"at most {MOST_JOBS}, or strategy: Random")
    elif given and most is not None and most < tune.max_jobs:
        fault = f"is more than the {most} combinations that the ranges have"
        yield Finding((*_ROOT, "max_jobs"), tune.max_jobs, fault, f"at most {most}, or wider ranges")
    if "max_parallel_jobs" in tune.model_fields_set and tune.max_parallel_jobs > tune.jobs:
        fault = f"is more than all jobs, {tune.jobs}"
        yield Finding((*_ROOT, "max_parallel_jobs"), tune.max_parallel_jobs, fault, f"at most {tune.jobs}")


def _ends(tune: TuneSpec) -> Iterator[Finding]:
    """A search can't end after more jobs than it has."""
    criteria = tune.completion_criteria_config
    patience = criteria.max_number_of_training_jobs_not_improving if criteria else None
    if patience is not None and patience >= tune.jobs:
        fault = f"can't happen: there are {tune.jobs} jobs in all"
        path = (*_ROOT, "completion_criteria_config", "max_number_of_training_jobs_not_improving")
        yield Finding(path, patience, fault, f"from 3 to {tune.jobs - 1}" if tune.jobs > 3 else "leave it out")


def _warm_start(tune: TuneSpec) -> Iterator[Finding]:
    """Earlier jobs saw other data; only Bayesian and Random search learn from them."""
    if (start := tune.warm_start_config) is None:
        return
    path = (*_ROOT, "warm_start_config")
    if tune.strategy not in ("Bayesian", "Random"):
        fault = f"is for Bayesian and Random search, and the strategy is {tune.strategy}"
        yield Finding(path, "a mapping", fault, "leave it out")
    if start.warm_start_type == "IdenticalDataAndAlgorithm":
        fault = "is for the very same rows, and each release has its own"
        yield Finding((*path, "warm_start_type"), start.warm_start_type, fault, "TransferLearning")
    if start.parents == "previous":
        return
    if not 1 <= len(start.parents) <= MOST_PARENTS:
        count = f"{len(start.parents)} parents" if start.parents else "an empty list"
        fault = "can't be started from"
        yield Finding((*path, "parents"), count, fault, f"previous, or one to {MOST_PARENTS} names")
    elif len({name.lower() for name in start.parents}) < len(start.parents):
        yield Finding((*path, "parents"), "a list", "names one twice", "each parent once")
