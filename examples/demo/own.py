"""The demo with one's own file: two halves as two drops, and a spec guessed from its header."""

from pathlib import Path
from typing import Any

import yaml

from examples.demo.story import Act, Story, Tonight
from yardmaster.errors import RefusedError
from yardmaster.intake.keys import short_name
from yardmaster.intake.source import SourceFile
from yardmaster.intake.table import peek
from yardmaster.spec.proposed import propose

BLOCK = 1 << 20
TONIGHT = 1_000
"""How many rows, at most, are predicted at night."""
CANARY = {"min_requests": 60, "max_error_rate": 0.05}


def story(path: Path, label: str, folder: Path) -> Story:
    """Return the whole demo of a file; its halves are written below a folder.

    Raises:
        RefusedError: The file is no table, or has no such column.
    """
    return Story(model_name(path), spec(path, label), acts(path, folder), tonight(path))


def tonight(path: Path) -> Tonight:
    """Return the file's last rows, as they are: a label that they have is left aside."""
    header, body = _lines(path)
    last, cells = body[-TONIGHT:], len(peek(_source(path)).rows[0])
    name = f"last-{len(last)}{path.suffix or '.csv'}"
    return Tonight(name, f"the last {len(last):,} rows of {path.name}", b"".join([*header, *last]), cells)


def model_name(path: Path) -> str:
    """Return a model's name for a file."""
    return short_name(path.name)


def spec(path: Path, label: str) -> str:
    """Return a spec for a file and its label; what else it says is guessed from the file's beginning.

    Raises:
        RefusedError: The file is no table, or has no such column.
    """
    seen = peek(_source(path))
    if seen.header is not None and label not in seen.header:
        raise RefusedError(f"{path.name} has no column {label!r}; its header has {', '.join(seen.header)}")
    guess: dict[str, Any] = yaml.safe_load(propose(seen.header, seen.rows, seen.delimiter))
    data = guess["data"]
    if data.get("label") != label:
        data = {"label": int(label) if seen.header is None else label} | {
            key: [column for column in data.get(key, []) if column != label] for key in ("id", "drop")
        }
        guess = {"algorithm": "xgboost"}
    return yaml.safe_dump(guess | {"data": data, "deploy": {"canary": CANARY}}, sort_keys=False)


def acts(path: Path, folder: Path) -> list[Act]:
    """Cut a file into two halves below a folder, each with the header."""
    header, body = _lines(path)
    halves = (body[: len(body) // 2], body[len(body) // 2 :])
    found = []
    for number, half in enumerate(halves, start=1):
        target = folder / f"half-{number}{path.suffix or '.csv'}"
        target.write_bytes(b"".join([*header, *half]))
        found.append(Act(target, f"half {number} of {path.name}", "live"))
    return found


def _lines(path: Path) -> tuple[list[bytes], list[bytes]]:
    """Return a file's header, if it has one, and its other lines."""
    lines = path.read_bytes().splitlines(keepends=True)
    first = 0 if peek(_source(path)).header is None else 1
    return lines[:first], lines[first:]


def _source(path: Path) -> SourceFile:
    def blocks() -> Any:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                yield block

    return SourceFile(path.name, blocks, path.stat().st_size)
