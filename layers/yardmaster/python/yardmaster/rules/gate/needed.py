"""How many test rows a gate needs, before there is a model: the comparison's own formula, on a guess of its error.

The error of a comparison depends on how alike two models are, which nobody knows before. Where an earlier release of
the model was compared, its own standard error is taken; else a guess, which is told.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from yardmaster.rules.gate.conditions import Condition
from yardmaster.rules.gate.paired import Comparison, rows_to_settle

DISAGREE: Final = 0.05
"""Our guess: two models of the same data predict so many of a hundred rows differently."""
CORRELATION: Final = 0.9
"""Our guess: how alike two such models rank the rows."""
AUC: Final = 0.8
"""The AUC that a guess starts from, where the gate names none."""
_NO_DATA: Final = "give a data file: it depends on the rows"
_TWO_SIDED: Final = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Rows:
    """The test rows that a gate would have: in all, and by class where there are classes."""

    rows: int
    classes: Mapping[str, int]


@dataclass(frozen=True)
class Known:
    """What an earlier comparison of the same metric found: its standard error, on so many rows, and whose it was."""

    error: float
    rows: int
    title: str


@dataclass(frozen=True)
class Needed:
    """What one condition needs.

    Attributes:
        condition: In words: `auc not worse than the baseline by more than 0.005`.
        rows: About how many test rows settle it four times of five, if both models are equally good; infinite if no
            number does, None if nobody knows.
        there: How many test rows there are; None without data.
        reach: With a fixed bound: how far the figure may be off at 95 %, with the rows that are there; None if unknown.
        why: What the number rests on, or why there is none.
    """

    condition: str
    rows: float | None
    there: int | None
    reach: float | None
    why: str

    @property
    def suffices(self) -> bool | None:
        """Whether there are enough; None if that is not known."""
        return None if self.rows is None or self.there is None else self.there >= self.rows


def needed(condition: Condition, test: Rows | None, known: Known | None) -> Needed:
    """Say what one condition of the gate needs.

    Args:
        condition: The condition.
        test: The test rows that there would be; None without data.
        known: An earlier comparison of the metric; None if there was none.
    """
    there = test.rows if test else None
    if condition.versus is None:
        said = " and ".join(
            f"{sign} {bound:g}" for sign, bound in ((">=", condition.min), ("<=", condition.max)) if bound is not None
        )
        reach = _reach(condition, test)
        why = "95 % interval of the figure at the bound" if reach is not None else "depends on the model's errors"
        why = why if test is not None else _NO_DATA
        return Needed(f"{condition.metric} {said}", None, there, reach, why)
    said = f"{condition.metric} not worse than the baseline by more than {condition.margin:g}"
    if condition.margin == 0:
        why = "margin 0: no number of rows tells two equally good models apart; give it a margin"
        return Needed(said, math.inf, there, None, why)
    if known is not None:
        error, rows, why = known.error, known.rows, f"from {known.title}'s comparison"
    elif test is None:
        return Needed(said, None, None, None, _NO_DATA)
    else:
        guess = _guess(condition.metric, test)
        if guess is None:
            return Needed(said, None, there, None, "known once two models were compared")
        (error, why), rows = guess, test.rows
    settled = rows_to_settle(Comparison(0.0, 0.0, 0.0, error, rows), condition.margin, condition.confidence)
    return Needed(said, float(math.ceil(settled)), there, None, why)


def _guess(metric: str, test: Rows) -> tuple[float, str] | None:
    """Return the standard error of a difference that two like models would show on these rows, and what it rests on."""
    cases = _cases(metric, test)
    if not cases:
        return None
    figure = metric.removeprefix("macro_").partition(":")[0]
    if figure == "auc":
        error = _auc_error(AUC, cases, max(test.rows - cases, 1)) * math.sqrt(2 * (1 - CORRELATION))
        return error, f"a guess: AUC {AUC:g}, ranks that are {CORRELATION:.0%} alike".replace("%", " %")
    if figure in ("accuracy", "precision", "recall", "f1"):
        guess = f"a guess: models that differ on {DISAGREE:.0%} of the rows".replace("%", " %")
        return math.sqrt(DISAGREE / cases), guess
    return None


def _reach(condition: Condition, test: Rows | None) -> float | None:
    """Return half the 95 % interval of a figure at its bound; None where it is no share, or no rows are known."""
    bound = condition.min if condition.min is not None else condition.max
    if test is None or bound is None or not 0 < bound < 1 or not (cases := _cases(condition.metric, test)):
        return None
    figure = condition.metric.removeprefix("macro_").partition(":")[0]
    if figure == "auc":
        return _TWO_SIDED * _auc_error(bound, cases, max(test.rows - cases, 1))
    if figure in ("accuracy", "precision", "recall"):
        return _TWO_SIDED * math.sqrt(bound * (1 - bound) / cases)
    return None


def _cases(metric: str, test: Rows) -> int:
    """Return how many rows a metric rests on: all, those of a class, or of the rarest; of precision it is a guess."""
    figure, _, name = metric.partition(":")
    if figure == "accuracy":
        return test.rows
    sizes = [size for size in test.classes.values() if size]
    if name:
        return test.classes.get(name, 0)
    if figure.startswith("macro_"):
        return min(sizes, default=0)
    # The positive class is the last of two.
    positive = list(test.classes.values())[-1] if test.classes else 0
    return min(positive, test.rows - positive) if figure == "auc" else positive


def _auc_error(auc: float, cases: int, others: int) -> float:
    """Return the standard error of an AUC (Hanley and McNeil, Radiology 143, 1982)."""
    first, second = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    spread = auc * (1 - auc) + (cases - 1) * (first - auc * auc) + (others - 1) * (second - auc * auc)
    return math.sqrt(spread / (cases * others))
