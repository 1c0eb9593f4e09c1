"""How a refusal says where: file, line and column; never a cell's value, since reasons travel by mail and events."""

from collections.abc import Sequence
from typing import Final

from yardmaster.errors import RefusedError

SHOWN: Final = 30
"""How many names a message lists."""
_NAME_LENGTH: Final = 60


def refused(problem: str, *, file: str, line: int | None = None, column: str | None = None) -> RefusedError:
    """Return a refusal that begins with its place: `jan.csv, line 17, column 'age': …`.

    Args:
        problem: What is wrong and what to do.
        file: The file's name.
        line: Counted from 1 as an editor does, header and blank lines included.
        column: The column's name.
    """
    place = file
    if line is not None:
        place += f", line {line:,}"
    if column is not None:
        place += f", column {quoted(column)}"
    return RefusedError(f"{place}: {problem}")


def quoted(name: str) -> str:
    """Return a column's name in quotes, printable, and cut if it is very long."""
    short = name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - 1] + "…"
    return "'" + "".join(c if c.isprintable() else "?" for c in short) + "'"


def listed(names: Sequence[str]) -> str:
    """Return names in quotes, with commas; of very many only the first."""
    shown = ", ".join(quoted(name) for name in names[:SHOWN])
    return shown if len(names) <= SHOWN else f"{shown} and {len(names) - SHOWN} more"
