"""What happens in the demo, act by act: a drop, and the stage that it should end in."""

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
