"""The first release's look at a column of dates."""

from yardmaster.intake.cells import BadCellError
from yardmaster.intake.dates import Dates
from yardmaster.intake.table import Batch


class DateProfile:
    """What a pass over a column of dates has found so far."""

    def __init__(self, parts: tuple[str, ...]) -> None:
        self.parts = parts
        self._dates = Dates(parts)
        self._said: set[str] = set()
        self._text: str | None = None

    def see(self, column: list[bytes], batch: Batch, file: str) -> None:
        """Take in some rows."""
        if self._text is not None:
            return
        try:
            codes = set(self._dates.encode(column))
        except BadCellError as error:
            self._text = f"{error} in {file}, line {batch.lines[error.index]:,}"
            return
        for code in codes:
            self._said.update(part for part, value in zip(self.parts, code.split(b","), strict=True) if value)

    @property
    def fault(self) -> str | None:
        """Why the column can't be used, or None."""
        if self._text is not None:
            return f"has {self._text}"
        silent = [part for part in self.parts if part not in self._said]
        if self._said and silent:
            return f"has no date that says its {' and '.join(silent)} (data.dates)"
        return None
