"""What happens in the demo, act by act: a drop, and the stage that it should end in; at last the night."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Act:
    """One drop: its file, a line for the audience, and how it should end.

    With `killed`, the function that shifts its traffic gets `kill -9` between its first change of weights and its
    record.
    """

    file: Path
    title: str
    ends: str
    killed: bool = False


@dataclass(frozen=True)
class Tonight:
    """What is predicted at night: a file's name, a line for the audience, its rows, and how many cells each has."""

    name: str
    title: str
    rows: bytes
    cells: int


@dataclass(frozen=True)
class Story:
    """A whole demo; with `guest`, a model that was trained elsewhere comes after the acts."""

    model: str
    spec: str
    acts: list[Act]
    tonight: Tonight
    guest: bool = False
