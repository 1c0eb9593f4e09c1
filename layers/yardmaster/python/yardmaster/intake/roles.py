"""What the spec says each column is for, before any row is read."""

from typing import Literal

from yardmaster.errors import RefusedError
from yardmaster.intake.columns import Role
from yardmaster.intake.dialect import looks_like_header
from yardmaster.intake.match import find
from yardmaster.intake.refusals import quoted, refused
from yardmaster.intake.table import Table
from yardmaster.spec.data import DataSpec

Assigned = Role | Literal["auto"]


def assign(table: Table, data: DataSpec, *, labelled: bool = True) -> tuple[Assigned, ...]:
    """Return each column's role; `auto` where the values decide.

    Args:
        table: The first file.
        data: The spec's part.
        labelled: Whether the algorithm learns from a label, which the spec must name then.

    Raises:
        RefusedError: The spec names a column that is not there, or one column twice for different things.
    """
    roles: list[Assigned] = ["auto"] * table.width
    for role, key, column in _said(data, table, labelled):
        position = _find(column, table, key)
        if roles[position] not in ("auto", role):
            name = quoted(table.names[position])
            raise RefusedError(f"{key}: column {name} is named for something else too ({roles[position]})")
        roles[position] = role
    if all(role in (Role.LABEL, Role.ID, Role.DROP) for role in roles):
        raise refused("no column is left to learn from (data.id, data.drop)", file=table.name)
    return tuple(roles)


def _said(data: DataSpec, table: Table, labelled: bool) -> list[tuple[Role, str, str | int]]:
    """Return what the spec says: role, key and column."""
    if data.label is None and labelled:
        raise refused("data.label is required for CSV: which column is to be predicted?", file=table.name)
    categorical = () if data.categorical == "auto" else data.categorical
    return [
        *([] if data.label is None else [(Role.LABEL, "data.label", data.label)]),
        *((Role.ID, "data.id", column) for column in data.id),
        *((Role.DROP, "data.drop", column) for column in data.drop),
        *((Role.CATEGORICAL, "data.categorical", column) for column in categorical),
        *((Role.DATE, "data.dates", _column(key, table)) for key in data.dates),
    ]


def dates(table: Table, data: DataSpec) -> dict[int, tuple[str, ...]]:
    """Return what is learned from each column of dates, by its position.

    Raises:
        RefusedError: The spec names a column that is not there, or one twice.
    """
    found: dict[int, tuple[str, ...]] = {}
    for key, parts in data.dates.items():
        position = _find(_column(key, table), table, "data.dates")
        if position in found:
            raise RefusedError(f"data.dates: column {quoted(table.names[position])} is named twice")
        found[position] = parts
    return found


def _column(key: str, table: Table) -> str | int:
    """Return the column of a key of `data.dates`: in YAML a key is text, and `3` a position if no column's name."""
    is_position = key not in table.names and key.isascii() and key.removeprefix("-").isdigit()
    return int(key) if is_position else key


def _find(column: str | int, table: Table, key: str) -> int:
    """Return a column's position.

    Raises:
        RefusedError: There is none; the header is told only if it surely is one.
    """
    if isinstance(column, str) and not table.header and column not in table.names:
        raise refused(
            f"{key} is {quoted(column)}, but line 1 seems to hold data: put a header there, or write the column's "
            "position, counted from 0 (data.header: true if it is a header)",
            file=table.name,
        )
    return find(column, table.names, key, tell=table.header and looks_like_header(table.first))
