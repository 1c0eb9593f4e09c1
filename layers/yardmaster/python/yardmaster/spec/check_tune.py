"""The combinations of the `tune` section that can't be: SageMaker's rules, said before a job is asked for.

Sources: the API reference of HyperParameterTuningJobConfig, ResourceLimits, HyperbandStrategyConfig and
HyperParameterTuningJobWarmStartConfig; the developer guide on tuning XGBoost, on strategies, and on warm start.
"""

import difflib
from collections.abc import Iterator

from yardmaster.records import Problem
from yardmaster.spec.findings import Finding
from yardmaster.spec.hyperparameters import Hyperparameter, Kind
from yardmaster.spec.problem import METRICS_TUNED
from yardmaster.spec.problems import words
from yardmaster.spec.schema import OwnAlgorithm, Spec
from yardmaster.spec.tune import VALUES, CategoricalRange, ContinuousRange, HyperparameterRange, IntegerRange, TuneSpec
from yardmaster.spec.xgboost import ALIASES, ELSEWHERE, TUNABLE_METRICS, XGBOOST

MOST_RANGES = 30
"""Hyperparameters that one tuning job can search."""
MOST_JOBS = 750
"""Training jobs of one tuning job; Random may have more."""
MOST_PARENTS = 5
_ROOT = ("tune",)
_RANGES = (*_ROOT, "hyperparameter_ranges")


def check_tune(spec: Spec) -> Iterator[Finding]:
    """Yield what can't be: objective, strategy, numbers of jobs, ranges, warm start."""
    if (tune := spec.tune) is None:
        return
    if not isinstance(spec.algorithm, OwnAlgorithm):
        yield from _objective(tune)
    yield from _strategy(tune)
    yield from _jobs(tune)
    yield from _ends(tune)
    yield from _warm_start(tune)
    if len(tune.hyperparameter_ranges) > MOST_RANGES:
        fault = "are too many to search at once"
        yield Finding(_RANGES, f"{len(tune.hyperparameter_ranges)} ranges", fault, f"at most {MOST_RANGES}")
    for name, asked in tune.hyperparameter_ranges.items():
        yield from _range(spec, name, asked)


def tuning_misfits(spec: Spec, problem: Problem) -> Iterator[Finding]:
    """Yield an objective that XGBoost has, but not for this problem."""
    if spec.tune is None or isinstance(spec.algorithm, OwnAlgorithm):
        return
    metric = spec.tune.objective_metric_name
    if metric in TUNABLE_METRICS and metric not in METRICS_TUNED[problem]:
        fault = f"does not fit a {problem} problem"
        yield Finding((*_ROOT, "objective_metric_name"), metric, fault, words(METRICS_TUNED[problem]))


def _objective(tune: TuneSpec) -> Iterator[Finding]:
    """It comes from the validation channel, is one that the algorithm publishes, and is improved the right way."""
    path, metric = (*_ROOT, "objective_metric_name"), tune.objective_metric_name
    channel, _, name = metric.partition(":")
    if channel == "train" and name:
        fault = "is measured on the rows that the model learns by heart: the search would reward overfitting"
        yield Finding(path, metric, fault, f"validation:{name}" if f"validation:{name}" in TUNABLE_METRICS else _all())
    elif metric not in TUNABLE_METRICS:
        near = difflib.get_close_matches(metric, [*TUNABLE_METRICS, *METRIC_NAMES], n=1, cutoff=0.6)
        meant = METRIC_NAMES.get(near[0], near[0]) if near else None
        yield Finding(path, metric, f"is no metric of xgboost{f'; did you mean {meant}?' if meant else ''}", _all())
    elif tune.objective_type != TUNABLE_METRICS[metric]:
        better = "higher" if TUNABLE_METRICS[metric] == "Maximize" else "lower"
        fault = f"is the wrong way: the {better} {metric}, the better"
        yield Finding((*_ROOT, "objective_type"), tune.objective_type, fault, TUNABLE_METRICS[metric])


METRIC_NAMES = {metric.partition(":")[2]: metric for metric in TUNABLE_METRICS}
"""What people write for a metric without its channel, and the metric."""


def _all() -> str:
    return words(list(TUNABLE_METRICS))


def _strategy(tune: TuneSpec) -> Iterator[Finding]:
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
    if hyperband and "num_round" in tune.hyperparameter_ranges:
        fault = "can't be searched by Hyperband, which itself decides how many rounds a job gets"
        yield Finding((*_RANGES, "num_round"), "a range", fault, "a value in train.hyperparameters")


def _jobs(tune: TuneSpec) -> Iterator[Finding]:
    """There are no more at once than in all, and as many as SageMaker runs."""
    most, given = tune.combinations, "max_jobs" in tune.model_fields_set
    if tune.strategy == "Grid":
        if given and most is not None and tune.max_jobs != most:
            fault = f"is not the {most} combinations of the grid, of which each is tried"
            yield Finding((*_ROOT, "max_jobs"), tune.max_jobs, fault, f"leave it out, or write {most}")
        if most is not None and most > MOST_JOBS:
            fault = f"make {most:,} combinations, and a tuning job has at most {MOST_JOBS} training jobs"
            yield Finding(_RANGES, "the values", fault, "fewer values, or strategy: Random")
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


def _range(spec: Spec, name: str, asked: HyperparameterRange) -> Iterator[Finding]:
    """A range is of a hyperparameter that can be tuned and has no value of its own, of its type, and in its limits."""
    path = (*_RANGES, name)
    row = None
    if not isinstance(spec.algorithm, OwnAlgorithm):
        if (wrong := _not_tunable(name)) is not None:
            yield wrong
            return
        row = XGBOOST[name]
    aliases = [alias for alias, meant in ALIASES.items() if row is not None and meant == name]
    for given in (name, *aliases):
        if given in spec.train.hyperparameters:
            fault = f"has a value in train.hyperparameters ({given}) and a range here"
            yield Finding(path, None, fault, "one of the two")
    if asked.type != "categorical" and spec.tune is not None and spec.tune.strategy == "Grid":
        fault = "is no choice, and a grid tries every combination of choices"
        yield Finding((*path, "type"), asked.type, fault, "{type: categorical, values: [...]}, or another strategy")
    match asked:
        case CategoricalRange():
            yield from _values(name, asked, row)
        case ContinuousRange() | IntegerRange():
            yield from _interval(name, asked, row)


def _not_tunable(name: str) -> Finding | None:
    """Return why XGBoost has no such hyperparameter to search; None if it has."""
    path = (*_RANGES, name)
    tunable = [row.name for row in XGBOOST.values() if row.tunable]
    if name in ALIASES:
        return Finding(path, None, f"write its own name, {ALIASES[name]}")
    if name not in XGBOOST:
        near = difflib.get_close_matches(name, tunable, n=1, cutoff=0.6)
        meant = ELSEWHERE.get(name) or next(iter(near), None)
        hint = f"; did you mean {meant}?" if meant else ""
        return Finding(path, None, f"unknown hyperparameter of xgboost{hint}", words(tunable))
    if not XGBOOST[name].tunable:
        return Finding(path, None, "can't be tuned; give it a value in train.hyperparameters", words(tunable))
    return None


def _values(name: str, asked: CategoricalRange, row: Hyperparameter | None) -> Iterator[Finding]:
    """Each value is one that the hyperparameter takes, as far as it is known, and given once."""
    path = (*_RANGES, name, "values")
    if not asked.values:
        yield Finding(path, "an empty list", "has nothing to choose from", VALUES)
    for index, value in enumerate(asked.values):
        if row is not None and not row.accepts(value):
            yield Finding((*path, index), value, "is not allowed", row.allowed)
        elif str(value) in asked.words[:index]:
            yield Finding((*path, index), value, "is given twice", "each value once")


def _interval(name: str, asked: ContinuousRange | IntegerRange, row: Hyperparameter | None) -> Iterator[Finding]:
    """The limits are the hyperparameter's, as far as it is known, in order, and fit the scaling."""
    path = (*_RANGES, name)
    if row is not None and row.kind is Kind.INTEGER and asked.type == "continuous":
        yield Finding((*path, "type"), asked.type, f"is not for {name}, a whole number", "integer, or categorical")
        return
    if row is not None and row.kind is Kind.NUMBER and asked.type == "integer":
        yield Finding((*path, "type"), asked.type, f"is not for {name}, a number", "continuous, or categorical")
        return
    for key, limit in (("min", asked.min), ("max", asked.max)):
        if row is not None and not row.accepts(limit):
            yield Finding((*path, key), limit, "is not allowed", row.allowed)
    if asked.min >= asked.max:
        same = f"is not below max, {asked.max:g}"
        yield Finding((*path, "min"), asked.min, same, "a smaller min; for one value, train.hyperparameters")
    elif asked.scaling_type == "Logarithmic" and asked.min <= 0:
        fault = "has no logarithm"
        yield Finding((*path, "min"), asked.min, fault, "above 0 with Logarithmic scaling, such as 0.001, or Linear")
    elif asked.scaling_type == "ReverseLogarithmic" and asked.type == "integer":
        fault = "is for continuous ranges"
        yield Finding((*path, "scaling_type"), asked.scaling_type, fault, "Auto, Linear or Logarithmic")
    elif asked.scaling_type == "ReverseLogarithmic" and not (asked.min >= 0 and asked.max < 1):
        key, limit = ("min", asked.min) if asked.min < 0 else ("max", asked.max)
        fault = "is outside of what ReverseLogarithmic scaling takes"
        yield Finding((*path, key), limit, fault, "from 0 to below 1, such as 0.999, or Linear")
