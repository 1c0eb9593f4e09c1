"""What the rest of Yardmaster must know of an algorithm, whichever it is: one `Profile` each, in `spec/builtin/`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

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


def feature_dim(rows: Rows) -> Mapping[str, str]:
    """Return the hyperparameter that tells many algorithms how wide a row is, if that is known."""
    return {"feature_dim": str(rows.features)} if rows.features else {}


def mini_batch(rows: Rows, usual: int) -> Mapping[str, str]:
    """Return a mini-batch that is not larger than the rows, with which a job fails; nothing where the usual one fits.

    Args:
        rows: What is known of the rows.
        usual: The algorithm's own default.
    """
    return {"mini_batch_size": str(rows.train)} if 0 < rows.train < usual else {}


@dataclass(frozen=True)
class Profile:
    """One algorithm.

    Its data is *encoded* (rows of CSV that Yardmaster makes: numbers, the label first), or goes to it *as it is* (a
    drop whose folders are channels already; `data.content_type`).

    Attributes:
        name: As the spec and SageMaker's documentation write it.
        problems: What it can predict. Empty: whatever the spec says.
        hyperparameters: All that it takes, by name; None where only its author knows them.
        required: Those that the spec must give, since nothing can be derived for them.
        required_as_is: Those that it must give besides where nobody looks into the data.
        together: Of a hyperparameter, the one that must be given with it.
        aliases: Other names that it takes, and the name that each stands for.
        elsewhere: What people write for a hyperparameter of this name in other libraries.
        instead: Of a word's values those that are refused, and why: by hyperparameter and value.
        fitting: Of a word's values those that fit a problem: by hyperparameter and problem.
        decides: The hyperparameter that says what is predicted, by `fitting`.
        counts: The hyperparameter that is the number of classes; for several classes only.
        at_most: Hyperparameters that can't be more than the rows' `train` or `features`.
        defaults: Hyperparameters that follow from the rows; what the spec says goes before.
        metrics: The metrics that a tuning job can improve, and which way is better.
        metrics_of: Of these the ones that a problem has; a problem that is absent has all.
        not_tunable: Why there can be no tuning job; empty if there can.
        rounds: The hyperparameter that is the number of passes, of which each publishes the metric: what Hyperband
            gives out. Empty: it can't be used.
        per_round: Of the metrics those that each pass publishes; empty: all.
        tabular: Whether it learns from rows of CSV that Yardmaster encodes; else channels go to it as they are.
        content_types: What its channels may hold, as `data.content_type` has it.
        file_only: Of the content types those that it reads from files only, not from a pipe.
        spelled: Of a content type, what the algorithm calls it in a channel's ContentType.
        channel_types: The ContentType of channels that hold something of their own.
        channels: The name under which it takes each of our channels; a channel that is absent is not given to it.
        extra_channels: Further channels that it takes as they are.
        needed: Of its own channels those without which a job fails.
        needed_with: Of its own channels those that are needed besides, by content type.
        sharded: Of its own channels those that it takes only divided among the instances (`ShardedByS3Key`).
        labelled: Whether the label stands first in its rows.
        training_content_type: The ContentType of encoded channels.
        takes_missing: Whether empty cells are fine.
        answers: How its answers are read.
        accept: The Accept of a batch transform; `answers` says how the lines are read.
        scores: Where in a line of JSON the numbers are, by problem; several members: the first that is there.
        hardware: What it can be trained on.
        single_instance: Whether it is trained on one instance only.
        checkpoints: Whether it keeps checkpoints, from which it goes on after an interruption (`spec.spot`).
        not_local: Why local AWS can't run it; empty if it can.
    """

    name: str
    problems: tuple[Problem, ...] = ()
    hyperparameters: Mapping[str, Hyperparameter] | None = None
    required: tuple[str, ...] = ()
    required_as_is: tuple[str, ...] = ()
    together: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    instead: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    fitting: Mapping[str, Mapping[Problem, tuple[str, ...]]] = field(default_factory=dict)
    decides: str = ""
    counts: str = ""
    at_most: Mapping[str, Literal["train", "features"]] = field(default_factory=dict)
    defaults: Callable[[Rows], Mapping[str, str]] = _nothing
    metrics: Mapping[str, str] = field(default_factory=dict)
    metrics_of: Mapping[Problem, tuple[str, ...]] = field(default_factory=dict)
    not_tunable: str = ""
    rounds: str = ""
    per_round: tuple[str, ...] = ()
    tabular: bool = True
    content_types: tuple[str, ...] = ("text/csv",)
    file_only: tuple[str, ...] = ()
    spelled: Mapping[str, str] = field(default_factory=dict)
    channel_types: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=lambda: {"train": "train", "validation": "validation"})
    extra_channels: tuple[str, ...] = ()
    needed: tuple[str, ...] = ("train",)
    needed_with: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sharded: tuple[str, ...] = ()
    labelled: bool = True
    training_content_type: str = "text/csv"
    takes_missing: bool = False
    answers: Answers = Answers.CSV
    accept: str = "text/csv"
    scores: Mapping[Problem, tuple[str, ...]] = field(default_factory=dict)
    hardware: Literal["any", "cpu", "gpu"] = "any"
    single_instance: bool = False
    checkpoints: bool = False
    not_local: str = ""

    @property
    def tunable(self) -> bool:
        """Whether SageMaker can tune it."""
        return not self.not_tunable

    @property
    def local(self) -> bool:
        """Whether local AWS can run it."""
        return not self.not_local

    @property
    def folders(self) -> tuple[str, ...]:
        """What the folders of a drop may be called whose content goes to it as it is: its channels' own names."""
        return (*dict.fromkeys(self.channels.values()), *self.extra_channels)

    def needs(self, content_type: str) -> tuple[str, ...]:
        """Return the folders that a drop must have whose content goes to it as it is."""
        return (*self.needed, *self.needed_with.get(content_type, ()))

    @property
    def rows_of(self) -> Mapping[str, Hyperparameter]:
        """The hyperparameters that are known, by name; none of one's own algorithm."""
        return self.hyperparameters or {}

    def metrics_for(self, problem: Problem) -> tuple[str, ...]:
        """Return the metrics that a tuning job can improve for a problem."""
        return self.metrics_of.get(problem, tuple(self.metrics))

    def channel_type(self, channel: str, content_type: str) -> str:
        """Return the ContentType of a channel whose content goes to it as it is.

        Args:
            channel: The channel, by the algorithm's own name.
            content_type: What the spec says of the drop.
        """
        return self.channel_types.get(channel) or self.spelled.get(content_type, content_type)
