"""The `evaluate` and `register` sections: metrics, gate, approval."""

import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from yardmaster.spec.base import Listed, PlainOr, SpecModel, not_allowed
from yardmaster.spec.problems import words

_BINARY = ("auc", "pr_auc", "log_loss", "accuracy", "precision", "recall", "f1")
_MULTICLASS = ("macro_precision", "macro_recall", "macro_f1", "macro_auc")
_CLUSTERING = ("explained", "msd", "mean_distance")
METRICS = (*_BINARY, *_MULTICLASS, "rmse", "mse", "mae", "r2", *_CLUSTERING)
PER_CLASS = re.compile(r"(precision|recall|f1|auc):(.+)")
"""A metric of one class of several: `recall:gold`."""


def _metric(value: object) -> object:
    """Accept a metric that the evaluation measures."""
    if isinstance(value, str) and (value in METRICS or PER_CLASS.fullmatch(value)):
        return value
    raise not_allowed(f"{words(METRICS)}; for one class of several: recall:<class>")


Metric = Annotated[str, BeforeValidator(_metric), WithJsonSchema({"type": "string", "examples": list(METRICS)})]


class RecallTarget(SpecModel):
    """The threshold that reaches a recall on the validation channel."""

    recall: float = Field(gt=0, lt=1)
    """The recall to reach."""


class LastTests(SpecModel):
    """How many test channels to judge on."""

    last: int = Field(default=3, ge=1, le=20)
    """The test channels of this drop and of those before it, so many in all."""


class GateCondition(SpecModel):
    """One condition: a metric against fixed bounds (`min`, `max`), or against the model in service (`versus`)."""

    metric: Metric
    """What is measured on the test rows."""
    min: float | None = None
    """It must be at least this."""
    max: float | None = None
    """It must be at most this."""
    versus: Literal["baseline"] | None = None
    """Compare with the model in service, on the same rows. The first release has none, and passes."""
    margin: float = Field(default=0.0, ge=0)
    """With `versus`: how much worse still counts as not worse."""
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    """With `versus`: the confidence of the interval of the difference."""
    on_inconclusive: Literal["manual", "reject", "pass"] = "manual"
    """With `versus`: what to do if the test rows are too few to tell."""


class EvaluateSpec(SpecModel):
    """How a candidate is judged before it is deployed."""

    problem: Literal["binary", "multiclass", "regression", "clustering", "none"] | None = None
    """What is predicted; by default what the algorithm does if that is one thing only (`clustering`, or `none`, where
    nothing is measured), else taken from the objective, else from the label's values."""
    threshold: PlainOr[Annotated[float, Field(gt=0, lt=1)], RecallTarget] = 0.5
    """Binary: a score from here on counts as positive; or the recall to reach."""
    test_on: LastTests = Field(default_factory=LastTests)
    """Which test channels: candidate and baseline are scored on the same rows."""
    gate: Listed[GateCondition] | None = None
    """All must hold. By default: as good as guessing, and not worse than the baseline; an empty list: no gate."""


class RegisterSpec(SpecModel):
    """The model package in the model's registry group."""

    approval_status: Literal["Approved", "PendingManualApproval"] = "Approved"
    """What a candidate that passed the gate gets: deployed at once, or after a person's approval."""
