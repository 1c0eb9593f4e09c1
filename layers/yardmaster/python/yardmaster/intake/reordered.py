"""Encoded rows for a model that takes other columns of them, or in another order: the same rows, in the same order."""

from collections.abc import Iterable, Iterator, Sequence

from yardmaster.errors import MeasurementError


def reordered(blocks: Iterable[bytes], positions: Sequence[int], features: int, file: str) -> Iterator[bytes]:
    """Yield rows with their label and the chosen features.

    Args:
        blocks: A test channel's object in pieces of any size: the label, then the features; numbers only.
        positions: The features to keep, counted from 0, in the order in which the model takes them.
        features: How many the rows have.
        file: What the message calls the object.

    Raises:
        MeasurementError: A row has another number of cells.
    """
    kept = (0, *(position + 1 for position in positions))
    rest = b""
    for block in blocks:
        whole, newline, rest = (rest + block).rpartition(b"\n")
        if newline:
            yield _lines(whole, kept, features + 1, file)
    if rest:
        yield _lines(rest, kept, features + 1, file)


def _lines(text: bytes, kept: Sequence[int], width: int, file: str) -> bytes:
    """Return the lines with the kept cells, each with its end."""
    found = []
    for line in text.split(b"\n"):
        cells = line.split(b",")
        if len(cells) != width:
            raise MeasurementError(f"{file}: a row has {len(cells)} cells, and its columns.json makes {width}")
        found.append(b",".join([cells[at] for at in kept]) + b"\n")
    return b"".join(found)
