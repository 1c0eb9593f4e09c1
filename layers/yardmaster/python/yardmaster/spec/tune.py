"""The `tune` section. A later issue builds it; its types are final."""

from typing import Annotated, Literal

from pydantic import Field

from yardmaster.spec.base import Listed, SpecModel

Scaling = Literal["Auto", "Linear", "Logarithmic", "ReverseLogarithmic"]


class ContinuousRange(SpecModel):
    """A range of numbers."""

    type: Literal["continuous"]
    """A range of numbers."""
    min: float
    """The smallest."""
    max: float
    """The largest."""
    scaling_type: Scaling = "Auto"
    """How the range is searched."""


class IntegerRange(SpecModel):
    """A range of whole numbers."""

    type: Literal["integer"]
    """A range of whole numbers."""
    min: int
    """The smallest."""
    max: int
    """The largest."""
    scaling_type: Scaling = "Auto"
    """How the range is searched."""


class CategoricalRange(SpecModel):
    """A choice of words."""

    type: Literal["categorical"]
    """A choice of words."""
    values: Listed[str] = Field(min_length=1)
    """The words."""


HyperparameterRange = Annotated[ContinuousRange | IntegerRange | CategoricalRange, Field(discriminator="type")]


class WarmStart(SpecModel):
    """Start from what earlier tuning jobs found."""

    warm_start_type: Literal["TransferLearning", "IdenticalDataAndAlgorithm"] = "TransferLearning"
    """Whether data or algorithm differ from the parents'."""
    parents: Literal["previous"] | Listed[str] = "previous"
    """The tuning jobs to start from."""


class TuneSpec(SpecModel):
    """The tuning job."""

    objective_metric_name: str = Field(min_length=1)
    """The metric to improve, never one of the training set: `validation:auc`."""
    objective_type: Literal["Maximize", "Minimize"]
    """Which way is better."""
    strategy: Literal["Bayesian", "Random", "Hyperband", "Grid"] = "Bayesian"
    """How the ranges are searched."""
    max_jobs: int = Field(default=20, ge=1)
    """How many training jobs in all."""
    max_parallel_jobs: int = Field(default=3, ge=1)
    """How many at once."""
    early_stopping_type: Literal["Auto", "Off"] = "Auto"
    """Whether hopeless jobs end early."""
    hyperparameter_ranges: dict[str, HyperparameterRange] = Field(min_length=1)
    """What to search, by hyperparameter."""
    warm_start_config: WarmStart | None = None
    """Start from what earlier tuning jobs found."""
