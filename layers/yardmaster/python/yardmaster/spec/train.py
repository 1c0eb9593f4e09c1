"""The `train` section, in the SageMaker Python SDK's names."""

import math
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from yardmaster.spec.base import INSTANCE_TYPE, Listed, SpecModel, not_allowed
from yardmaster.spec.durations import Duration

MAX_RUN_LIMIT = 28 * 86400
"""SageMaker's longest training job, in seconds."""
MAX_WAIT_WITHOUT_CHECKPOINTS = 3600
"""Seconds that SageMaker allows for waiting and training on spot capacity to its own algorithms, and to those of the
Marketplace, that keep no checkpoints: https://docs.aws.amazon.com/sagemaker/latest/dg/model-managed-spot-training.html."""
CHECKPOINTS = "/opt/ml/checkpoints"
"""Where SageMaker looks for checkpoints in a container."""
CHECKPOINT_PATH = r"^/opt/ml/[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$"
RUN_ALLOWED = "a duration of at most 28d, like 90s, 10m or 6h"

HyperparameterValue = str | int | float | bool | tuple[Any, ...] | dict[str, Any]
"""A list is a tuple here, also within; what built-in algorithms take of it, their own lists say."""


def _volume(value: object) -> object:
    """Accept `auto` or a number of GiB that EBS offers (SageMaker calls them GB)."""
    if value == "auto" or (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 16384):
        return value
    raise not_allowed("auto, or whole GB from 1 to 16384")


def _hyperparameters(value: object) -> object:
    """Let lists, however deep, be the tuples that a frozen model holds."""
    return {name: _frozen(item) for name, item in value.items()} if isinstance(value, dict) else value


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return {name: _frozen(item) for name, item in value.items()} if isinstance(value, dict) else value


def _hyperparameter(value: object) -> object:
    """Accept whatever is JSON and not empty."""
    if value in ((), {}) or not _is_json(value):
        raise not_allowed("a number, a word, a list, or a mapping")
    return value


def _is_json(value: object) -> bool:
    match value:
        case tuple():
            return all(_is_json(item) for item in value)
        case dict():
            return all(_is_json(item) for item in value.values())
        case int() | float():
            return math.isfinite(value)
        case _:
            return isinstance(value, str)


class MetricDefinition(SpecModel):
    """A metric that is read from the training log of one's own algorithm."""

    name: str = Field(min_length=1, max_length=255)
    """The metric's name."""
    regex: str = Field(min_length=1, max_length=500)
    """Its first group is the value."""


class TrainSpec(SpecModel):
    """The training job."""

    instance_type: str = Field(default="ml.m5.xlarge", pattern=INSTANCE_TYPE, examples=["ml.m5.xlarge"])
    """The machine that trains; it is gone when the job ends."""
    instance_count: int = Field(default=1, ge=1, le=100)
    """How many of them."""
    volume_size: Annotated[
        Literal["auto"] | int, BeforeValidator(_volume, json_schema_input_type=Literal["auto"] | int)
    ] = "auto"
    """The disk in GB; `auto` takes it from the size of the channels."""
    input_mode: Literal["File", "FastFile", "Pipe"] = "File"
    """How the data gets there. `File` copies it to the disk before the training begins. `FastFile` shows the same files
    and streams them as they are read; `Pipe` streams each channel through a pipe for each pass, for algorithms that are
    made for it. The last two need room on the disk for the model only, whatever the size of the data."""
    max_run: Duration = Field(default=3600, le=MAX_RUN_LIMIT, json_schema_extra={"x-allowed": RUN_ALLOWED})
    """The longest that it may train."""
    use_spot_instances: bool = False
    """Train on spare capacity: cheaper, and it may be interrupted."""
    max_wait: Duration | None = Field(default=None, le=MAX_RUN_LIMIT, json_schema_extra={"x-allowed": RUN_ALLOWED})
    """With spot instances: the longest for waiting and training together; twice `max_run` by default. At most 1h for
    algorithms that keep no checkpoints."""
    checkpoint_local_path: str | None = Field(
        default=None, pattern=CHECKPOINT_PATH, max_length=512, examples=["/opt/ml/checkpoints"]
    )
    """With spot instances: the folder in the container from which an algorithm goes on after an interruption.
    `/opt/ml/checkpoints` by default for scripts, images, and the built-in algorithms that keep checkpoints; one of the
    Marketplace keeps some only if this says where."""
    hyperparameters: Annotated[
        dict[str, Annotated[HyperparameterValue, BeforeValidator(_hyperparameter)]],
        BeforeValidator(
            _hyperparameters, json_schema_input_type=dict[str, str | int | float | bool | list[Any] | dict[str, Any]]
        ),
    ] = Field(default_factory=dict)
    """The algorithm's hyperparameters; a built-in's are checked against its published list, those of one's own may be
    lists and mappings too, and become JSON."""
    metric_definitions: Listed[MetricDefinition] = ()
    """Metrics to read from the log of one's own algorithm; a built-in brings its own."""

    @property
    def copies_data(self) -> bool:
        """Whether the data must fit on the disk."""
        return self.input_mode == "File"

    @property
    def wait_limit(self) -> int | None:
        """The seconds for `MaxWaitTimeInSeconds`; None without spot instances."""
        if not self.use_spot_instances:
            return None
        return self.max_wait or min(2 * self.max_run, MAX_RUN_LIMIT)
