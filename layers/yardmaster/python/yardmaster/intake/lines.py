"""The fast way for blocks of plain numbers: lines are cut into label and features, and checked all together."""

from dataclasses import dataclass
from operator import itemgetter

from yardmaster.intake.plain import are_plain

Parts = tuple[list[bytes], list[bytes]]
"""The label of each line (none without labels), and its features with commas between them."""


@dataclass(frozen=True)
class Cutter:
    """Knows where a file's lines have their label and their features; other columns are left out.

    Attributes:
        separator: The byte between cells.
        width: Cells per line.
        label: The label's position in the file; None without a label.
        features: Those of the features, in the order of the output.
        gaps: Whether features may be missing.
    """

    separator: bytes
    width: int
    label: int | None
    features: tuple[int, ...]
    gaps: bool

    def cut(self, lines: bytes) -> Parts | None:
        """Cut whole lines without quotes; None if they must be looked at by column.

        That is so if any has another width, or a feature that is no plain number. Labels are not looked at.
        """
        parts = self._at_the_end(lines) if self._is_simple else self._anywhere(lines)
        if parts is None:
            return None
        labels, features = parts
        rows = b"\n".join((*features, b""))
        separator = self.separator if self._is_simple else b","
        if not are_plain(rows, separator, len(self.features)) or not (self.gaps or _is_full(rows, separator)):
            return None
        return labels, features if separator == b"," else rows.replace(separator, b",").splitlines()

    @property
    def _is_simple(self) -> bool:
        """Whether only the label moves, from one end of the line; of two cells a missing one would not be seen."""
        others = tuple(position for position in range(self.width) if position != self.label)
        return self.features == others and self.label in (None, 0, self.width - 1) and self.width > 2

    def _at_the_end(self, lines: bytes) -> Parts:
        """Cut off the first or the last cell, if it is the label."""
        if self.label is None:
            return [], lines.splitlines()
        if self.label:
            parts = [line.rpartition(self.separator) for line in lines.splitlines()]
            return [label for _, _, label in parts], [rest for rest, _, _ in parts]
        parts = [line.partition(self.separator) for line in lines.splitlines()]
        return [label for label, _, _ in parts], [rest for _, _, rest in parts]

    def _anywhere(self, lines: bytes) -> Parts | None:
        """Cut all cells apart."""
        rows = [line.split(self.separator) for line in lines.splitlines()]
        if set(map(len, rows)) != {self.width}:
            return None
        labels = [] if self.label is None else [row[self.label] for row in rows]
        if len(self.features) == 1:
            return labels, list(map(itemgetter(*self.features), rows))
        return labels, list(map(b",".join, map(itemgetter(*self.features), rows)))


def _is_full(rows: bytes, separator: bytes) -> bool:
    """Tell whether no cell of some whole lines is empty."""
    return separator * 2 not in separator + rows.replace(b"\n", separator)
