"""Waiting at a terminal: for a release to end, or for a command to take effect."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.console import Console

from yardmaster.aws.table import ReleaseTable
from yardmaster.records import Release, Stage
from yardmaster.rules.stages import ENDED

LOOK_EVERY = 1.0
"""Seconds between two looks at the release table."""
_GOOD = frozenset({Stage.LIVE, Stage.REPLACED})


@dataclass(frozen=True)
class Terminal:
    """Where a command talks, and its time; tests give a clock of their own."""

    out: Console
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    def say(self, text: str) -> None:
        """Print text as it is, unwrapped: it may be piped."""
        self.out.print(text, markup=False, highlight=False, soft_wrap=True)

    def looks(self, seconds: float | None = None) -> Iterator[None]:
        """Yield now and then every second, until `seconds` have passed; for ever without."""
        end = None if seconds is None else self.clock() + seconds
        while True:
            yield
            if end is not None and self.clock() >= end:
                return
            self.sleep(LOOK_EVERY)


def follow(terminal: Terminal, table: ReleaseTable, release_id: str, seconds: float | None) -> int:
    """Print each step of a release until its end.

    Returns:
        The exit code: 0 if it went live, 1 if it ended otherwise or `seconds` passed.
    """
    told: set[str] = set()
    for _ in terminal.looks(seconds):
        release = table.get_release(release_id)
        if release is None:
            continue
        for line in progress_lines(release):
            if line not in told:
                told.add(line)
                terminal.say(line)
        if release.stage in ENDED:
            return 0 if release.stage in _GOOD else 1
    terminal.say(f"release {release_id} has not ended in time; it goes on: see `yardmaster watch`")
    return 1


def progress_lines(release: Release) -> list[str]:
    """Return what a follower should have read so far: a line per step, and what the release waits for now."""
    lines = [f"{release.title} {step.stage.value}: {step.reason}" for step in release.history]
    if (waiting := release.waiting_for) is not None:
        lines.append(f"{release.title} waits for {waiting.kind.value}: {waiting.subject or release.reason}")
    return lines
