"""A hyperparameter: what its value may be, and how it is written for CreateTrainingJob."""

import json
import re
from collections.abc import Mapping
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
    """One hyperparameter.

    Attributes:
        low, high: The range of a number; `open_low`, `open_high`: without the bound itself.
        options: What a word may be; of a number, the words that it may be instead, such as `auto`.
        tunable: Whether a tuning job can search it.
        as_json: Of several words, that the algorithm reads them as a JSON list, and not with commas.
        form: Of a text, the regular expression that it fulfils; `like` says so to people.
    """

    name: str
    kind: Kind
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False
    options: tuple[str, ...] = ()
    tunable: bool = False
    as_json: bool = False
    form: str = ""
    like: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it is a number, whole or not."""
        return self.kind in (Kind.INTEGER, Kind.NUMBER)

    @property
    def allowed(self) -> str:
        """Say what is allowed."""
        match self.kind:
            case Kind.INTEGER:
                return words([*self.options, f"a whole number{self._range}"])
            case Kind.NUMBER:
                return words([*self.options, f"a number{self._range}"])
            case Kind.WORD:
                return words(self.options)
            case Kind.WORDS:
                return f"one or more of {words(self.options, 'and')}"
            case Kind.TEXT:
                return self.like or "text as the algorithm reads it"

    @property
    def _range(self) -> str:
        """Say the range."""
        low = f"{'above' if self.open_low else 'at least'} {_digits(self.low)}" if self.low is not None else ""
        high = f"{'below' if self.open_high else 'at most'} {_digits(self.high)}" if self.high is not None else ""
        both = " and ".join(part for part in (low, high) if part)
        return f" {both}" if both else ""

    def accepts(self, value: HyperparameterValue) -> bool:
        """Tell whether the algorithm would take this value."""
        match self.kind:
            case Kind.INTEGER | Kind.NUMBER:
                return self._in_range(value) or self._option(value) is not None
            case Kind.WORD:
                return self._option(value) is not None
            case Kind.WORDS:
                return all(word in self.options for word in self.each(value))
            case Kind.TEXT if self.form:
                return re.fullmatch(self.form, as_text(value)) is not None
            case Kind.TEXT:
                return isinstance(value, str)

    def each(self, value: HyperparameterValue) -> list[str]:
        """Return the words that a value has, without what follows an `@` (`error@0.7`)."""
        return [word.partition("@")[0] for word in self._words(value)]

    def text(self, value: HyperparameterValue) -> str:
        """Write a value that is accepted as the algorithm reads it."""
        if self.as_json:
            return json.dumps(self._words(value))
        return self._option(value) or as_text(value)

    def _words(self, value: HyperparameterValue) -> list[str]:
        """Return the words of a list, or of text with commas; of JSON too where the algorithm reads that."""
        listed = as_text(value)
        if self.as_json:
            listed = listed.strip("[] ").replace('"', "")
        return [word.strip() for word in listed.split(",")]

    def _option(self, value: HyperparameterValue) -> str | None:
        """Return the option that a value names; YAML's `true` also names the `True` of some algorithms."""
        asked = as_text(value)
        alike = (one for one in self.options if one.lower() == asked.lower() and one.lower() in ("true", "false"))
        return asked if asked in self.options else next(alike, None)

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


def _digits(limit: float) -> str:
    """Write a limit: whole numbers with all their digits."""
    return str(int(limit)) if limit == int(limit) else f"{limit:g}"


def as_text(value: HyperparameterValue) -> str:
    """Write a value as CreateTrainingJob wants it: text, words joined by commas, all else as JSON."""
    if isinstance(value, tuple) and all(isinstance(word, str) for word in value):
        return ",".join(value)
    return value if isinstance(value, str) else json.dumps(value)


def integer(
    name: str, low: float | None = 1, high: float | None = None, *also: str, tune: bool = False
) -> Hyperparameter:
    """Return the row of a whole number, or of one of these words; it is positive where nothing else is said."""
    return Hyperparameter(name, Kind.INTEGER, low, high, options=also, tunable=tune)


def number(
    name: str, low: float | None = None, high: float | None = None, *also: str, edges: str = "[]", tune: bool = False
) -> Hyperparameter:
    """Return the row of a number, or of one of these words; `edges` are those of the interval: `(]` is open below."""
    return Hyperparameter(name, Kind.NUMBER, low, high, edges[0] == "(", edges[1] == ")", also, tune)


def word(name: str, *options: str, tune: bool = False) -> Hyperparameter:
    """Return the row of a word."""
    return Hyperparameter(name, Kind.WORD, options=options, tunable=tune)


def several(name: str, *options: str, as_json: bool = False) -> Hyperparameter:
    """Return the row of one word or more."""
    return Hyperparameter(name, Kind.WORDS, options=options, as_json=as_json)


def text(name: str, form: str = "", like: str = "") -> Hyperparameter:
    """Return the row of a text."""
    return Hyperparameter(name, Kind.TEXT, form=form, like=like)


def table(*rows: Hyperparameter) -> Mapping[str, Hyperparameter]:
    """Return rows by their names."""
    return {row.name: row for row in rows}
