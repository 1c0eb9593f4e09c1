"""What is in a drop's channels, and whether that is enough to train and to judge."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from yardmaster.errors import RefusedError
from yardmaster.intake.columns import Columns


@dataclass(frozen=True)
class ChannelCount:
    """One channel: its rows, its bytes, and for a classification the rows of each class, in the order of the codes."""

    rows: int
    bytes: int
    labels: tuple[int, ...] = ()


@dataclass(frozen=True)
class SplitResult:
    """A drop after the split.

    Attributes:
        channels: By name.
        dropped: Rows left out since a value is missing.
        unknown: Cells with a level that the first release had not, by column.
        digest: SHA-256 of the source's bytes (`source.Meter`).
    """

    channels: Mapping[str, ChannelCount]
    dropped: int = 0
    unknown: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""

    @property
    def rows(self) -> int:
        """The rows in all channels."""
        return sum(channel.rows for channel in self.channels.values())


def check_counts(result: SplitResult, columns: Columns) -> None:
    """Refuse channels that nothing can be learned from or judged on.

    Each channel needs a row. For a classification, train and test need two classes, of which a model has to tell one
    from the other. The validation channel may be missing.

    Raises:
        RefusedError: With the counts.
    """
    if not result.rows:
        dropped = f": {result.dropped:,} rows were left out since a value is missing" if result.dropped else ""
        raise RefusedError(f"there are no rows{dropped}")
    if columns.classes and sum(map(bool, _totals(result))) == 1:
        raise RefusedError(f"the label has one class only in all {result.rows:,} rows: there is nothing to learn")
    empty = [name for name, count in result.channels.items() if not count.rows]
    single = [
        name
        for name, count in result.channels.items()
        if columns.classes and name in ("train", "test") and sum(map(bool, count.labels)) < 2
    ]
    if empty or single:
        lacks = f"no row in {' and '.join(empty)}" if empty else f"only one class in {' and '.join(single)}"
        raise RefusedError(
            f"too few rows for the split, {lacks}: {_described(result, columns)} (equal rows go together; "
            "data.split.by names a column that tells rows apart)"
        )


def _totals(result: SplitResult) -> list[int]:
    """Return the rows of each class in all channels."""
    return [sum(counts) for counts in zip(*(channel.labels for channel in result.channels.values()), strict=True)]


def _described(result: SplitResult, columns: Columns) -> str:
    """Return the counts in words: `train 10 rows (8 + 2), …`."""
    parts = (
        f"{name} {count.rows:,} rows" + (f" ({' + '.join(map(str, count.labels))})" if columns.classes else "")
        for name, count in result.channels.items()
    )
    return ", ".join(parts) + (" by class" if columns.classes else "")


def summary(result: SplitResult) -> str:
    """Say what is in the channels, and what was left out: `train 700, validation 150, test 150 rows`."""
    text = ", ".join(f"{name} {channel.rows:,}" for name, channel in result.channels.items()) + " rows"
    if result.dropped:
        text += f"; {result.dropped:,} rows left out since a value is missing"
    if result.unknown:
        cells = ", ".join(f"{count:,} in {column}" for column, count in sorted(result.unknown.items()))
        text += f"; levels that the first release had not: {cells}"
    return text
