"""How releases look in a terminal; pure: values in, texts and tables out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from yardmaster.records import Endpoint, Release, Stage
from yardmaster.rules.names import variant_name
from yardmaster.rules.stages import ENDED
from yardmaster.rules.why import entered_at, spell_age, spell_time

_STYLES: dict[Stage, str] = {
    Stage.LIVE: "bold green",
    Stage.CANARY: "yellow",
    Stage.PROMOTING: "yellow",
    Stage.ROLLING_BACK: "red",
    Stage.REFUSED: "red",
    Stage.REJECTED: "red",
    Stage.ROLLED_BACK: "red",
    Stage.FAILED: "bold red",
    Stage.INCONCLUSIVE: "magenta",
}


def stage_style(release: Release) -> str:
    """Return the rich style of a release's stage; what has ended without a name of its own is dim."""
    return _STYLES.get(release.stage, "dim" if release.stage in ENDED else "cyan")


def state_line(release: Release) -> str:
    """Return why a release is where it is; what it waits for, if the reason doesn't say so."""
    waiting = release.waiting_for
    if waiting is None or not waiting.subject or waiting.subject in release.reason:
        return release.reason
    return f"{release.reason}; waits for {waiting.kind.value}: {waiting.subject}".removeprefix("; ")


def traffic(release: Release, endpoints: Sequence[Endpoint]) -> str:
    """Return a release's share of its endpoint's traffic, as last asked for: `95 %`; empty without a variant.

    An endpoint that is stopped, or on its way, has no traffic: then its state.
    """
    name = variant_name(release.id)
    for endpoint in endpoints:
        if name in endpoint.weights:
            if endpoint.state:
                return endpoint.state
            whole = sum(endpoint.weights.values()) or 1.0
            return f"{100 * endpoint.weights[name] / whole:g} %"
    return ""


def releases_table(releases: Sequence[Release], endpoints: Sequence[Endpoint], now: float) -> Table:
    """Return the releases as a table, in the order given; `share` is of the endpoint's traffic."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    # At 80 columns, 20 and more are left for the reason.
    table.add_column("release", overflow="fold", max_width=16)
    table.add_column("drop", overflow="fold", max_width=12)
    table.add_column("stage", no_wrap=True)
    table.add_column("share", no_wrap=True, justify="right")
    table.add_column("since", no_wrap=True, justify="right")
    table.add_column("why", overflow="fold")
    for release in releases:
        table.add_row(
            Text(release.title),
            Text(release.source.name),
            Text(release.stage.value, style=stage_style(release)),
            traffic(release, endpoints),
            spell_age(now - entered_at(release)).split()[0],
            Text(state_line(release)),
        )
    return table


def history_lines(release: Release) -> list[str]:
    """Return a release's history, a line per step, the oldest first."""
    width = max((len(step.stage.value) for step in release.history), default=0)
    return [f"{spell_time(step.at)}  {step.stage.value:<{width}}  {step.reason}" for step in release.history]


def summary(release: Release, endpoint: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
    """Return a release as plain JSON data: what the demo's summary has, and more.

    Args:
        release: The row.
        endpoint: What there is to say of its endpoint; None if that serves, or there is none.
    """
    return {
        "model": release.model,
        "release": release.id,
        "number": release.number,
        "stage": release.stage.value,
        "reason": release.reason,
        "attempt": release.attempt,
        "waiting_for": asdict(release.waiting_for) if release.waiting_for else None,
        "endpoint": endpoint,
        "history": [{"stage": step.stage.value, "at": step.at, "reason": step.reason} for step in release.history],
    }
