"""The spec: what a model's `spec.yaml` may say. Every default is here; `parse.parse_spec` reads and checks it."""

from typing import Annotated

from pydantic import Field

from yardmaster.spec import builtin
from yardmaster.spec.artifacts import ArtifactsSpec
from yardmaster.spec.base import Listed, OrNone, PlainOr, SpecModel
from yardmaster.spec.batch import BatchTransformSpec
from yardmaster.spec.data import DataSpec, SplitSpec
from yardmaster.spec.deploy import CanarySpec, CaptureSpec, DeploySpec
from yardmaster.spec.evaluate import EvaluateSpec, GateCondition, LastTests, RecallTarget, RegisterSpec
from yardmaster.spec.notify import NotifySpec
from yardmaster.spec.own import OwnAlgorithm, ScriptSpec
from yardmaster.spec.train import MetricDefinition, TrainSpec
from yardmaster.spec.tune import TuneSpec

__all__ = [
    "ArtifactsSpec",
    "BatchTransformSpec",
    "CanarySpec",
    "CaptureSpec",
    "DataSpec",
    "DeploySpec",
    "EvaluateSpec",
    "GateCondition",
    "LastTests",
    "MetricDefinition",
    "OwnAlgorithm",
    "RecallTarget",
    "RegisterSpec",
    "ScriptSpec",
    "Spec",
    "SplitSpec",
    "TrainSpec",
    "TuneSpec",
]


class Spec(SpecModel):
    """What to do with a model's drops: `<model>/spec.yaml`. Required: `algorithm` and, for CSV, mostly `data.label`."""

    algorithm: PlainOr[Annotated[str, Field(min_length=1)], OwnAlgorithm] = Field(
        json_schema_extra={"x-allowed": "a built-in one such as xgboost, or with its version xgboost:1.7-1"},
        examples=list(builtin.NAMES),
    )
    """A built-in algorithm, with its version if it matters: `xgboost`, `xgboost:1.7-1`, `k-means`; or one of your own.
    docs/algorithms.md lists them."""
    data: DataSpec = Field(default_factory=DataSpec)
    """Which column is what, and how rows become channels."""
    train: TrainSpec = Field(default_factory=TrainSpec)
    """The training job."""
    tune: TuneSpec | None = None
    """The tuning job; without this section, one training job."""
    artifacts: ArtifactsSpec = Field(default_factory=ArtifactsSpec)
    """Models that were trained elsewhere."""
    evaluate: EvaluateSpec = Field(default_factory=EvaluateSpec)
    """How a candidate is judged before it is deployed."""
    registration: RegisterSpec = Field(default_factory=RegisterSpec, alias="register")
    """The model package in the model's registry group."""
    deploy: OrNone[DeploySpec] = Field(default_factory=DeploySpec)
    """The endpoint, and how a new model takes it over; `none` stops at the registry."""
    batch_transform: Listed[BatchTransformSpec] = ()
    """Batches of predictions, by schedule or of files that are uploaded."""
    notify: NotifySpec | None = None
    """Who is told."""
