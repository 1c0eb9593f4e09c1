"""What people sort jobs by and ask of them: `validation:auc`, `test:auc`, `eta<0.3`; pure: words in, conditions out."""

import math
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import assert_never

from yardmaster.aws.search import Condition
from yardmaster.cli.errors import UsageError

_METRICS, _HYPERPARAMETERS, _TEST = "Metrics.", "HyperParameters.", "test:"
_WHERE = re.compile(r"\s*(?P<field>[^<>=!]+?)\s*(?P<sign><=|>=|!=|==|=|<|>)\s*(?P<value>[^<>=!\s](?:.*\S)?)\s*")


class Kind(StrEnum):
    """Where a field's value is."""

    METRIC = "metric"
    """What the training job published at its end, such as `validation:auc`."""
    TEST = "test metric"
    """What Yardmaster measured on the test channel, such as `test:auc`."""
    HYPERPARAMETER = "hyperparameter"
    CREATED = "created"
    SECONDS = "seconds"


class Sign(StrEnum):
    """How a value is compared."""

    LESS = "<"
    AT_MOST = "<="
    MORE = ">"
    AT_LEAST = ">="
    EQUAL = "="
    OTHER = "!="


_COMPARE: dict[Sign, Callable[[float, float], bool]] = {
    Sign.LESS: operator.lt,
    Sign.AT_MOST: operator.le,
    Sign.MORE: operator.gt,
    Sign.AT_LEAST: operator.ge,
    Sign.EQUAL: lambda value, other: math.isclose(value, other, rel_tol=1e-6),
    Sign.OTHER: lambda value, other: not math.isclose(value, other, rel_tol=1e-6),
}
"""SageMaker's metrics are floats of 32 bits: seven digits are all that they have."""
_ORDERINGS = {
    Sign.LESS: "LessThan",
    Sign.AT_MOST: "LessThanOrEqualTo",
    Sign.MORE: "GreaterThan",
    Sign.AT_LEAST: "GreaterThanOrEqualTo",
}


@dataclass(frozen=True)
class Field:
    """One thing that is known of a job; `name` is the metric's or hyperparameter's own, without what is before it."""

    kind: Kind
    name: str

    @property
    def words(self) -> str:
        """How people write it."""
        return f"{_TEST}{self.name}" if self.kind is Kind.TEST else self.name

    @property
    def searched(self) -> str | None:
        """Search's name of it; None for what SageMaker doesn't know."""
        match self.kind:
            case Kind.METRIC:
                return f"{_METRICS}{self.name}"
            case Kind.HYPERPARAMETER:
                return f"{_HYPERPARAMETERS}{self.name}"
            case Kind.CREATED:
                return "CreationTime"
            case Kind.TEST | Kind.SECONDS:
                return None
            case _:
                assert_never(self.kind)


NEWEST = Field(Kind.CREATED, "created")
"""What is sorted by unless somebody asks for something else."""


@dataclass(frozen=True)
class Known:
    """What is known of one job, for fields to be looked up."""

    created: float | None
    seconds: float | None
    metrics: Mapping[str, float]
    test: Mapping[str, float]
    hyperparameters: Mapping[str, str]

    def named(self, kind: Kind) -> Mapping[str, float | str]:
        """Return all that has a name of its own, of one kind."""
        match kind:
            case Kind.METRIC:
                return self.metrics
            case Kind.TEST:
                return self.test
            case Kind.HYPERPARAMETER:
                return self.hyperparameters
            case Kind.CREATED | Kind.SECONDS:
                return {}
            case _:
                assert_never(kind)

    def value(self, field: Field) -> float | str | None:
        """Return a field's value; a number wherever it is one."""
        match field.kind:
            case Kind.METRIC | Kind.TEST | Kind.HYPERPARAMETER:
                found = self.named(field.kind).get(field.name)
                number = number_of(found) if isinstance(found, str) else None
                return found if number is None else number
            case Kind.CREATED:
                return self.created
            case Kind.SECONDS:
                return self.seconds
            case _:
                assert_never(field.kind)


@dataclass(frozen=True)
class Where:
    """One condition as people write it: `validation:auc>0.9`, `eta<0.3`, `tree_method=hist`."""

    field: Field
    sign: Sign
    value: str

    @property
    def words(self) -> str:
        """It, as people write it."""
        return f"{self.field.words}{self.sign}{self.value}"

    def holds(self, known: Known) -> bool:
        """Say whether it holds of a job; never where the job has no such value."""
        value, other = known.value(self.field), number_of(self.value)
        if value is None:
            return False
        if isinstance(value, str) or other is None:
            return (str(value) == self.value) == (self.sign is Sign.EQUAL) and self.sign not in _ORDERINGS
        return _COMPARE[self.sign](value, other)

    def conditions(self) -> list[Condition]:
        """Return what SageMaker can filter by; all that `holds` of is among what it finds, and perhaps more."""
        name = self.field.searched
        if name is None or self.field.kind is Kind.CREATED:
            return []
        number = number_of(self.value)
        if self.sign in _ORDERINGS and number is not None:
            return [Condition(name, _ORDERINGS[self.sign], decimal(number))]
        if self.sign is Sign.EQUAL and number is None:
            return [Condition(name, "Equals", self.value)]
        return [Condition(name, "Exists")]


def field_of(text: str, *, ours: bool = True) -> Field:
    """Return what a person means by a name.

    Args:
        text: `created`, `seconds`, `test:auc`, `validation:auc` (whatever has a colon is a metric), `eta`; or as
            SageMaker writes it, `Metrics.accuracy`, `HyperParameters.eta`.
        ours: False for jobs of others: `test:…` is then a metric like any other.
    """
    name = text.strip()
    if name.startswith(_METRICS):
        return Field(Kind.METRIC, name.removeprefix(_METRICS))
    if name.startswith(_HYPERPARAMETERS):
        return Field(Kind.HYPERPARAMETER, name.removeprefix(_HYPERPARAMETERS))
    if name in {Kind.CREATED, Kind.SECONDS}:
        return Field(Kind(name), name)
    if ours and name.startswith(_TEST):
        return Field(Kind.TEST, name.removeprefix(_TEST))
    return Field(Kind.METRIC if ":" in name else Kind.HYPERPARAMETER, name)


def where_of(text: str, *, ours: bool = True) -> Where:
    """Return the condition that a person writes.

    Raises:
        UsageError: It is none; the message shows how one looks.
    """
    found = _WHERE.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is no condition: write 'validation:auc>0.9', 'eta<=0.3' or 'tree_method=hist'")
    asked = field_of(found["field"], ours=ours)
    sign = Sign("=" if found["sign"] == "==" else found["sign"])
    number = number_of(found["value"])
    if number is None and (sign in _ORDERINGS or asked.kind is not Kind.HYPERPARAMETER):
        raise UsageError(f"{text!r}: {found['value']!r} is no number, and {asked.words}{sign} needs one")
    if asked.kind is Kind.CREATED:
        raise UsageError(f"{text!r}: for the time, say --since 7d")
    return Where(asked, sign, found["value"])


def number_of(text: str) -> float | None:
    """Return a text as the finite number that it is, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def decimal(number: float) -> str:
    """Return a number with decimals: beside a whole one, Search cuts those of hyperparameters (API_Filter)."""
    text = f"{Decimal(repr(number)):f}"
    return text if "." in text else f"{text}.0"
