"""The `batch_transform` section. A later issue builds it; its types are final."""

from typing import Literal

from pydantic import Field

from yardmaster.spec.base import INSTANCE_TYPE, SpecModel


class BatchTransformSpec(SpecModel):
    """A batch of predictions, by schedule."""

    schedule: str = Field(pattern=r"^(cron|rate|at)\(.+\)$")
    """When, as EventBridge Scheduler writes it: `cron(0 6 * * ? *)`."""
    input: str = Field(min_length=1)
    """The folder with the rows, below the model's: `predict/nightly/`."""
    instance_type: str = Field(default="ml.m5.xlarge", pattern=INSTANCE_TYPE, examples=["ml.m5.xlarge"])
    """The machine that predicts."""
    instance_count: int = Field(default=1, ge=1, le=100)
    """How many of them."""
    join_source: Literal["Input", "None"] = "None"
    """Whether each prediction stands beside its row."""
