"""One-hot encoding of a categorical column."""

from collections.abc import Sequence

from yardmaster.intake.cells import MISSING


class Category:
    """A category's codes: one cell per level; missing values and levels that are not known are all zeros."""

    def __init__(self, levels: Sequence[str]) -> None:
        """Take the levels in the order of their cells."""
        ones = ([b"1" if at == here else b"0" for at in range(len(levels))] for here in range(len(levels)))
        self._codes = {level.encode(): b",".join(cells) for level, cells in zip(levels, ones, strict=True)}
        self._zeros = b",".join([b"0"] * len(levels))
        self.known = False
        """Whether any cell was a level."""
        self.unknown = 0
        """How many cells were neither missing nor a level."""

    def encode(self, column: list[bytes]) -> list[bytes]:
        """Return the codes of some cells, each several output cells with commas between them."""
        table = {cell: self._code(cell, column) for cell in set(column)}
        return list(map(table.__getitem__, column))

    def _code(self, cell: bytes, column: list[bytes]) -> bytes:
        trimmed = cell.strip()
        if code := self._codes.get(trimmed):
            self.known = True
            return code
        if trimmed not in MISSING:
            self.unknown += column.count(cell)
        return self._zeros
