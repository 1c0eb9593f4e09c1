"""Drops in memory, for the intake's tests."""

from collections.abc import Iterator
from typing import Any

from yardmaster.intake.columns import Columns
from yardmaster.intake.counts import SplitResult
from yardmaster.intake.learn import learn
from yardmaster.intake.source import SourceFile
from yardmaster.intake.split import SplitPlan, split
from yardmaster.spec.data import DataSpec

FRACTIONS = {"train": 0.7, "validation": 0.15, "test": 0.15}


def file(content: bytes | str, name: str = "jan.csv", chunk: int = 262144) -> SourceFile:
    """Return a file that is read in pieces of `chunk` bytes."""
    data = content.encode() if isinstance(content, str) else content

    def chunks() -> Iterator[bytes]:
        for at in range(0, len(data), chunk):
            yield data[at : at + chunk]

    return SourceFile(name, chunks, len(data))


def data(**keys: Any) -> DataSpec:
    return DataSpec.model_validate({"label": "y", **keys})


def columns_of(content: bytes | str, problem: str | None = None, **keys: Any) -> Columns:
    return learn([file(content)], data(**keys), problem)


def many(header: str = "x,y", rows: int = 200, row: str = "{n},{label}") -> str:
    """Return a CSV with two classes, large enough for the split."""
    lines = (row.format(n=n, label=n % 2) for n in range(rows))
    return "\n".join((header, *lines)) + "\n" if header else "\n".join(lines) + "\n"


class Sink(bytearray):
    def write(self, block: bytes) -> None:
        self += block


class Sinks(dict[str, Sink]):
    """The three channels, in memory."""

    def __init__(self) -> None:
        super().__init__({name: Sink() for name in FRACTIONS})

    def rows(self, name: str) -> set[bytes]:
        return set(bytes(self[name]).splitlines())

    @property
    def all_rows(self) -> list[bytes]:
        return sorted(line for sink in self.values() for line in bytes(sink).splitlines())


def split_text(
    content: bytes | str, columns: Columns, *, salt: str = "salt", by: str | int | None = None, **keys: Any
) -> tuple[SplitResult, Sinks]:
    sinks = Sinks()
    return split([file(content, **keys)], columns, SplitPlan(salt, FRACTIONS, by), sinks), sinks
