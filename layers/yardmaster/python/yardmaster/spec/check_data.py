"""The combinations of the `data` section that can't be, and what the algorithm's data can't have."""

from collections.abc import Iterator

from yardmaster.records import Problem
from yardmaster.spec.base import Column
from yardmaster.spec.data import DataSpec
from yardmaster.spec.findings import Finding
from yardmaster.spec.of_algorithm import content_type_of, is_encoded
from yardmaster.spec.problems import words
from yardmaster.spec.profile import Profile
from yardmaster.spec.schema import Spec
from yardmaster.spec.source import Path

_OF_COLUMNS = ("label", "positive", "id", "drop", "categorical", "missing", "delimiter", "header", "dates")
"""The keys that speak of columns."""
_UNLABELLED = frozenset({Problem.CLUSTERING, Problem.NONE})


def check_data(spec: Spec, profile: Profile) -> Iterator[Finding]:
    """Yield what can't be: no label, a column with two roles, shares that don't sum to 1, columns of pictures."""
    yield from _content_type(spec, profile)
    if is_encoded(spec):
        yield from _label(spec, profile)
        yield from _missing(spec.data, profile)
    else:
        yield from _as_it_is(spec, profile)
        yield from _history(spec)
    yield from _roles(spec.data)
    yield from _parts(spec.data)
    yield from _names_without_header(spec.data)
    yield from _shares(spec.data)


def _content_type(spec: Spec, profile: Profile) -> Iterator[Finding]:
    """It is one that the algorithm reads, and stated if there is no telling."""
    path, data = ("data", "content_type"), spec.data
    if "content_type" in data.model_fields_set:
        if data.content_type not in profile.content_types:
            yield Finding(path, data.content_type, f"is not read by {profile.name}", words(profile.content_types))
    elif not profile.tabular and len(profile.content_types) > 1:
        yield Finding(path, None, f"missing, and {profile.name} reads several", words(profile.content_types))


def _label(spec: Spec, profile: Profile) -> Iterator[Finding]:
    """An algorithm learns from a label, or without one; one's own as the problem says."""
    path, label = ("data", "label"), spec.data.label
    labelled = profile.labelled and (profile.problems != () or spec.evaluate.problem not in _UNLABELLED)
    if labelled and label is None:
        yield Finding(path, None, "missing", "the column to predict, by its name in the header")
    if not labelled and label is not None:
        fault = f"can't be: {profile.name} learns without a label"
        yield Finding(path, label, fault, "write the column into data.drop, or leave it out to learn from it")
    if not profile.labelled and spec.data.positive is not None:
        fault = f"can't be: {profile.name} learns without a label"
        yield Finding(("data", "positive"), spec.data.positive, fault, "leave it out")


def _missing(data: DataSpec, profile: Profile) -> Iterator[Finding]:
    """Empty cells are kept where the algorithm takes them."""
    if "missing" in data.model_fields_set and data.missing == "keep" and not profile.takes_missing:
        fault = f"is not for {profile.name}, which takes no empty cells"
        yield Finding(("data", "missing"), data.missing, fault, "drop_rows or refuse")


def _as_it_is(spec: Spec, profile: Profile) -> Iterator[Finding]:
    """What goes to the algorithm as it is has no columns for us, and nobody splits it."""
    given = spec.data.model_fields_set
    why = f"is for tables, and {content_type_of(spec)} goes to {profile.name} as it is"
    for key in _OF_COLUMNS:
        if key in given:
            value = getattr(spec.data, key)
            shown = "a value" if isinstance(value, tuple | dict) else value
            yield Finding(("data", key), shown, why, "leave it out")
    if "split" in given:
        folders = words([f"{folder}/" for folder in profile.folders], "and")
        allowed = f"leave it out, and drop folders that are split already: {folders}"
        yield Finding(("data", "split"), "a mapping", why, allowed)


def _history(spec: Spec) -> Iterator[Finding]:
    """Drops are put together row by row."""
    if spec.data.history != "this_drop":
        fault = f"is for tables: {content_type_of(spec)} goes to the job as it is"
        yield Finding(("data", "history"), "another value", fault, "this_drop, or all in one folder")


def _roles(data: DataSpec) -> Iterator[Finding]:
    """A column is the label, or an id, or dropped, or categorical, or a date; never two of these."""
    taken: dict[Column, str] = {} if data.label is None else {data.label: "data.label"}
    listed = {"id": data.id, "drop": data.drop, "categorical": () if data.categorical == "auto" else data.categorical}
    for role, columns in listed.items():
        for index, column in enumerate(columns):
            if column in taken:
                yield Finding(("data", role, index), column, f"is {taken[column]} already", "one role for each column")
            taken.setdefault(column, f"data.{role}")
    for column in data.dates:
        if column in taken:
            path = ("data", "dates", column)
            yield Finding(path, column, f"is {taken[column]} already", "one role for each column")
    if data.split.by is not None and data.split.by == data.label:
        allowed = "another column, such as the one that names a customer"
        yield Finding(("data", "split", "by"), data.split.by, "is the label, which can't decide the channel", allowed)


def _parts(data: DataSpec) -> Iterator[Finding]:
    """Each part of a date is one feature."""
    for column, parts in data.dates.items():
        for index, part in enumerate(parts):
            if part in parts[:index]:
                yield Finding(("data", "dates", column, index), part, "is listed twice", "each part once")


def _names_without_header(data: DataSpec) -> Iterator[Finding]:
    """Without a header no column has a name."""
    if data.header is not False:
        return
    for path, column in _columns(data):
        if isinstance(column, str):
            allowed = "the column's position, counted from 0"
            yield Finding(path, column, "is a name, and with header: false no column has one", allowed)


def _columns(data: DataSpec) -> Iterator[tuple[Path, Column]]:
    """Yield every column that the section names."""
    single = {("data", "label"): data.label, ("data", "split", "by"): data.split.by}
    for path, column in single.items():
        if column is not None:
            yield path, column
    several = {"id": data.id, "drop": data.drop, "categorical": () if data.categorical == "auto" else data.categorical}
    for role, columns in several.items():
        yield from ((("data", role, index), column) for index, column in enumerate(columns))
    # In YAML a key is text: a position, too.
    yield from ((("data", "dates", key), int(key) if key.isdecimal() else key) for key in data.dates)


def _shares(data: DataSpec) -> Iterator[Finding]:
    """Every row goes to one channel."""
    split = data.split
    total = split.train + split.validation + split.test
    if abs(total - 1) > 1e-6:
        value = f"train {split.train:g} + validation {split.validation:g} + test {split.test:g} = {total:g}"
        yield Finding(("data", "split"), value, "is not 1", "three shares that sum to 1")
