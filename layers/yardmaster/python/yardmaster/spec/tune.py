"""The `tune` section, in the SageMaker Python SDK's names; `check_tune` has the rules between its keys."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic.config import JsonDict

from yardmaster.spec.base import Listed, SpecModel, not_allowed
from yardmaster.spec.durations import Duration

Scaling = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]

JOB_NAME = r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,31}$"
"""What SageMaker takes as the name of a tuning job."""
TYPES = "continuous, integer or categorical"
MAX_RUN = (120, 15_768_000)
"""Seconds of a tuning job that SageMaker takes: two minutes to 182 days and a half."""
RANDOM_SEED = 2**31 - 1
"""SageMaker's integers have 32 bits."""
_RANGE = "a mapping like {type: continuous, min: 0.1, max: 1} or {type: categorical, values: [a, b]}"
_RANGES = "a range for each hyperparameter that is searched, like eta: {type: continuous, min: 0.1, max: 1}"
VALUES = "a list of one to 30 words or numbers"
_PARENTS = "previous, or a list of one to five names of tuning jobs"
_TYPE: JsonDict = {"x-allowed": TYPES}


def _choice(value: object) -> object:
    """Accept a word or a number; a boolean is YAML's reading of a word that lacks its quotes."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return value
    raise not_allowed("a word or a number")


def _parents(value: object) -> object:
    """Accept `previous`, or a list of names."""
    names = tuple(value) if isinstance(value, list | tuple) else None
    if value == "previous" or (
        names is not None and all(isinstance(name, str) and re.match(JOB_NAME, name) for name in names)
    ):
        return value if names is None else names
    raise not_allowed(_PARENTS)


Choice = Annotated[str | int | float, BeforeValidator(_choice, json_schema_input_type=str | int | float)]


class ContinuousRange(SpecModel):
    """A range of numbers."""

    type: Literal["continuous"] = Field(json_schema_extra=_TYPE)
    """A range of numbers."""
    min: float
    """The smallest."""
    max: float
    """The largest."""
    scaling_type: Scaling = "Auto"
    """How the range is searched: Logarithmic for values that span several powers of ten."""

    @property
    def count(self) -> int | None:
        """There is no end of them."""
        return None


class IntegerRange(SpecModel):
    """A range of whole numbers."""

    type: Literal["integer"] = Field(json_schema_extra=_TYPE)
    """A range of whole numbers."""
    min: int
    """The smallest."""
    max: int
    """The largest."""
    scaling_type: Scaling = "Auto"
    """How the range is searched."""

    @property
    def count(self) -> int:
        """How many values there are."""
        return max(self.max - self.min + 1, 1)


class CategoricalRange(SpecModel):
    """A choice of words, or of numbers."""

    type: Literal["categorical"] = Field(json_schema_extra=_TYPE)
    """A choice of words, or of numbers."""
    values: Listed[Choice] = Field(max_length=30, json_schema_extra={"x-allowed": VALUES})
    """What there is to choose from."""

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self.values)

    @property
    def words(self) -> tuple[str, ...]:
        """The values as SageMaker wants them."""
        return tuple(str(value) for value in self.values)


def _kind(value: object) -> str:
    """Return the shape that a range is tried as; an unknown type is refused by whichever is nearest."""
    if isinstance(value, SpecModel):
        return f"<{value.type}>"  # type: ignore[attr-defined]  # one of the three below
    if not isinstance(value, Mapping):
        return "<continuous>"
    if value.get("type") in ("continuous", "integer", "categorical"):
        return f"<{value['type']}>"
    return "<categorical>" if "values" in value else "<continuous>"


HyperparameterRange = Annotated[
    Annotated[ContinuousRange, Tag("<continuous>")]
    | Annotated[IntegerRange, Tag("<integer>")]
    | Annotated[CategoricalRange, Tag("<categorical>")],
    Discriminator(_kind),
    Field(json_schema_extra={"x-allowed": _RANGE}),
]


class WarmStart(SpecModel):
    """Start from what earlier tuning jobs found."""

    warm_start_type: Literal["TransferLearning", "IdenticalDataAndAlgorithm"] = "TransferLearning"
    """Each release has data of its own, so it is TransferLearning."""
    parents: Annotated[
        Literal["previous"] | tuple[str, ...],
        BeforeValidator(_parents, json_schema_input_type=Literal["previous"] | list[str]),
    ] = Field(default="previous", json_schema_extra={"x-allowed": _PARENTS})
    """The tuning jobs to start from; `previous` is that of the last release that was tuned."""


class StrategyConfig(SpecModel):
    """What Hyperband plays with: how many rounds a training job gets."""

    min_resource: int = Field(default=1, ge=1, le=20000)
    """No training job is stopped before this round."""
    max_resource: int | None = Field(default=None, ge=1, le=20000)
    """The most rounds of a training job; `num_round` by default."""


class CompletionCriteria(SpecModel):
    """When a tuning job is done before it had all its training jobs."""

    target_objective_metric_value: float | None = None
    """The objective is good enough."""
    max_number_of_training_jobs_not_improving: int | None = Field(default=None, ge=3)
    """So many training jobs in a row were no better than the best."""
    complete_on_convergence: bool = False
    """SageMaker finds that nothing better is to be expected."""


class TuneSpec(SpecModel):
    """The tuning job."""

    objective_metric_name: str = Field(min_length=1, max_length=255, examples=["validation:auc"])
    """The metric to improve, never one of the training set: `validation:auc`."""
    objective_type: Literal["Maximize", "Minimize"]
    """Which way is better."""
    strategy: Literal["Bayesian", "Random", "Hyperband", "Grid"] = "Bayesian"
    """How the ranges are searched."""
    strategy_config: StrategyConfig | None = None
    """For Hyperband."""
    max_jobs: int = Field(default=20, ge=1, le=10000)
    """How many training jobs in all; a grid has as many as there are combinations."""
    max_parallel_jobs: int = Field(default=3, ge=1, le=100)
    """How many at once; the fewer, the more Bayesian search learns from one to the next."""
    max_run: Duration = Field(
        default=86400, ge=MAX_RUN[0], le=MAX_RUN[1], json_schema_extra={"x-allowed": "a duration from 2m to 182d"}
    )
    """The longest that the whole tuning job may run; each training job has `train.max_run`."""
    early_stopping_type: Literal["Auto", "Off"] = "Auto"
    """Whether hopeless jobs end early; Hyperband does so itself."""
    hyperparameter_ranges: dict[str, HyperparameterRange] = Field(
        min_length=1, json_schema_extra={"x-allowed": _RANGES}
    )
    """What to search, by hyperparameter."""
    completion_criteria_config: CompletionCriteria | None = None
    """When a tuning job is done before it had all its training jobs."""
    warm_start_config: WarmStart | None = None
    """Start from what earlier tuning jobs found."""
    random_seed: int | None = Field(default=None, ge=0, le=RANDOM_SEED)
    """Makes the search repeatable, as far as it can be."""

    @property
    def early_stopping(self) -> str:
        """Whether SageMaker ends hopeless jobs: not those of Hyperband, which stops jobs by its own rules."""
        return "Off" if self.strategy == "Hyperband" else self.early_stopping_type

    @property
    def combinations(self) -> int | None:
        """The number of combinations that there are; None if a range is continuous, and there is no end of them."""
        counts = [one.count for one in self.hyperparameter_ranges.values()]
        return None if None in counts else math.prod(count for count in counts if count is not None)

    @property
    def parallel_jobs(self) -> int:
        """The number of training jobs at once."""
        return min(self.max_parallel_jobs, self.jobs)

    @property
    def jobs(self) -> int:
        """The number of training jobs: of a grid all combinations, else never more than there are."""
        most = self.combinations
        if most is None:
            return self.max_jobs
        if self.strategy == "Grid":
            return most
        return self.max_jobs if "max_jobs" in self.model_fields_set else min(self.max_jobs, most)
