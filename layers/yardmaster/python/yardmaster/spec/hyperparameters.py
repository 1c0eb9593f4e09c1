"""A hyperparameter: what its value may be, and how it is written for CreateTrainingJob."""

import json
from dataclasses import dataclass
from enum import StrEnum

from yardmaster.spec.problems import words
from yardmaster.spec.train import HyperparameterValue


class Kind(StrEnum):
    """What a hyperparameter's value is."""

    INTEGER = "integer"
    NUMBER = "number"
    WORD = "word"
    WORDS = "words"
    TEXT = "text"


@dataclass(frozen=True)
class Hyperparameter:
    """One hyperparameter: its kind, range (`open_low`, `open_high`: without the bound itself) or options."""

    name: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False
    options: tuple[str, ...] = ()
    tunable: bool = False

    @property
    def allowed(self) -> str:
        """Say what is allowed."""
        match self.kind:
            case Kind.INTEGER:
                return f"a whole number{self._range}"
            case Kind.NUMBER:
                return f"a number{self._range}"
            case Kind.WORD:
                return words(self.options)
            case Kind.WORDS:
                return f"one or more of {words(self.options, 'and')}"
            case Kind.TEXT:
                return "text as XGBoost reads it"

    @property
    def _range(self) -> str:
        """Say the range."""
        low = f"{'above' if self.open_low else 'at least'} {self.low:g}" if self.low is not None else ""
        high = f"{'below' if self.open_high else 'at most'} {self.high:g}" if self.high is not None else ""
        both = " and ".join(part for part in (low, high) if part)
        return f" {both}" if both else ""

    def accepts(self, value: HyperparameterValue) -> bool:
        """Tell whether XGBoost would take this value."""
        match self.kind:
            case Kind.INTEGER | Kind.NUMBER:
                return self._in_range(value)
            case Kind.WORD:
                return as_text(value) in self.options
            case Kind.WORDS:
                return all(word.strip().partition("@")[0] in self.options for word in as_text(value).split(","))
            case Kind.TEXT:
                return isinstance(value, str)

    def _in_range(self, value: HyperparameterValue) -> bool:
        """Tell whether a number, or its text, is in range."""
        if isinstance(value, bool | tuple | dict):
            return False
        try:
            number = float(value)
        except ValueError:
            return False
        if self.kind is Kind.INTEGER and not str(value).strip().lstrip("+-").isdigit():
            return False
        above = self.low is None or number > self.low or (number == self.low and not self.open_low)
        below = self.high is None or number < self.high or (number == self.high and not self.open_high)
        return above and below


def as_text(value: HyperparameterValue) -> str:
    """Write a value as CreateTrainingJob wants it: text, words joined by commas, all else as JSON."""
    if isinstance(value, tuple) and all(isinstance(word, str) for word in value):
        return ",".join(value)
    return value if isinstance(value, str) else json.dumps(value)
