"""`make bench`: run the benchmarks beside this file, then print one table of goals and measurements.

    python -m benchmarks [--full] [--record] [split metrics …]

Each benchmark is a script that prints one JSON object: `goals` as `benchmarks.goals.measured` makes them, perhaps
`notes` (sentences for below the table), and its details. All of it is kept in `.local/bench/latest.json`; `--record`
writes the table into docs/performance.md as well.

The exit code is 1 if a script failed. A goal that is missed is told, and changes nothing: on another machine, or on one
that has other things to do, figures are not failures.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.goals import GOALS

HERE = Path(__file__).parent
LATEST = Path(".local/bench/latest.json")
RECORD = Path("docs/performance.md")
BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"
"""Between these lines of the record is the table of the last recorded run."""
ALL = ("cold_start", "split", "metrics", "idle_sweep", "calls", "demo", "judge", "gate")
"""In the order of the goals; `gate` has no goal, and figures of its own. `tuning` is run by its name."""
TOGETHER = (("cold_start", "gate"), ("split",), ("idle_sweep",), ("calls",), ("judge", "metrics"), ("demo",))
"""In the quick form, two of a group run at a time, where that distorts nothing: shares, and goals that are far away.
While cold_start builds, gate comes to its end. The full form runs one after the other."""
PATIENCE = 240.0
"""Seconds that a benchmark may take in its quick form: one that hangs must not hide the others."""
PATIENCE_FULL = 7200.0
WIDTH = 150
"""Columns where the output is no terminal."""


@dataclass
class Found:
    """What the benchmarks printed, by name; why others failed; how many seconds each took."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def goals(self) -> list[dict[str, Any]]:
        """All measurements."""
        return [goal for answer in self.answers.values() for goal in answer.get("goals", [])]


class BenchmarkError(Exception):
    """A benchmark did not answer; the message says how it ended. What it said itself is on standard error."""


def main() -> int:
    """Run the named benchmarks, or all; return the exit code: 1 if one of them failed."""
    options = _parser().parse_args()
    names = options.names or list(ALL)
    found = Found()
    began = time.monotonic()
    for group in groups(names, full=options.full):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda name: note(name, found, full=options.full), group))
    _keep(found, full=options.full)
    _show(found, names, time.monotonic() - began)
    if options.record:
        text = RECORD.read_text(encoding="utf-8")
        RECORD.write_text(recorded(text, rows(found.goals, names, found.failed), datetime.now(UTC)), encoding="utf-8")
    return 1 if found.failed else 0


def groups(names: Iterable[str], *, full: bool) -> list[list[str]]:
    """Return the benchmarks in groups, one group after the other; of a group, two run at a time."""
    names = list(names)
    if full:
        return [[name] for name in names]
    known = [[name for name in group if name in names] for group in TOGETHER]
    return [*known, [name for name in names if not any(name in group for group in known)]]


def note(name: str, found: Found, *, full: bool) -> None:
    """Run one benchmark, and note what it printed or why it failed."""
    print(f"running {name}", file=sys.stderr, flush=True)
    began = time.monotonic()
    try:
        found.answers[name] = run(name, full=full)
    except BenchmarkError as error:
        found.failed[name] = str(error)
    found.seconds[name] = round(time.monotonic() - began, 1)


def run(name: str, *, full: bool) -> dict[str, Any]:
    """Run one benchmark; return the JSON object that it prints.

    Raises:
        BenchmarkError: There is none of this name, it failed, takes too long, or printed something else.
    """
    if not (HERE / f"{name}.py").is_file():
        raise BenchmarkError(f"there is no benchmarks/{name}.py")
    command = [sys.executable, "-m", f"benchmarks.{name}", *(["--full"] if full else [])]
    try:
        done = subprocess.run(
            command,
            cwd=HERE.parent,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            timeout=PATIENCE_FULL if full else PATIENCE,
        )
        answer = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        raise BenchmarkError(f"exit code {error.returncode}") from error
    except subprocess.TimeoutExpired as error:
        raise BenchmarkError(f"no answer after {error.timeout:g} s") from error
    except json.JSONDecodeError as error:
        raise BenchmarkError(f"its output is not JSON: {error}") from error
    if not isinstance(answer, dict):
        raise BenchmarkError("its output is not a JSON object")
    return answer


def rows(goals: Iterable[dict[str, Any]], names: Iterable[str], failed: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Yield the table's rows: what was measured, and of the rest why it was not.

    Args:
        goals: As the benchmarks printed them.
        names: The benchmarks that were asked for; goals of others are left out.
        failed: Those of them that did not answer.
    """
    by_name: dict[str, list[dict[str, Any]]] = {}
    for one in goals:
        by_name.setdefault(one["name"], []).append(one)
    asked, failed = set(names), set(failed)
    for name, goal in GOALS.items():
        benchmark = name.partition(".")[0]
        head = (goal.id, goal.what, f"{goal.text} {goal.unit}")
        if name in by_name:
            for one in by_name[name]:
                yield one["id"], one["what"], f"{one['goal']} {one['unit']}", figure(one), one["peer"], verdict(one)
        elif benchmark in failed:
            yield *head, "failed", goal.peer, "?"
        elif benchmark in asked:
            yield *head, "not measured", goal.peer, "?"


def recorded(text: str, shown: Iterable[tuple[str, ...]], at: datetime) -> str:
    """Return a Markdown text with these rows between its two marks, and when and where they were measured."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    where = f"{os.cpu_count()} processors, Python {platform.python_version()}, {platform.system()}"
    lines = [
        f"Measured on {at:%Y-%m-%d}: {where}.",
        "",
        "| | what | goal | measured | others | |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {' | '.join(row)} |" for row in shown]
    return before + BEGIN + "\n".join(lines) + "\n" + END + after


def figure(goal: dict[str, Any]) -> str:
    """Return a measurement as people read it: `41.2`, `0.00021`."""
    return f"{goal['measured']:.3g}" if isinstance(goal["measured"], float) else str(goal["measured"])


def verdict(goal: dict[str, Any]) -> str:
    """Return whether a goal was met, in a word."""
    return "met" if goal["met"] else "NOT MET"


def _show(found: Found, names: list[str], seconds: float) -> None:
    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False)
    table = Table("", "what", "goal", "measured", "others", "", title="benchmarks", title_justify="left")
    for row in rows(found.goals, names, found.failed):
        table.add_row(*row, style=None if row[-1] == "met" else "red")
    if table.row_count:
        console.print(table)
    for name, answer in found.answers.items():
        for note in answer.get("notes", []):
            console.print(f"{name}: {note}", markup=False)
    for name, why in found.failed.items():
        console.print(f"{name} FAILED: {why}", style="red", markup=False)
    console.print(f"All figures: {LATEST} ({seconds:.0f} s)", markup=False)


def _keep(found: Found, *, full: bool) -> None:
    kept = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "full": full,
        "machine": {
            "python": platform.python_version(),
            "system": platform.platform(),
            "processors": os.cpu_count(),
        },
        "goals": found.goals,
        "failed": found.failed,
        "seconds": found.seconds,
        "benchmarks": found.answers,
    }
    LATEST.parent.mkdir(parents=True, exist_ok=True)
    LATEST.write_text(json.dumps(kept, indent=1) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="benchmarks", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="name", help=f"some of: {', '.join(ALL)}")
    parser.add_argument("--record", action="store_true", help=f"write the table into {RECORD} too")
    parser.add_argument("--full", action="store_true", help="5 GB through the split, 10 million rows of scores, …")
    return parser


if __name__ == "__main__":
    sys.exit(main())
