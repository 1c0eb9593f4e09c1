"""The columns of a model that was trained elsewhere, beside those of the rows that it is tested on.

A level is a cell's value, so differences name columns and count levels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from yardmaster.errors import RefusedError, UnknownSchemaError
from yardmaster.intake.columns import Columns, Role
from yardmaster.intake.refusals import quoted

MAX_BYTES: Final = 4 * 1024 * 1024
"""A columns.json is a few kilobytes; one of all levels that a column may have is below this."""


@dataclass(frozen=True)
class Fit:
    """How a model's features are found in rows that are encoded by other columns.

    Attributes:
        positions: Where each of the model's features stands among those of the rows, counted from 0.
        difference: What is not the same, in words; empty if the features are the same in the same order.
    """

    positions: tuple[int, ...]
    difference: str


def read(raw: bytes, file: str) -> Columns:
    """Read a columns.json that a person wrote.

    Args:
        raw: Its bytes.
        file: What messages call it.

    Raises:
        RefusedError: It is no columns.json; the message says why.
    """
    if len(raw) > MAX_BYTES:
        raise RefusedError(f"{file} has more than {MAX_BYTES // 1024**2} MiB, which no columns.json has")
    try:
        columns = Columns.from_json(raw)
    except KeyError as error:
        raise RefusedError(f"{file} lacks the key {error}; {_PATTERN}") from error
    except UnknownSchemaError as error:
        raise RefusedError(f"{file}: {error}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise RefusedError(f"{file} is no columns.json ({type(error).__name__}); {_PATTERN}") from error
    if fault := next(_faults(columns), None):
        raise RefusedError(f"{file}: {fault}; {_PATTERN}")
    return columns


_PATTERN = "take the one of a release as a pattern: <model>/releases/<release>/columns.json"


def _faults(columns: Columns) -> Iterator[str]:
    """Yield what can't be, though it was read."""
    texts = [*columns.names, *columns.classes, *(level for one in columns.columns for level in one.levels)]
    if not all(isinstance(text, str) for text in texts):
        yield "names, classes and levels are texts"
        return
    labels = [column.name for column in columns.columns if column.role is Role.LABEL]
    if len(labels) != 1:
        yield f"one column has the role label, and here {len(labels)} have"
    if len(set(columns.names)) < len(columns.names):
        yield "a column is there twice"
    if not columns.features:
        yield "there is no feature: no column that is numeric, or categorical with levels"


def fit(model: Columns, rows: Columns) -> Fit:
    """Find a model's features in rows that are encoded otherwise.

    Raises:
        RefusedError: The rows lack some of them, or the two are about different things.
    """
    if wrong := next(_other_subject(model, rows), None):
        raise RefusedError(wrong)
    places = {name: at for at, name in enumerate(rows.features)}
    lacking = [name for name in model.features if name not in places]
    if lacking:
        raise RefusedError(
            f"its features are not among the live release's: {difference(model, rows)}. Train it on the columns of "
            "the live release, or on some of them"
        )
    positions = tuple(places[name] for name in model.features)
    return Fit(positions, "" if model.features == rows.features else difference(model, rows))


def _other_subject(model: Columns, rows: Columns) -> Iterator[str]:
    """Yield what must agree and does not: problem, label, classes."""
    if model.problem is not rows.problem:
        yield f"its problem is {model.problem}, the live release's is {rows.problem}"
    if model.label != rows.label:
        yield f"its label is {_shown(model.label)}, the live release's is {_shown(rows.label)}"
    if model.classes != rows.classes:
        same = "in another order" if sorted(model.classes) == sorted(rows.classes) else "not the same"
        yield (
            f"its classes are {same}: {len(model.classes)} here, {len(rows.classes)} of the live release, whose "
            "columns.json has them in the order of their codes"
        )


def _shown(label: str | None) -> str:
    return "none" if label is None else quoted(label)


def difference(model: Columns, rows: Columns) -> str:
    """Say which features were added, are missing, or stand elsewhere, by column; levels are counted."""
    parts = {
        "added": _beyond(model, rows),
        "missing": _beyond(rows, model),
        "moved": _moved(model.features, rows.features, model),
    }
    return "; ".join(f"{what}: {', '.join(found)}" for what, found in parts.items() if found)


def _beyond(these: Columns, those: Columns) -> list[str]:
    """Return the features of these columns that the others lack, by column."""
    there = set(those.features)
    known = {column.name for column in those.columns if column.features}
    found = []
    for column in these.columns:
        beyond = [name for name in column.features if name not in there]
        if not beyond:
            continue
        of_levels = f" ({len(beyond)} of {len(column.features)} levels)" if column.name in known else ""
        found.append(f"{quoted(column.name)}{of_levels if column.role is Role.CATEGORICAL else ''}")
    return found


def _moved(ours: Sequence[str], theirs: Sequence[str], model: Columns) -> list[str]:
    """Return the columns whose features stand in another order among those that both have."""
    both = set(ours) & set(theirs)
    mine = [name for name in ours if name in both]
    yours = [name for name in theirs if name in both]
    out_of_place = {one for one, other in zip(mine, yours, strict=True) if one != other}
    return [quoted(column.name) for column in model.columns if out_of_place.intersection(column.features)]
