"""Finding the frozen columns in a later file: by name, in any order; a difference is refused and named."""

from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches

from yardmaster.errors import RefusedError
from yardmaster.intake.columns import Columns
from yardmaster.intake.refusals import listed, quoted, refused
from yardmaster.intake.table import Table


def match(table: Table, columns: Columns) -> tuple[int, ...]:
    """Return where each frozen column stands in a file: its position there, in the frozen order.

    Raises:
        RefusedError: Columns were added, are missing or twice there; without a header, the count differs.
    """
    if columns.header:
        refuse_repeated(table)
        return match_names(table.names, columns.names, table.name, "the first release's")
    if table.width != len(columns.columns):
        problem = f"{table.width} columns instead of the {len(columns.columns)} of the first release"
        raise refused(problem, file=table.name)
    return tuple(range(table.width))


def match_names(names: Sequence[str], wanted: Sequence[str], file: str, whose: str) -> tuple[int, ...]:
    """Return the position of each wanted column among the names of a header.

    Args:
        names: The header.
        wanted: The columns that must be there.
        file: What messages call the file.
        whose: What messages call the wanted columns: "the first release's".

    Raises:
        RefusedError: Columns were added or are missing. If no name is known at all, line 1 may be data, and none of
            it is told.
    """
    places = {name: position for position, name in enumerate(names)}
    if places.keys().isdisjoint(wanted):
        raise refused(f"none of {whose} columns is named here: is the header missing?", file=file, line=1)
    added = [name for name in names if name not in set(wanted)]
    missing = [name for name in wanted if name not in places]
    if added or missing:
        parts = (("added", added), ("missing", missing))
        difference = "; ".join(f"{what}: {listed(found)}" for what, found in parts if found)
        raise refused(f"the columns differ from {whose}: {difference}", file=file)
    return tuple(places[name] for name in wanted)


def refuse_repeated(table: Table) -> None:
    """Refuse a header in which a name is twice there, spaces around it apart.

    Raises:
        RefusedError: With the names.
    """
    repeated = [name for name, count in Counter(table.names).items() if count > 1]
    if repeated and table.header:
        raise refused(f"the header has {listed(repeated)} more than once: rename one of them", file=table.name, line=1)


def find(column: str | int, names: Sequence[str], key: str, *, tell: bool) -> int:
    """Return the position of a column that the spec names.

    Args:
        column: Its name, or its position counted from 0; negative ones count from the end.
        names: The columns' names.
        key: The spec's key, for the message.
        tell: Whether the names are surely those of a header, so that the message may list them.

    Raises:
        RefusedError: There is no such column.
    """
    if isinstance(column, int):
        if -len(names) <= column < len(names):
            return column % len(names)
        raise RefusedError(
            f"{key}: {column} is no column's position; the file has {len(names)} columns, counted from 0"
        )
    if column.strip() in names:
        return list(names).index(column.strip())
    raise RefusedError(f"{key}: the file has no column {quoted(column)}{_there(column, names) if tell else ''}")


def _there(column: str, names: Sequence[str]) -> str:
    """Say which columns there are, and which of them may be meant."""
    folded = {name.casefold(): name for name in reversed(names)}
    near = get_close_matches(column.strip().casefold(), folded, n=1, cutoff=0.75)
    meant = f"; did you mean {quoted(folded[near[0]])}?" if near else ";"
    return f"{meant} the header has {listed(names)}"
