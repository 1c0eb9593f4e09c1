"""Dates: a column of them becomes numbers, one for each part that the spec asks for.

A date is taken as it is written. An offset (`Z`, `+02:00`) is read over: the hour in the file is the hour that people
lived by, and what is learned from. What a date does not say is missing: the hour of a day, the day of a month.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from yardmaster.errors import YardmasterError
from yardmaster.intake.cells import MISSING, BadCellError, is_number

_KEPT: Final = 10_000
"""How many spellings of cells are remembered with their codes."""
_EPOCH: Final = date(1970, 1, 1).toordinal()
_WRITE: Final = "write 2024-01-31, or 2024-01-31 13:45"
_TIME: Final = rb"([01][0-9]|2[0-3]):([0-5][0-9])(?::(?:[0-5][0-9]|60)(?:[.,][0-9]+)?)?"
_OFFSET: Final = rb" ?(?:Z|[-+][0-9]{2}(?::?[0-9]{2})?)"
_DATE: Final = re.compile(
    rb"([0-9]{4})([-/])([0-9]{1,2})(?:\2([0-9]{1,2})(?:[T ]" + _TIME + rb"(?:" + _OFFSET + rb")?)?)?"
)


class WrongDateError(YardmasterError):
    """A trimmed cell that can't be read as a date; the message says why, and never what stands there."""

    def __init__(self, cell: bytes, problem: str) -> None:
        super().__init__(problem)
        self.cell = cell


@dataclass(frozen=True)
class Moment:
    """What a cell says: a day, or with `has_day` false a month of which `day` is the first; perhaps a time of day."""

    day: date
    has_day: bool
    hour: int | None
    minute: int | None


_PARTS: Final[Mapping[str, Callable[[Moment], int | None]]] = {
    "year": lambda at: at.day.year,
    "quarter": lambda at: (at.day.month + 2) // 3,
    "month": lambda at: at.day.month,
    "day": lambda at: at.day.day if at.has_day else None,
    "day_of_week": lambda at: at.day.weekday() if at.has_day else None,
    "day_of_year": lambda at: at.day.timetuple().tm_yday if at.has_day else None,
    "week": lambda at: at.day.isocalendar()[1] if at.has_day else None,
    "hour": lambda at: at.hour,
    "minute": lambda at: at.minute,
    "days": lambda at: at.day.toordinal() - _EPOCH if at.has_day else None,
}
"""Each part of a date as a number, None if the cell does not say it: `day_of_week` is 0 on Mondays, `week` is ISO's,
`days` counts from 1970-01-01."""


def read(cell: bytes) -> Moment:
    """Return what a trimmed cell says: `2024-01-31`, `2024/1/31`, `2024-01`, with a day also `T13:45:00Z` and the like.

    Raises:
        WrongDateError: It is another spelling, or there is no such day.
    """
    found = _DATE.fullmatch(cell)
    if found is None:
        what = "a number" if is_number(cell) else "text, or a date that does not begin with its year,"
        raise WrongDateError(cell, f"{what} instead of a date ({_WRITE})")
    year, _, month, day, hour, minute = found.groups()
    try:
        at = date(int(year), int(month), int(day or 1))
    except ValueError:
        raise WrongDateError(cell, "a date that is in no calendar") from None
    return Moment(at, day is not None, *(None if part is None else int(part) for part in (hour, minute)))


class Dates(dict[bytes, bytes]):
    """A column of dates: the numbers of its parts with commas between them, nothing for what is missing.

    As a dictionary it holds the codes of the cells that were seen, spaces and all, so that most take one look-up.
    """

    def __init__(self, parts: Sequence[str]) -> None:
        """Take the names of the parts in the order of their output cells."""
        super().__init__()
        self._parts = [_PARTS[name] for name in parts]
        self._nothing = b"," * (len(parts) - 1)

    def encode(self, column: list[bytes]) -> list[bytes]:
        """Return the codes of some cells, each as many output cells as there are parts.

        Raises:
            BadCellError: One is neither missing nor a date.
        """
        try:
            return list(map(self.__getitem__, column))
        except WrongDateError as error:
            index = next(index for index, cell in enumerate(column) if cell.strip() == error.cell)
            raise BadCellError(index, str(error)) from error

    def gaps(self, column: list[bytes]) -> list[int]:
        """Return the indices of readable cells that lack a part."""
        codes = {cell: self[cell] for cell in set(column)}
        lacking = {cell for cell, code in codes.items() if b"" in code.split(b",")}
        return [index for index, cell in enumerate(column) if cell in lacking] if lacking else []

    def __missing__(self, cell: bytes) -> bytes:
        """Return the code of a cell that is not remembered.

        Raises:
            WrongDateError: It is neither missing nor a date.
        """
        trimmed = cell.strip()
        code = self._nothing if trimmed in MISSING else self._code(read(trimmed))
        if len(self) < _KEPT:
            self[cell] = code
        return code

    def _code(self, at: Moment) -> bytes:
        return b",".join(b"" if (value := part(at)) is None else b"%d" % value for part in self._parts)
