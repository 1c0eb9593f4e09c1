"""What the rest of Yardmaster must know of an algorithm, whichever it is: one `Profile` each, in `spec/builtin/`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from yardmaster.records import Problem
from yardmaster.spec.hyperparameters import Hyperparameter


class Answers(StrEnum):
    """How a model answers rows of CSV in a batch transform."""

    CSV = "csv"
    """A line of numbers for each row."""
    JSON_LINES = "jsonlines"
    """A line of JSON for each row."""


@dataclass(frozen=True)
class Rows:
    """What is known of the rows when a job's hyperparameters are decided.

    Attributes:
        problem: What is predicted.
        classes: How many classes the label has; 0 without.
        features: How many numbers a row has besides the label; 0 if nobody looked at the rows.
        train: How many rows are trained on; 0 if nobody counted.
    """

    problem: Problem
    classes: int = 0
    features: int = 0
    train: int = 0


def _nothing(rows: Rows) -> Mapping[str, str]:
    """Return no hyperparameters."""
    del rows
    return {}


@dataclass(frozen=True)
class Profile:
    """One algorithm.

    Attributes:
        name: As the spec and SageMaker's documentation write it.
        hyperparameters: All that it takes, by name; None where only its author knows them.
        required: Those that the spec must give, since nothing can be derived for them.
        aliases: Other names that it takes, and the name that each stands for.
        elsewhere: What people write for a hyperparameter of this name in other libraries.
        instead: Of a word's values those that are refused, and why: by hyperparameter and value.
        defaults: Hyperparameters that follow from the rows; what the spec says goes before.
        problems: What it can predict; the first is what it does by default. Empty: whatever the spec says.
        metrics: The metrics that a tuning job can improve, and which way is better.
        metrics_of: Of these the ones that a problem has; a problem that is absent has all.
        tabular: Whether it learns from rows of CSV that Yardmaster encodes; else channels go to it as they are.
        content_types: What its channels may hold, as `data.content_type` has it.
        channels: The name under which it takes each of our channels; a channel that is absent is not given to it.
        labelled: Whether the label stands first in its rows.
        training_content_type: The ContentType of encoded channels.
        takes_missing: Whether empty cells are fine.
        accept: The Accept of a batch transform; `answers` says how the lines are read.
        scores: Where in a line of JSON the numbers are, by problem; several members: the first that is there.
        tunable: Whether SageMaker can tune it.
        local: Whether local AWS can run it; `not_local` says why not.
    """

    name: str
    problems: tuple[Problem, ...] = ()
    hyperparameters: Mapping[str, Hyperparameter] | None = None
    required: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    defaults: Callable[[Rows], Mapping[str, str]] = _nothing
    metrics: Mapping[str, str] = field(default_factory=dict)
    metrics_of: Mapping[Problem, tuple[str, ...]] = field(default_factory=dict)
    tabular: bool = True
    content_types: tuple[str, ...] = ("text/csv",)
    channels: Mapping[str, str] = field(default_factory=lambda: {"train": "train", "validation": "validation"})
    labelled: bool = True
    training_content_type: str = "text/csv"
    takes_missing: bool = False
    answers: Answers = Answers.CSV
    accept: str = "text/csv"
    scores: Mapping[Problem, tuple[str, ...]] = field(default_factory=dict)
    tunable: bool = True
    not_local: str = ""

    @property
    def local(self) -> bool:
        """Whether local AWS can run it."""
        return not self.not_local
