"""The end of the demo: a table for people, and the same as JSON."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

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
    console.print()
    console.print(_in_two_columns(lines(summary)))


def _in_two_columns(told: list[tuple[str, str]]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for what, how in told:
        table.add_row(Text(what, style="bold"), Text(how))
    return table


def lines(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what else there is to tell, besides the releases: what it is about, and how it went."""
    requests = summary["requests"]
    choked = f", besides {requests['failed_by_the_bad_model']:,} on which the model from elsewhere choked"
    return [
        *(_compared(summary["elsewhere"]) if summary["elsewhere"] else []),
        *(
            ("kill -9", f"met {kill['function']} after its {kill['operation']}, before it could write that down")
            for kill in summary["kills"]
        ),
        *(_slept(summary["night"]) if summary["night"] else []),
        ("requests", f"{requests['sent']:,}, {requests['failed']:,} failed" + (choked if summary["elsewhere"] else "")),
        ("seconds", f"first release live after {summary['first_live_seconds']}, all done after {summary['seconds']}"),
    ]


def _compared(found: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the model from elsewhere in words: offline, judged, and judged the usual way."""
    offline, judge, usual = found["offline"], found["judge"], found["usual"]
    first = "promotes it" if usual["promoted_at_first"] else "rolls it back"
    return [
        (
            "from elsewhere",
            f"offline AUC {offline['auc']:.3f} against {offline['baseline_auc']:.3f}, "
            f"live {found['error_rate']:.1%} bad answers",
        ),
        (
            "this judge",
            f"{judge['verdict']} after {judge['minutes']} minutes of traffic, {judge['bad_answers']} bad answers",
        ),
        (
            "the usual rule",
            f"({usual['rule']}), on the same minutes: {first} at 5 % with "
            f"{usual['failed_checks_at_first']} failed checks, in the end {usual['verdict']} after "
            f"{usual['minutes']} minutes, {usual['bad_answers']:.0f} bad answers ({_more(found['more_bad_answers'])})",
        ),
    ]


def _more(answers: float) -> str:
    """Spell a difference: `12 more`, `3 fewer`, `as many`."""
    if round(answers) == 0:
        return "as many"
    return f"{abs(answers):.0f} {'more' if answers > 0 else 'fewer'}"


def _slept(night: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the night in words: its batch, the endpoint's sleep, and how it woke."""
    batch, asleep, morning = night["batch"], night["asleep"], night["morning"]
    answer = morning["first_answer"]
    return [
        (
            "nightly batch",
            f"{batch['rows_in']:,} rows in, {batch['rows_out']:,} out by {batch['release']}, a job of "
            f"{batch['seconds']:.0f} s: {batch['uri']}",
        ),
        (
            "idle endpoint",
            f"stopped {asleep['idle_minutes']:.0f} minutes after its last request; {asleep['saves']}",
        ),
        (
            "started again",
            f"as it was, in {morning['start_seconds']:.0f} s of its time; the first answer, "
            f"{answer['real_seconds']} s after the command: {answer['status']} by {answer['variant']}",
        ),
    ]
