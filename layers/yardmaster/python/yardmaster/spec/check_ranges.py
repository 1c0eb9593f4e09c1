"""The ranges of the `tune` section that can't be: of what can't be searched, of another type, outside of the limits.

Sources: the API reference of ParameterRanges; the developer guide's page on tuning each algorithm.
"""

import difflib
from collections.abc import Iterator

from yardmaster.spec.findings import Finding
from yardmaster.spec.hyperparameters import Hyperparameter, Kind
from yardmaster.spec.problems import words
from yardmaster.spec.profile import Profile
from yardmaster.spec.schema import Spec
from yardmaster.spec.source import Path
from yardmaster.spec.tune import VALUES, CategoricalRange, ContinuousRange, HyperparameterRange, IntegerRange

RANGES = ("tune", "hyperparameter_ranges")


def check_range(spec: Spec, profile: Profile, name: str, asked: HyperparameterRange) -> Iterator[Finding]:
    """Yield what can't be: it is of a hyperparameter that can be tuned and has no value, of its type, in its limits."""
    path, rows = (*RANGES, name), profile.rows_of
    if profile.hyperparameters is not None and (name not in rows or not rows[name].tunable):
        yield from _not_searched(profile, name)
        return
    for given in (name, *(alias for alias, meant in profile.aliases.items() if meant == name)):
        if given in spec.train.hyperparameters:
            fault = f"has a value in train.hyperparameters ({given}) and a range here"
            yield Finding(path, None, fault, "one of the two")
    if asked.type != "categorical" and spec.tune is not None and spec.tune.strategy == "Grid":
        fault = "is no choice, and a grid tries every combination of choices"
        yield Finding((*path, "type"), asked.type, fault, "{type: categorical, values: [...]}, or another strategy")
    match asked:
        case CategoricalRange():
            yield from _values(name, rows.get(name), asked)
        case ContinuousRange() | IntegerRange():
            yield from _interval(name, rows.get(name), asked)


def _not_searched(profile: Profile, name: str) -> Iterator[Finding]:
    """It is unknown, or has a value only."""
    path, rows = (*RANGES, name), profile.rows_of
    tunable = [row.name for row in rows.values() if row.tunable]
    if name in profile.aliases:
        yield Finding(path, None, f"write its own name, {profile.aliases[name]}")
    elif name in rows:
        yield Finding(path, None, "can't be tuned; give it a value in train.hyperparameters", words(tunable))
    else:
        near = difflib.get_close_matches(name, tunable, n=1, cutoff=0.6)
        meant = profile.elsewhere.get(name) or next(iter(near), None)
        hint = f"; did you mean {meant}?" if meant else ""
        yield Finding(path, None, f"unknown hyperparameter of {profile.name}{hint}", words(tunable))


def _values(name: str, row: Hyperparameter | None, asked: CategoricalRange) -> Iterator[Finding]:
    """Each value is one that the hyperparameter takes, and given once."""
    path = (*RANGES, name, "values")
    if not asked.values:
        yield Finding(path, "an empty list", "has nothing to choose from", VALUES)
    for index, value in enumerate(asked.values):
        if row is not None and not row.accepts(value):
            yield Finding((*path, index), value, "is not allowed", row.allowed)
        elif str(value) in asked.words[:index]:
            yield Finding((*path, index), value, "is given twice", "each value once")


def _interval(name: str, row: Hyperparameter | None, asked: ContinuousRange | IntegerRange) -> Iterator[Finding]:
    """The limits are the hyperparameter's, in order, and fit the scaling."""
    path = (*RANGES, name)
    if row is not None and (fault := _other_type(row, asked.type)):
        allowed = {Kind.INTEGER: "integer, or categorical", Kind.NUMBER: "continuous, or categorical"}
        yield Finding((*path, "type"), asked.type, fault, allowed.get(row.kind, "categorical"))
        return
    for key, limit in (("min", asked.min), ("max", asked.max)):
        if row is not None and not row.accepts(limit):
            yield Finding((*path, key), limit, "is not allowed", row.allowed)
    if asked.min >= asked.max:
        same = f"is not below max, {asked.max:g}"
        yield Finding((*path, "min"), asked.min, same, "a smaller min; for one value, train.hyperparameters")
    else:
        yield from _scaling(path, asked)


def _other_type(row: Hyperparameter, type_: str) -> str | None:
    """Say why a hyperparameter has no range of this type; None if it has."""
    match row.kind:
        case Kind.INTEGER:
            return f"is not for {row.name}, a whole number" if type_ == "continuous" else None
        case Kind.NUMBER:
            return f"is not for {row.name}, a number" if type_ == "integer" else None
        case Kind.WORD | Kind.WORDS | Kind.TEXT:
            return f"is not for {row.name}, a word"


def _scaling(path: Path, asked: ContinuousRange | IntegerRange) -> Iterator[Finding]:
    """A range that is searched by its logarithm has one."""
    if asked.scaling_type == "Logarithmic" and asked.min <= 0:
        fault = "has no logarithm"
        yield Finding((*path, "min"), asked.min, fault, "above 0 with Logarithmic scaling, such as 0.001, or Linear")
    elif asked.scaling_type == "ReverseLogarithmic" and asked.type == "integer":
        fault = "is for continuous ranges"
        yield Finding((*path, "scaling_type"), asked.scaling_type, fault, "Auto, Linear or Logarithmic")
    elif asked.scaling_type == "ReverseLogarithmic" and not (asked.min >= 0 and asked.max < 1):
        key, limit = ("min", asked.min) if asked.min < 0 else ("max", asked.max)
        fault = "is outside of what ReverseLogarithmic scaling takes"
        yield Finding((*path, key), limit, fault, "from 0 to below 1, such as 0.999, or Linear")
