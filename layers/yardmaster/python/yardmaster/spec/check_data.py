"""The combinations of the `data` section that can't be."""

from collections.abc import Iterator

from yardmaster.spec.base import Column
from yardmaster.spec.data import DataSpec
from yardmaster.spec.findings import Finding
from yardmaster.spec.source import Path


def check_data(data: DataSpec) -> Iterator[Finding]:
    """Yield what can't be: no label, a column with two roles, a date's part twice, shares that don't sum to 1."""
    if data.label is None:
        yield Finding(("data", "label"), None, "missing", "the column to predict, by its name in the header")
    yield from _roles(data)
    yield from _parts(data)
    yield from _names_without_header(data)
    yield from _shares(data)


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
