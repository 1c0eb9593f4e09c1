"""What is wrong with a spec, in words: the key, the value, what is allowed, and the line."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from yardmaster.errors import RefusedError

SHOWN = 20
"""How many problems a message lists; the rest is counted."""
WHOLE = "spec.yaml"
"""The key of a problem that concerns the file as a whole."""


@dataclass(frozen=True)
class SpecProblem:
    """One thing that is wrong.

    Attributes:
        key: The dotted key: `train.max_run`, `evaluate.gate[1].metric`; `spec.yaml` for the file as a whole.
        value: The value as it was written; None if a key is missing or the file is meant.
        allowed: What is allowed, in words; empty where the fault says it all.
        line: The line in the file, from 1, where known.
        fault: What is wrong, after the value: `is not allowed`, `unknown key; did you mean max_run?`.
    """

    key: str
    value: str | None
    allowed: str
    line: int | None = None
    fault: str = "is not allowed"

    def __str__(self) -> str:
        """Say it in one line: `train.max_run: soon is not allowed; allowed: a duration like 90s (line 7)`."""
        value = "" if self.value is None else f"{_seen(self.value)} "
        joint = "" if self.fault.endswith("?") else ";"
        allowed = f"{joint} allowed: {self.allowed}" if self.allowed else ""
        line = f" (line {self.line})" if self.line else ""
        return f"{self.key}: {value}{self.fault}{allowed}{line}"


class SpecError(RefusedError):
    """A spec can't be used; the message lists every problem, one per line."""

    def __init__(self, problems: Sequence[SpecProblem]) -> None:
        """Take all problems, in the order of the file."""
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"and {len(self.problems) - SHOWN} more")
        super().__init__("\n".join(lines))


def shorten(value: str) -> str:
    """Return a value for a message: one line, at most 60 characters."""
    text = " ".join(value.split())
    return text if len(text) <= 60 else text[:57] + "..."


def _seen(value: str) -> str:
    """Return a value so that its author sees it: in quotes if it is empty, or has spaces around it."""
    return shorten(value) if value and value == value.strip() else shorten(json.dumps(value, ensure_ascii=False))


def words(options: Sequence[object], joint: str = "or") -> str:
    """Join options as people do: `a, b or c`."""
    texts = [str(option) for option in options]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} {joint} {texts[-1]}"


def dotted(path: Sequence[str | int]) -> str:
    """Write a path as a key: `evaluate.gate[1].metric`."""
    key = ""
    for part in path:
        key += f"[{part}]" if isinstance(part, int) else f".{part}"
    return key.lstrip(".") or WHOLE
