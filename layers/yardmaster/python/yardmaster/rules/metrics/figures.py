"""What a measurement is: named figures, and a reason for each that is undefined."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yardmaster.records import Problem as Problem


@dataclass(frozen=True)
class AtRecall:
    """A threshold by its effect: the highest one that reaches this recall.

    It is taken from the scores of the *test rows* themselves, for candidate and baseline each from its own, since a
    validation channel is not scored. So recall is what was asked, and precision is slightly flattered: the gate
    allows for the threshold's own uncertainty.
    """

    recall: float


Threshold = float | AtRecall
"""A row is predicted positive when its score is at or above the threshold."""


@dataclass(frozen=True)
class Curves:
    """Points of the ROC and precision-recall curves from the highest threshold down, thinned for a report."""

    false_positive_rates: tuple[float, ...]
    true_positive_rates: tuple[float, ...]
    precisions: tuple[float, ...]
    recalls: tuple[float, ...]


@dataclass(frozen=True)
class Metrics:
    """The figures of one model on one set of rows.

    Attributes:
        values: By name; None where undefined.
        notes: By name, why a value is None or how it came about.
        confusion: Rows are the actual classes, columns the predicted; empty for regression.
        threshold: Binary only: the number that was used; `asked` is set if it was found on these rows.
        class_names: For reports; index `i` is label `i`.
    """

    problem: Problem
    rows: int
    values: Mapping[str, float | None]
    notes: Mapping[str, str] = field(default_factory=dict)
    confusion: tuple[tuple[int, ...], ...] = ()
    threshold: float | None = None
    asked: AtRecall | None = None
    class_names: tuple[str, ...] = ()
    curves: Curves | None = None


class Figures:
    """Collects values; a value that can't be computed becomes None, with its reason."""

    def __init__(self) -> None:
        self.values: dict[str, float | None] = {}
        self.notes: dict[str, str] = {}

    def put(self, name: str, value: float) -> None:
        """Keep a value."""
        self.values[name] = value

    def undefined(self, name: str, reason: str) -> None:
        """Keep that there is no value, and why."""
        self.values[name] = None
        self.notes[name] = reason

    def ratio(self, name: str, top: float, bottom: float, reason: str) -> None:
        """Keep `top / bottom`, or the reason why that is a division by zero."""
        if bottom:
            self.put(name, top / bottom)
        else:
            self.undefined(name, reason)


def mean(values: Sequence[float]) -> float:
    """Return the plain mean of at least one value."""
    return sum(values) / len(values)
