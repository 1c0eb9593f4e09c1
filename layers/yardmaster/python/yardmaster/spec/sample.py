"""What the first rows of a file say about its columns: numbers, dates, names of rows, or a few classes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

MAX_LEVELS = 50
"""More levels than this are not one-hot encoded."""
_MISSING = frozenset({"", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "?"})
_NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_WHOLE = re.compile(r"[-+]?[0-9]+(\.0*)?")
_DATE = re.compile(r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})( .*)?")
_READABLE = re.compile(r"\d{4}([-/])\d{1,2}(\1\d{1,2}([T ](?P<time>\d\d:\d\d).*)?)?")
"""Of these the dates that `data.dates` reads."""
_TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_ID_TOKENS = frozenset({"id", "uuid", "guid", "identifier"})


@dataclass(frozen=True)
class ColumnSample:
    """One column in the first rows; `values` are its cells without spaces around them and without missing ones."""

    position: int
    name: str
    values: tuple[str, ...]

    @property
    def tokens(self) -> tuple[str, ...]:
        """The words of its name: `customerId` is customer and id."""
        return tuple(token.lower() for token in _TOKEN.findall(self.name))

    @property
    def classes(self) -> frozenset[str]:
        """Its different values."""
        return frozenset(self.values)

    @property
    def numeric(self) -> bool:
        """Whether all values are numbers."""
        return all(_NUMBER.fullmatch(value) for value in self.values)

    @property
    def whole(self) -> bool:
        """Whether all values are whole numbers."""
        return all(_WHOLE.fullmatch(value) for value in self.values)

    @property
    def unique(self) -> bool:
        """Whether no value comes twice, in enough rows to mean something."""
        return len(self.values) >= 10 and len(self.classes) == len(self.values)

    @property
    def is_date(self) -> bool:
        """Whether it holds dates or times."""
        return bool(self.values) and not self.numeric and all(_DATE.fullmatch(value) for value in self.values)

    @property
    def date_parts(self) -> tuple[str, ...]:
        """What may be learned from its dates; nothing if it has none that `data.dates` reads."""
        found = [_READABLE.fullmatch(value) for value in self.values] if self.is_date else []
        if not found or not all(found):
            return ()
        if not any(one[2] for one in found if one):
            return ("year", "month")
        has_time = any(one["time"] for one in found if one)
        return ("month", "day_of_week", *(("hour",) if has_time else ()))

    @property
    def is_id(self) -> bool:
        """Whether it names rows: by its name and many values, or as unique words or counted numbers."""
        named = bool(self.tokens) and (self.tokens[-1] in _ID_TOKENS or self.name.lower().endswith("id"))
        if named and (self.unique or (self.tokens[-1] in _ID_TOKENS and len(self.classes) > MAX_LEVELS)):
            return True
        if not self.unique:
            return False
        return self._counted if self.whole else not (self.numeric or any(" " in value for value in self.values))

    @property
    def _counted(self) -> bool:
        """Whether the values go up one by one."""
        numbers = [int(float(value)) for value in self.values]
        return numbers == list(range(numbers[0], numbers[0] + len(numbers)))

    @property
    def is_free_text(self) -> bool:
        """Whether it has too many levels to be learned from."""
        return not self.numeric and len(self.classes) > MAX_LEVELS


def sample_columns(header: Sequence[str] | None, rows: Sequence[Sequence[str]]) -> list[ColumnSample]:
    """Return the columns of the first rows; ragged rows count where they reach."""
    width = len(header) if header is not None else max((len(row) for row in rows), default=0)
    names = header if header is not None else [""] * width
    return [ColumnSample(i, names[i].strip(), _present(rows, i)) for i in range(width)]


def _present(rows: Sequence[Sequence[str]], position: int) -> tuple[str, ...]:
    """Return a column's values, without the missing ones."""
    cells = (row[position].strip() for row in rows if position < len(row))
    return tuple(cell for cell in cells if cell.lower() not in _MISSING)
