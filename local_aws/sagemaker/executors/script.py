"""What is to happen in `ScriptedExecutors`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TypeVar

Value = TypeVar("Value")
Step = Callable[[bytes], tuple[int, bytes]]
"""What a container does with a request's body: its answer's status and body."""


@dataclass
class Script:
    """What is to happen; keys are globs on the names of jobs or hosting ids, the first that matches counts.

    It may be changed while the executors run: each value is looked at when it is needed.
    """

    training_seconds: float = 60.0
    transform_seconds: float = 30.0
    hosting_seconds: float = 30.0
    images: Sequence[str] = ()  # globs of the images of one's own that can be run
    quality: Mapping[str, float] = field(default_factory=dict)  # of a training job's model, 0.8 by default
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # a training job's final metrics
    # Of a tuning job's training job, by its hyperparameters: the objective after each epoch, the last is the final one.
    objective: Callable[[Mapping[str, str]], Sequence[float]] | None = None
    fails: Mapping[str, str] = field(default_factory=dict)  # the FailureReason of a job, or of a hosting id
    invocation_errors: Mapping[str, float] = field(default_factory=dict)  # share of requests answered with 500
    # What a transform job's container says to a request that it does not take, by job and body; None: it takes it.
    refuses: Callable[[str, bytes], tuple[int, bytes] | None] | None = None
    # What containers do that are no models, by their artifact, or their image if they have none: by default nothing.
    steps: Mapping[str, Step] = field(default_factory=dict)
    latency: Mapping[str, float] = field(default_factory=dict)  # seconds that an answer takes, 0.01 by default


def chosen(table: Mapping[str, Value], name: str, default: Value) -> Value:
    """Give the value of the first glob that matches a name."""
    return next((value for glob, value in table.items() if fnmatchcase(name, glob)), default)
