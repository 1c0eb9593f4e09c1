"""Warm start: what a tuning job may take over from earlier ones, and what it makes of that.

https://docs.aws.amazon.com/sagemaker/latest/dg/automatic-model-tuning-warm-start.html
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from local_aws.sagemaker.errors import validation_error
from local_aws.sagemaker.tuner.space import Categorical, Range, Space
from local_aws.sagemaker.tuner.trials import Trial
from local_aws.sagemaker.tuning_ranges import read_space
from local_aws.sagemaker.tuning_state import TERMINAL, Child, TuningJob

Find = Callable[[str], TuningJob | None]
_STRATEGIES = ("Bayesian", "Random")
MAX_CHANGES = 10
MAX_TRAINING_JOBS = 500
"""How many training jobs a warm start and its parents may have together."""
_OWN = "_tuning_objective_metric"


def parents_of(params: dict[str, Any], find: Find) -> list[TuningJob]:
    """Return the parents of a warm start; none without one.

    Raises:
        AwsError: A parent isn't there, hasn't ended, or is too unlike the new tuning job.
    """
    warm = params.get("WarmStartConfig")
    if not warm:
        return []
    if params["HyperParameterTuningJobConfig"]["Strategy"] not in _STRATEGIES:
        raise validation_error(f"Warm start is only supported for the strategies {' and '.join(_STRATEGIES)}.")
    names = [each.get("HyperParameterTuningJobName", "") for each in warm["ParentHyperParameterTuningJobs"]]
    parents = [_parent(name, find) for name in names]
    for parent in parents:
        _check_likeness(params, parent)
        if warm["WarmStartType"] == "IdenticalDataAndAlgorithm":
            _check_identity(params, parent)
    _check_number(params, parents)
    return parents


def inherited(parents: Sequence[TuningJob]) -> tuple[Child, ...]:
    """Return the training jobs of the parents; theirs alone, as warm start is not recursive."""
    return tuple(child for parent in parents for child in parent.children)


def prior_trials(params: dict[str, Any], parents: Sequence[TuningJob], space: Space) -> list[Trial]:
    """Return the trials of the parents in the new space.

    With other data the level of the objective may be another one: each parent's trials then count by how much they fall
    short of its best.
    """
    transfers = params.get("WarmStartConfig", {}).get("WarmStartType") == "TransferLearning"
    found = []
    for parent in parents:
        best = parent.best
        level = parent.score(best.objective or 0.0) if best and transfers else 0.0
        for child in parent.children:
            trial = parent.trial(child)
            point = {each.name: child.job.request["HyperParameters"].get(each.name, "") for each in space.ranges}
            if trial.score is not None and all(point.values()):
                found.append(replace(trial, point=point, score=trial.score - level))
    return found


def _parent(name: str, find: Find) -> TuningJob:
    parent = find(name)
    if parent is None:
        raise validation_error(f"The parent hyperparameter tuning job [{name}] of the warm start can't be found.")
    if parent.status not in TERMINAL:
        raise validation_error(
            f"The parent hyperparameter tuning job [{name}] must be in a terminal state, one of Completed, Stopped or "
            f"Failed; it is in status {parent.status}."
        )
    return parent


def _check_number(params: dict[str, Any], parents: Sequence[TuningJob]) -> None:
    own = params["HyperParameterTuningJobConfig"]["ResourceLimits"].get("MaxNumberOfTrainingJobs", 0)
    total = own + sum(len(parent.children) for parent in parents)
    if total > MAX_TRAINING_JOBS:
        raise validation_error(
            f"The training jobs of the parent hyperparameter tuning jobs and the new one together [{total}] can't be "
            f"more than [{MAX_TRAINING_JOBS}]."
        )


def _check_likeness(params: dict[str, Any], parent: TuningJob) -> None:
    objective = params["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
    if objective != parent.config["HyperParameterTuningJobObjective"]:
        raise validation_error(
            f"The objective metric must be the same as that of the parent hyperparameter tuning job [{parent.name}]: "
            f"{parent.config['HyperParameterTuningJobObjective']['Type']} [{parent.metric}]."
        )
    mine, theirs = Hyperparameters.of(params), Hyperparameters.of(parent.request)
    if differing := mine.names ^ theirs.names:
        raise validation_error(
            "The hyperparameters, static and tunable together, must be the same as those of the parent hyperparameter "
            f"tuning job [{parent.name}]; only in one of them: [{', '.join(sorted(differing))}]."
        )
    for name in sorted(mine.ranges.keys() & theirs.ranges.keys()):
        if type(mine.ranges[name]) is not type(theirs.ranges[name]):
            raise validation_error(
                f"The type of the hyperparameter [{name}] must be the same as in the parent hyperparameter tuning job "
                f"[{parent.name}]."
            )
    if (changes := mine.changes(theirs)) > MAX_CHANGES:
        raise validation_error(
            f"At most {MAX_CHANGES} changes of static hyperparameters from the parent hyperparameter tuning job "
            f"[{parent.name}] are allowed; these are {changes}."
        )


@dataclass(frozen=True)
class Hyperparameters:
    """All hyperparameters of a request: those that are searched over, and the static ones."""

    ranges: dict[str, Range]
    static: dict[str, str]

    @classmethod
    def of(cls, params: dict[str, Any]) -> "Hyperparameters":
        """Read a request."""
        ranges = read_space(params["HyperParameterTuningJobConfig"]["ParameterRanges"]).ranges
        static = params["TrainingJobDefinition"].get("StaticHyperParameters", {})
        return cls({each.name: each for each in ranges}, {name: static[name] for name in static if name != _OWN})

    @property
    def names(self) -> set[str]:
        """The names of all."""
        return self.ranges.keys() | self.static.keys()

    def changes(self, parent: "Hyperparameters") -> int:
        """Count the changes as AWS does: each value of a category that became static counts, as does each new value."""
        count = 0
        for name, value in self.static.items():
            before = parent.ranges.get(name)
            if before is not None:
                count += len(before.values) if isinstance(before, Categorical) else 1
            elif parent.static.get(name) != value:
                count += 1
        return count


def _check_identity(params: dict[str, Any], parent: TuningJob) -> None:
    mine, theirs = params["TrainingJobDefinition"], parent.definition
    same = (
        ("training image", _image(mine), _image(theirs)),
        ("input data", mine["InputDataConfig"], theirs["InputDataConfig"]),
    )
    for what, new, old in same:
        if new != old:
            raise validation_error(
                f"The {what} must be the same as that of the parent hyperparameter tuning job [{parent.name}] for the "
                "warm start type IdenticalDataAndAlgorithm; use TransferLearning for other data or another version."
            )


def _image(definition: dict[str, Any]) -> str:
    return str(definition["AlgorithmSpecification"].get("TrainingImage", ""))
