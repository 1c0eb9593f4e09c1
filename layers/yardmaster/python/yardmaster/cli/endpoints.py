"""`yardmaster endpoints`, `yardmaster stop` and `yardmaster start`: endpoints that sleep."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from yardmaster.aws.bucket import MissingObjectError
from yardmaster.aws.clients import client
from yardmaster.aws.stack import caller
from yardmaster.cli.errors import UsageError
from yardmaster.cli.follow import Terminal
from yardmaster.cli.stack import Stack
from yardmaster.errors import RefusedError
from yardmaster.records import Endpoint
from yardmaster.rules import sleep
from yardmaster.rules.prices import Prices, parse_prices
from yardmaster.rules.why import spell_age

REPORT_WITHIN = 10.0
"""Seconds to wait for a command to take effect."""
_STYLES = {"stopped": "dim", "stopping": "yellow", "starting": "yellow"}


@dataclass(frozen=True)
class Line:
    """What is told of one endpoint; `asked` is until when requests are known, None if nobody looked."""

    row: Endpoint
    asked: float | None
    saves: str


def list_endpoints(stack: Stack, terminal: Terminal, *, as_json: bool) -> int:
    """Print the stack's endpoints: in service, stopped, or on their way; return the exit code."""
    looks, prices = stack.table.get_looks(), _prices(stack)
    lines = [
        Line(row, looks.get(row.name), sleep.saves(sleep.Saved.from_dict(row.saved), prices) if row.saved else "")
        for row in stack.table.all_endpoints()
        if row.state or not row.stranger
    ]
    if as_json:
        terminal.say(json.dumps([_summary(line) for line in lines], indent=2))
    elif not lines:
        terminal.say("no endpoints yet: a release that goes live makes the first")
    else:
        terminal.out.print(_table(lines, terminal.clock() + stack.clock.ahead))
    return 0


def decide(stack: Stack, terminal: Terminal, command: str, name: str, reason: str) -> int:
    """Say that an endpoint is to be stopped or started, by its own name or its model's; return the exit code.

    Args:
        stack: Where it is.
        terminal: What the person sees.
        command: `stop` or `start`.
        name: The endpoint's name, or its model's.
        reason: Why; kept in the endpoint's history.

    Raises:
        UsageError: The stack has no such endpoint.
        PublishError: EventBridge did not take the event.
    """
    before = _find(stack, name)
    said = {"endpoint": before.name, "model": before.model, "reason": reason, "by": caller(client("sts"))}
    stack.bus.publish("Release Command", {"command": f"{command}_endpoint", **said})
    terminal.say(f"sent: {command} endpoint {before.name}")
    for _ in terminal.looks(REPORT_WITHIN):
        after = stack.table.get_endpoint(before.name)
        if after is not None and after.since != before.since:
            terminal.say(f"endpoint {after.name} is {after.state or 'in service'}: {after.reason}")
            return 0
    terminal.say(f"nothing has changed within {REPORT_WITHIN:.0f} seconds: see `yardmaster endpoints`")
    return 1


def _find(stack: Stack, name: str) -> Endpoint:
    rows = stack.table.all_endpoints()
    for row in (*(row for row in rows if row.name == name), *(row for row in rows if row.model == name)):
        return row
    known = ", ".join(row.name for row in rows) or "none yet"
    raise UsageError(f"stack {stack.name} has no endpoint {name}; it has {known}")


def _prices(stack: Stack) -> Prices | None:
    try:
        return parse_prices(stack.bucket.read("_prices.json")[0])
    except (MissingObjectError, RefusedError):
        return None


def _table(lines: list[Line], now: float) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for name in ("endpoint", "model", "state", "since", "asked", "variants", "why"):
        table.add_column(name, overflow="fold")
    for line in lines:
        row = line.row
        table.add_row(
            Text(row.name),
            Text(row.model or "not this stack's"),
            Text(row.state or "in service", style=_STYLES.get(row.state, "green")),
            spell_age(now - row.since).split()[0] if row.told else "",
            f"{spell_age(now - line.asked).split()[0]} ago" if line.asked and not row.state else "",
            Text(", ".join(f"{name} {weight:g}" for name, weight in row.weights.items())),
            Text("; ".join(part for part in (row.reason, line.saves) if part)),
        )
    return table


def _summary(line: Line) -> Mapping[str, Any]:
    row = line.row
    return {
        "endpoint": row.name,
        "model": row.model,
        "state": row.state or "in_service",
        "variants": row.weights,
        "since": row.since if row.told else None,
        "asked": line.asked,
        "reason": row.reason,
        "saves": line.saves,
        "instances": row.saved.get("instances", {}),
        "last_start_seconds": row.last_start_seconds,
        "history": list(row.told),
    }
