"""`yardmaster releases`, `yardmaster why` and `yardmaster watch`: reading."""

import json
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.table import Table

from yardmaster.cli.follow import Terminal, progress_lines
from yardmaster.cli.format import history_lines, releases_table, summary
from yardmaster.cli.stack import Stack
from yardmaster.records import Endpoint, Release
from yardmaster.rules import resting
from yardmaster.rules.stages import ENDED
from yardmaster.rules.why import why

WATCHED = 5
"""How many releases of each model the live view shows."""


def read_releases(stack: Stack, model: str | None, limit: int) -> list[Release]:
    """Return the newest releases of one model or of each, the newest first.

    Raises:
        UsageError: The stack has no such model.
    """
    models = [stack.model(model)] if model else stack.table.all_models()
    found = [release for one in models for release in islice(stack.table.releases_of(one.name), limit)]
    return sorted(found, key=lambda release: (-release.created_at, release.model, -release.number))


def list_releases(stack: Stack, terminal: Terminal, model: str | None, *, limit: int, as_json: bool) -> int:
    """Print the releases as a table, or as JSON with their history; return the exit code."""
    found = read_releases(stack, model, limit)[:limit]
    rows, now = stack.table.all_endpoints(), terminal.clock() + stack.clock.ahead
    if as_json:
        ends = [resting.summary(row, _idle(stack, row), now) if row else None for row in _endpoints(found, rows)]
        terminal.say(json.dumps([summary(one, end) for one, end in zip(found, ends, strict=True)], indent=2))
    elif not found:
        terminal.say("no releases yet: `yardmaster drop FILE --model MODEL`")
    else:
        terminal.out.print(releases_table(found, rows, now))
        asleep = {row.name: row for row in _endpoints(found, rows) if row is not None and row.state}
        for row in asleep.values():
            terminal.say(f"{resting.sentence(row, _idle(stack, row), now)}.")
    return 0


def explain_release(stack: Stack, terminal: Terminal, model: str, number: int | None) -> int:
    """Print where a release stands, in a sentence, and how it got there; return the exit code.

    Raises:
        UsageError: There is no such release.
    """
    release = stack.release(model, number)
    now = terminal.clock() + stack.clock.ahead
    terminal.say(why(release, now))
    row = resting.endpoint_of(release, stack.table.all_endpoints())
    if row is not None and row.state:
        terminal.say(f"{resting.sentence(row, _idle(stack, row), now)}.")
    terminal.say("\n".join(["", *history_lines(release)]))
    return 0


def watch(stack: Stack, terminal: Terminal, model: str | None, *, until_end: bool) -> int:
    """Follow releases until Ctrl-C, or until all have ended; return the exit code.

    A terminal gets a live table; a pipe gets a line for each step.

    Raises:
        UsageError: The stack has no such model.
    """
    if not terminal.out.is_terminal:
        return _watch_lines(stack, terminal, model, until_end=until_end)
    with Live(console=terminal.out, auto_refresh=False) as live:
        for _ in terminal.looks():
            found = read_releases(stack, model, WATCHED)
            live.update(Group(_table(stack, terminal, found), "Ctrl-C ends the view, not the releases."), refresh=True)
            if until_end and _all_ended(found):
                break
    return 0


def _watch_lines(stack: Stack, terminal: Terminal, model: str | None, *, until_end: bool) -> int:
    told: set[str] = set()
    for _ in terminal.looks():
        found = read_releases(stack, model, WATCHED)
        for release in reversed(found):
            for line in progress_lines(release):
                if line not in told:
                    told.add(line)
                    terminal.say(line)
        if until_end and _all_ended(found):
            break
    return 0


def _all_ended(releases: Sequence[Release]) -> bool:
    return bool(releases) and all(release.stage in ENDED for release in releases)


def _endpoints(releases: Sequence[Release], rows: list[Endpoint]) -> list[Endpoint | None]:
    return [resting.endpoint_of(release, rows) for release in releases]


def _idle(stack: Stack, row: Endpoint) -> Mapping[str, Any]:
    """Return what the spec in force says of the endpoint's rest."""
    model = stack.table.get_model(row.model) if row.state and row.model else None
    return model.idle if model else {}


def _table(stack: Stack, terminal: Terminal, releases: Sequence[Release]) -> Table:
    return releases_table(releases, stack.table.all_endpoints(), terminal.clock() + stack.clock.ahead)
