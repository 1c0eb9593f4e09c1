"""One-hot encoding of a categorical column."""

from collections.abc import Sequence
from typing import Final

from yardmaster.intake.cells import MISSING

_KEPT: Final = 1000
"""How many spellings of cells are remembered with their codes."""


class Category(dict[bytes, bytes]):
    """A category's codes: one output cell per level; missing values and levels that are not known are all zeros.

    As a dictionary it holds the codes of the cells that were seen, spaces and all, so that most take one look-up.
    """

    def __init__(self, levels: Sequence[str]) -> None:
        """Take the levels in the order of their output cells."""
        super().__init__()
        ones = ([b"1" if at == here else b"0" for at in range(len(levels))] for here in range(len(levels)))
        self._codes = {level.encode(): b",".join(cells) for level, cells in zip(levels, ones, strict=True)}
        self._zeros = b",".join([b"0"] * len(levels))
        self.known = False
        """Whether any cell was a level."""
        self.unknown = 0
        """How many cells were neither missing nor a level."""

    def encode(self, column: list[bytes]) -> list[bytes]:
        """Return the codes of some cells, each several output cells with commas between them."""
        return list(map(self.__getitem__, column))

    def __missing__(self, cell: bytes) -> bytes:
        """Return the code of a cell that is not remembered; unknown levels never are, so that each is counted."""
        trimmed = cell.strip()
        code = self._codes.get(trimmed)
        if code is None and trimmed not in MISSING:
            self.unknown += 1
            return self._zeros
        self.known = self.known or code is not None
        if len(self) < _KEPT:
            self[cell] = code or self._zeros
        return code or self._zeros
