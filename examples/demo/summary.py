"""The end of the demo: a table for people, and the same as JSON."""

from typing import Any

from rich.console import Console
from rich.table import Table

from examples.demo.traffic import Traffic


def make(
    seconds: float, first_live_seconds: float | None, traffic: Traffic | None, releases: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return what `.local/demo/summary.json` holds. Seconds are from the start of the demo."""
    return {
        "seconds": round(seconds, 1),
        "first_live_seconds": None if first_live_seconds is None else round(first_live_seconds, 1),
        "requests": {"sent": traffic.sent if traffic else 0, "failed": traffic.failed if traffic else 0},
        "releases": [
            {key: release[key] for key in ("model", "release", "number", "stage", "reason", "history")}
            for release in releases
        ],
    }


def show(console: Console, summary: dict[str, Any], traffic: Traffic | None) -> None:
    """Print the table."""
    table = Table(title="What became of the drops", title_justify="left")
    for column in ("release", "ended as", "why", "requests answered"):
        table.add_column(column)
    answered = traffic.answered if traffic else {}
    for release in summary["releases"]:
        count = answered.get(f"release-{release['release']}", 0)
        name = f"{release['model']} #{release['number']}"
        table.add_row(name, release["stage"], release["reason"], f"{count:,}" if count else "")
    console.print()
    console.print(table)
    requests = summary["requests"]
    console.print(
        f"{requests['sent']:,} requests, {requests['failed']:,} failed; first release live after "
        f"{summary['first_live_seconds']} s, all done after {summary['seconds']} s"
    )
