"""The combinations of the `train` section that can't be, and XGBoost's hyperparameters."""

import difflib
from collections.abc import Iterator

from yardmaster.spec.durations import format_duration
from yardmaster.spec.findings import Finding
from yardmaster.spec.instances import has_local_storage
from yardmaster.spec.problems import words
from yardmaster.spec.train import HyperparameterValue, TrainSpec
from yardmaster.spec.xgboost import ALIASES, ELSEWHERE, INSTEAD, XGBOOST

_ROOT = ("train", "hyperparameters")


def check_train(train: TrainSpec, *, own: bool = False) -> Iterator[Finding]:
    """Yield what can't be: waiting without spot, a volume beside a local disk, unknown hyperparameters.

    Of an algorithm of one's own nobody but its author knows the hyperparameters.
    """
    yield from _waiting(train)
    if train.volume_size != "auto" and has_local_storage(train.instance_type):
        fault = f"is too much to ask: {train.instance_type} brings its own disk"
        yield Finding(("train", "volume_size"), train.volume_size, fault, "auto")
    if own:
        return
    if train.metric_definitions:
        fault = "is for algorithms of your own; xgboost brings its metrics"
        yield Finding(("train", "metric_definitions"), "a list", fault, "leave it out")
    for name, value in train.hyperparameters.items():
        yield from _hyperparameter(train, name, value)


def _waiting(train: TrainSpec) -> Iterator[Finding]:
    """Waiting is for spot capacity, and includes the training."""
    if train.max_wait is None:
        return
    path, value = ("train", "max_wait"), format_duration(train.max_wait)
    if not train.use_spot_instances:
        yield Finding(path, value, "is for spot instances only", "leave it out, or write use_spot_instances: true")
    elif train.max_wait < train.max_run:
        limit = format_duration(train.max_run)
        yield Finding(path, value, f"is shorter than max_run, {limit}, which it includes", f"at least {limit}")


def _hyperparameter(train: TrainSpec, name: str, value: HyperparameterValue) -> Iterator[Finding]:
    """A hyperparameter is one of XGBoost's list, given once, and in its range."""
    path = (*_ROOT, name)
    row = XGBOOST.get(ALIASES.get(name, name))
    if row is None:
        near = difflib.get_close_matches(name, [*XGBOOST, *ALIASES], n=1, cutoff=0.6)
        meant = ELSEWHERE.get(name) or next(iter(near), None)
        hint = f"; did you mean {meant}?" if meant else ""
        yield Finding(path, None, f"unknown hyperparameter of xgboost{hint}", words(sorted(XGBOOST)))
    elif name in ALIASES and ALIASES[name] in train.hyperparameters:
        yield Finding(path, _shown(value), f"is another name of {ALIASES[name]}, which is given too", "one of the two")
    elif name == "objective" and isinstance(value, str) and value in INSTEAD:
        yield Finding(path, value, INSTEAD[value], row.allowed)
    elif name == "csv_weights" and row.accepts(value) is False:
        yield Finding(path, _shown(value), "is not supported yet", "0")
    elif not row.accepts(value):
        yield Finding(path, _shown(value), "is not allowed", row.allowed)


def _shown(value: HyperparameterValue) -> str:
    """Write a value for a message."""
    return ", ".join(value) if isinstance(value, tuple) else str(value)
