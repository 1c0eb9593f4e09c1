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
        "requests": {
            "sent": traffic.sent if traffic else 0,
            "failed": traffic.failed if traffic else 0,
            "failed_by_the_bad_model": traffic.choked if traffic else 0,
        },
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
    if found := summary.get("elsewhere"):
        console.print(*_compared(found), sep="\n")
    for kill in summary.get("kills", []):
        console.print(f"kill -9 met {kill['function']} after its {kill['operation']}, before it could write that down")
    requests = summary["requests"]
    console.print(
        f"{requests['sent']:,} requests, {requests['failed']:,} failed, besides "
        f"{requests['failed_by_the_bad_model']:,} on which the model from elsewhere choked; first release live after "
        f"{summary['first_live_seconds']} s, all done after {summary['seconds']} s"
    )


def _compared(found: dict[str, Any]) -> list[str]:
    """Return the model from elsewhere in words: offline, judged, and judged the usual way."""
    offline, judge, usual = found["offline"], found["judge"], found["usual"]
    first = "promotes it" if usual["promoted_at_first"] else "rolls it back"
    return [
        f"The model from elsewhere: offline AUC {offline['auc']:.3f} against {offline['baseline_auc']:.3f}, "
        f"live {found['error_rate']:.1%} bad answers",
        f"  this judge: {judge['verdict']} after {judge['minutes']} minutes of traffic, "
        f"{judge['bad_answers']} bad answers",
        f"  the usual rule ({usual['rule']}), on the same minutes: {first} at 5 % with "
        f"{usual['failed_checks_at_first']} failed checks, in the end {usual['verdict']} after "
        f"{usual['minutes']} minutes; {usual['bad_answers']:.0f} bad answers, {found['more_bad_answers']:+.0f}",
    ]
