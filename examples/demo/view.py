"""What the audience sees: the releases and the traffic as they are now, above them what happened when."""

from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from examples.demo.traffic import Traffic

COLOURS = {
    "live": "green",
    "replaced": "dim",
    "rejected": "yellow",
    "refused": "yellow",
    "failed": "red",
    "rolled_back": "red",
    "canary": "cyan",
    "promoting": "cyan",
}
BAR = 30
STAGE_WIDTH = 12


class View:
    """Tells each move of a release once, and shows where all stand."""

    def __init__(self, console: Console, began: float) -> None:
        """Show nothing yet; `began` is when the demo began, on the clock that `show` is told."""
        self.console = console
        self._began = began
        self._told: dict[str, int] = {}
        self._live = Live(console=console, refresh_per_second=4, transient=True)

    def __enter__(self) -> "View":
        """Begin."""
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the screen as it is."""
        self._live.stop()

    def say(self, text: str, now: float) -> None:
        """Print a line that stays."""
        self.console.print()
        self._print(now, [], Text(text, style="bold"))

    def tell(self, text: str, now: float | None = None) -> None:
        """Print a line that stays; without a time it belongs to the line above."""
        self._print(now, [], Text(text))

    def show(self, releases: list[dict[str, Any]], traffic: Traffic | None, now: float, note: str = "") -> None:
        """Tell what is new, and redraw, with a note about what is going on."""
        for release in releases:
            for step in release["history"][self._told.get(release["release"], 0) :]:
                self._tell(release, step, now)
            self._told[release["release"]] = len(release["history"])
        self._live.update(self._picture(releases, traffic, note))

    def _tell(self, release: dict[str, Any], step: dict[str, Any], now: float) -> None:
        stage = Text(f"{step['stage']:<{STAGE_WIDTH}}", style=COLOURS.get(step["stage"], "blue"))
        self._print(now, [Text(_name(release)), stage], Text(step["reason"]))

    def _print(self, now: float | None, short: list[Text], long: Text) -> None:
        """Print when, what, and what may need more than a line: it stays in its column."""
        line = Table.grid(padding=(0, 1, 0, 0), expand=True)
        when = " " * 9 if now is None else f"{now - self._began:6.1f} s "
        cells = [Text(when, style="dim"), *short]
        for _ in cells:
            line.add_column(no_wrap=True)
        line.add_column(ratio=1)
        line.add_row(*cells, long)
        self.console.print(line)

    def _picture(self, releases: list[dict[str, Any]], traffic: Traffic | None, note: str) -> RenderableType:
        table = Table(box=None, padding=(0, 2, 0, 0))
        # Only the reason gives way on a narrow screen.
        table.add_column("release", no_wrap=True, min_width=max([7, *(len(_name(release)) for release in releases)]))
        table.add_column("stage", no_wrap=True, min_width=STAGE_WIDTH)
        table.add_column("why", style="dim", no_wrap=True, overflow="ellipsis")
        for release in releases:
            stage = Text(release["stage"], style=COLOURS.get(release["stage"], "blue"))
            table.add_row(_name(release), stage, release["reason"])
        lines = [*_traffic_lines(releases, traffic), *([Text(note, style="dim")] if note else [])]
        return Group(Text(), table, *lines)


def _name(release: dict[str, Any]) -> str:
    return f"{release['model']} #{release['number']}"


def _traffic_lines(releases: list[dict[str, Any]], traffic: Traffic | None) -> list[RenderableType]:
    if traffic is None:
        return []
    names = {f"release-{release['release']}": _name(release) for release in releases}
    recent = traffic.recent()
    total = sum(recent.values()) or 1
    lines: list[RenderableType] = [Text()]
    for variant, count in sorted(recent.items(), key=lambda item: names.get(item[0], item[0])):
        share = count / total
        bar = "█" * round(BAR * share)
        lines.append(Text(f"{names.get(variant, variant):<12} {bar:<{BAR}} {share:6.1%}", style="cyan"))
    lines.append(Text(f"requests: {traffic.sent:,} sent, {traffic.failed:,} failed"))
    return lines
